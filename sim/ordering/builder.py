"""A builder that orders its blocks to its own advantage: what it adds, moves and keeps out.

Its own trades stand first, so that the book it looks at is the book it trades on: quotes that the
new index left behind, then one sandwich a market, then everybody else in order of arrival with its
copies of rewarded calls in front of the originals, and last whatever closes what it still holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sim.ordering.config import BUILDER as NAME
from sim.ordering.config import Adversarial
from sim.ordering.pending import (
    BlockContext,
    GasTable,
    Ordered,
    OrderedAction,
    PendingAction,
    Space,
)
from sim.ordering.sandwich import Plan, best_plan
from sim.types import (
    Action,
    ExecuteTrigger,
    Liquidate,
    MarketView,
    Observation,
    OrderKind,
    PlaceOrder,
    Status,
)
from sim.units import WAD, div_down, mul_down, mul_up

TRADEABLE = frozenset({Status.OK, Status.THIN})


class Builder:
    """One builder with an account of its own; places in its blocks are free, except of it."""

    def __init__(self, config: Adversarial, gas: GasTable, account: int) -> None:
        self._config, self._gas, self._account = config, gas, account
        self._held: list[PendingAction] = []

    def place(self, scene: BlockContext, due: list[PendingAction]) -> Ordered:
        """The block that suits it best, of what it lets in."""
        allowed = self._let_in(scene.block, due)
        placed: list[OrderedAction] = []
        busy: set[str] = set()
        if scene.seen is not None:
            for own in self._stale_quotes(scene.seen):
                placed.append(own)
                busy.add(_market(own.action))
            allowed = self._sandwiches(scene, allowed, placed, busy)
        placed += self._with_copies(allowed)
        if scene.seen is not None:
            placed += self._closing(scene.seen, busy)
        used = scene.reserved_gas + sum(self._gas.of(one.action) for one in placed)
        return Ordered(placed, Space(0, used, len(self._held), 0))

    def _let_in(self, block: int, due: list[PendingAction]) -> list[PendingAction]:
        """What it does not keep out; what it kept out comes back when the time is over."""
        rule = self._config.censors
        if rule is None:
            return due
        if not rule.from_block <= block < rule.from_block + rule.blocks:
            allowed, self._held = self._held + due, []
            return allowed
        allowed = []
        for wish in due:
            group = wish.agent.rpartition("_")[0]
            kept_out = (
                not {wish.agent, group}.isdisjoint(rule.agents)
                or type(wish.action).__name__ in rule.actions
            )
            (self._held if kept_out else allowed).append(wish)
        return allowed

    def _stale_quotes(self, seen: Observation) -> Iterator[OrderedAction]:
        """Takes what is quoted on the wrong side of the new index, with room for its costs."""
        edge_wad = self._config.stale_edge
        if edge_wad is None:
            return
        for view in seen.markets.values():
            if view.status not in TRADEABLE or view.index_wad == 0:
                continue
            cheap_wad = mul_down(view.index_wad, WAD - edge_wad)
            dear_wad = mul_up(view.index_wad, WAD + edge_wad)
            if 0 < view.best_ask_wad <= cheap_wad:
                yield self._take(view, self._clip(view), cheap_wad)
            elif view.best_bid_wad >= dear_wad:
                yield self._take(view, -self._clip(view), dear_wad)

    def _sandwiches(
        self,
        scene: BlockContext,
        allowed: list[PendingAction],
        placed: list[OrderedAction],
        busy: set[str],
    ) -> list[PendingAction]:
        """Adds the best sandwich of each market; returns the wishes that are in none."""
        assert scene.seen is not None, "a sandwich needs a look at the markets"
        best: dict[str, tuple[Plan, PendingAction]] = {}
        for wish in self._victims(scene.seen, allowed):
            assert isinstance(wish.action, PlaceOrder), "victims place orders"
            market = wish.action.market
            if market in busy or scene.depth is None:
                continue
            view = scene.seen.markets[market]
            is_buy = wish.action.size_wad > 0
            plan = best_plan(
                wish.action,
                view,
                scene.depth(market, is_buy),
                scene.depth(market, not is_buy),
                bound_wad=self._bound(wish.action, view),
                most_wad=self._clip(view),
            )
            enough = plan is not None and plan.gain_wad >= self._config.least_gain
            if (
                plan is not None
                and enough
                and (market not in best or plan.gain_wad > best[market][0].gain_wad)
            ):
                best[market] = (plan, wish)
        for plan, wish in best.values():
            placed += self._bundle(scene.seen, plan, wish)
            busy.add(plan.market)
        chosen = {id(wish) for _, wish in best.values()}
        return [wish for wish in allowed if id(wish) not in chosen]

    def _victims(
        self, seen: Observation, allowed: Iterable[PendingAction]
    ) -> Iterator[PendingAction]:
        """Market orders that are large enough and the first thing their agent wants."""
        above_wad = self._config.sandwich_above
        met: set[str] = set()
        for wish in allowed:
            is_first = wish.agent not in met
            met.add(wish.agent)
            order = wish.action
            if above_wad is None or not is_first or not isinstance(order, PlaceOrder):
                continue
            view = seen.markets[order.market]
            large = mul_down(abs(order.size_wad), view.mark_wad) >= above_wad
            if order.kind is OrderKind.IOC and large and view.status in TRADEABLE:
                yield wish

    def _bundle(self, seen: Observation, plan: Plan, victim: PendingAction) -> list[OrderedAction]:
        """Buy what is cheaper, offer it dearer, let the victim take it, sell what is left."""
        view = seen.markets[plan.market]
        front = self._take(view, plan.taken_wad, plan.front_price_wad)
        assert isinstance(front.action, PlaceOrder), "a front-run is an order"
        offer = replace(
            front.action,
            size_wad=-plan.taken_wad,
            price_wad=plan.offer_price_wad,
            kind=OrderKind.LIMIT,
            reduce_only=True,
            expires_at=seen.time_s + 1,  # gone before the next block
        )
        bundle = [
            front,
            OrderedAction(NAME, offer, 0),
            OrderedAction(victim.agent, victim.action, 0),
        ]
        if plan.left_wad:
            bundle.append(self._close(view, plan.left_wad))
        return bundle

    def _with_copies(self, allowed: Iterable[PendingAction]) -> Iterator[OrderedAction]:
        met: set[Action] = set()
        for wish in allowed:
            action = wish.action
            name = type(action).__name__
            wanted = isinstance(action, Liquidate | ExecuteTrigger) and name in self._config.snipes
            if wanted and action not in met:
                met.add(action)
                yield OrderedAction(NAME, action, 0)
            yield OrderedAction(wish.agent, action, 0)

    def _closing(self, seen: Observation, busy: set[str]) -> Iterator[OrderedAction]:
        """Leaves positions of earlier blocks in markets where it has nothing better to do."""
        for market, position in seen.account(self._account).positions.items():
            view = seen.markets[market]
            if position.size_wad and market not in busy and view.mark_wad:
                yield self._close(view, position.size_wad)

    def _bound(self, order: PlaceOrder, view: MarketView) -> int:
        """The worst price an order may get, no further from the mark than offers are taken."""
        tick_wad, reach_wad = view.spec.tick_wad, self._config.reach
        if order.size_wad > 0:
            highest_wad = mul_down(view.mark_wad, WAD + reach_wad) // tick_wad * tick_wad
            return min(order.price_wad, highest_wad)
        lowest_wad = -(-mul_up(view.mark_wad, WAD - reach_wad) // tick_wad) * tick_wad
        return max(order.price_wad, lowest_wad)

    def _clip(self, view: MarketView) -> int:
        lots = div_down(self._config.clip_notional, view.mark_wad) // view.spec.lot_wad
        return lots * view.spec.lot_wad

    def _take(self, view: MarketView, size_wad: int, price_wad: int) -> OrderedAction:
        tick_wad = view.spec.tick_wad
        ticks = price_wad // tick_wad if size_wad > 0 else -(-price_wad // tick_wad)
        order = PlaceOrder(
            account=self._account,
            market=view.spec.name,
            size_wad=size_wad,
            price_wad=max(ticks, 1) * tick_wad,
            kind=OrderKind.IOC,
        )
        return OrderedAction(NAME, order, 0)

    def _close(self, view: MarketView, held_wad: int) -> OrderedAction:
        """Sells (or buys back) up to `held_wad` within the slippage; never more than it holds."""
        slippage_wad = self._config.slippage
        down = held_wad > 0
        bound_wad = mul_down(view.mark_wad, WAD - slippage_wad if down else WAD + slippage_wad)
        placed = self._take(view, -held_wad, bound_wad)
        assert isinstance(placed.action, PlaceOrder), "a close is an order"
        return placed._replace(action=replace(placed.action, reduce_only=True))


def _market(action: Action) -> str:
    assert isinstance(action, PlaceOrder), "its own trades are orders"
    return action.market

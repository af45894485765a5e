"""What must hold after every step: the named invariants, and the reference's every number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.abi.events import Event
from sim.chain.port import CallReverted
from sim.engine.invariant_checker import rules_of
from sim.invariants import (
    CHECKPOINT,
    DEPTH,
    EACH_BLOCK,
    AtRisk,
    Facts,
    FundingPoint,
    MarketRules,
    RoundTrip,
    Split,
    violations,
)
from sim.reference.clearing import owed_in_total
from sim.reference.orders import FOK, POST_ONLY, NewOrder
from sim.types import account_id
from sim.units import WAD, WAD_PER_RAW
from tests.stateful.exchange_life import HOLDERS, MARKETS, holder, named
from tests.stateful.exchange_ruling import Whole
from tests.stateful.exchange_trading import words
from tests.support.contracts import address_of

BUCKETS = 2**96
PROBER = account_id(address_of("prober"))


class Checks:
    """Looks at a life after each of its steps."""

    def __init__(self, life: Whole) -> None:
        self.life = life
        self.steps = 0
        self._readings: dict[str, tuple[int, int, int]] = {}
        self._pool: dict[str, int] = {}
        self._at_risk: dict[int, AtRisk] = {}
        self._good_wad: dict[str, int] = {}
        self._funding: dict[str, FundingPoint] = {}
        self._stopped: set[int] = set()
        life.look = self.step
        self._may_hold = [
            (account, market)
            for account in life.traders
            for market in MARKETS
            if account % BUCKETS in (0, market) and account != life.pool
        ]

    def step(self) -> None:
        """Fail with every violation, one a line."""
        life = self.life
        self.steps += 1
        events = life.new_events()
        life.judge()
        self._tally(events)
        facts = self._facts(events)
        found = violations(facts, (*EACH_BLOCK, *CHECKPOINT))
        assert not found, "\n".join(found)
        self._same_house(facts)
        touched = {event.contract for event in events}
        for market, name in MARKETS.items():
            levels = life.twin.books[market].resting.levels
            for is_buy in (True, False):
                assert list(map(tuple, facts.chain_depth[name, is_buy])) == levels(is_buy)
            if f"OrderBook.{name}" in touched:
                self._same_book(market)

    def _tally(self, events: Sequence[Event]) -> None:
        """What no event's name says, for who wants to know what a life has seen."""
        counts = self.life.counts
        for one in named(events, "PositionChanged"):
            before_wad = one.size_wad - one.size_delta_wad
            counts["flip"] += before_wad * one.size_wad < 0
            counts["funding"] += one.funding_wad != 0
        for one in named(events, "OrderCancelled"):
            counts[f"cancelled for {one.reason}"] += 1
        for one in named(events, "AccountLiquidated"):
            counts[f"rung {one.rung}"] += 1
        for one in named(events, "MarketPoked"):
            counts[f"status {one.status}"] += 1

    # What the invariants want to know

    def _facts(self, events: Sequence[Event]) -> Facts:
        life, read = self.life, self.life.world.read
        states, system = read("Lens", "snapshot", tuple(MARKETS))
        cash = {one: read("Clearinghouse", "cash_of", one) for one in life.accounts}
        positions = {
            (one, MARKETS[market]): read("Clearinghouse", "position", one, market)[:2]
            for one, market in self._may_hold
        }
        depth = {
            (name, is_buy): read(f"OrderBook.{name}", "depth", is_buy, DEPTH)
            for name in MARKETS.values()
            for is_buy in (True, False)
        }
        trips, splits = self._tried_out()
        return Facts(
            time_s=life.world.now_s,
            mirror=life.mirror,
            events=events,
            states=dict(zip(MARKETS.values(), states, strict=True)),
            rules={name: _rules(life, market) for market, name in MARKETS.items()},
            system_accounts=frozenset(life.system),
            vault_wad=system.vault_wad,
            fees_wad=system.fees_wad,
            dust_wad=system.dust_wad,
            chain_accounts={one: cash[one] for one in life.accounts if one in life.mirror.accounts},
            chain_positions={
                at: one for at, one in positions.items() if at[0] in life.mirror.accounts
            },
            chain_depth=depth,
            chain_markets={
                name: read("Clearinghouse", "market_totals", market)
                for market, name in MARKETS.items()
            },
            readings=self._readings,
            pool_accounts=frozenset(life.pool + bucket for bucket in (0, *MARKETS)),
            pool=self._pool,
            at_risk=self._at_risk,
            good_wad=self._good_wad,
            funding=self._funding,
            stopped=self._stopped,
            changes=life.take_changes(),
            trips=trips,
            splits=splits,
        )

    # Actions that are tried out and taken back

    def _tried_out(self) -> tuple[list[RoundTrip], list[Split]]:
        role, account = holder(self.steps % len(HOLDERS))
        market = account % BUCKETS or 1 + self.steps // len(HOLDERS) % len(MARKETS)
        price_wad = self._free_price(market)
        if price_wad is None:
            return [], []
        grid = self.life.twin.books[market].grid
        lots = -(-3 * grid.min_notional_wad * WAD // (2 * price_wad * grid.lot_wad))
        parts = 2 + self.steps % 2
        part_wad = lots * grid.lot_wad * (1 if self.steps // 2 % 2 else -1)
        trade = (role, account, market, price_wad)
        start_wad = self._worth(account)
        there_and_back = self._worth_after(*trade, [parts * part_wad, -parts * part_wad])
        in_parts = self._worth_after(*trade, [part_wad] * parts)
        trips, splits = [], []
        if len(there_and_back) == 2:
            after_wad = there_and_back[-1]
            trips = [RoundTrip(account=account, before_wad=start_wad, after_wad=after_wad)]
            self.life.counts["round trip"] += 1
        if there_and_back and len(in_parts) == parts:
            worth = {"whole_wad": there_and_back[0], "parts_wad": in_parts[-1], "parts": parts}
            splits = [Split(account=account, **worth)]
            self.life.counts["split"] += 1
        return trips, splits

    def _free_price(self, market: int) -> int | None:
        """A tick near mark where nobody rests and nobody would be met."""
        book = self.life.twin.books[market]
        tick_wad, mark_wad = book.grid.tick_wad, book.mark_wad
        bid_wad, ask_wad = book.resting.best(True), book.resting.best(False)
        low_wad = max(bid_wad + tick_wad, mark_wad * 96 // 100)
        high_wad = min(ask_wad - tick_wad if ask_wad else 2**128, mark_wad * 104 // 100)
        price_wad = (low_wad + high_wad) // 2 // tick_wad * tick_wad
        return price_wad if low_wad <= price_wad <= high_wad else None

    def _worth_after(
        self, role: str, account: int, market: int, price_wad: int, sizes_wad: Sequence[int]
    ) -> list[int]:
        """Worth after each of these trades with the prober, fees back, up to a refused one."""
        world, name = self.life.world, f"OrderBook.{MARKETS[market]}"
        before, fees_wad, found = world.snapshot(), 0, []
        try:
            for size_wad in sizes_wad:
                terms = {"size_wad": abs(size_wad), "price_wad": price_wad}
                rests = NewOrder(is_buy=size_wad < 0, kind=POST_ONLY, **terms)
                takes = NewOrder(is_buy=size_wad > 0, kind=FOK, **terms)
                world.send("prober", name, "place", PROBER, words(rests), 32)
                events = world.send(role, name, "place", account, words(takes), 32)
                (mine,) = (
                    one for one in named(events, "PositionChanged") if one.account == account
                )
                fees_wad += mine.fee_wad
                found.append(self._worth(account) + fees_wad)
        except CallReverted:
            pass  # margin, a cap or a pause
        finally:
            world.revert(before)
        return found

    def _worth(self, account: int) -> int:
        equity_wad: int = self.life.world.read("Clearinghouse", "health", account).equity_wad
        return equity_wad

    # The reference

    def _same_house(self, facts: Facts) -> None:
        """Cash, positions, totals and pots are the reference's; health, of whoever changed."""
        life, read, house = self.life, self.life.world.read, self.life.twin.house
        assert dict(facts.chain_accounts) == {
            one: house.cash.get(one, 0) for one in facts.chain_accounts
        }
        for (account, name), (size_wad, quote_wad) in facts.chain_positions.items():
            market = next(one for one, each in MARKETS.items() if each == name)
            held = house.held(account, market)
            assert (size_wad, quote_wad) == (held.size_wad, held.quote_wad)
        for market, name in MARKETS.items():
            totals = (house.open_interest(market), house.escrow.get(market, 0))
            assert facts.chain_markets[name] == totals
        assert (facts.fees_wad, facts.dust_wad) == (house.fees_wad, house.dust_wad)
        self._same_pool()
        assert owed_in_total(house) == facts.vault_wad
        assert read("MarginVault", "held_raw") * WAD_PER_RAW == facts.vault_wad
        for account in sorted(life.mirror.touched):
            health = house.health(account)
            told = read("Clearinghouse", "health", account)
            assert tuple(told) == (
                *(health.equity_wad, health.margin_equity_wad, health.initial_wad),
                *(health.maintenance_wad, health.notional_wad),
            )
            assert read("Clearinghouse", "withdrawable", account) == house.withdrawable(account)
            for market in MARKETS:
                epoch = house.held(account, market).epoch
                assert read("Clearinghouse", "epoch", account, market) == epoch

    def _same_pool(self) -> None:
        """What is at risk in each market, what may still be put there, what all of it is worth."""
        life, read, house = self.life, self.life.world.read, self.life.twin.house
        cash_wad = house.cash.get(life.pool, 0)
        worth_wad = cash_wad
        for market, cap in life.twin.loss_caps.items():
            assert read("InsurancePool", "at_risk_wad", market) == cap.at_risk_wad
            assert read("InsurancePool", "spare_wad", market) == cap.spare(cash_wad)
            worth_wad += cap.worth(house.health(life.pool + market).equity_wad)
        assert read("InsurancePool", "equity_wad") == worth_wad

    def _same_book(self, market: int) -> None:
        """Every level, queue and order is the sorted book's (INV-8)."""
        life, book = self.life, self.life.twin.books[market].resting
        read, name, ids = life.world.read, f"OrderBook.{MARKETS[market]}", life.ids[market]
        assert read(name, "best") == (book.best(True), book.best(False))
        for is_buy in (True, False):
            line = book.side(is_buy)
            for price_wad, _ in book.levels(is_buy):
                queue = [ids[each.number] for each in line if each.price_wad == price_wad]
                assert read(name, "queue", is_buy, price_wad, DEPTH) == tuple(queue)
        for account in {order.account for order in book.orders}:
            mine = {ids[each.number]: each for each in book.of(account)}
            standing = read(name, "orders_of", account)
            assert {one.order_id for one in standing} == mine.keys()
            for one in standing:
                each = mine[one.order_id]
                assert tuple(one)[1:] == (
                    *(account, each.is_buy, each.price_wad, each.size_wad),
                    *(each.reduce_only, each.expires_at),
                )


def _rules(life: Whole, market: int) -> MarketRules:
    maker_bps = life.twin.house.risks[market].maker_bps
    return replace(rules_of(life.configs[market]), maker_bps=maker_bps)

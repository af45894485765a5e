"""What keepers, stakers, trigger owners and the protocol's owner do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from fractions import Fraction
from math import ceil, floor
from typing import Any

from sim.chain.decoding import Event
from sim.reference import clearing, ladder
from sim.reference.exchange import Exchange
from sim.reference.liquidation import Rules
from sim.reference.margin import Act, Tier
from sim.reference.orders import IOC, NewOrder
from sim.types import account_id
from sim.units import WAD, WAD_PER_RAW, wad
from tests.stateful.exchange_life import MARKETS, TIPPED, holder, named, with_risk
from tests.stateful.exchange_trading import MOST, Trading, words
from tests.world import address_of

PAID = 3  # a reason of CashMoved
POOL_SHARE_WAD = wad("0.5")
WHOLE = 2**128 - 1


class Keeping(Trading):
    """Liquidations, triggers, the pool, the owner."""

    # Liquidation

    def liquidate(self, account: int, market: int, max_fills: int = MOST) -> Any:
        """Let the keeper bring an account."""

        def expected(x: Exchange, events: Sequence[Event]) -> None:
            absorbed = named(events, "AccountAbsorbed")
            rung = ladder.liquidate(
                *(x, account, market, self._rules(market), caller),
                max_fills=max_fills,
                absorbed_for_wad=absorbed[0].margin_wad if absorbed else None,
            )
            told = named(events, "AccountLiquidated")
            assert [one.rung for one in told] == [rung] * (rung != 3)

        caller = self._caller(account, market, account_id(address_of("keeper")))
        return self.call(
            *("keeper", "Liquidator", "liquidate", account, market, max_fills), expected=expected
        )

    def take_over(self, account: int, market: int, who: int, size_wad: int) -> Any:
        """Let a user take a position over."""
        role, receiver = holder(who)
        caller = self._caller(account, market, receiver)
        pace = self.configs[market].liquidation
        return self.call(
            *(role, "Liquidator", "take_over", account, market, size_wad, receiver),
            expected=lambda x, _: ladder.take_over(
                *(x, account, market, self._rules(market), caller),
                size_wad=size_wad,
                slope_wad=pace.takeover_slope_wad,
                spread_wad=pace.takeover_spread_wad,
            ),
        )

    def _caller(self, account: int, market: int, keeper: int) -> ladder.Caller:
        read, orders = self.world.read, {}
        active = read("Clearinghouse", "active_markets", account)
        for held_in, name in MARKETS.items():
            if active >> held_in & 1:
                numbers = {order_id: number for number, order_id in self.ids[held_in].items()}
                standing = read(f"OrderBook.{name}", "orders_of", account)
                orders[held_in] = [numbers[one.order_id] for one in standing]
        return ladder.Caller(
            keeper=keeper,
            orders=orders,
            clipped_at=read("Liquidator", "first_clip_at", account, market),
            pool=self.pool,
        )

    def _rules(self, market: int) -> Rules:
        pace = self.configs[market].liquidation
        return Rules(**{name: getattr(pace, name) for name in Rules.__slots__})

    # Triggers

    def program(self, who: int, market: int, kind: int, offset_bps: int, group: int) -> Any:
        """A trigger for the position that a user has, so far from mark."""
        role, account = holder(who)
        trails = kind == 2
        trail_wad = abs(offset_bps) * WAD // 10_000 if trails else 0
        price_wad = 0 if trails else self.price_at(market, offset_bps)
        asked = (kind, WHOLE, price_wad, trail_wad, wad("0.02"), wad(2), group)
        return self.tell(
            *(role, "TriggerOrders", "program", account, market, (asked,), False),
            then=lambda x, events: self._tips(x, events),
        )

    def bracket(self, who: int, market: int, is_buy: bool, tenths: int) -> Any:
        """Open with a stop and a take-profit."""
        role, account = holder(who)
        away = -1 if is_buy else 1
        new = NewOrder(
            is_buy=is_buy,
            size_wad=self.size_for(account, market, tenths),
            price_wad=self.price_at(market, -away * 200),
            kind=IOC,
        )
        triggers = tuple(
            (kind, WHOLE, self.price_at(market, side * 60), 0, wad("0.01"), wad(1), 1)
            for kind, side in ((0, away), (1, -away))
        )

        def then(x: Exchange, events: Sequence[Event]) -> None:
            self._tips(x, events)
            x.books[market].place(account, new)

        asked = (account, market, words(new), triggers, False)
        return self.tell(role, "TriggerOrders", "open_with_bracket", *asked, then=then)

    def execute(self, trigger_id: int) -> Any:
        """Let the keeper execute a trigger."""
        state = self.world.read("TriggerOrders", "trigger", trigger_id)
        held_wad = abs(self.size_of(state.account, state.market))

        def then(x: Exchange, events: Sequence[Event]) -> None:
            grid = x.books[state.market].grid
            mark_wad = x.house.prices[state.market].mark_wad
            due_wad = min(state.size_wad, held_wad) // grid.lot_wad * grid.lot_wad
            least = Fraction(grid.min_notional_wad * WAD, mark_wad * grid.lot_wad)
            if state.size_wad >= held_wad and due_wad < ceil(least) * grid.lot_wad:
                due_wad = ceil(least) * grid.lot_wad
            new = NewOrder(
                is_buy=not state.is_long,
                size_wad=due_wad,
                price_wad=named(events, "TriggerExecuted")[0].limit_wad,
                kind=IOC,
                reduce_only=True,
            )
            x.books[state.market].place(state.account, new)
            self._tips(x, events)

        return self.tell("keeper", "TriggerOrders", "execute", trigger_id, then=then)

    def trigger(self, role: str, method: str, *arguments: Any) -> Any:
        """Ratchet, cancel or bury."""
        return self.tell(role, "TriggerOrders", method, *arguments, then=self._tips)

    def _tips(self, x: Exchange, events: Sequence[Event]) -> None:
        """Tips come in by the rule of a withdrawal, and go out of the venue's own cash."""
        for moved in named(events, "CashMoved"):
            if moved.reason != TIPPED:
                continue
            if moved.amount_wad < 0 and moved.account != self.venue:
                assert -moved.amount_wad <= x.house.withdrawable(moved.account)
            clearing.deposit(x.house, moved.account, moved.amount_wad)

    # The pool

    def stake(self, amount_raw: int) -> Any:
        """More insurance."""
        amount_wad = amount_raw * WAD_PER_RAW
        return self.call(
            *("whale", "InsurancePool", "deposit", amount_raw, address_of("whale")),
            expected=lambda x, _: clearing.deposit(x.house, self.pool, amount_wad),
        )

    def unwind(self, market: int) -> Any:
        """Bring a clip of the backstop position back to the book."""
        account = self.pool + market

        def then(x: Exchange, events: Sequence[Event]) -> None:
            self._restored(x, events)
            size_wad = x.house.held(account, market).size_wad
            if size_wad:
                new = self._unwinding_order(x, market, size_wad)
                x.books[market].place(account, new, 16)
            x.show()
            free_wad = x.house.withdrawable(account)
            if free_wad:
                x.move(account, self.pool, free_wad)

        return self.tell("keeper", "InsurancePool", "unwind", market, then=then)

    def restore(self, market: int) -> Any:
        """Put the stakers' cash behind the backstop position."""
        return self.tell("keeper", "InsurancePool", "restore", market, then=self._restored)

    def _restored(self, x: Exchange, events: Sequence[Event]) -> None:
        for moved in named(events, "CashMoved"):
            if moved.reason == PAID:
                clearing.deposit(x.house, moved.account, moved.amount_wad)

    def _unwinding_order(self, x: Exchange, market: int, size_wad: int) -> NewOrder:
        """A clip, at most the position and at least an order, at most 1 % from mark."""
        grid, mark_wad = x.books[market].grid, x.house.prices[market].mark_wad
        clip_wad = self.configs[market].pool_caps.clip_wad
        lots = floor(Fraction(clip_wad * WAD, mark_wad * grid.lot_wad))
        lots = min(max(lots, 1), abs(size_wad) // grid.lot_wad)
        least = ceil(Fraction(grid.min_notional_wad * WAD, mark_wad * grid.lot_wad))
        bound = Fraction(mark_wad * (101 if size_wad < 0 else 99), 100 * grid.tick_wad)
        ticks = floor(bound) if size_wad < 0 else ceil(bound)
        return NewOrder(
            is_buy=size_wad < 0,
            size_wad=max(lots, least) * grid.lot_wad,
            price_wad=ticks * grid.tick_wad,
            kind=IOC,
            reduce_only=True,
        )

    def sweep(self) -> Any:
        """Share out the fees."""
        treasury = account_id(self.world.deployed.config.treasury)
        return self.call(
            *("stranger", "Clearinghouse", "sweep_fees"),
            expected=lambda x, _: clearing.sweep(x.house, self.pool, treasury, POOL_SHARE_WAD),
        )

    # Time and prices

    def pass_time(self, seconds: int) -> None:
        """Open a block so much later."""
        self.world.next_block(seconds)

    def push(self, market: int, move_bps: int, conf_bps: int = 0) -> None:
        """Move the index by so much, in a block of its own."""
        self.world.next_block()
        self.index_wad[market] = self.index_wad[market] * (10_000 + move_bps) // 10_000
        price_wad = self.index_wad[market]
        for feed in self.configs[market].feeds:
            name = f"PriceFeed.{MARKETS[market]}.{feed.name}"
            words = (price_wad, price_wad * conf_bps // 10_000, self.world.now_s)
            self.send("reporter", name, "push", *words, self.world.number)
        self.poke(market)

    def poke(self, market: int) -> None:
        """Fix mark and funding of this block."""
        self.judge()
        self.send("stranger", "MarkPrice", "poke", market)

    # The owner

    def set_fees(self, market: int, maker_bps: int, taker_bps: int, liquidation_bps: int) -> None:
        """Change the fees."""
        asked = (maker_bps, taker_bps, liquidation_bps)
        self._set(market, "set_fees", *asked)
        names = ("maker_bps", "taker_bps", "liquidation_bps")
        with_risk(self, market, **dict(zip(names, asked, strict=True)))

    def set_tiers(self, market: int, percent: int) -> None:
        """Scale the margins of the deployment, and let the mark follow them."""
        tiers = tuple(
            Tier(
                lower_wad=one.lower_wad,
                mmr_wad=one.mmr_wad * percent // 100,
                imr_wad=one.imr_wad * percent // 100,
            )
            for one in self.configs[market].tiers
        )
        rows = [astuple(one) for one in tiers] + [(0, 0, 0)] * (4 - len(tiers))
        self._set(market, "set_tiers", *zip(*rows, strict=True))
        self.send("stranger", "MarkPrice", "follow_risk", market)
        with_risk(self, market, tiers=tiers)

    def set_interest_limits(self, market: int, percent: int) -> None:
        """Caps around today's open interest, and margins that rise on the way there."""
        self.judge()
        interest_wad = self.twin.house.open_interest(market)
        cap_wad = interest_wad * percent // 100
        quote_wad = cap_wad * self.twin.house.prices[market].index_wad // WAD
        lo_wad, hi_wad = quote_wad // 2, quote_wad * 4 + WAD
        limits = (lo_wad, hi_wad, cap_wad, 2 * quote_wad)
        self._set(market, "set_open_interest_limits", *limits)
        names = ("oi_lo_wad", "oi_hi_wad", "oi_cap_wad", "oi_cap_quote_wad")
        with_risk(self, market, **dict(zip(names, limits, strict=True)))

    def set_rate_policy(self, market: int, kind: int) -> None:
        """What the funding rate follows."""
        policy = (kind, wad("0.002"), wad("0.003"))
        self.send("owner", "MarkPrice", "set_rate_policy", market, policy)

    def pause(self, market: int, act: Act) -> None:
        """Let the guardian stop an action."""
        self.send("guardian", "MarketParams", "pause", market, int(act))
        paused = self.twin.house.risks[market].paused | {act}
        with_risk(self, market, paused=paused)

    def unpause(self, market: int, act: Act) -> None:
        """Let the owner allow it again."""
        _, error = self.send("owner", "MarketParams", "unpause", market, int(act))
        if not error:
            paused = self.twin.house.risks[market].paused - {act}
            later_s = self.world.now_s + 60
            with_risk(self, market, paused=paused, liquidations_from=later_s)

    def _set(self, market: int, method: str, *arguments: Any) -> None:
        _, error = self.send("owner", "MarketParams", method, market, *arguments)
        assert not error

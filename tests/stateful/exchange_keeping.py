"""What keepers, stakers, trigger owners and the protocol's owner do."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Any

from sim.abi.events import Event
from sim.engine.reference_terms import rules_of
from sim.reference import clearing, insurance, ladder
from sim.reference.exchange import Exchange
from sim.reference.liquidation import Rules
from sim.reference.orders import IOC, NewOrder
from sim.types import account_id
from sim.units import BPS, WAD, WAD_PER_RAW, wad
from tests.stateful.exchange_life import MARKETS, TIPPED, holder, named
from tests.stateful.exchange_trading import MOST, Trading, words
from tests.support.contracts import address_of

POOL_SHARE_WAD = wad("0.5")
WHOLE = 2**128 - 1
TRAILING_STOP = 2


class Keeping(Trading):
    """Liquidations, triggers, the pool, the owner."""

    # Liquidation

    def liquidate(self, account: int, market: int, max_fills: int = MOST) -> Any:
        """Let the keeper bring an account."""

        def expected(x: Exchange, events: Sequence[Event]) -> None:
            rung = ladder.liquidate(
                *(x, account, market, self._rules(market), caller),
                max_fills=max_fills,
                is_absorbed=bool(named(events, "AccountAbsorbed")),
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
        return self.call(
            *(role, "Liquidator", "take_over", account, market, size_wad, receiver),
            expected=lambda x, _: ladder.take_over(
                *(x, account, market, self._rules(market), caller),
                size_wad=size_wad,
            ),
        )

    def deleverage(self, account: int, market: int, at_mark: bool) -> Any:
        """A whole round against an account for which book and pool have failed in this block."""
        size_wad = self.size_of(account, market)
        others = tuple(one for one in self.accounts if self.size_of(one, market) * size_wad < 0)
        asked = (account, market, others, at_mark)
        found = self.world.read("Deleverager", "candidates", *asked)
        ranked = sorted(found, key=lambda one: (-one.key_wad, one.account))
        queue = tuple(one.account for one in ranked)

        def then(x: Exchange, events: Sequence[Event]) -> None:
            for event in events:
                one = event.values
                if event.name == "CounterpartyDeleveraged":
                    sold = (market, account, one.counterparty, one.size_wad, one.price_wad)
                    clearing.transfer_position(x.house, *sold, takeover=False)
                elif event.name == "LossSocialised":
                    loss_wad = clearing.socialise(x.house, one.market, one.account, self.pool)
                    assert loss_wad == one.loss_wad
                elif event.name == "DebtLeft":
                    loss_wad = clearing.socialise(x.house, one.market, one.account, self.pool)
                    assert loss_wad == one.debt_wad

        return self.tell(
            *("keeper", "Deleverager", "deleverage", account, market, queue, at_mark), then=then
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
            pool=self.pool,
        )

    def _rules(self, market: int) -> Rules:
        return rules_of(self.configs[market].liquidation)

    # Triggers

    def program(
        self, who: int, market: int, kind: int, offset_bps: int, *, tip: int = 0, group: int = 0
    ) -> Any:
        """A trigger for the position that a user has, so far from mark."""
        role, account = holder(who)
        trails = kind == TRAILING_STOP
        trail_wad = abs(offset_bps) * WAD // BPS if trails else 0
        price_wad = 0 if trails else self.price_at(market, offset_bps)
        asked = (kind, WHOLE, price_wad, trail_wad, wad("0.02"), wad(tip), group)
        return self.tell(
            *(role, "TriggerOrders", "program", account, market, (asked,), False), then=self._tips
        )

    def bracket(self, who: int, market: int, is_buy: bool, tenths: int, tip: int) -> Any:
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
            (kind, WHOLE, self.price_at(market, side * 60), 0, wad("0.01"), wad(tip), 1)
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
        """More insurance; what the pool has earned by then is theirs who came before."""

        treasury = account_id(self.world.deployed.config.treasury)

        def expected(x: Exchange, _: Sequence[Event]) -> None:
            amount_wad = amount_raw * WAD_PER_RAW
            insurance.stake(
                *(x, self.pool, treasury), fee_share_wad=POOL_SHARE_WAD, amount_wad=amount_wad
            )

        asked = (amount_raw, address_of("whale"))
        return self.call("whale", "InsurancePool", "deposit", *asked, expected=expected)

    def unwind(self, market: int) -> Any:
        """Bring a clip of the backstop position back to the book."""
        config = self.configs[market]

        def then(x: Exchange, _: Sequence[Event]) -> None:
            insurance.unwind(
                *(x, self.pool, market),
                clip_wad=config.pool_caps.clip_wad,
                cooldown_s=config.liquidation.cooldown_s,
            )

        return self.tell("keeper", "InsurancePool", "unwind", market, then=then)

    def restore(self, market: int) -> Any:
        """Put the stakers' cash behind the backstop position."""
        return self.call(
            *("keeper", "InsurancePool", "restore", market),
            expected=lambda x, _: insurance.restore(x, self.pool, market),
        )

    def sweep(self) -> Any:
        """Share out the fees."""
        return self.call(
            *("stranger", "Clearinghouse", "sweep_fees"), expected=lambda x, _: self._share_out(x)
        )

    def _share_out(self, x: Exchange) -> None:
        treasury = account_id(self.world.deployed.config.treasury)
        clearing.sweep(x.house, self.pool, treasury, POOL_SHARE_WAD)

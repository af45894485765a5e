"""Positions, cash, orders and totals, kept from decoded events in exact integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sim.mirror.parts import Account, MarketTotals, MirrorNames, maintenance_up
from sim.mirror.screen import Screen
from sim.mirror.triggers import Triggers
from sim.types import AccountView, MarketSpec, OrderView, PositionView
from sim.units import WAD

# Reasons of CashMoved that cross the vault's edge or an owner's own accounts.
OWN_MONEY = frozenset({0, 1, 2})
# Kinds of PositionChanged whose fee goes to the fee pot (a penalty goes to the liquidator).
FEE_PAYING = frozenset({0, 1})
FLAT = PositionView(size_wad=0, quote_wad=0)
NOTHING: Mapping[Any, Any] = {}


class Mirror:
    """Listens to events; answers what an account holds and what everything adds up to."""

    def __init__(
        self,
        specs: Sequence[MarketSpec],
        tiers: Mapping[str, Sequence[tuple[int, int]]],
        names: MirrorNames,
        unscreened: Iterable[int] = (),
    ) -> None:
        """`unscreened` accounts (the system's own) stay out of the margin table."""
        self.tiers = tiers
        self.markets = {spec.name: MarketTotals() for spec in specs}
        self.accounts: dict[int, Account] = {}
        self.touched: set[int] = set()
        self.cash_wad = self.fees_wad = self.dust_wad = 0
        self._names = {spec.market_id: spec.name for spec in specs}
        self._places = {spec.name: place for place, spec in enumerate(specs)}
        self._unscreened = frozenset(unscreened)
        order = [spec.name for spec in specs]
        self.screen = Screen(order, [tiers[name] for name in order])
        self.triggers = Triggers(self._names)
        house = names.clearinghouse
        self._handlers: dict[tuple[str, str], Any] = {
            (house, "PositionChanged"): self._position_changed,
            (house, "CashMoved"): self._cash_moved,
            (house, "FundingSettled"): self._funding_settled,
            (house, "FeesSwept"): self._fees_swept,
            (house, "DustCollected"): self._dust_collected,
            (names.mark, "MarketPoked"): self._market_poked,
        }
        for event, handler in self.triggers.handlers.items():
            self._handlers[names.triggers, event] = handler
        for contract, market in names.books.items():
            self._handlers[contract, "OrderPlaced"] = self._order_placed(market)
            self._handlers[contract, "OrderFilled"] = self._order_filled(market)
            self._handlers[contract, "OrderCancelled"] = self._order_cancelled(market)

    def apply(self, events: Iterable[tuple[str, str, tuple[Any, ...]]]) -> None:
        """Take a block's events in; `touched` then names the accounts that changed in it."""
        self.touched = set()
        handlers = self._handlers
        for contract, name, values in events:
            handler = handlers.get((contract, name))
            if handler is not None:
                handler(*values)

    def view(self, account: int) -> AccountView:
        """The account as its owner sees it; an unknown one is empty."""
        held = self.accounts.get(account)
        if held is None:
            return AccountView(account=account, cash_wad=0, positions=NOTHING, orders=())
        return AccountView(
            account=account,
            cash_wad=held.cash_wad,
            positions=held.positions,
            orders=tuple(held.orders.values()),
        )

    def health(self, account: int, marks_wad: Mapping[str, int]) -> tuple[int, int]:
        """Equity rounded down and maintenance rounded up, at these marks and the last funding."""
        held = self.accounts.get(account)
        if held is None:
            return 0, 0
        equity_wad, maintenance_wad = held.cash_wad, 0
        for market, position in held.positions.items():
            mark_wad, size_wad = marks_wad[market], position.size_wad
            moved_wad = self.markets[market].funding_index_wad - held.settled_wad[market]
            owed_wad = -(-size_wad * moved_wad // WAD)
            equity_wad += size_wad * mark_wad // WAD + position.quote_wad - owed_wad
            notional_wad = -(-abs(size_wad) * mark_wad // WAD)
            maintenance_wad += maintenance_up(notional_wad, self.tiers[market])
        return equity_wad, maintenance_wad

    def owed_wad(self) -> int:
        """Everything the vault owes: cash, quote balances, escrows, fees and dust."""
        held = sum(one.quote_wad + one.escrow_wad for one in self.markets.values())
        return self.cash_wad + held + self.fees_wad + self.dust_wad

    def _account(self, account: int) -> Account:
        self.touched.add(account)
        held = self.accounts.get(account)
        if held is None:
            held = self.accounts[account] = Account()
        return held

    def _set_cash(self, account: int, held: Account, cash_wad: int) -> None:
        self.cash_wad += cash_wad - held.cash_wad
        held.cash_wad = cash_wad
        if account not in self._unscreened:
            self.screen.set_cash(account, cash_wad)

    def _position_changed(
        self,
        account: int,
        market_id: int,
        kind: int,
        _delta_wad: int,
        _price_wad: int,
        size_wad: int,
        quote_wad: int,
        cash_wad: int,
        fee_wad: int,
        funding_wad: int,
        _mark_wad: int,
    ) -> None:
        market = self._names[market_id]
        totals, held = self.markets[market], self._account(account)
        before = held.positions.get(market, FLAT)
        totals.size_wad += size_wad - before.size_wad
        totals.quote_wad += quote_wad - before.quote_wad
        totals.long_wad += max(size_wad, 0) - max(before.size_wad, 0)
        totals.positions += (size_wad != 0) - (before.size_wad != 0)
        totals.escrow_wad += funding_wad
        totals.settlements += 1
        if kind in FEE_PAYING:
            self.fees_wad += fee_wad
        if before.size_wad != 0 and before.size_wad * size_wad <= 0:
            self.triggers.position_gone(account, market)
        if size_wad == 0 and quote_wad == 0:
            held.positions.pop(market, None)
        else:
            held.positions[market] = PositionView(size_wad=size_wad, quote_wad=quote_wad)
        held.settled_wad[market] = totals.funding_index_wad
        self._set_cash(account, held, cash_wad)
        if account not in self._unscreened:
            self.screen.set_position(
                account, self._places[market], size_wad, quote_wad, totals.funding_index_wad
            )

    def _cash_moved(self, account: int, reason: int, amount_wad: int, cash_wad: int) -> None:
        held = self._account(account)
        if reason in OWN_MONEY:
            held.paid_in_wad += amount_wad
        self._set_cash(account, held, cash_wad)

    def _funding_settled(
        self, account: int, market_id: int, funding_wad: int, cash_wad: int
    ) -> None:
        market = self._names[market_id]
        totals, held = self.markets[market], self._account(account)
        totals.escrow_wad += funding_wad
        totals.settlements += 1
        held.settled_wad[market] = totals.funding_index_wad
        self._set_cash(account, held, cash_wad)
        position = held.positions.get(market)
        if position is not None and account not in self._unscreened:
            self.screen.set_position(
                account,
                self._places[market],
                position.size_wad,
                position.quote_wad,
                totals.funding_index_wad,
            )

    def _fees_swept(self, _pool_wad: int, _treasury_wad: int) -> None:
        # The cash of pool and treasury arrives by events of its own.
        self.fees_wad = self.dust_wad = 0

    def _dust_collected(self, market_id: int, amount_wad: int) -> None:
        totals = self.markets[self._names[market_id]]
        totals.escrow_wad -= amount_wad
        totals.settlements = 0
        self.dust_wad += amount_wad

    def _market_poked(
        self,
        market_id: int,
        mark_wad: int,
        _index_wad: int,
        _status: int,
        _basis_wad: int,
        _premium_wad: int,
        _rate_wad: int,
        funding_index_wad: int,
    ) -> None:
        totals = self.markets[self._names[market_id]]
        totals.mark_wad, totals.funding_index_wad = mark_wad, funding_index_wad

    def _order_placed(self, market: str) -> Any:
        def placed(
            order_id: int,
            account: int,
            is_buy: bool,
            price_wad: int,
            size_wad: int,
            reduce_only: bool,
            _expires_at: int,
        ) -> None:
            self._account(account).orders[market, order_id] = OrderView(
                order_id=order_id,
                market=market,
                size_wad=size_wad if is_buy else -size_wad,
                price_wad=price_wad,
                reduce_only=reduce_only,
            )

        return placed

    def _order_filled(self, market: str) -> Any:
        def filled(
            order_id: int,
            account: int,
            _taker: int,
            is_buy: bool,
            price_wad: int,
            _size_wad: int,
            left_wad: int,
        ) -> None:
            orders = self._account(account).orders
            if left_wad == 0:
                del orders[market, order_id]
                return
            orders[market, order_id] = OrderView(
                order_id=order_id,
                market=market,
                size_wad=left_wad if is_buy else -left_wad,
                price_wad=price_wad,
                reduce_only=orders[market, order_id].reduce_only,
            )

        return filled

    def _order_cancelled(self, market: str) -> Any:
        def cancelled(order_id: int, account: int, _reason: int) -> None:
            del self._account(account).orders[market, order_id]

        return cancelled

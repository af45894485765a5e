"""Positions, cash, orders and totals, kept from decoded events in exact integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sim.mirror.backstop import Exhausted, Stakes
from sim.mirror.holdings import Holdings
from sim.mirror.orders import order_handlers
from sim.mirror.parts import Account, MarketTotals, MirrorNames, maintenance_up
from sim.mirror.screen import Screen
from sim.mirror.triggers import Triggers
from sim.mirror.wallets import Wallets
from sim.types import AccountView, MarketSpec, PositionView
from sim.types.codes import CashMove, PositionChange
from sim.units import WAD

# Reasons of CashMoved that cross the vault's edge or an owner's own accounts.
OWN_MONEY = frozenset({CashMove.DEPOSITED, CashMove.WITHDRAWN, CashMove.MOVED})
# Kinds of PositionChanged whose fee goes to the fee pot (a penalty goes to the liquidator).
FEE_PAYING = frozenset({PositionChange.TAKER, PositionChange.MAKER})
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
        self.stakes, self.exhausted = Stakes(), Exhausted(self._names)
        self._negative: set[int] = set()
        house = names.clearinghouse
        self._handlers: dict[tuple[str, str], Any] = {
            (house, "PositionChanged"): self._position_changed,
            (house, "CashMoved"): self._cash_moved,
            (house, "LossSocialised"): self._loss_socialised,
            (house, "FeesSwept"): self._fees_swept,
            (house, "DustCollected"): self._dust_collected,
            (names.mark, "MarketPoked"): self._market_poked,
        }
        self.wallets = Wallets(names)
        self._handlers |= self.wallets.handlers
        self.holdings = Holdings(names.leveraged)
        self._handlers |= self.holdings.handlers
        for contract, by_event in (
            (names.triggers, self.triggers.handlers),
            (names.pool, self.stakes.handlers),
            (names.liquidator, self.exhausted.handlers),
        ):
            self._handlers |= {(contract, event): handler for event, handler in by_event.items()}
        for contract, market in names.books.items():
            for event, handler in order_handlers(market, self._account).items():
                self._handlers[contract, event] = handler

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
            owed_wad = self.pending_up(held, market)
            equity_wad += size_wad * mark_wad // WAD + position.quote_wad - owed_wad
            notional_wad = -(-abs(size_wad) * mark_wad // WAD)
            maintenance_wad += maintenance_up(notional_wad, self.tiers[market])
        return equity_wad, maintenance_wad

    def owing(self) -> list[int]:
        """Accounts below zero without a position, lowest first."""
        return sorted(one for one in self._negative if not self.accounts[one].positions)

    def pending_up(self, held: Account, market: str) -> int:
        """Funding, and loss socialised, that an account's position has yet to settle."""
        size_wad = held.positions[market].size_wad
        moved_wad = self.markets[market].owing_index_wad(size_wad) - held.settled_wad[market]
        return -(-size_wad * moved_wad // WAD)

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
        if cash_wad < 0:
            self._negative.add(account)
        else:
            self._negative.discard(account)
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
        totals.roundings_wad += 1
        if kind in FEE_PAYING:
            self.fees_wad += fee_wad
        if before.size_wad != 0 and before.size_wad * size_wad <= 0:
            self.triggers.position_gone(account, market)
            self.exhausted.position_gone(account, market)
        if size_wad == 0 and quote_wad == 0:
            held.positions.pop(market, None)
        else:
            held.positions[market] = PositionView(size_wad=size_wad, quote_wad=quote_wad)
        settled_wad = held.settled_wad[market] = totals.owing_index_wad(size_wad)
        self._set_cash(account, held, cash_wad)
        if account not in self._unscreened:
            place = self._places[market]
            self.screen.set_position(account, place, size_wad, quote_wad, settled_wad)

    def _cash_moved(self, account: int, reason: int, amount_wad: int, cash_wad: int) -> None:
        held = self._account(account)
        if reason in OWN_MONEY:
            held.paid_in_wad += amount_wad
        self._set_cash(account, held, cash_wad)

    def _fees_swept(self, _pool_wad: int, _treasury_wad: int) -> None:
        # The cash of pool and treasury arrives by events of its own.
        self.fees_wad = self.dust_wad = 0

    def _loss_socialised(
        self, market_id: int, _account: int, loss_wad: int, per_base_wad: int
    ) -> None:
        # The bankrupt's cash comes up to zero by an event of its own; the escrow has paid for it
        # what the holders of positions owe it from now on.
        market = self._names[market_id]
        totals = self.markets[market]
        totals.escrow_wad -= loss_wad
        totals.losses_wad += per_base_wad
        totals.roundings_wad += -(-2 * totals.long_wad // WAD)
        self.screen.set_loss(self._places[market], totals.losses_wad)

    def _dust_collected(self, market_id: int, amount_wad: int) -> None:
        totals = self.markets[self._names[market_id]]
        totals.escrow_wad -= amount_wad
        totals.roundings_wad = 0
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

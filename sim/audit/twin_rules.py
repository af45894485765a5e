"""What each call of a run is in the reference exchange.

A rule of the first table has to come to the contract's own answer, refusals included. Those of the
second follow what the contract told of choices the reference exchange does not make (a trigger's
limit price, whom a round of deleveraging took): there money and positions alone are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil
from typing import Any

from sim.audit.twin_asked import Asked, Bookkeeping
from sim.engine.reference_terms import rules_of
from sim.reference import clearing, insurance, ladder
from sim.reference.exchange import Exchange
from sim.reference.orders import IOC, NewOrder
from sim.types.codes import CashMove
from sim.units import WAD, WAD_PER_RAW

Rule = Callable[[Exchange, Asked, Bookkeeping], None]


def order(words: Any) -> NewOrder:
    """An order as the reference takes it."""
    is_buy, size_wad, price_wad, kind, reduce_only, expires_at = words
    return NewOrder(
        is_buy=is_buy,
        size_wad=size_wad,
        price_wad=price_wad,
        kind=kind,
        reduce_only=reduce_only,
        expires_at=expires_at,
    )


def _place(x: Exchange, a: Asked, _: Bookkeeping) -> None:
    account, words, max_fills = a.arguments
    x.books[a.market].place(account, order(words), max_fills)


def _place_many(x: Exchange, a: Asked, _: Bookkeeping) -> None:
    account, many = a.arguments
    x.books[a.market].place_many(account, [order(one) for one in many])


def _cancel_many(x: Exchange, a: Asked, keeping: Bookkeeping) -> None:
    book = x.books[a.market]
    for order_id in a.arguments[0]:
        number = keeping.numbers[a.market].get(order_id, -1)
        if book.resting.find(number) is not None:
            book.cancel(number)


def _deposit(x: Exchange, a: Asked, _: Bookkeeping) -> None:
    account, amount_raw = a.arguments
    clearing.deposit(x.house, account, amount_raw * WAD_PER_RAW)


def _withdraw(x: Exchange, a: Asked, _: Bookkeeping) -> None:
    account, amount_raw, _receiver = a.arguments
    clearing.withdraw(x.house, account, amount_raw * WAD_PER_RAW)


def _move(x: Exchange, a: Asked, keeping: Bookkeeping) -> None:
    x.move(*a.arguments, tips=keeping.venue)


def _caller(a: Asked, keeper: int, keeping: Bookkeeping) -> ladder.Caller:
    orders = {
        market: [keeping.numbers[market][one] for one in ids]
        for market, ids in a.facts["orders"].items()
    }
    return ladder.Caller(keeper=keeper, orders=orders, pool=keeping.pool)


def _liquidate(x: Exchange, a: Asked, keeping: Bookkeeping) -> None:
    account, market, max_fills = a.arguments
    rules = rules_of(keeping.markets[market].liquidation)
    ladder.liquidate(
        *(x, account, market, rules, _caller(a, a.keeper, keeping)),
        max_fills=max_fills,
        is_absorbed=any(one.event == "AccountAbsorbed" for one in a.events),
    )


def _take_over(x: Exchange, a: Asked, keeping: Bookkeeping) -> None:
    account, market, size_wad, receiver = a.arguments
    terms = keeping.markets[market]
    ladder.take_over(
        *(x, account, market, rules_of(terms.liquidation), _caller(a, receiver, keeping)),
        size_wad=size_wad,
    )


def _sweep(x: Exchange, _: Asked, keeping: Bookkeeping) -> None:
    share_wad = keeping.pool_share_wad
    clearing.sweep(x.house, keeping.pool, keeping.treasury, share_wad)


def _restore(x: Exchange, a: Asked, keeping: Bookkeeping) -> None:
    (market,) = a.arguments
    insurance.restore(x, keeping.pool, market)


def _stake(x: Exchange, a: Asked, keeping: Bookkeeping) -> None:
    insurance.stake(
        *(x, keeping.pool, keeping.treasury),
        fee_share_wad=keeping.pool_share_wad,
        amount_wad=a.arguments[0] * WAD_PER_RAW,
    )


def _unwind(x: Exchange, a: Asked, keeping: Bookkeeping) -> None:
    (market,) = a.arguments
    terms = keeping.markets[market]
    insurance.unwind(
        *(x, keeping.pool, market),
        clip_wad=terms.pool_caps.clip_wad,
        cooldown_s=terms.liquidation.cooldown_s,
    )


def _deleverage(x: Exchange, a: Asked, keeping: Bookkeeping) -> None:
    for one in a.events:
        told = one.values
        if one.event == "CounterpartyDeleveraged":
            sold = (told["market"], told["account"], told["counterparty"])
            clearing.transfer_position(
                *(x.house, *sold, told["size_wad"], told["price_wad"]), takeover=False
            )
        elif one.event in ("LossSocialised", "DebtLeft"):
            clearing.socialise(x.house, told["market"], told["account"], keeping.pool)


def _leave(x: Exchange, a: Asked, keeping: Bookkeeping) -> None:
    _sweep(x, a, keeping)
    for one in a.events:
        if one.event == "Withdraw":
            clearing.withdraw(x.house, keeping.pool, one.values["assets"] * WAD_PER_RAW)


def _tips(x: Exchange, a: Asked, _: Bookkeeping) -> None:
    for one in a.events:
        if one.event == "CashMoved" and one.values["reason"] == CashMove.TIPPED:
            clearing.deposit(x.house, one.values["account"], one.values["amount_wad"])


def _execute(x: Exchange, a: Asked, keeping: Bookkeeping) -> None:
    """The one order a trigger sends: what is due of its position, at the limit that was told."""
    state = a.facts["trigger"]
    grid, mark_wad = x.books[state.market].grid, x.house.prices[state.market].mark_wad
    held_wad = abs(x.house.held(state.account, state.market).size_wad)
    due_wad = min(state.size_wad, held_wad) // grid.lot_wad * grid.lot_wad
    least = ceil(Fraction(grid.min_notional_wad * WAD, mark_wad * grid.lot_wad)) * grid.lot_wad
    if state.size_wad >= held_wad:  # all of it may go as the smallest order, which only reduces
        due_wad = max(due_wad, least)
    (limit_wad,) = (one.values["limit_wad"] for one in a.events if one.event == "TriggerExecuted")
    new = NewOrder(
        is_buy=not state.is_long,
        size_wad=due_wad,
        price_wad=limit_wad,
        kind=IOC,
        reduce_only=True,
    )
    x.books[state.market].place(state.account, new)
    _tips(x, a, keeping)


def _open_with_bracket(x: Exchange, a: Asked, keeping: Bookkeeping) -> None:
    account, market, words, _triggers, _from_cross = a.arguments
    _tips(x, a, keeping)
    x.books[market].place(account, order(words))


def _nothing(_x: Exchange, _a: Asked, _k: Bookkeeping) -> None:
    return


JUDGED: Mapping[tuple[str, str], Rule] = {
    ("OrderBook", "place"): _place,
    ("OrderBook", "place_many"): _place_many,
    ("OrderBook", "cancel_many"): _cancel_many,
    ("MarginVault", "deposit"): _deposit,
    ("MarginVault", "withdraw"): _withdraw,
    ("MarginVault", "move"): _move,
    ("Liquidator", "liquidate"): _liquidate,
    ("Liquidator", "take_over"): _take_over,
    ("Clearinghouse", "sweep_fees"): _sweep,
    ("InsurancePool", "restore"): _restore,
    ("InsurancePool", "deposit"): _stake,
}
FOLLOWED: Mapping[tuple[str, str], Rule] = {
    ("InsurancePool", "unwind"): _unwind,
    ("InsurancePool", "request_redeem"): _nothing,
    ("InsurancePool", "claim"): _leave,
    **{
        ("Deleverager", one): _deleverage
        for one in ("deleverage", "open_round", "enlist", "rank", "take", "socialise")
    },
    ("TriggerOrders", "execute"): _execute,
    ("TriggerOrders", "open_with_bracket"): _open_with_bracket,
    **{("TriggerOrders", one): _tips for one in ("program", "cancel", "ratchet", "bury")},
    ("PriceFeed", "push"): _nothing,
    ("MarkPrice", "poke"): _nothing,
    ("MarginVault", "set_operator"): _nothing,
    **{("MockToken", one): _nothing for one in ("mint", "approve", "transfer")},
    ("SpotPool", "swap"): _nothing,
}

"""What venues, vault and pool may propose, and what comes of it: a new state or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from sim.reference.books import ClearingState, fee, has_shrunk, require, room
from sim.reference.margin import maintenance, notional
from sim.types import DEFICIT
from sim.types.codes import Act
from sim.units import WAD

STOPPED = "stopped by oracle status or pause"
_BUCKETS = 2**96


@dataclass(frozen=True, slots=True, kw_only=True)
class MakerFill:
    """A resting order's part of a trade."""

    account: int
    size_wad: int
    price_wad: int
    reduce_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FillResult:
    """Which makers were refused (one bit each), and the penalty taken."""

    refused: int
    penalty_wad: int


def fill(
    house: ClearingState,
    market: int,
    taker: int,
    is_buy: bool,
    fills: Sequence[MakerFill],
    *,
    liquidator: int | None = None,
) -> FillResult:
    """Trade a taker against makers one by one; with a liquidator's account the taker is forced."""
    check_may_hold(taker, market)
    forced = liquidator is not None
    if forced:
        house.check_liquidatable(taker, market)
    tried, refused, traded_wad = house.copy(), 0, 0
    for place, one in enumerate(fills):
        require(one.account != taker, "self-trade")
        worth_wad = floor(Fraction(one.size_wad * one.price_wad, WAD))
        after = tried.copy()
        delta_wad = one.size_wad if is_buy else -one.size_wad
        after.trade(taker, market, delta_wad, worth_wad)
        after.trade(one.account, market, -delta_wad, worth_wad)
        after.fees_wad += after.charge(one.account, fee(worth_wad, house.risks[market].maker_bps))
        if not _maker_passes(tried, after, one, market):
            refused |= 1 << place
            continue
        tried, traded_wad = after, traded_wad + worth_wad
    if refused == 2 ** len(fills) - 1:
        return FillResult(refused=refused, penalty_wad=0)

    penalty_wad = 0
    if liquidator is not None:
        left_wad = room(house.health(taker), tried.health(taker))
        require(left_wad >= 0, "account left worse off")
        penalty_wad = min(fee(traded_wad, house.risks[market].liquidation_bps), left_wad)
        move(tried, taker, liquidator, penalty_wad)
    else:
        tried.fees_wad += tried.charge(taker, fee(traded_wad, house.risks[market].taker_bps))
        _judge_taker(house, tried, taker, market)
    tried.sweep_escrow(market)
    house.adopt(tried)
    return FillResult(refused=refused, penalty_wad=penalty_wad)


def _maker_passes(before: ClearingState, after: ClearingState, one: MakerFill, market: int) -> bool:
    was_wad = before.held(one.account, market).size_wad
    shrank = has_shrunk(was_wad, after.held(one.account, market).size_wad)
    if one.reduce_only and not shrank:
        return False
    return after.may_change(market, shrank=shrank) and after.accepts(before, one.account, market)


def _judge_taker(before: ClearingState, after: ClearingState, taker: int, market: int) -> None:
    was_wad = before.held(taker, market).size_wad
    shrank = has_shrunk(was_wad, after.held(taker, market).size_wad)
    require(after.may_change(market, shrank=shrank), STOPPED)
    interest_wad, risk = after.open_interest(market), after.risks[market]
    if interest_wad > before.open_interest(market):
        quote_wad = notional(interest_wad, after.prices[market].index_wad)
        within = interest_wad <= risk.oi_cap_wad and quote_wad <= risk.oi_cap_quote_wad
        require(within, "open interest at its cap")
    require(after.accepts(before, taker, market), "margin not met")


def check_may_hold(account: int, market: int) -> None:
    """Cross accounts hold any market, isolated ones their own."""
    require(account % _BUCKETS in (0, market), "isolated account of another market")


def admit(house: ClearingState, market: int, account: int) -> None:
    """Judge an account with everything that rests for it."""
    check_may_hold(account, market)
    require(house.may_change(market, shrank=False), STOPPED)
    health = house.health(account)
    require(health.margin_equity_wad >= health.initial_wad, "margin not met")


def set_max_leverage(
    house: ClearingState, account: int, market: int, leverage: int, *, caller: str
) -> None:
    """An owner bounds its own leverage in a market, from the next opening or withdrawal on."""
    require(int(caller, 16) == account // _BUCKETS, "caller not allowed")
    check_may_hold(account, market)
    house.max_leverage[account, market] = leverage


def move(house: ClearingState, sender: int, recipient: int, amount_wad: int) -> None:
    """Cash from one account to another, unasked."""
    house.cash[sender] = house.cash.get(sender, 0) - amount_wad
    house.cash[recipient] = house.cash.get(recipient, 0) + amount_wad


def deposit(house: ClearingState, account: int, amount_wad: int) -> None:
    """Count what the vault received."""
    house.cash[account] = house.cash.get(account, 0) + amount_wad


def withdraw(house: ClearingState, account: int, amount_wad: int) -> None:
    """Count what the vault is about to pay."""
    require(house.may_withdraw(account), STOPPED)
    require(amount_wad <= house.withdrawable(account), "above withdrawable")
    house.cash[account] = house.cash.get(account, 0) - amount_wad


def earn(house: ClearingState, pool: int, amount_wad: int) -> None:
    """Income of the pool: what is left of it once all written-off debts are repaid."""
    repaid_wad = min(amount_wad, -house.cash.get(pool + DEFICIT, 0))
    deposit(house, pool + DEFICIT, repaid_wad)
    deposit(house, pool, amount_wad - repaid_wad)


def sweep(house: ClearingState, pool: int, treasury: int, pool_share_wad: int) -> None:
    """Share out the fees; dust goes to the pool."""
    share_wad = ceil(Fraction(house.fees_wad * pool_share_wad, WAD))
    earn(house, pool, share_wad + house.dust_wad)
    deposit(house, treasury, house.fees_wad - share_wad)
    house.fees_wad = house.dust_wad = 0


def hand_over(
    house: ClearingState, market: int, giver: int, receiver: int, size_wad: int, price_wad: int
) -> None:
    """Move part of a position at a price, rounded against the giver."""
    require(giver != receiver, "same account")
    held_wad = house.held(giver, market).size_wad
    require(0 < size_wad <= abs(held_wad), "size outside the position")
    exact = Fraction(size_wad * price_wad, WAD)
    worth_wad, delta_wad = (floor(exact), size_wad) if held_wad > 0 else (ceil(exact), -size_wad)
    house.trade(giver, market, -delta_wad, worth_wad)
    house.trade(receiver, market, delta_wad, worth_wad)


def seize(house: ClearingState, market: int, account: int, backstop: int) -> None:
    """The pool's account takes the position at mark and its share of the account's equity."""
    house.check_liquidatable(account, market, house.risks[market].backstop_wad)
    tried, mark_wad = house.copy(), house.prices[market].mark_wad
    size_wad = abs(house.held(account, market).size_wad)
    whole = house.health(account)
    leg_wad = maintenance(notional(size_wad, mark_wad), house.risks[market])
    require(whole.maintenance_wad > 0, "size outside the position")
    share_wad = floor(Fraction(whole.equity_wad * leg_wad, whole.maintenance_wad))
    hand_over(tried, market, account, backstop, size_wad, mark_wad)
    move(tried, account, backstop, share_wad)
    require(tried.accepts(house, backstop, market), "margin not met")
    tried.sweep_escrow(market)
    house.adopt(tried)


def transfer_position(
    house: ClearingState,
    market: int,
    giver: int,
    receiver: int,
    size_wad: int,
    price_wad: int,
    *,
    takeover: bool,
) -> None:
    """A keeper takes over part of a failing position, or a counterparty is deleveraged."""
    check_may_hold(receiver, market)
    house.check_liquidatable(giver, market)
    tried = house.copy()
    hand_over(tried, market, giver, receiver, size_wad, price_wad)
    if takeover:
        require(house.may_change(market, shrank=False), STOPPED)
        require(tried.accepts(house, receiver, market), "margin not met")
        left_wad = room(house.health(giver), tried.health(giver))
        require(left_wad >= 0, "account left worse off")
    else:
        require(Act.ADL not in house.risks[market].paused, STOPPED)
        was_wad = house.held(receiver, market).size_wad
        shrank = has_shrunk(was_wad, tried.held(receiver, market).size_wad)
        require(shrank, "not a counterparty")
        least_wad = min(0, house.health(receiver).equity_wad)
        require(tried.health(receiver).equity_wad >= least_wad, "counterparty below zero")
    tried.sweep_escrow(market)
    house.adopt(tried)


def socialise(house: ClearingState, market: int, account: int, pool: int) -> int:
    """Spread what an account without positions owes over the market's positions; the loss.

    Where there is none, it becomes the pool's to repay out of what it earns.
    """
    for held_in in house.risks:
        require(house.held(account, held_in).size_wad == 0, "account holds a position")
    loss_wad = -house.cash.get(account, 0)
    interest_wad = house.open_interest(market)
    require(loss_wad > 0, "account owes nothing")
    if not interest_wad:
        move(house, pool + DEFICIT, account, loss_wad)
        return loss_wad
    per_base_wad = ceil(Fraction(loss_wad * WAD, 2 * interest_wad))
    house.loss_index[market] = house.loss_index.get(market, 0) + per_base_wad
    house.escrow[market] = house.escrow.get(market, 0) - loss_wad
    house.cash[account] = 0
    return loss_wad


def owed_in_total(house: ClearingState) -> int:
    """INV-2's right-hand side: everything that is claimed from the vault."""
    cash_wad = sum(house.cash.values()) + sum(house.escrow.values())
    quotes_wad = sum(one.quote_wad for one in house.holdings.values())
    return cash_wad + quotes_wad + house.fees_wad + house.dust_wad

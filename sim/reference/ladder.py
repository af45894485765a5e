"""A whole call of the liquidator: who may be brought, what is tried in which order, who is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.reference import backstop, clearing
from sim.reference.books import Refused
from sim.reference.exchange import Exchange, is_below_backstop, is_below_maintenance
from sim.reference.liquidation import Clip, Rewards, Rules
from sim.reference.margin import maintenance, notional
from sim.reference.target import (
    Target,
    book_limit,
    clipped_size,
    marginal_rate,
    takeover_price,
    wanted_size,
)
from sim.reference.unwinding import Pace
from sim.types.codes import Act, Rung, TakeOutcome

LEAST_FILLS, MOST_FILLS = 8, 32
MOST_ELSEWHERE = 32  # orders cancelled in other markets than the liquidated one


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who brings whom, and what is known of the target that no book tells."""

    keeper: int
    orders: Mapping[int, Sequence[int]]  # market -> numbers of the target's orders, first to go
    pool: int = 0  # the pool's cross account


def liquidate(
    x: Exchange,
    account: int,
    market: int,
    rules: Rules,
    caller: Caller,
    *,
    max_fills: int,
    is_absorbed: bool,
) -> int:
    """Rungs (a) and (c), and the reward; the rung that acted: 0 book, 2 pool, 3 none, 4 none yet.

    `is_absorbed` is the pool's answer, if asked: other caps and drawdown are its own affair.
    """
    _require(max_fills >= LEAST_FILLS, "too few fills")
    t = _begin(x, account, market, caller)
    size_wad, clip = clipped_size(t, rules, x.clips.get((account, market)), x.house.now_s)
    _require(size_wad != 0, "large position is cooling down")
    outcome, filled_wad, worth_wad, penalty_wad = x.books[market].take_for(
        account,
        is_buy=t.size_wad < 0,
        size_wad=size_wad,
        limit_wad=book_limit(t, rules),
        max_fills=min(max_fills, MOST_FILLS),
    )
    if clip and filled_wad:
        left_wad = clip.left_wad - min(filled_wad, clip.left_wad)
        x.clips[account, market] = Clip(at_s=x.house.now_s, left_wad=left_wad)
    if outcome is TakeOutcome.UNFINISHED:
        return Rung.SWEPT
    rung, given_wad = 0, penalty_wad
    if not filled_wad:
        _require(t.below_backstop, "no rung could act")
        if not is_absorbed:
            return 3
        cap = x.loss_caps[market]
        joins_wad = abs(x.house.held(account, market).size_wad)
        x.loss_caps[market] = backstop.absorb(x.house, cap, caller.pool, market, account)
        whole_wad = abs(x.house.held(caller.pool + market, market).size_wad)
        pace = x.paces.get(market, Pace())
        x.paces[market] = pace.joined(x.house.now_s, joins_wad, whole_wad)
        rung, worth_wad = 2, t.notional_wad
        given_wad = max(0, t.health.equity_wad) * t.leg_wad // t.health.maintenance_wad
    rewards = x.rewards.setdefault((account, market), Rewards())
    due_wad = rewards.pay(
        worth_wad, rules, given_wad=given_wad, maker_bps=t.risk.maker_bps, now_s=x.house.now_s
    )
    paid_wad = _pay(x, caller, due_wad, penalty_wad)
    rewards.paid_wad += paid_wad - due_wad  # what the pool could not pay was not paid
    return rung


def take_over(
    x: Exchange,
    account: int,
    market: int,
    rules: Rules,
    caller: Caller,
    *,
    size_wad: int,
) -> int:
    """Rung (b): the caller's account takes what the book cannot; the size taken."""
    t = _begin(x, account, market, caller)
    asked_wad = wanted_size(t, rules)
    outcome, filled_wad, _, _ = x.books[market].take_for(
        account,
        is_buy=t.size_wad < 0,
        size_wad=asked_wad,
        limit_wad=book_limit(t, rules),
        max_fills=MOST_FILLS,
    )
    if outcome is TakeOutcome.UNFINISHED:
        return 0
    _require(not filled_wad, "the book can fill")
    taken_wad = min(asked_wad, size_wad // t.grid.lot_wad * t.grid.lot_wad)
    _require(taken_wad > 0, "size below a lot")
    price_wad = takeover_price(t, rules)
    clearing.transfer_position(
        x.house, market, account, caller.keeper, taken_wad, price_wad, takeover=True
    )
    return taken_wad


def _begin(x: Exchange, account: int, market: int, caller: Caller) -> Target:
    house = x.house
    _require(house.allows(market, Act.LIQUIDATE), "liquidation not allowed now")
    _require(is_below_maintenance(house, account, market), "account is healthy")
    x.books[market].cancel_all_of(caller.orders.get(market, ()))
    elsewhere = [
        (resting_in, number)
        for resting_in, numbers in sorted(caller.orders.items())
        for number in numbers
        if resting_in != market
    ]
    for resting_in, number in elsewhere[:MOST_ELSEWHERE]:
        x.books[resting_in].cancel_all_of([number])
    x.show()
    size_wad, mark_wad = house.held(account, market).size_wad, house.prices[market].mark_wad
    _require(size_wad != 0, "no position in this market")
    is_pools = caller.pool < account < caller.pool + 2**96
    spare_wad = x.loss_caps[market].spare(house.cash.get(caller.pool, 0)) if is_pools else 0
    _require(spare_wad == 0, "pool has not put its cash behind it")
    risk, worth_wad = house.risks[market], notional(size_wad, mark_wad)
    return Target(
        size_wad=size_wad,
        mark_wad=mark_wad,
        notional_wad=worth_wad,
        leg_wad=maintenance(worth_wad, risk),
        rate_wad=marginal_rate(worth_wad, risk),
        health=house.health(account),
        risk=risk,
        grid=x.books[market].grid,
        below_backstop=is_below_backstop(house, account, market),
    )


def _pay(x: Exchange, caller: Caller, due_wad: int, penalty_wad: int) -> int:
    """The keeper from the penalty, the pool what is left of it; the pool pays what is missing."""
    paid_wad = min(due_wad, penalty_wad)
    clearing.move(x.house, x.liquidator, caller.keeper, paid_wad)
    clearing.deposit(x.house, x.liquidator, paid_wad - penalty_wad)
    clearing.earn(x.house, caller.pool, penalty_wad - paid_wad)
    short_wad = min(due_wad - paid_wad, max(0, x.house.cash.get(caller.pool, 0)))
    clearing.move(x.house, caller.pool, caller.keeper, short_wad)
    return paid_wad + short_wad


def _require(held: bool, reason: str) -> None:
    if not held:
        raise Refused(f"liquidator: {reason}")

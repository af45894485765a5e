"""Why an account was, or was not, liquidated: one sentence, and why that rung."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sim.audit.picture import Leg, Picture
from sim.audit.witness import Attempt, Moment, Told, ratio
from sim.types.codes import PositionChange, Rung
from sim.units import to_float

RUNGS = {
    Rung.BOOK: "the book",
    Rung.TAKEOVER: "a keeper's takeover",
    Rung.BACKSTOP: "the insurance pool",
}


def clock(time_s: int) -> str:
    """A time of day, UTC."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%H:%M:%S")


def money(wad: int) -> str:
    """Quote with two decimals, for sentences; the figures behind it are exact."""
    return f"{to_float(wad):,.2f}"


def liquidated(attempt: Attempt) -> Any | None:
    """What the liquidator told of an attempt that went through."""
    return next((one.values for one in attempt.events if one.event == "AccountLiquidated"), None)


def verdict(attempts: Sequence[Attempt], timeline: Sequence[Moment], told: Sequence[Told]) -> str:
    """One sentence about the whole run, or about the attempts and blocks that are given."""
    times = {one.block: one.time_s for one in timeline}
    for attempt in attempts:
        if (found := liquidated(attempt)) is not None:
            return _liquidated(attempt, found, times[attempt.block], attempts)
    if shut := _deleveraged(told, times):
        return shut
    held = [one for one in timeline if one.maintenance_wad]
    if not held:
        return "not liquidated: it held no position at the end of any of these blocks"
    worst = min(held, key=ratio)
    where = (
        f"equity {money(worst.equity_wad)}, maintenance {money(worst.maintenance_wad)}, "
        f"block {worst.block} at {clock(worst.time_s)}"
    )
    below = [one for one in held if one.equity_wad < one.maintenance_wad]
    if not below:
        share = worst.equity_wad / worst.maintenance_wad
        return (
            "not liquidated: its equity never fell below maintenance; "
            f"least E/MM {share:,.4f} ({where})"
        )
    return (
        f"not liquidated although below maintenance in {_blocks(below)}: {_why(attempts)} ({where})"
    )


def _liquidated(attempt: Attempt, found: Any, time_s: int, attempts: Sequence[Attempt]) -> str:
    rung = RUNGS[Rung(found["rung"])]
    size_wad = found["size_delta_wad"]
    verb = "sold" if size_wad < 0 else "bought back"
    market = _market(attempt)
    more = sum(liquidated(one) is not None for one in attempts) - 1
    return (
        f"liquidated at {clock(time_s)} by {rung}: equity {money(found['equity_before_wad'])} < "
        f"maintenance {money(found['maintenance_before_wad'])} at a {market} mark of "
        f"{money(found['mark_wad'])}; {verb} {to_float(abs(size_wad)):,.4f}, after which equity "
        f"{money(found['equity_after_wad'])} stood against {money(found['maintenance_after_wad'])}"
        + (f"; {more} more followed" if more else "")
    )


def _market(attempt: Attempt) -> str:
    legs = attempt.before.legs if attempt.before else ()
    names = [one.market for one in legs if one.market_id == attempt.market_id]
    return names[0] if names else f"market {attempt.market_id}"


def _deleveraged(told: Sequence[Told], times: dict[int, int]) -> str:
    kinds = (PositionChange.DELEVERAGED, PositionChange.COUNTERPARTY)
    for one in told:
        if one.event == "PositionChanged" and one.values["kind"] in kinds:
            own = one.values["kind"] == PositionChange.DELEVERAGED
            whose = "its own bankruptcy" if own else "somebody else's bankruptcy"
            return (
                f"not liquidated but deleveraged at {clock(times[one.block])}, for {whose}: "
                f"{to_float(abs(one.values['size_delta_wad'])):,.4f} closed at "
                f"{money(one.values['price_wad'])}"
            )
    return ""


def _blocks(below: Sequence[Moment]) -> str:
    if len(below) == 1:
        return f"block {below[0].block}"
    return f"{len(below)} blocks from {below[0].block} to {below[-1].block}"


def _why(attempts: Sequence[Attempt]) -> str:
    if not attempts:
        return "nobody came for it"
    reasons = Counter(one.error for one in attempts if one.error)
    if not reasons:
        return f"{len(attempts)} attempts, none of which could act"
    (reason, count), *_ = reasons.most_common(1)
    return f"{count} of {len(attempts)} attempts were refused, {reason!r}"


def why_rung(attempt: Attempt) -> list[str]:
    """Which rung acted, and for each one before it why it did not."""
    found, picture = liquidated(attempt), attempt.before
    leg = (
        next((one for one in picture.legs if one.market_id == attempt.market_id), None)
        if (picture)
        else None
    )
    if picture is None or leg is None or not attempt.ok:
        return [f"refused: {attempt.error}"] if attempt.error else []
    exhausted = any(one.event == "LadderExhausted" for one in attempt.events)
    if found is None and not exhausted:
        return []
    rung = Rung(found["rung"]) if found is not None else Rung.NONE
    lines = [_book(leg, rung)]
    if rung in (Rung.BACKSTOP, Rung.NONE):
        lines.append(_share(leg, picture))
        lines.append(
            f"(b) takeover: no keeper offered one; it would have paid {money(leg.takeover_wad)}"
        )
    if rung is Rung.TAKEOVER:
        lines.append(f"(b) takeover: at {money(leg.takeover_wad)}, the price of this moment")
    if rung is Rung.BACKSTOP:
        lines.append(f"(c) pool: took all of it; {_pool(leg)}")
    if rung is Rung.NONE:
        lines.append(f"(c) pool: refused; {_pool(leg)}; what is left is deleveraging")
    return lines


def _book(leg: Leg, rung: Rung) -> str:
    size_wad, limit_wad = leg.asked
    sells = leg.position.size_wad > 0
    side, best = ("bid", "at least") if sells else ("ask", "at most")
    within = sum(
        size
        for price, size in leg.opposite
        if (price >= limit_wad if sells else price <= limit_wad)
    )
    asked = f"{to_float(size_wad):,.4f} asked for {best} {money(limit_wad)}"
    if rung is Rung.BOOK:
        return f"(a) book: the first rung; {asked}, {to_float(within):,.4f} rested within that"
    top = (
        f"the best {side} was {money(leg.opposite[0][0])}"
        if leg.opposite
        else f"there was no {side}"
    )
    return f"(a) book: could not fill; {asked}, {top}"


def _share(leg: Leg, picture: Picture) -> str:
    bound_wad = -(-picture.health.maintenance_wad * leg.risk.backstop_wad // 10**18)
    return (
        f"failing: equity {money(picture.health.equity_wad)} is below {money(bound_wad)}, "
        f"{to_float(leg.risk.backstop_wad):.1%} of maintenance, so all of it must go"
    )


def _pool(leg: Leg) -> str:
    pool = leg.pool
    left_wad = max(0, pool.loss_cap_wad - pool.at_risk_wad)
    return (
        f"its cash was {money(pool.cash_wad)}, left under its loss cap {money(left_wad)} of "
        f"{money(pool.loss_cap_wad)}, exposure cap {money(pool.exposure_cap_wad)}, drawdown "
        f"{to_float(pool.drawdown_wad):.2%} of {to_float(pool.drawdown_limit_wad):.2%}"
    )


def who_got_what(attempt: Attempt) -> list[tuple[str, int]]:
    """Where the account's money went: wad of quote by recipient."""
    found = liquidated(attempt)
    if found is None:
        return []
    penalty_wad, reward_wad = found["penalty_wad"], found["reward_wad"]
    from_penalty_wad = min(penalty_wad, reward_wad)
    shares = [
        (f"{attempt.agent}, the keeper", reward_wad),
        ("insurance pool", penalty_wad - from_penalty_wad),
    ]
    if reward_wad > penalty_wad:
        shares.append(("insurance pool, topping the keeper up", penalty_wad - reward_wad))
    shares.append(("account, in penalty", -penalty_wad))
    return shares

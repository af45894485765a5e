"""Deleveraging from the specification: sort everybody, find one number, cut to lots at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from sim.types.codes import AdlPolicy
from sim.units import WAD

FACTOR_LIMIT = 10**18  # no factor of a score counts above this: a ratio, not a wad
VALUE_LIMIT = 10**40  # wad; nor a value that is compared per size or equity
FINE = 10**36
DAY_S = 86_400
MAY_MISS = Fraction(1, 100)  # of the open interest


Policy = AdlPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterparty:
    """Somebody on the other side; `size_wad` is a magnitude, the rest is of the whole account."""

    account: int
    size_wad: int
    quote_wad: int
    profit_wad: int  # unrealised at mark, funding owed taken off
    equity_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a round closes: so much, at a price so much worse than mark for the other side."""

    policy: Policy
    budget_wad: int
    mark_wad: int
    adverse_wad: int
    lot_wad: int


def lots_down(size: Fraction | int, lot_wad: int) -> int:
    """Whole lots of a size in wad."""
    return floor(Fraction(size) / lot_wad) * lot_wad


def able(one: Counterparty, terms: Terms) -> int:
    """What a counterparty can give up and not owe more; a wei is left for rounding."""
    most = Fraction(one.size_wad)
    if terms.adverse_wad:
        most = min(most, Fraction(max(0, one.equity_wad - 1) * WAD, terms.adverse_wad))
    return lots_down(most, terms.lot_wad)


def key(one: Counterparty, terms: Terms) -> int | None:
    """What the policy sorts by, 18 decimals (queue) or 36, down; None: can give up nothing."""
    able_wad = able(one, terms)
    if able_wad == 0:
        return None
    if terms.policy is Policy.PRO_RATA:
        gained = max(one.profit_wad, 0)
        return max(1, min(gained, VALUE_LIMIT) * FINE // able_wad) if gained else 0
    if terms.policy is Policy.WATER_FILL:
        return min(able_wad * terms.mark_wad // WAD, VALUE_LIMIT) * FINE // standing(one)
    leverage = _factor(one.size_wad * terms.mark_wad // WAD, standing(one))
    gain = _factor(abs(one.profit_wad), max(abs(one.quote_wad), 1))
    if one.profit_wad > 0:
        return gain * leverage // WAD
    return floor(Fraction(-gain * WAD, max(leverage, 1)))


def standing(one: Counterparty) -> int:
    """Equity a leverage is made of: who has nothing left counts as having a wei."""
    return max(one.equity_wad, 1)


def _factor(a_wad: int, b_wad: int) -> int:
    return min(a_wad * WAD // b_wad, FACTOR_LIMIT * WAD)


def ranked(others: Sequence[Counterparty], terms: Terms) -> list[Counterparty]:
    """Highest key first, ties by lower account; who can give nothing last."""

    def place(one: Counterparty) -> tuple[bool, int, int]:
        found = key(one, terms)
        return (found is None, -(found or 0), one.account)

    return sorted(others, key=place)


def quintiles(others: Sequence[Counterparty], terms: Terms) -> dict[int, int]:
    """5 for the first fifth of the queue, down to 1 for the last."""
    queue = ranked(others, terms)
    return {one.account: 5 - floor(Fraction(5 * at, len(queue))) for at, one in enumerate(queue)}


def shares(others: Sequence[Counterparty], terms: Terms) -> dict[int, int]:
    """Size each gives up, in whole lots; together all that is to be closed, or all they can."""
    queue = [one for one in ranked(others, terms) if able(one, terms)]
    exact = _POLICIES[terms.policy](queue, terms)
    found, total, given = {one.account: 0 for one in others}, Fraction(0), 0
    for one, share in zip(queue, exact, strict=True):
        total += share
        found[one.account] = lots_down(total, terms.lot_wad) - given
        given += found[one.account]
    return found


def ranking_quote(size_wad: int, quote_wad: int, entry_wad: int | None) -> int:
    """Signed quote a signed position ranks by: its own, or its owner's best entry's if larger."""
    if entry_wad is None:
        return quote_wad
    return max(quote_wad, -size_wad * entry_wad // WAD)


def entry(size_wad: int, quote_wad: int) -> int:
    """Average price per base of a position, down."""
    return abs(quote_wad) * WAD // abs(size_wad)


@dataclass(slots=True)
class Entries:
    """Average entry prices that owners gave up, by owner and side, and on what day."""

    had: dict[tuple[int, bool], dict[int, set[int]]] = field(default_factory=dict)

    def changed(self, account: int, was: tuple[int, int], now: tuple[int, int], at_s: int) -> None:
        """A position of (size, quote) became another: ended, or averaged with something worse."""
        if not was[0]:
            return
        is_long = was[0] > 0
        if now[0] * was[0] > 0:
            grew = abs(now[0]) > abs(was[0])
            dearer = entry(*now) - entry(*was)
            if not grew or (dearer <= 0 if is_long else dearer >= 0):
                return
        days = self.had.setdefault((account >> 96, is_long), {})
        days.setdefault(at_s // DAY_S, set()).add(entry(*was))

    def best(self, account: int, is_long: bool, at_s: int) -> int | None:
        """The cheapest long or the dearest short of today and the day before."""
        days = self.had.get((account >> 96, is_long), {})
        found = set().union(*(days.get(at_s // DAY_S - back, ()) for back in (0, 1)))
        return (min if is_long else max)(found) if found else None


def is_complete(named: Iterable[int], sizes: Mapping[int, int]) -> bool:
    """Whether those named hold all that everybody on a side does, but for one per cent."""
    missing = sum(sizes.values()) - sum(sizes.get(one, 0) for one in set(named))
    return missing <= MAY_MISS * sum(sizes.values())


def given(share_wad: int, now: Counterparty, left_wad: int, terms: Terms) -> int:
    """What is closed of a share: no more than its holder can give by now, or than is left."""
    return min(share_wad, able(now, terms), left_wad)


def _queue(queue: Sequence[Counterparty], terms: Terms) -> list[Fraction]:
    """From the front, each all it can."""
    left, found = Fraction(terms.budget_wad), []
    for one in queue:
        found.append(min(left, Fraction(able(one, terms))))
        left -= found[-1]
    return found


def _pro_rata(queue: Sequence[Counterparty], terms: Terms) -> list[Fraction]:
    """In proportion to profit; what the profitable can't give, the others do by size."""
    limits = [able(one, terms) for one in queue]
    profits = [max(one.profit_wad, 0) for one in queue]
    first = _proportional(profits, limits, terms.budget_wad)
    rest = terms.budget_wad - sum(first)
    sizes = [0 if profit else limit for profit, limit in zip(profits, limits, strict=True)]
    second = _proportional(sizes, limits, rest)
    return [a + b for a, b in zip(first, second, strict=True)]


def _proportional(
    weights: Sequence[int], limits: Sequence[int], total: int | Fraction
) -> list[Fraction]:
    """min(limit, c * weight) with the c that makes the sum the total, or all limits."""
    counted = [limit if weight else 0 for weight, limit in zip(weights, limits, strict=True)]

    def at(scale: Fraction) -> list[Fraction]:
        return [min(Fraction(a), scale * b) for a, b in zip(counted, weights, strict=True)]

    scales = sorted(Fraction(a, b) for a, b in zip(counted, weights, strict=True) if b)
    return at(_level(scales, lambda scale: sum(at(scale), Fraction(0)), Fraction(total)))


def _water_fill(queue: Sequence[Counterparty], terms: Terms) -> list[Fraction]:
    """Down to one common leverage: max(0, s - level * E), s what can be given up."""

    def at(depth: Fraction) -> list[Fraction]:
        return [max(Fraction(0), able(one, terms) + depth * standing(one)) for one in queue]

    # Depth is minus the level, so that the sum rises with it; nobody keeps less than nothing.
    depths = sorted([*(Fraction(-able(one, terms), standing(one)) for one in queue), Fraction(0)])
    return at(_level(depths, lambda depth: sum(at(depth), Fraction(0)), Fraction(terms.budget_wad)))


def _level(
    corners: Sequence[Fraction], total_at: Callable[[Fraction], Fraction], wanted: Fraction
) -> Fraction:
    """Where a rising broken line reaches a value; its last corner if it never does."""
    if not corners:
        return Fraction(0)
    low, low_total = min(Fraction(0), corners[0]), Fraction(0)
    for corner in corners:
        total = total_at(corner)
        if total >= wanted and total > low_total:
            return low + (corner - low) * (wanted - low_total) / (total - low_total)
        low, low_total = corner, total
    return corners[-1]


_POLICIES = {
    Policy.QUEUE: _queue,
    Policy.PRO_RATA: _pro_rata,
    Policy.WATER_FILL: _water_fill,
}

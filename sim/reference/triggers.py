"""Trigger orders of one account in one market, from the specification.

A trigger keeps what happened since it was programmed (marks it saw, positions that were) and
everything is worked out of that when asked: the best mark, whether its position still stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, inf

from sim.reference.trigger_words import (
    BY_OWNER,
    MAX_TRIGGERS,
    SIBLING_FILLED,
    TOO_SMALL,
    Cancelled,
    Died,
    Executed,
    Happening,
    Kind,
    Programmed,
    Ratcheted,
    Reduced,
    Terms,
    TriggerError,
    TriggerRequest,
)
from sim.units import WAD


@dataclass(slots=True, kw_only=True)
class Armed:
    """A trigger that stands."""

    number: int
    wish: TriggerRequest
    is_long: bool
    born: int  # how many positions there had been
    marks_wad: list[int]
    left_wad: int | None
    tip_wad: int

    def trigger_wad(self) -> int:
        """The price at which it fires; a trailing stop's odd wei lies away from the mark."""
        if self.wish.kind is not Kind.TRAILING_STOP:
            return self.wish.price_wad
        trail = Fraction(self.wish.trail_wad, WAD)
        if self.is_long:
            return floor(max(self.marks_wad) * (1 - trail))
        return ceil(min(self.marks_wad) * (1 + trail))

    def fires(self, mark_wad: int) -> bool:
        """Stops fire at losses, take-profits at gains; a long loses when the mark falls."""
        rise_wad = mark_wad - self.trigger_wad()
        gain_wad = rise_wad if self.is_long else -rise_wad
        return gain_wad >= 0 if self.wish.kind is Kind.TAKE_PROFIT else gain_wad <= 0

    def limit_wad(self, tick_wad: int) -> int:
        """The worst price, on the grid and no worse than asked for."""
        slippage = Fraction(self.wish.slippage_wad, WAD)
        if self.is_long:
            return max(1, ceil(ceil(self.trigger_wad() * (1 - slippage)) / tick_wad)) * tick_wad
        return floor(self.trigger_wad() * (1 + slippage)) // tick_wad * tick_wad

    def lasts(self) -> int | float:
        """How much it may still take, as something that compares."""
        return inf if self.left_wad is None else self.left_wad


def match(
    levels: Sequence[tuple[int, int]], due_wad: int, is_buy: bool, limit_wad: int
) -> tuple[int, int]:
    """Size filled and its average price (down), from levels of price and size, best first."""
    filled_wad, worth = 0, Fraction(0)
    for price_wad, size_wad in levels:
        if price_wad > limit_wad if is_buy else price_wad < limit_wad:
            break
        taken_wad = min(size_wad, due_wad - filled_wad)
        filled_wad += taken_wad
        worth += Fraction(taken_wad * price_wad, WAD)
    return filled_wad, floor(worth * WAD / filled_wad) if filled_wad else 0


@dataclass(slots=True, kw_only=True)
class TriggerBook:
    """The triggers of one account in one market, and the money behind them."""

    terms: Terms
    positions_wad: list[int] = field(default_factory=lambda: [0])
    mark_wad: int = 0
    may_act: bool = True
    standing: list[Armed] = field(default_factory=list)
    count: int = 0
    owner_wad: int = 0  # what the account got back less what it prepaid
    keeper_wad: int = 0
    happenings: list[Happening] = field(default_factory=list)

    def hold(self, size_wad: int) -> None:
        """The position became this."""
        if size_wad != self.positions_wad[-1]:
            self.positions_wad.append(size_wad)

    def is_alive(self, one: Armed) -> bool:
        """Whether there was a position on its side ever since."""
        side = 1 if one.is_long else -1
        return all(size_wad * side > 0 for size_wad in self.positions_wad[one.born - 1 :])

    def purse_wad(self) -> int:
        """The tips of what stands."""
        return sum(one.tip_wad for one in self.standing)

    def program(
        self, wishes: Sequence[TriggerRequest], margin_left: Callable[[int], Fraction]
    ) -> None:
        """Arm triggers, all or none; `margin_left` is E - MM were the mark at a price."""
        self.bury()
        held_wad = self.positions_wad[-1]
        if held_wad == 0:
            raise TriggerError("triggers: no position")
        for wish in wishes:
            self.count += 1
            one = Armed(
                number=self.count,
                wish=wish,
                is_long=held_wad > 0,
                born=len(self.positions_wad),
                marks_wad=[self.mark_wad],
                left_wad=wish.size_wad,
                tip_wad=wish.tip_wad,
            )
            near_wad = min(wish.price_wad or self.mark_wad, self.mark_wad)
            if one.lasts() < abs(held_wad) and self._is_dust(one, near_wad):
                raise TriggerError("triggers: too small to be an order")
            if one.fires(self.mark_wad):
                raise TriggerError("triggers: would fire at once")
            if wish.kind is not Kind.TAKE_PROFIT and margin_left(one.trigger_wad()) <= 0:
                raise TriggerError("triggers: stop beyond the liquidation price")
            if len(self.standing) == MAX_TRIGGERS:
                raise TriggerError("triggers: no slot left")
            self.standing.append(one)
            self.owner_wad -= wish.tip_wad
            self.happenings.append(Programmed(one.number, one.trigger_wad()))

    def cancel(self, number: int) -> None:
        """The owner takes a trigger back, if it still stands."""
        one = self.find(number)
        if one is not None:
            self._end(one, BY_OWNER)

    def ratchet(self, number: int) -> None:
        """Show a trailing stop the mark."""
        one = self._awake(number)
        if one.wish.kind is not Kind.TRAILING_STOP:
            raise TriggerError("triggers: does not trail")
        self._check_may_act()
        before_wad = [*one.marks_wad]
        one.marks_wad.append(self.mark_wad)
        best = max if one.is_long else min
        if best(before_wad) != best(one.marks_wad):
            self.happenings.append(Ratcheted(number, one.trigger_wad()))

    def execute(self, number: int, levels: Sequence[tuple[int, int]]) -> None:
        """Reduce the position out of a book's levels, those within its band, best first."""
        one = self._awake(number)
        self._check_may_act()
        if not one.fires(self.mark_wad):
            raise TriggerError("triggers: mark has not reached it")
        held_wad = abs(self.positions_wad[-1])
        due_wad = int(min(one.lasts(), held_wad)) // self.terms.lot_wad * self.terms.lot_wad
        if one.lasts() < held_wad and self._is_dust(one, self.mark_wad):
            raise TriggerError("book: notional too small")
        limit_wad = one.limit_wad(self.terms.tick_wad)
        filled_wad, average_wad = match(levels, due_wad, not one.is_long, limit_wad)
        earned_wad = floor(Fraction(one.tip_wad * filled_wad, due_wad))
        left_wad = due_wad - filled_wad
        self.happenings.append(
            Executed(
                number=number,
                trigger_wad=one.trigger_wad(),
                limit_wad=limit_wad,
                filled_wad=filled_wad,
                average_wad=average_wad,
                left_wad=left_wad,
                tip_wad=earned_wad,
            )
        )
        if filled_wad:
            one.tip_wad -= earned_wad
            self.keeper_wad += earned_wad
            self.hold(self.positions_wad[-1] + (-filled_wad if one.is_long else filled_wad))
            self._settle(one, filled_wad, done=left_wad == 0)

    def bury(self) -> int:
        """Remove what is dead; how many."""
        dead = [one for one in self.standing if not self.is_alive(one)]
        for one in dead:
            self._leave(one)
            self.happenings.append(Died(one.number, one.tip_wad))
        return len(dead)

    def find(self, number: int) -> Armed | None:
        """A trigger that stands."""
        return next((one for one in self.standing if one.number == number), None)

    def _settle(self, one: Armed, filled_wad: int, *, done: bool) -> None:
        """What a fill does to the trigger and to its siblings."""
        siblings = [each for each in self.standing if each is not one]
        if done:
            self.standing.remove(one)
        else:
            self._shrink(one, filled_wad)
        for each in siblings:
            if each.wish.group != one.wish.group or not each.wish.group:
                continue
            if done or each.lasts() <= filled_wad:
                self._end(each, SIBLING_FILLED)
            elif each.left_wad is not None:
                self.happenings.append(Reduced(each.number, each.left_wad - filled_wad))
                self._shrink(each, filled_wad)

    def _shrink(self, one: Armed, by_wad: int) -> None:
        if one.left_wad is not None:
            one.left_wad -= by_wad
        if one.lasts() < abs(self.positions_wad[-1]) and self._is_dust(one, self.mark_wad):
            self._end(one, TOO_SMALL)

    def _end(self, one: Armed, reason: int) -> None:
        self._leave(one)
        self.happenings.append(Cancelled(one.number, reason, one.tip_wad))

    def _leave(self, one: Armed) -> None:
        self.standing.remove(one)
        self.owner_wad += one.tip_wad

    def _is_dust(self, one: Armed, price_wad: int) -> bool:
        worth = Fraction(one.left_wad or 0) * price_wad / WAD
        return one.left_wad is not None and floor(worth) < self.terms.min_notional_wad

    def _awake(self, number: int) -> Armed:
        one = self.find(number)
        if one is None:
            raise TriggerError("triggers: no such trigger")
        if not self.is_alive(one):
            raise TriggerError("triggers: its position is gone")
        return one

    def _check_may_act(self) -> None:
        if not self.may_act:
            raise TriggerError("triggers: stopped by oracle status or pause")

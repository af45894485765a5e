"""Margin tables of up to 16 tiers: deductions, initial margin by slice or by bracket.

Maintenance is N*mmr_k - D_k with D_0 = 0 and D_k = D_{k-1} + lower_k*(mmr_k - mmr_{k-1}), which is
the sum of each slice at its own rate (Binance: leverage and margin of USD-M futures, `cum`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from sim.reference.venues.numbers import RuleError, shown

MAX_TIERS = 16
NOTHING = Fraction(0)


class InitialRule(StrEnum):
    """How a notional that reaches over several tiers is asked for initial margin."""

    SLICE = "slice"
    BRACKET = "bracket"


class MaintenanceRule(StrEnum):
    """Whether each slice is held at its own rate, or the whole at its bracket's (OKX)."""

    SLICE = "slice"
    BRACKET = "bracket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Margin rates from a notional on; without an initial rate only maintenance can be asked."""

    lower: Fraction
    mmr: Fraction
    imr: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginTable:
    """Tiers that ascend from 0, with 0 <= mmr <= imr <= 1 in each and rates that never fall."""

    tiers: tuple[Tier, ...]
    initial_rule: InitialRule = InitialRule.SLICE
    maintenance_rule: MaintenanceRule = MaintenanceRule.SLICE

    def __post_init__(self) -> None:
        if not 1 <= len(self.tiers) <= MAX_TIERS:
            raise RuleError(f"found {len(self.tiers)} tiers; 1 to {MAX_TIERS} are allowed")
        if self.tiers[0].lower != 0:
            raise RuleError(f"the first tier starts at {shown(self.tiers[0].lower)}; 0 is allowed")
        for place, tier in enumerate(self.tiers, start=1):
            top = Fraction(1) if tier.imr is None else tier.imr
            if not 0 <= tier.mmr <= top <= 1:
                raise RuleError(
                    f"tier {place} has the rates {shown(tier.mmr)} and {shown(top)}; "
                    "0 <= mmr <= imr <= 1 is allowed"
                )
        for place, (below, above) in enumerate(self._pairs(), start=2):
            if above.lower <= below.lower:
                raise RuleError(f"tier {place} starts at {shown(above.lower)}; tiers must ascend")
            if above.mmr < below.mmr:
                raise RuleError(f"tier {place} has mmr {shown(above.mmr)}; rates must not fall")
            if above.imr is not None and below.imr is not None and above.imr < below.imr:
                raise RuleError(f"tier {place} has imr {shown(above.imr)}; rates must not fall")

    def _pairs(self) -> Iterator[tuple[Tier, Tier]]:
        return zip(self.tiers, self.tiers[1:], strict=False)

    def place(self, notional: Fraction) -> int:
        """Which tier a notional falls in; at a bound, the tier that begins there."""
        return sum(tier.lower <= notional for tier in self.tiers[1:])

    def deductions(self) -> tuple[Fraction, ...]:
        """`cum` of each tier, of the maintenance rates; 0 where the whole is at its bracket's."""
        if self.maintenance_rule is MaintenanceRule.BRACKET:
            return (NOTHING,) * len(self.tiers)
        found = [NOTHING]
        for below, above in self._pairs():
            found.append(found[-1] + above.lower * (above.mmr - below.mmr))
        return tuple(found)

    def maintenance(self, notional: Fraction) -> Fraction:
        """Maintenance margin of a notional."""
        place = self.place(notional)
        return notional * self.tiers[place].mmr - self.deductions()[place]

    def initial(self, notional: Fraction) -> Fraction:
        """Initial margin of a notional, by the table's own rule (R01: bracket)."""
        if self.initial_rule is InitialRule.BRACKET:
            return notional * self._imr(self.tiers[self.place(notional)])
        total = NOTHING
        for place, tier in enumerate(self.tiers):
            upper = self.tiers[place + 1].lower if place + 1 < len(self.tiers) else notional
            total += max(NOTHING, min(notional, upper) - tier.lower) * self._imr(tier)
        return total

    def at_size(self, size: Fraction) -> MarginTable:
        """Of a table whose bounds are sizes: the one rate of a size, whatever its notional."""
        imr = None
        if all(tier.imr is not None for tier in self.tiers):
            imr = self.initial(size) / size
        return MarginTable(tiers=(Tier(lower=NOTHING, mmr=self.maintenance(size) / size, imr=imr),))

    @staticmethod
    def _imr(tier: Tier) -> Fraction:
        if tier.imr is None:
            raise RuleError("found a tier without an initial rate or leverage; one is needed")
        return tier.imr


def check_deductions(table: MarginTable, given: Sequence[Fraction | None], cent: Fraction) -> None:
    """Refuse a given `cum` that is off what bounds and rates give by more than half a cent."""
    for place, (derived, said) in enumerate(zip(table.deductions(), given, strict=True), start=1):
        if said is not None and abs(said - derived) * 2 > cent:
            raise RuleError(
                f"tier {place} gives the deduction {shown(said)}; "
                f"its bounds and rates give {shown(derived)}"
            )


def scaled_by_open_interest(
    imr: Fraction, open_interest: Fraction, low: Fraction, high: Fraction
) -> Fraction:
    """The rate imr + (1 - imr)*(OI - low)/(high - low), held in imr..1 (dYdX v4).

    An upper cap of 0 means that the market does not scale.
    """
    if high == 0 or open_interest <= low:
        return imr
    if open_interest >= high:
        return Fraction(1)
    return imr + (1 - imr) * (open_interest - low) / (high - low)

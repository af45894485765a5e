"""One market of a venue: its margin table as published, and the table its rules make of it."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.reference.venues.margin_table import (
    MAX_TIERS,
    InitialRule,
    MaintenanceRule,
    MarginTable,
    Tier,
    check_deductions,
)
from sim.reference.venues.numbers import RuleError
from sim.reference.venues.size_margin import RateOfSize, linear_rate, root_rate, skew_rate
from sim.types.fields import StrictModel
from sim.venues.exact import Exact, NotNegative, Positive, Share, one_of

CENT = Fraction(1, 100)
CUT = Fraction(1, 10**9)  # a published ratio with its decimals cut is not a contradiction


class Unit(StrEnum):
    """What a tier's bounds are counted in."""

    QUOTE = "quote"
    BASE = "base"
    CONTRACTS = "contracts"


class Cited(StrictModel):
    """Numbers of one source: where they are published, and of which day."""

    source: str
    as_of: str = Field(min_length=4)  # a date, a year, or "undated"
    note: str = ""


class TierRow(StrictModel):
    """A bracket as published: a bound, a maintenance rate, and a leverage or an initial rate."""

    lower: NotNegative
    mmr: Share | None = None
    max_leverage: Positive | None = None
    imr: Share | None = None
    cum: NotNegative | None = None

    def tier(self, maintenance_of_initial: Fraction | None) -> Tier:
        """Its rates; without a maintenance rate it is the venue's share of the initial one.

        A published rate that is only a repeating decimal cut off counts as that share, exact.
        """
        imr = self.imr
        if imr is None and self.max_leverage is not None:
            imr = min(Fraction(1), 1 / self.max_leverage)
        derived = None
        if imr is not None and maintenance_of_initial is not None:
            derived = imr * maintenance_of_initial
        if self.mmr is None and derived is None:
            raise RuleError("a tier needs mmr, or max_leverage under a share of the initial rate")
        mmr = self.mmr
        if mmr is None or (derived is not None and abs(mmr - derived) < CUT):
            mmr = derived
        assert mmr is not None
        return Tier(lower=self.lower, mmr=mmr, imr=imr)


class Growth(StrictModel):
    """A rate that grows with the size itself (R08, R23, R31)."""

    kind: Annotated[str, Field(pattern="^(linear|root|skew)$")]
    initial: NotNegative
    maintenance: NotNegative
    initial_growth: NotNegative = Fraction(0)  # a size, of a root, or of |s|/skew_scale
    maintenance_growth: NotNegative = Fraction(0)
    skew_scale: Positive | None = None

    def rate(self, *, is_initial: bool) -> RateOfSize:
        """The rate as a function of the size."""
        base = self.initial if is_initial else self.maintenance
        growth = self.initial_growth if is_initial else self.maintenance_growth
        if self.kind == "root":
            return root_rate(base, growth)
        if self.kind == "skew":
            if self.skew_scale is None:
                raise RuleError("a rate that grows with the skew needs skew_scale")
            return skew_rate(growth, base, self.skew_scale)
        return linear_rate(base, growth)


class Market(Cited):
    """A market: tiers of a notional, of sizes or of contracts, or a rate that grows."""

    unit: Annotated[Unit, one_of(Unit)] = Unit.QUOTE
    contract_size: Positive | None = None  # base of one contract
    tiers: Annotated[tuple[TierRow, ...], Field(max_length=MAX_TIERS)] = ()
    growth: Growth | None = None
    open_interest_lower: NotNegative = Fraction(0)
    open_interest_upper: NotNegative = Fraction(0)
    taker_fee_hundredths: Annotated[Exact, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def check(self) -> Market:
        """Tiers or a growth, not both; a given `cum` is what bounds and rates give, to the cent."""
        if bool(self.tiers) == (self.growth is not None):
            raise PydanticCustomError("market", "tiers or growth, exactly one, is allowed")
        return self

    def table(
        self, maintenance_of_initial: Fraction | None, initial: InitialRule, held: MaintenanceRule
    ) -> MarginTable:
        """The table as published, in the unit of its bounds; refused where `cum` is off."""
        rows = tuple(row.tier(maintenance_of_initial) for row in self.tiers)
        table = MarginTable(tiers=rows, initial_rule=initial, maintenance_rule=held)
        check_deductions(table, [row.cum for row in self.tiers], CENT)
        return table

    def table_for(self, size: Fraction, published: MarginTable | None) -> MarginTable:
        """The table of notionals that holds for one size, whatever the bounds are counted in."""
        size = abs(size)
        if self.growth is not None:
            rates = [self.growth.rate(is_initial=initial)(size) for initial in (False, True)]
            return MarginTable(tiers=(Tier(lower=Fraction(0), mmr=rates[0], imr=rates[1]),))
        assert published is not None
        if self.unit is Unit.QUOTE or size == 0:
            return published
        per_unit = Fraction(1)
        if self.unit is Unit.CONTRACTS:
            if self.contract_size is None:
                raise RuleError(
                    "its tiers are counted in contracts of a size that is not known; "
                    "contract_size is needed"
                )
            per_unit = self.contract_size
        return published.at_size(size / per_unit)

"""What a venue's preset may say; a scenario can name one and lay its own keys over it."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, Field

from sim.reference.venues.funding_rate import RateRule, cap_by_margins
from sim.reference.venues.funding_schedule import SamplesOf
from sim.reference.venues.liquidation_price import ClosingFee, Maintenance, MaintenanceOf
from sim.reference.venues.margin_table import InitialRule, MaintenanceRule, MarginTable
from sim.reference.venues.numbers import RuleError
from sim.types.fields import StrictModel
from sim.venues.exact import (
    Exact,
    Flag,
    NotNegative,
    Positive,
    Seconds,
    Share,
    Whole,
    one_of,
)
from sim.venues.market import Cited, Market

HUNDREDTHS = 10**6


class Payoff(StrEnum):
    """What a contract is worth: its price, or a fixed quote paid in coins (R05)."""

    LINEAR = "linear"
    INVERSE = "inverse"


class CrossMaintenance(StrEnum):
    """Whether a cross account's maintenance moves with the price or is held at today's (R07)."""

    MOVING = "moving"
    HELD = "held"


class Premium(StrEnum):
    """What the rate is made of."""

    IMPACT_PRICES = "impact_prices"
    MIDDLE = "middle"  # R34
    AVERAGES = "averages"  # R27
    SKEW = "skew"  # R30
    INTEREST = "interest"  # R36


class Weights(StrEnum):
    """How samples of the premium count."""

    TIME = "time"
    SIMPLE = "simple"
    RISING = "rising"  # R39


class Receivers(StrEnum):
    """What those who are owed funding get."""

    IN_FULL = "in_full"
    COLLECTED = "collected"  # R28
    FEE_POOL = "fee_pool"  # R24


class MarginRules(Cited):
    """How positions are asked for margin."""

    maintenance_of: Annotated[MaintenanceOf, one_of(MaintenanceOf)] = MaintenanceOf.MARK
    closing_fee: Annotated[ClosingFee, one_of(ClosingFee)] = ClosingFee.NONE
    initial: Annotated[InitialRule, one_of(InitialRule)] = InitialRule.BRACKET
    maintenance: Annotated[MaintenanceRule, one_of(MaintenanceRule)] = MaintenanceRule.SLICE
    cross: Annotated[CrossMaintenance, one_of(CrossMaintenance)] = CrossMaintenance.MOVING
    maintenance_of_initial: Share | None = None  # where a tier gives no rate of its own
    minimum_collateral_factor: Share | None = None  # R17


class Fees(Cited):
    """Fees in hundredths of a basis point; a maker's below 0 is a rebate."""

    maker_hundredths: Whole | None = None
    taker_hundredths: Annotated[Whole, Field(ge=0)] | None = None


class Funding(Cited):
    """How the rate of funding is made and paid."""

    premium: Annotated[Premium, one_of(Premium)]
    weights: Annotated[Weights, one_of(Weights)] = Weights.SIMPLE
    rate_period_s: Seconds  # what the rate is of
    payment_interval_s: Seconds  # when it is paid; 1: by the second
    samples_of: Annotated[SamplesOf, one_of(SamplesOf)] = SamplesOf.RUNNING
    interest: Exact = Fraction(0)  # of one period
    damper: NotNegative | None = None  # none: interest is added whole
    factor: Exact = Fraction(1)
    low: Exact | None = None
    high: Exact | None = None
    margin_cap_factor: NotNegative | None = None
    receivers: Annotated[Receivers, one_of(Receivers)] = Receivers.IN_FULL
    impact_notional: Positive | None = None
    velocity_a_day: NotNegative | None = None
    quote_unit: Positive | None = None  # amounts are cut to it
    rate_unit: Positive | None = None

    def rule(self, margins: tuple[Fraction, Fraction] | None = None) -> RateRule:
        """The rule of one period's rate; `margins` are (initial, maintenance) where they cap it."""
        cap = None
        if self.margin_cap_factor is not None and margins is not None:
            cap = cap_by_margins(self.margin_cap_factor, *margins)
        return RateRule(
            interest=self.interest,
            damper=self.damper,
            factor=self.factor,
            low=self.low,
            high=self.high,
            margin_cap=cap,
        )


class Liquidation(Cited):
    """How a failing position is closed, and at what cost."""

    below_bankruptcy: Annotated[str, Field(pattern="^(takeover|fund_pays)$")] = "takeover"
    is_filled_beyond_bankruptcy: Flag = False
    adjustment: NotNegative | None = None
    spread_to_maintenance: NotNegative | None = None
    most_fee: Share | None = None
    grace_slots: NotNegative = Fraction(0)
    lot: Positive | None = None  # a step of unwinding rounds to it


class Deleveraging(Cited):
    """Who is closed when nothing else is left."""

    score: Annotated[str, Field(pattern="^(by_bankruptcy|by_account|none)$")] = "none"
    counterparty_may_stay_below_zero: Flag = True


class Mark(Cited):
    """What the mark price is made of."""

    candidates: tuple[str, ...] = ()
    samples: Annotated[Whole, Field(gt=0)] | None = None


class Venue(StrictModel):
    """A venue's rules and numbers, what of them is exact here and what is not."""

    venue: str
    product: str
    payoff: Annotated[Payoff, one_of(Payoff)] = Payoff.LINEAR
    exact: Annotated[tuple[str, ...], BeforeValidator(tuple), Field(min_length=1)]
    not_exact: Annotated[tuple[str, ...], BeforeValidator(tuple), Field(min_length=1)]
    margin: MarginRules
    fees: Fees | None = None
    funding: Funding | None = None
    liquidation: Liquidation | None = None
    deleveraging: Deleveraging | None = None
    mark: Mark | None = None
    markets: dict[str, Market] = Field(default_factory=dict)

    def published_table(self, name: str) -> MarginTable | None:
        """A market's table in the unit of its bounds; None where its rate grows with the size."""
        market = self.market(name)
        if market.growth is not None:
            return None
        rules = self.margin
        return market.table(rules.maintenance_of_initial, rules.initial, rules.maintenance)

    def market(self, name: str) -> Market:
        """A market of this preset, by its name."""
        if name not in self.markets:
            known = ", ".join(self.markets) or "none"
            raise RuleError(f"no market {name!r} in this preset; allowed are {known}")
        return self.markets[name]

    def table_for(self, name: str, size: Fraction) -> MarginTable:
        """The table of notionals that holds for a position of one size."""
        return self.market(name).table_for(size, self.published_table(name))

    def taker_fee(self, name: str) -> Fraction:
        """The taker fee of a market as a fraction; 0 where the preset has none."""
        hundredths = self.market(name).taker_fee_hundredths
        if hundredths is None and self.fees is not None and self.fees.taker_hundredths is not None:
            hundredths = Fraction(self.fees.taker_hundredths)
        return (hundredths or Fraction(0)) / HUNDREDTHS

    def maintenance(self, table: MarginTable, taker_fee: Fraction) -> Maintenance:
        """The rule of maintenance of a market with a table."""
        return Maintenance(
            table=table,
            of=self.margin.maintenance_of,
            closing_fee=self.margin.closing_fee,
            taker_fee=taker_fee,
        )

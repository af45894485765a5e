"""Venues, the feeds that report them, and what goes wrong with either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.market import faults
from sim.scenario.pools import PoolSource
from sim.scenario.prices import Positive, Time
from sim.types.fields import NotNegativeWad, PositiveWad, StrictModel

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=16)]
Bps = Annotated[int, Field(ge=0, le=10_000)]
Span = Annotated[int, Field(ge=0, le=31_536_000)]


class DislocationConfig(StrictModel):
    """The venue's price in a market times `multiplier` from one time until another, with ramps."""

    market: str
    from_time: Time
    until_time: Time
    multiplier: Positive
    ramp_in_s: Span = 0
    ramp_out_s: Span = 0

    @model_validator(mode="after")
    def check(self) -> DislocationConfig:
        """Time runs forward."""
        if self.from_time > self.until_time:
            raise PydanticCustomError("window", "a from_time up to until_time is allowed")
        return self


class DepthConfig(StrictModel):
    """What trades do to a venue: `quote` moves a price by 1 %, half of it back each half-life.

    A linear venue moves in proportion to what was traded, a sqrt one with its root.
    """

    quote: PositiveWad
    half_life_s: Positive = 300.0
    shape: Literal["linear", "sqrt"] = "linear"
    fee_bps: Annotated[int, Field(ge=0, le=1_000)] = 5


class VenueConfig(StrictModel):
    """A venue strays from the true price by `spread_bps`, each time for about `half_life_s`.

    Only on a venue whose `depth` is known can agents trade.
    """

    name: Name
    depth: DepthConfig | None = None
    spread_bps: Annotated[float, Field(ge=0, le=1_000)] = 2.0
    half_life_s: Positive = 60.0
    dislocations: tuple[DislocationConfig, ...] = ()


class FaultConfig(StrictModel):
    """One thing that goes wrong with a feed, from one time until another; parameters by kind."""

    kind: Literal[
        "freeze",
        "lag",
        "bias",
        "drift",
        "jump",
        "wrong_decimals",
        "outage",
        "replay",
        "out_of_order",
        "wide_confidence",
        "floor_price",
    ]
    market: str
    from_time: Time
    until_time: Time
    lag_s: Span | None = None
    fresh_time: bool = False
    bias_bps: int | None = None
    bps_per_hour: int | None = None
    multiplier: PositiveWad | None = None
    places: Annotated[int, Field(ge=-18, le=18)] | None = None
    age_s: Span | None = None
    conf_bps: Bps | None = None
    floor: NotNegativeWad | None = None

    @model_validator(mode="after")
    def check(self) -> FaultConfig:
        """Time runs forward, and the kind has its one parameter and no other."""
        if self.from_time >= self.until_time:
            raise PydanticCustomError("window", "a from_time before until_time is allowed")
        wanted = PARAMETER_OF.get(self.kind)
        given = {name for name in PARAMETER_OF.values() if getattr(self, name) is not None}
        if given != ({wanted} if wanted else set()):
            words = f"for kind {self.kind} the parameter {wanted or '(none)'} is allowed"
            raise PydanticCustomError("fault", words)
        return self

    def effect(self) -> faults.Effect:
        """What it does to pushes."""
        one = self
        make: dict[str, Callable[[], faults.Effect]] = {
            "freeze": lambda: faults.Freeze(),
            "lag": lambda: faults.Lag(lag_s=one.lag_s or 0, fresh_time=one.fresh_time),
            "bias": lambda: faults.Bias(bias_bps=one.bias_bps or 0),
            "drift": lambda: faults.Drift(bps_per_hour=one.bps_per_hour or 0),
            "jump": lambda: faults.Jump(multiplier_wad=one.multiplier or 0),
            "wrong_decimals": lambda: faults.WrongDecimals(places=one.places or 0),
            "outage": lambda: faults.Outage(),
            "replay": lambda: faults.Replay(age_s=one.age_s or 0),
            "out_of_order": lambda: faults.OutOfOrder(),
            "wide_confidence": lambda: faults.WideConfidence(conf_bps=one.conf_bps or 0),
            "floor_price": lambda: faults.FloorPrice(floor_wad=one.floor or 0),
        }
        return make[self.kind]()


PARAMETER_OF = {
    "lag": "lag_s",
    "bias": "bias_bps",
    "drift": "bps_per_hour",
    "jump": "multiplier",
    "wrong_decimals": "places",
    "replay": "age_s",
    "wide_confidence": "conf_bps",
    "floor_price": "floor",
}


class FeedConfig(StrictModel):
    """A reporter of one venue: how late and how noisy, and when it pushes; same in each market.

    With a `source` in place of a venue, it is a reading of a spot pool, in that pool's market.
    """

    name: Name
    venue: str = ""
    source: PoolSource | None = None
    weight: Annotated[int, Field(ge=1, le=1_000)] = 1
    delay_s: Span = 1
    noise_bps: Annotated[float, Field(ge=0, le=1_000)] = 0.5
    heartbeat_s: Annotated[int, Field(ge=1)] = 10
    deviation_bps: Bps = 5
    conf_bps: Bps = 5
    faults: tuple[FaultConfig, ...] = ()

    @model_validator(mode="after")
    def check(self) -> FeedConfig:
        """A venue or a pool; what nobody pushes, no fault of a push befalls."""
        if bool(self.venue) == (self.source is not None):
            raise PydanticCustomError("feed", "a venue or a source is allowed")
        if self.source is not None and self.faults:
            raise PydanticCustomError("feed", "faults of a feed that has a venue are allowed")
        return self


class CollusionConfig(StrictModel):
    """Reporters that push one multiple of their middle price, with confidence 0."""

    feeds: Annotated[tuple[str, ...], Field(min_length=1)]
    market: str
    from_time: Time
    until_time: Time
    multiplier: PositiveWad

    @model_validator(mode="after")
    def check(self) -> CollusionConfig:
        """Time runs forward."""
        if self.from_time >= self.until_time:
            raise PydanticCustomError("window", "a from_time before until_time is allowed")
        return self

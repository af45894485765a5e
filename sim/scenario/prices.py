"""The true prices of a scenario: one process for each market, or the files of real venues."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.market.anchored import Anchor, AnchoredPath
from sim.market.paths import (
    Constant,
    Heston,
    JumpDiffusion,
    MeanReverting,
    PriceProcess,
    Regime,
    RegimeSwitching,
)
from sim.types.fields import StrictModel

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


def to_unix(value: object) -> int:
    """Unix seconds of an integer or of an ISO time that names its zone."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 - has no zone, and so is refused below
    if moment.tzinfo is None:
        raise PydanticCustomError(
            "time", "unix seconds or an ISO time with its zone (2025-10-10T20:50:00Z) is allowed"
        )
    return int(moment.astimezone(UTC).timestamp())


Time = Annotated[int, BeforeValidator(to_unix), Field(ge=0)]


class Process(StrictModel):
    """A price process; what the process itself refuses is refused while the scenario is read."""

    @model_validator(mode="after")
    def check(self) -> Process:
        """The process can be made."""
        made = self.attempt(self.process)
        assert made is not None or type(self) is Replay
        return self

    @staticmethod
    def attempt(make: Callable[[], Any]) -> Any:
        """What `make` returns; its ValueError in the words of a refused scenario."""
        try:
            return make()
        except ValueError as error:
            words = str(error).replace("{", "(").replace("}", ")")
            raise PydanticCustomError("process", words) from error

    def process(self) -> PriceProcess | None:
        """The process described; none if prices come from files."""
        raise NotImplementedError


class ConstantPrice(Process):
    """The price stands still."""

    kind: Literal["constant"]
    price: Positive

    def process(self) -> PriceProcess:
        """A constant."""
        return Constant(price=self.price)


class GbmJumps(Process):
    """Geometric Brownian motion with jumps; time unit of rates is the year, of jumps the day."""

    kind: Literal["gbm_jumps"]
    start_price: Positive
    vol_per_year: NotNegative
    drift_per_year: float = 0.0
    jumps_per_day: NotNegative = 0.0
    jump_mean_log: float = 0.0
    jump_std_log: NotNegative = 0.0

    def process(self) -> PriceProcess:
        """A jump diffusion."""
        return JumpDiffusion(**self.model_dump(exclude={"kind"}))


class MeanReversion(Process):
    """The log price is pulled to that of `level_price`."""

    kind: Literal["mean_reversion"]
    start_price: Positive
    level_price: Positive
    half_life_s: Positive
    vol_per_year: NotNegative

    def process(self) -> PriceProcess:
        """A mean-reverting walk."""
        return MeanReverting(**self.model_dump(exclude={"kind"}))


class HestonPrice(Process):
    """Stochastic variance, correlated with the price."""

    kind: Literal["heston"]
    start_price: Positive
    start_variance: NotNegative
    level_variance: NotNegative
    pull_per_year: Positive
    vol_of_variance: NotNegative
    rho: Annotated[float, Field(ge=-1, le=1)]
    drift_per_year: float = 0.0

    def process(self) -> PriceProcess:
        """A Heston walk."""
        return Heston(**self.model_dump(exclude={"kind"}))


class RegimeConfig(StrictModel):
    """One regime of a switching market."""

    drift_per_year: float
    vol_per_year: NotNegative
    mean_stay_s: Positive
    next_weights: tuple[NotNegative, ...]


class RegimePrice(Process):
    """Brownian motion whose drift and volatility switch; starts in the first regime."""

    kind: Literal["regime"]
    start_price: Positive
    regimes: Annotated[tuple[RegimeConfig, ...], Field(min_length=1)]

    def process(self) -> PriceProcess:
        """A switching walk."""
        regimes = tuple(Regime(**regime.model_dump()) for regime in self.regimes)
        return RegimeSwitching(start_price=self.start_price, regimes=regimes)


class AnchorConfig(StrictModel):
    """A published price, and who published it."""

    time: Time
    price: Positive
    source: Annotated[str, Field(min_length=1)]


class AnchoredPrice(Process):
    """Through published prices, with a bridge of this volatility between them."""

    kind: Literal["anchored"]
    vol_per_year: NotNegative
    anchors: Annotated[tuple[AnchorConfig, ...], Field(min_length=2)]

    def process(self) -> PriceProcess:
        """An anchored path."""
        anchors = tuple(
            Anchor(time_s=one.time, price=one.price, source=one.source) for one in self.anchors
        )
        return AnchoredPath(anchors=anchors, vol_per_year=self.vol_per_year)


class Replay(Process):
    """Real files, one venue each; files named on the command line come instead of these."""

    kind: Literal["replay"]
    files: tuple[str, ...] = ()

    def process(self) -> PriceProcess | None:
        """None: the files are the prices."""
        return None


AnyPrices = Annotated[
    ConstantPrice | GbmJumps | MeanReversion | HestonPrice | RegimePrice | AnchoredPrice | Replay,
    Field(discriminator="kind"),
]

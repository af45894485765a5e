"""The values a scenario is written in: exact decimals, drawn numbers, and strict models of them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.portable import exp_of, normal_share, power
from sim.types.near import did_you_mean
from sim.units import WAD, wad, wad_from_float

# Drawn money is cut to the collateral token's 6 decimals.
DRAW_STEP_WAD = 10**12
BOUND_SIGMAS = 6
# No number of a scenario may be so large that two of them overflow a contract's word.
WAD_BOUND = 10**20 * WAD


class ExactDecimal(float):
    """A float that remembers how it was written, so that money is read exactly."""

    text: str

    def __new__(cls, text: str) -> ExactDecimal:
        """The number a text says."""
        made = super().__new__(cls, text.replace("_", ""))
        made.text = text.replace("_", "")
        return made


def to_wad(value: object) -> int:
    """The exact WAD of a decimal as a scenario writes it: an integer, a decimal or its text."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | ExactDecimal):
        raise PydanticCustomError("decimal", "a decimal number is allowed")
    plain = value.text if isinstance(value, ExactDecimal) else value
    try:
        made = wad(plain)
    except (ValueError, OverflowError) as error:
        raise PydanticCustomError(
            "decimal", "a decimal number with at most 18 decimals is allowed"
        ) from error
    if abs(made) >= WAD_BOUND:
        raise PydanticCustomError("decimal", "a decimal number below 1e20 in size is allowed")
    return made


Wad = Annotated[int, BeforeValidator(to_wad)]
PositiveWad = Annotated[Wad, Field(gt=0)]
NotNegativeWad = Annotated[Wad, Field(ge=0)]
Ratio = Annotated[Wad, Field(ge=0, le=WAD)]


class RenamedKeyWarning(FutureWarning):
    """One sentence: a scenario says a key by its former name, and what the name is now."""


class StrictModel(BaseModel):
    """A strict, frozen piece of a scenario; an unknown key is refused with the known ones named.

    A key in `renamed_keys` is read as the one it is named now, with a warning, for one release.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
    renamed_keys: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def refuse_unknown_keys(cls, data: Any) -> Any:
        """Names what would have been allowed, which pydantic's own refusal does not."""
        if isinstance(data, Mapping):
            data = _with_new_names(data, cls.renamed_keys)
            unknown = [str(key) for key in data if key not in cls.model_fields]
            if unknown:
                raise PydanticCustomError(
                    "unknown_key",
                    "has the unknown key {key}{guess} allowed are {allowed}",
                    {
                        "key": repr(unknown[0]),
                        "guess": did_you_mean(unknown[0], cls.model_fields) or ";",
                        "allowed": ", ".join(cls.model_fields),
                    },
                )
        return data


def _with_new_names(data: Mapping[Any, Any], renamed: Mapping[str, str]) -> Mapping[Any, Any]:
    """What a scenario says by a former name, by the one it has now."""
    for old, new in renamed.items():
        if old in data and new not in data:
            message = f"the key {old} is named {new} now; this release still reads {old}"
            warnings.warn(message, RenamedKeyWarning, stacklevel=2)
            data = {new if key == old else key: value for key, value in data.items()}
    return data


class Distribution(StrictModel):
    """A number, or a distribution each member of a group draws its own number from."""

    constant: float | None = None
    uniform: tuple[float, float] | None = None
    choice: Annotated[tuple[float, ...], Field(min_length=1)] | None = None
    lognormal: tuple[float, float] | None = None
    pareto: tuple[float, float] | None = None

    @model_validator(mode="before")
    @classmethod
    def accept_number(cls, data: Any) -> Any:
        """A bare number is a constant."""
        is_number = isinstance(data, int | float) and not isinstance(data, bool)
        return {"constant": data} if is_number else data

    @model_validator(mode="after")
    def check(self) -> Distribution:
        """Exactly one form, and parameters that make sense for it."""
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise PydanticCustomError(
                "draw", "a number or exactly one of uniform, choice, lognormal, pareto is allowed"
            )
        if self.uniform and self.uniform[0] > self.uniform[1]:
            raise PydanticCustomError("draw", "uniform: [low, high] with low <= high is allowed")
        if self.lognormal and (self.lognormal[0] <= 0 or self.lognormal[1] < 0):
            raise PydanticCustomError("draw", "lognormal: [median > 0, sigma >= 0] is allowed")
        if self.pareto and min(self.pareto) <= 0:
            raise PydanticCustomError("draw", "pareto: [least > 0, tail > 0] is allowed")
        return self

    def draw(self, rng: np.random.Generator) -> float:
        """One member's number; takes exactly one variate whatever the form."""
        u = rng.standard_normal()
        if self.constant is not None:
            return self.constant
        if self.uniform:
            return self.uniform[0] + (self.uniform[1] - self.uniform[0]) * normal_share(u)
        if self.choice:
            return self.choice[min(int(normal_share(u) * len(self.choice)), len(self.choice) - 1)]
        if self.pareto:
            least, tail = self.pareto
            return least * power(normal_share(-u), -1 / tail).item()
        assert self.lognormal is not None
        return self.lognormal[0] * exp_of(self.lognormal[1] * u)

    def draw_wad(self, rng: np.random.Generator) -> int:
        """One member's number as WAD, cut to 6 decimals."""
        return wad_from_float(self.draw(rng), step_wad=DRAW_STEP_WAD)

    def lowest(self) -> float:
        """The least number a member can draw (of a lognormal: six sigmas down)."""
        return min(self._ends())

    def highest(self) -> float:
        """The largest number a member can draw (six sigmas up where there is no bound)."""
        return max(self._ends())

    def _ends(self) -> tuple[float, ...]:
        if self.constant is not None:
            return (self.constant,)
        if self.lognormal:
            median, sigma = self.lognormal
            return (
                median * exp_of(-BOUND_SIGMAS * sigma),
                median * exp_of(BOUND_SIGMAS * sigma),
            )
        if self.pareto:
            least, tail = self.pareto
            return least, least * power(normal_share(-BOUND_SIGMAS), -1 / tail).item()
        return self.uniform or self.choice or ()


def above(low: float, *, or_equal: bool = False) -> Any:
    """A validator: every number a spread can draw lies above `low`."""

    def check(spread: Distribution) -> Distribution:
        least = spread.lowest()
        if least < low or (least == low and not or_equal):
            words = f"numbers {'from' if or_equal else 'above'} {low:g} are allowed"
            raise PydanticCustomError("draw", words)
        return spread

    return check

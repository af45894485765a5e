"""Values drawn from ranges, at random or as a Latin hypercube; the same on every processor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from typing import Any

from pydantic import model_validator
from pydantic_core import PydanticCustomError
from scipy.stats import qmc

from sim.rng import stream
from sim.types.fields import ExactDecimal, StrictModel

DIGITS = 6  # of a drawn value: enough for any study, and short to read
_PLACES = 2**32
_EXACT = Context(prec=40)  # of decimals, which come to one result everywhere


class Range(StrictModel):
    """From `low` to `high`, even or even in the logarithm, whole numbers if asked."""

    low: float
    high: float
    whole: bool = False
    log: bool = False

    @model_validator(mode="after")
    def check(self) -> Range:
        """A range has a width; a logarithm needs what is positive."""
        if self.low >= self.high or (self.log and self.low <= 0):
            raise PydanticCustomError("range", "low below high (and above 0 for log) is allowed")
        return self

    def at(self, share: Decimal) -> object:
        """What stands at a share of the way, in [0, 1)."""
        low, high = Decimal(repr(self.low)), Decimal(repr(self.high))
        if self.whole:
            # Every whole number has a part of the way, the last one too.
            high = _EXACT.add(high, Decimal(1))
        if self.log:
            bottom, top = _EXACT.ln(low), _EXACT.ln(high)
            value = _EXACT.exp(
                _EXACT.add(bottom, _EXACT.multiply(_EXACT.subtract(top, bottom), share))
            )
        else:
            value = _EXACT.add(low, _EXACT.multiply(_EXACT.subtract(high, low), share))
        if self.whole:
            return int(value)
        return ExactDecimal(f"{Context(prec=DIGITS).plus(value):f}")


def drawn(
    axes: Mapping[str, Range | Sequence[Any]], count: int, seed: int, *, is_latin: bool
) -> list[dict[str, Any]]:
    """So many combinations; of a list each value is as likely as any other."""
    rng = stream(seed, "samples")
    sampler = qmc.LatinHypercube(len(axes), rng=rng) if is_latin else None
    points = rng.random((count, len(axes))) if sampler is None else sampler.random(count)
    return [
        {
            key: _value(axis, int(share * _PLACES))
            for (key, axis), share in zip(axes.items(), point, strict=True)
        }
        for point in points
    ]


def _value(axis: Range | Sequence[Any], place: int) -> Any:
    if isinstance(axis, Range):
        return axis.at(_EXACT.divide(Decimal(place), Decimal(_PLACES)))
    return axis[place * len(axis) // _PLACES]

"""Exact helpers that every venue's rule needs: clamp, mean, roots and rounding to a step."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from math import ceil, floor, isqrt

ROOT_DECIMALS = 18
SHOWN_DIGITS = 12


def shown(value: Fraction, digits: int = SHOWN_DIGITS) -> str:
    """A number as a person reads it: whole, or cut to so many digits that count."""
    if value.denominator == 1:
        return str(value.numerator)
    context = Context(prec=digits)
    found = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"{found.normalize(context):f}"


class RuleError(ValueError):
    """Numbers that a rule cannot be asked about: what was found, what is allowed."""


def clamp(value: Fraction, low: Fraction, high: Fraction) -> Fraction:
    """The value, held between two bounds."""
    return max(low, min(value, high))


def sign(value: Fraction) -> int:
    """1, 0 or -1."""
    return (value > 0) - (value < 0)


def mean(values: Sequence[Fraction]) -> Fraction:
    """The simple mean; of nothing it is refused."""
    if not values:
        raise RuleError("found no samples to average; one or more are allowed")
    return sum(values, Fraction(0)) / len(values)


def step_down(value: Fraction, step: Fraction) -> Fraction:
    """The highest multiple of a step that is not above the value."""
    return floor(value / step) * step


def step_up(value: Fraction, step: Fraction) -> Fraction:
    """The lowest multiple of a step that is not below the value."""
    return ceil(value / step) * step


def root_down(value: Fraction) -> Fraction:
    """The square root, cut after 18 decimals; exact where the root is."""
    if value < 0:
        raise RuleError("found the root of a number below 0; 0 or more is allowed")
    scale = 10**ROOT_DECIMALS
    top, bottom = isqrt(value.numerator), isqrt(value.denominator)
    if top * top == value.numerator and bottom * bottom == value.denominator:
        return Fraction(top, bottom)
    return Fraction(isqrt(value.numerator * scale**2 // value.denominator), scale)

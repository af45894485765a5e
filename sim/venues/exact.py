"""Exact numbers as a preset writes them: decimals and ratios become fractions, never floats."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError


def to_fraction(value: object) -> Fraction:
    """The fraction of an integer, a decimal, its text, or a ratio `1/15`."""
    if isinstance(value, Fraction):
        return value
    written = getattr(value, "text", value)  # a scenario's numbers remember how they were written
    if isinstance(written, bool) or not isinstance(written, int | str | Decimal):
        raise PydanticCustomError("exact", "a decimal number or a ratio is allowed")
    try:
        return Fraction(written.replace("_", "") if isinstance(written, str) else written)
    except (ValueError, ZeroDivisionError) as error:
        raise PydanticCustomError("exact", "a decimal number or a ratio is allowed") from error


def to_whole(value: object) -> int:
    """A whole number, written as one or as text."""
    exact = to_fraction(value)
    if exact.denominator != 1:
        raise PydanticCustomError("whole", "a whole number is allowed")
    return exact.numerator


def to_flag(value: object) -> bool:
    """True or false, or its word."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise PydanticCustomError("flag", "true or false is allowed")


def one_of(kind: type[StrEnum]) -> BeforeValidator:
    """A validator: one of an enumeration's words."""

    def check(value: object) -> StrEnum:
        if isinstance(value, str) and value in set(kind):
            return kind(value)
        raise PydanticCustomError("choice", "{words} are allowed", {"words": ", ".join(kind)})

    return BeforeValidator(check)


Exact = Annotated[Fraction, BeforeValidator(to_fraction)]
NotNegative = Annotated[Exact, Field(ge=0)]
Positive = Annotated[Exact, Field(gt=0)]
Share = Annotated[Exact, Field(ge=0, le=1)]
Whole = Annotated[int, BeforeValidator(to_whole)]
Seconds = Annotated[Whole, Field(gt=0)]
Flag = Annotated[bool, BeforeValidator(to_flag)]

"""Fixed-point units: the only border between exact integers and floats.

Money, prices and sizes are `int` in WAD (18 decimals) everywhere in the project. Floats are
allowed in price processes, metrics and reports, and cross over here and nowhere else.
"""

from __future__ import annotations

import math
from decimal import Context, Decimal, InvalidOperation

WAD = 10**18
BPS = 10_000
RAW_PER_UNIT = 10**6
WAD_PER_RAW = WAD // RAW_PER_UNIT
# Reading a number never asks the caller's decimal context: any may stand there.
_READING = Context(traps=[InvalidOperation])
_DECIMALS, _MOST_DIGITS = 18, 1_000  # before the point: more than any word holds


def wad(value: int | str | Decimal) -> int:
    """The exact WAD of a decimal number, in any decimal context; refuses over 18 decimals."""
    if isinstance(value, float):
        raise TypeError(f"wad() takes an int, a string or a Decimal, not the float {value!r}")
    try:
        number = Decimal(value, _READING)
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is not a decimal number") from error
    if not number.is_finite() or number.adjusted() >= _MOST_DIGITS:
        raise ValueError(f"{value!r} is not a decimal number below 1e{_MOST_DIGITS}")
    if number and number.adjusted() < -_DECIMALS:
        raise ValueError(f"{value!r} has more than 18 decimals")
    numerator, denominator = number.as_integer_ratio()
    scaled, rest = divmod(numerator * WAD, denominator)
    if rest:
        raise ValueError(f"{value!r} has more than 18 decimals")
    return scaled


def wad_from_float(value: float, *, step_wad: int = 1) -> int:
    """The WAD of a finite float from a price process, cut down to a multiple of `step_wad`."""
    if not math.isfinite(value):
        raise ValueError(f"a price process produced {value!r}; a finite number is needed")
    numerator, denominator = value.as_integer_ratio()
    return numerator * WAD // denominator // step_wad * step_wad


def to_float(value_wad: int) -> float:
    """A WAD as a float, for metrics and reports only."""
    return value_wad / WAD


def to_text(value_wad: int) -> str:
    """A WAD as the shortest exact decimal one would write."""
    whole, rest = divmod(abs(value_wad), WAD)
    decimals = f".{rest:0{_DECIMALS}d}".rstrip("0").rstrip(".")
    return f"{'-' if value_wad < 0 else ''}{whole}{decimals}"


def mul_down(a_wad: int, b_wad: int) -> int:
    """Product of two WADs, rounded towards minus infinity."""
    return a_wad * b_wad // WAD


def mul_up(a_wad: int, b_wad: int) -> int:
    """Product of two WADs, rounded towards plus infinity."""
    return -(-a_wad * b_wad // WAD)


def div_down(a_wad: int, b_wad: int) -> int:
    """Quotient of two WADs, rounded towards minus infinity."""
    return a_wad * WAD // b_wad


def div_up(a_wad: int, b_wad: int) -> int:
    """Quotient of two WADs, rounded towards plus infinity."""
    return -(-a_wad * WAD // b_wad)

"""Fixed-point units: the only border between exact integers and floats.

Money, prices and sizes are `int` in WAD (18 decimals) everywhere in the project. Floats are
allowed in price processes, metrics and reports, and cross over here and nowhere else.
"""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation

WAD = 10**18
BPS = 10_000
RAW_PER_UNIT = 10**6
WAD_PER_RAW = WAD // RAW_PER_UNIT


def wad(value: int | str | Decimal) -> int:
    """The exact WAD of a decimal number; refuses what 18 decimals cannot hold."""
    if isinstance(value, float):
        raise TypeError(f"wad() takes an int, a string or a Decimal, not the float {value!r}")
    try:
        scaled = Decimal(value) * WAD
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is not a decimal number") from error
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value!r} has more than 18 decimals")
    return int(scaled)


def wad_from_float(value: float, *, step_wad: int = 1) -> int:
    """The WAD of a finite float from a price process, cut down to a multiple of `step_wad`."""
    if not math.isfinite(value):
        raise ValueError(f"a price process produced {value!r}; a finite number is needed")
    numerator, denominator = value.as_integer_ratio()
    return numerator * WAD // denominator // step_wad * step_wad


def to_float(value_wad: int) -> float:
    """A WAD as a float, for metrics and reports only."""
    return value_wad / WAD


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

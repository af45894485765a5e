"""What products and quotients should come to: exact fractions, cut once, in a named direction."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from sim.units import BPS, WAD


def mul_div_down(a: int, b: int, c: int) -> int:
    """A * b / c, towards minus infinity."""
    return floor(Fraction(a * b, c))


def mul_div_up(a: int, b: int, c: int) -> int:
    """A * b / c, towards plus infinity."""
    return ceil(Fraction(a * b, c))


def mul_wad_down(a_wad: int, b_wad: int) -> int:
    """Product of two WADs, towards minus infinity."""
    return mul_div_down(a_wad, b_wad, WAD)


def mul_wad_up(a_wad: int, b_wad: int) -> int:
    """Product of two WADs, towards plus infinity."""
    return mul_div_up(a_wad, b_wad, WAD)


def div_wad_down(a_wad: int, b_wad: int) -> int:
    """Quotient of two WADs, towards minus infinity."""
    return mul_div_down(a_wad, WAD, b_wad)


def div_wad_up(a_wad: int, b_wad: int) -> int:
    """Quotient of two WADs, towards plus infinity."""
    return mul_div_up(a_wad, WAD, b_wad)


def bps_up(amount_wad: int, rate_bps: int) -> int:
    """Basis points of an amount, towards plus infinity."""
    return mul_div_up(amount_wad, rate_bps, BPS)

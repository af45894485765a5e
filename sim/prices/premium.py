"""Klines of a premium index: they look like prices, and are none."""

from __future__ import annotations

from sim.prices.archive import Member
from sim.prices.arrays import floats
from sim.prices.errors import CellError, PriceFileError
from sim.prices.recognise import Recognised
from sim.prices.rows import Rows
from sim.prices.tables import Table

SWING = 2  # no price doubles within so many bars without a trade
WHY = "klines of a premium index are premiums over a price, no prices"


def need_no_premium(member: Member, table: Table, found: Recognised, rows: Rows) -> None:
    """Refuse klines of a premium index: by their name, or by what they do without a trade."""
    if not _is_kline(found):
        return
    named = "premium" in "/".join(member.path.parts).lower() or "premium" in member.name.lower()
    if named or (_is_untraded(table, found) and _swings(rows)):
        raise PriceFileError(f"{member.label}: {WHY}")


def explained(found: Recognised, error: CellError) -> CellError:
    """The refusal of a cell, with what a kline that is below zero must be."""
    if not _is_kline(found) or "'-" not in error.found:
        return error
    return CellError(error.row, f"{error.found}: {WHY}")


def _is_kline(found: Recognised) -> bool:
    return found.format.name.startswith("Binance klines")


def _is_untraded(table: Table, found: Recognised) -> bool:
    place = found.places.get("volume")
    if place is None or table.first[place].strip("0. "):
        return False
    return not floats(table.load([place])[0]).any()


def _swings(rows: Rows) -> bool:
    if rows.highs is None or rows.lows is None:
        return False
    return bool((rows.highs > SWING * rows.lows).any())

"""Which row of the table of formats a table is; two or none is a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.prices.ask import Ask
from sim.prices.errors import CellError, PriceFileError
from sim.prices.formats import Format, Kind
from sim.prices.named_formats import VENUES
from sim.prices.numbers import to_prices
from sim.prices.plain_formats import PLAIN
from sim.prices.positional_formats import POSITIONAL
from sim.prices.series import Stamp
from sim.prices.tables import INDEX, Table, key_of
from sim.types import FloatArray

FORMATS: tuple[Format, ...] = (*VENUES, *PLAIN, *POSITIONAL)
_RANGE = ("open", "high", "low", "price")
_SEE = "see `backstop formats`, or say it with --format, --column, --stamp"
OTHER = "columns named by --column"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A format, and where in the table each of its parts stands."""

    format: Format
    places: Mapping[str, int]


def recognise(table: Table, ask: Ask) -> Recognised:
    """The one format of a table, with the columns that the caller named laid over it."""
    said = {role: _named(table, column) for role, column in ask.columns.items()}
    if ask.format is not None:
        fits = [one for one in FORMATS if one.name.lower() == ask.format.lower()]
        if not fits:
            raise PriceFileError(f"--format {ask.format}: no such format; see `backstop formats`")
    else:
        fits = [one for one in FORMATS if one.matches(table)]
        fits = [one for one in fits if not one.is_plain] or fits
        # An answer's envelope names its venue; rows alone may be of several.
        fits = [one for one in fits if one.hint is not None] or fits
    if not fits and "price" in said:
        return _by_columns(table, said)
    found = [Recognised(format=one, places={**_places(table, one, said), **said}) for one in fits]
    found = [one for one in found if _has_time(one) and _has_price(one)]
    if len(found) > 1 and table.names is None:
        found = _by_ranges(table, found)
    if len(found) == 1:
        return found[0]
    if found:
        names = " and ".join(one.format.name for one in found)
        raise PriceFileError(f"{table.label}: the columns fit {names}; --format NAME says which")
    raise _unknown(table, fits)


def _named(table: Table, column: str) -> int:
    names = list(table.names if table.names is not None else map(str, range(1, table.width + 1)))
    for given in (names, [key_of(name) for name in names]):
        wanted = column if given is names else key_of(column)
        if given.count(wanted) == 1:
            return given.index(wanted)
    raise PriceFileError(
        f"{table.label}: no column {column!r}; the columns are {', '.join(names)[:200]}"
    )


def _places(table: Table, one: Format, said: Mapping[str, int]) -> dict[str, int]:
    """Where each part stands: the first of its names that is there."""
    keys = table.keys
    found = {
        role: name
        for role, names in one.roles.items()
        if role not in said
        and (name := next((each for each in names if each in keys), None)) is not None
    }
    for role, name in found.items():
        if keys.count(name) > 1:
            raise PriceFileError(
                f"{table.label}: two columns are named {name}; --column {role}=NAME says which "
                "counts"
            )
    return {role: keys.index(name) for role, name in found.items()}


def _has_time(one: Recognised) -> bool:
    return "time" in one.places or "close_time" in one.places


def _has_price(one: Recognised) -> bool:
    return "price" in one.places or {"bid", "ask"} <= one.places.keys()


def _by_columns(table: Table, said: Mapping[str, int]) -> Recognised:
    """A table that no row knows, of which the caller named the price."""
    plain = next(one for one in PLAIN if one.kind is Kind.SAMPLES)
    places = {**_places(table, plain, said), **said}
    if "time" not in places and "close_time" not in places:
        raise PriceFileError(f"{table.label}: no column of times; --column time=NAME says which")
    return Recognised(format=replace(plain, name=OTHER), places=places)


def _by_ranges(table: Table, found: Sequence[Recognised]) -> list[Recognised]:
    """Of formats of one width, those under which low <= open, close <= high in every row.

    Where more remain that read the same prices at the same times, it is any of them, no venue's.
    """
    parts = [(one, _parts(table, one)) for one in found]
    possible = [(one, part) for one, part in parts if part is not None and _is_possible(part)]
    exact = [(one, part) for one, part in possible if _is_exact(part)]
    named = [(one, part) for one, part in exact if _is_named(one.format, table.label)]
    kept = named or exact or possible
    same = [one for one, part in kept if _same(one, part, *kept[0])]
    return [_any_of(same)] if same and len(same) == len(kept) else [one for one, _ in kept]


def _is_named(one: Format, label: str) -> bool:
    return one.venue is not None and one.venue in label.lower()


def _any_of(found: Sequence[Recognised]) -> Recognised:
    """Formats that read a table alike as one."""
    if len(found) == 1:
        return found[0]
    name = " or ".join(one.format.name for one in found)
    return replace(found[0], format=replace(found[0].format, name=name, venue=None))


def _parts(table: Table, one: Recognised) -> dict[str, FloatArray] | None:
    roles = [role for role in _RANGE if role in one.places]
    try:
        columns = table.load([one.places[role] for role in roles])
        return {r: to_prices(column, r) for r, column in zip(roles, columns, strict=True)}
    except CellError:
        return None


def _is_possible(part: Mapping[str, FloatArray]) -> bool:
    return not {"high", "low"} <= part.keys() or not (part["high"] < part["low"]).any()


def _is_exact(part: Mapping[str, FloatArray]) -> bool:
    """Whether no row contradicts itself; empty cells contradict nothing."""
    inner = [part[role] for role in ("open", "price") if role in part]
    below = [(one < part["low"]).any() for one in inner if "low" in part]
    above = [(one > part["high"]).any() for one in inner if "high" in part]
    return not any((*below, *above))


def _same(
    one: Recognised,
    part: Mapping[str, FloatArray],
    first: Recognised,
    other: Mapping[str, FloatArray],
) -> bool:
    is_same_time = one.format.stamp == first.format.stamp and one.format.kind == first.format.kind
    return is_same_time and np.array_equal(part["price"], other["price"], equal_nan=True)


def _unknown(table: Table, fits: Sequence[Format]) -> PriceFileError:
    """The refusal of what no row of the table is, with the nearest."""
    where = f"{table.label}, line 1" if table.carrier == "csv" else table.label
    told = f"{where}: unknown format {table.shown()!r}"
    if table.names is None:
        widths = sorted({width for one in POSITIONAL for width in one.widths})
        return PriceFileError(
            f"{told}: without a header rows of {', '.join(map(str, widths))} columns are allowed "
            f"that begin with a time; {_SEE}"
        )
    if fits:
        return PriceFileError(f"{told}: nearest is {fits[0].name}, but no time is named; {_SEE}")
    named = [one for one in FORMATS if not one.widths and (one.needs or one.any_of)]
    nearest = min(named, key=lambda one: one.distance(table))
    lacks = ", ".join(nearest.missing(table)) or _not_both(nearest)
    return PriceFileError(f"{told}: nearest is {nearest.name}, which needs {lacks}; {_SEE}")


def _not_both(nearest: Format) -> str:
    if nearest.one_of:
        return f"one of {' and '.join(nearest.one_of)} (--column says which)"
    return f"none of {', '.join(sorted(nearest.lacks)[:4])}"


def with_stamp(one: Format, stamp: Stamp | None) -> Format:
    """The format with the caller's word on what its times are."""
    if stamp is None or stamp == one.stamp:
        return one
    kind = Kind.SAMPLES if stamp is Stamp.INSTANT else Kind.BARS
    return replace(one, stamp=stamp, kind=kind if one.kind is not Kind.TICKS else one.kind)


def is_index(table: Table, place: int) -> bool:
    """Whether a column has no name of its own."""
    return table.keys[place] == INDEX

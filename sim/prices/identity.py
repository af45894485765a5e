"""Whose prices rows are: one exchange and one pair, or a choice that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.prices.arrays import booleans
from sim.prices.ask import Ask
from sim.prices.bars import SameTimeError
from sim.prices.errors import PriceFileError, shown
from sim.prices.formats import BASES, FINALS, IDENTITIES, QUOTES, SYMBOLS
from sim.prices.recognise import Recognised
from sim.prices.rows import Rows
from sim.prices.symbols import UNKNOWN, coin_of, parse_pair
from sim.prices.tables import Table, key_of
from sim.prices.text_shape import NUMBER

SHOWN = 4  # values of a column in a refusal
ENDED = {"1", "true", "1.0"}
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Rows of one exchange and one symbol, and what was left out of the table for them."""

    symbol: str | None
    exchange: str | None
    rows: Rows
    rows_read: int
    unfinished: int
    others: int


def identify(table: Table, found: Recognised, rows: Rows, ask: Ask) -> Iterator[Identity]:
    """The rows that were asked for, by symbol; refuses rows of several that nobody chose."""
    read = len(rows)
    taken = _chosen(table, ask, read)
    ended = _ended(table, found, read)
    unfinished = int((taken & ~ended).sum())
    words = {
        key: column
        for key, place in _identities(table, found).items()
        if _is_words(column := table.load([place])[0])
    }
    by_coin = found.places.get("symbol") if found.format.by_coin else None
    if by_coin is not None:
        coins = table.load([by_coin])[0]
        yield from _by_coin(table.label, coins, rows, taken & ended, unfinished, ask)
        return
    values = {key: _values(column, taken) for key, column in words.items()}
    several = {key: each for key, each in values.items() if len(each) > 1}
    if several:
        raise _several(table, several)
    said = {key: each[0] for key, each in values.items() if each}
    keep = taken & ended
    yield Identity(
        symbol=_symbol(said),
        exchange=said.get("exchange"),
        rows=rows if keep.all() else rows.take(keep),
        rows_read=read,
        unfinished=unfinished,
        others=int(read - taken.sum()),
    )


def _chosen(table: Table, ask: Ask, rows: int) -> Mask:
    """The rows with the values that the caller asked for."""
    taken = np.ones(rows, dtype=np.bool_)
    for name, value in ask.only.items():
        if name == "file" or key_of(name) not in table.keys:
            if name != "file" and name != "ticker":
                held = ", ".join(table.names or ()) or "without names"
                raise PriceFileError(f"{table.label}: no column {name!r}; the columns are {held}")
            continue
        column = table.load([table.keys.index(key_of(name))])[0].cast(pa.string())
        same = booleans(pc.equal(pc.utf8_trim_whitespace(column), value))
        if not same.any():
            held = ", ".join(_values(column, np.ones(rows, dtype=np.bool_))[:SHOWN])
            raise PriceFileError(f"{table.label}: no {name} {value!r} in it; it holds {held}")
        taken &= same
    return taken


def _ended(table: Table, found: Recognised, rows: int) -> Mask:
    """The rows that are not of a bar still open, where a column says so."""
    place = found.places.get("final")
    if place is None:
        place = next((at for at, key in enumerate(table.keys) if key in FINALS), None)
    if place is None or (table.names is None and "final" not in found.places):
        return np.ones(rows, dtype=np.bool_)
    texts = table.load([place])[0].cast(pa.string()).to_pylist()
    return np.array([str(one).lower() in ENDED for one in texts], dtype=np.bool_)


def _identities(table: Table, found: Recognised) -> dict[str, int]:
    if table.names is None:
        return {}
    used = {place for role, place in found.places.items() if role not in ("symbol", "check")}
    own = {"symbol": found.places["symbol"]} if "symbol" in found.places else {}
    return own | {
        key: place
        for place, key in enumerate(table.keys)
        if key in IDENTITIES and place not in used and place not in own.values()
    }


def _is_words(column: pa.ChunkedArray) -> bool:
    """Whether a column holds names, not amounts."""
    kind = column.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if not is_text and not pa.types.is_dictionary(kind):
        return False
    first = next((one for one in column.slice(0, 100).to_pylist() if one), None)
    return first is not None and not NUMBER.match(str(first).strip())


def _values(column: pa.ChunkedArray, taken: Mask) -> list[str]:
    chosen = column if taken.all() else column.filter(pa.array(taken))
    return [str(one).strip() for one in chosen.unique().to_pylist() if one is not None]


def _several(table: Table, several: Mapping[str, list[str]]) -> PriceFileError:
    names = dict(zip(table.keys, table.names or (), strict=False))
    held = " and ".join(
        f"column {names.get(key, key)} holds {', '.join(values[:SHOWN])}"
        + (f" and {len(values) - SHOWN} more" if len(values) > SHOWN else "")
        for key, values in several.items()
    )
    choice = " ".join(
        f"--only {names.get(key, key)}={values[0]}" for key, values in several.items()
    )
    return PriceFileError(
        f"{table.label}: {held}; one of each is allowed, chosen for instance with {choice}"
    )


def _symbol(said: Mapping[str, str]) -> str | None:
    """The symbol out of its column, or out of those of a coin and a quote."""
    named = next((said[key] for key in SYMBOLS if key in said), None)
    base = next((said[key] for key in BASES if key in said), None)
    quote = next((said[key] for key in QUOTES if key in said), None)
    if base and quote:
        return f"{base}-{quote}"
    if quote and (named is None or coin_of(named) == named.upper()):
        return f"{named or UNKNOWN}-{quote}"
    return named or base


def _by_coin(
    label: str, coins: pa.ChunkedArray, rows: Rows, taken: Mask, unfinished: int, ask: Ask
) -> Iterator[Identity]:
    """A series for each coin that is asked for."""
    wanted = None if ask.coins is None else set(ask.coins)
    names = _values(coins, taken)
    kept = [one for one in names if wanted is None or coin_of(one) in wanted]
    if not kept:
        held = ", ".join(names[:SHOWN])
        raise PriceFileError(
            f"{label}: it holds {held}, none of the coins asked for, "
            f"{', '.join(sorted(wanted or ()))}"
        )
    for name in kept:
        own = taken & booleans(pc.equal(coins, name))
        yield Identity(
            symbol=name if parse_pair(name) else f"{name}-USD",
            exchange=None,
            rows=rows.take(own),
            rows_read=int(own.sum()),
            unfinished=unfinished,
            others=int(len(rows) - own.sum()),
        )


def same_time(table: Table, found: Recognised, error: SameTimeError) -> str:
    """Which column tells two rows of one time apart."""
    prices = {
        found.places[role]
        for role in ("price", "open", "high", "low", "bid", "ask")
        if role in found.places
    }
    for place in range(table.width):
        if place in prices:
            continue
        column = table.load([place])[0]
        here, there = (shown(column[row].as_py()) for row in (error.row, error.other))
        if here != there:
            name = table.names[place] if table.names is not None else f"column {place + 1}"
            return (
                f"{error.found}: {name} is {there} and {here}; one price at a time is allowed "
                f"(--only {name}={there} chooses)"
            )
    return f"{error.found}, and in no other column; one price at a time is allowed"

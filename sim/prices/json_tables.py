"""JSON as venues and tools write it: rows as lists, rows as mappings, or columns as lists."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from sim.prices.archive import Member
from sim.prices.errors import PriceFileError
from sim.prices.tables import Hints, Table

# Under which key of an answer's envelope the rows stand, and whose envelope that is.
_ENVELOPES = (
    ("result", None),
    ("list", "bybit"),
    ("candles", None),
    ("parsed", None),
    ("data", None),
    ("prices", "coingecko"),
    ("rounds", None),
)
_SYMBOLS = ("symbol", "coin", "ticker", "pair", "instrument_name", "instId")
_INTERVALS = ("interval", "timeframe", "resolution")
_HTX = re.compile(r"market\.([^.]+)\.kline\.(\w+)")


def is_json(member: Member) -> bool:
    """Whether the bytes begin as JSON does."""
    head = member.data.slice(0, min(64, member.data.size)).to_pybytes()
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{")


def json_table(member: Member) -> Table:
    """The table in a JSON file; refuses what holds none."""
    data = _parsed(member)
    rows, hints = _unwrapped(data)
    if isinstance(rows, Mapping):
        return _of_columns(member, rows, hints)
    if not isinstance(rows, list) or not rows:
        raise _refusal(member, "no rows are in it")
    if all(isinstance(row, Mapping) for row in rows):
        return _of_mappings(member, [_flat(row) for row in rows], hints)
    if all(isinstance(row, list) and len(row) == len(rows[0]) for row in rows) and rows[0]:
        columns = [list(column) for column in zip(*rows, strict=True)]
        return _table(member, None, columns, hints)
    raise _refusal(member, "its rows are neither lists of one length nor mappings")


def _parsed(member: Member) -> Any:
    text = member.data.to_pybytes()
    try:
        # Numbers stay as they were written, so that they are read as those of a csv are.
        return json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, UnicodeDecodeError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            return [json.loads(line, parse_float=str, parse_int=str) for line in lines]
        except (ValueError, UnicodeDecodeError):
            raise PriceFileError(f"{member.label}: not JSON ({error})") from error


def _refusal(member: Member, why: str) -> PriceFileError:
    return PriceFileError(
        f"{member.label}: {why}; candles, trades or prices as `backstop formats` lists are allowed"
    )


def _unwrapped(data: Any) -> tuple[Any, Hints]:
    """The rows inside their envelope, and what the envelope says."""
    symbol = interval = format_hint = None
    while isinstance(data, Mapping):
        symbol = _said(data, _SYMBOLS) or symbol
        interval = _said(data, _INTERVALS) or interval
        htx = _HTX.match(str(data.get("ch", "")))
        if htx:
            symbol, interval = htx.groups()
        inner = _inner(data)
        if inner is None:
            break
        data, hint, key = inner
        format_hint = hint or format_hint
        symbol = key or symbol
    return data, Hints(symbol=symbol, interval=interval, format=format_hint)


def _said(data: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((str(data[name]) for name in names if isinstance(data.get(name), str)), None)


def _inner(data: Mapping[str, Any]) -> tuple[Any, str | None, str | None] | None:
    """What an envelope holds: the rows, whose they are, and the symbol that is their key."""
    for name, hint in _ENVELOPES:
        found = data.get(name)
        if isinstance(found, Mapping):
            return found, hint, None
        if isinstance(found, list) and found and isinstance(found[0], list | Mapping):
            return found, hint, None
    lists = [key for key, value in data.items() if isinstance(value, list)]
    if len(lists) == 1 and data[lists[0]] and isinstance(data[lists[0]][0], list | Mapping):
        return data[lists[0]], None, lists[0]  # Kraken: the rows stand under their pair
    return None


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with what stands under its `price`, as Pyth answers, and without other mappings."""
    inner = row.get("price")
    own = {key: value for key, value in row.items() if not isinstance(value, Mapping)}
    return {**own, **inner} if isinstance(inner, Mapping) else own


def _of_columns(member: Member, rows: Mapping[str, Any], hints: Hints) -> Table:
    """A mapping of lists of one length, as Deribit and charting feeds answer."""
    lists = {key: value for key, value in rows.items() if isinstance(value, list) and value}
    lengths = {len(value) for value in lists.values()}
    if len(lengths) != 1:
        raise _refusal(member, f"it holds {', '.join(map(str, rows)) or 'nothing'}, no rows")
    return _table(member, tuple(lists), list(lists.values()), hints)


def _of_mappings(member: Member, rows: Sequence[Mapping[str, Any]], hints: Hints) -> Table:
    names = tuple(dict.fromkeys(key for row in rows for key in row))
    return _table(member, names, [[row.get(name) for row in rows] for name in names], hints)


def _table(
    member: Member, names: tuple[str, ...] | None, columns: Sequence[list[Any]], hints: Hints
) -> Table:
    texts = [[_text(value) for value in column] for column in columns]

    def load(places: Sequence[int]) -> list[pa.ChunkedArray]:
        return [pa.chunked_array([pa.array(texts[place], pa.string())]) for place in places]

    return Table(
        label=member.label,
        carrier="json",
        names=names,
        width=len(columns),
        first=tuple(column[0] or "" for column in texts),
        load=load,
        hints=hints,
    )


def _text(value: Any) -> str | None:
    """A cell as a csv would have it."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)

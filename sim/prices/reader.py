"""Reading a price file: its format by its content, never by its extension alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from sim.prices.archive import Member, members, stem_of
from sim.prices.ask import Ask
from sim.prices.bars import Known, RowsError, SameTimeError, known
from sim.prices.clock import to_ns
from sim.prices.columnar import columnar_table, is_columnar
from sim.prices.delimited import delimited_table
from sim.prices.errors import CellError, PriceFileError
from sim.prices.formats import INTERVALS, TIMES, Kind
from sim.prices.identity import Identity, identify, same_time
from sim.prices.intervals import Interval, in_name, seconds_of
from sim.prices.json_tables import is_json, json_table
from sim.prices.lean import LeanName, lean_name
from sim.prices.premium import explained, need_no_premium
from sim.prices.recognise import Recognised, recognise, with_stamp
from sim.prices.rows import Rows, agree, load_rows
from sim.prices.series import PriceSeries, Stamp
from sim.prices.symbols import coin_of, find_pair, find_symbol
from sim.prices.tables import Table
from sim.prices.wide import narrowed

_CLOCK = re.compile(r"\d\d?:\d\d|\d{6}$")


def read_series(path: Path, ask: Ask | None = None) -> list[PriceSeries]:
    """The price series in a file: one, or one a coin or a file of a zip."""
    asked = ask or Ask()
    found = members(path)
    if "file" in asked.only:
        wanted = asked.only["file"]
        named = ", ".join(one.name for one in found[:8])
        found = [one for one in found if wanted in (one.name, one.stem)]
        if not found:
            raise PriceFileError(f"{path.name}: no file {wanted!r} in it; it holds {named}")
    series = [one for member in found for one in read_member(member, asked)]
    return series if len(found) == 1 else of_coins(path, series, asked)


def of_coins(path: Path, series: list[PriceSeries], ask: Ask) -> list[PriceSeries]:
    """Of the files of a zip those of the coins asked for; all that name none."""
    if ask.coins is None or ask.symbol is not None:
        return series
    kept = [one for one in series if one.symbol is None or coin_of(one.symbol) in ask.coins]
    if not kept:
        held = ", ".join(dict.fromkeys(str(one.symbol) for one in series))
        raise PriceFileError(f"{path.name}: it holds {held}, none of {', '.join(ask.coins)}")
    return kept


def read_prices(
    path: Path, *, venue: str | None = None, symbol: str | None = None, bar_s: int | None = None
) -> PriceSeries:
    """The one series in a file; what the caller names overrides what the file says of itself."""
    series = read_series(path, Ask(name=venue, symbol=symbol, bar_s=bar_s))
    if len(series) != 1:
        raise PriceFileError(f"{path.name}: it holds {len(series)} series, one is allowed here")
    return series[0]


def read_member(member: Member, ask: Ask) -> list[PriceSeries]:
    """The series of one table."""
    table = narrowed(open_table(member), ask)
    found = recognise(table, ask)
    if found.format.refused:
        raise PriceFileError(f"{member.label}: {found.format.name}: {found.format.refused}")
    try:
        return list(_series(member, table, found, ask))
    except SameTimeError as error:
        told = same_time(table, found, error)
        raise PriceFileError(f"{member.label}, line {table.line_of(error.row)}: {told}") from error
    except CellError as error:
        line = table.line_of(error.row)
        raise PriceFileError(f"{member.label}, line {line}: {error.found}") from error
    except RowsError as error:
        raise PriceFileError(f"{member.label}: {error}") from error


def open_table(member: Member) -> Table:
    """The table in a file or a member of one, whatever it is written in."""
    if is_columnar(member):
        return columnar_table(member)
    if is_json(member):
        return json_table(member)
    return delimited_table(member)


def _series(member: Member, table: Table, found: Recognised, ask: Ask) -> Iterator[PriceSeries]:
    form = found.format
    lean = None
    if form.name.startswith("LEAN"):
        is_day = not re.search(r"hours", form.name)
        lean = lean_name(member, is_quote="bid" in found.places, has_day=is_day, symbol=ask.symbol)
    found = _with_clock(table, found)
    midnight_s = lean.midnight_s if lean else 0
    try:
        rows, columns = load_rows(table, found, midnight_s=midnight_s, volumes=ask.volumes)
    except CellError as error:
        raise explained(found, error) from error
    need_no_premium(member, table, found, rows)
    _check_times(table, found, rows, ask)
    rows, kind, stamp = _stamped(rows, found, ask)
    for identity in identify(table, found, rows, ask):
        made = known(
            identity.rows,
            kind,
            stamp,
            said=_said(member, table, found, columns, lean),
            bar_s=ask.bar_s,
            current_s=form.current_s,
            any_order=form.any_order,
        )
        yield _made(member, table, found, ask, identity, made, lean)


def _with_clock(table: Table, found: Recognised) -> Recognised:
    """The date and the time of the day of two columns, where that is what they are."""
    keys = table.keys
    if "date" not in keys or "time" not in keys or found.places.get("time") not in (
        keys.index("date"), keys.index("time")
    ):  # fmt: skip
        return found
    date, clock = keys.index("date"), keys.index("time")
    if not _CLOCK.match(table.first[clock].strip()) or len(table.first[date].strip()) > 10:
        return found
    if "period" in found.places and table.first[found.places["period"]].strip().upper() != "D":
        raise PriceFileError(
            f"{table.label}: Stooq's hours and minutes are not in UTC; its days are allowed"
        )
    if "period" in found.places:
        return found
    return replace(found, places={**found.places, "time": date, "clock": clock})


def _check_times(table: Table, found: Recognised, rows: Rows, ask: Ask) -> None:
    """Hold every other column of times against the one that counts."""
    if "time" in ask.columns or rows.opens_ns is None or "period" in found.places:
        return
    used = set(found.places.values()) - {found.places.get("check", -1)}
    for place, key in enumerate(table.keys):
        if place in used or key not in TIMES.split() or table.names is None:
            continue
        try:
            other = to_ns(table.load([place])[0])
        except CellError:
            continue  # a clock, or numbers of another kind: no second time
        agree(rows, other, table.names[place] or "without a name")


def _stamped(rows: Rows, found: Recognised, ask: Ask) -> tuple[Rows, Kind, Stamp]:
    """What the rows' times are: the caller's word, a closing column's, the format's."""
    form = with_stamp(found.format, ask.stamp)
    kind, stamp = form.kind, form.stamp
    if ask.stamp is not None:
        key = rows.key_ns
        if ask.stamp is Stamp.CLOSE:
            key = rows.closes_ns if rows.closes_ns is not None else key
        rows.opens_ns, rows.closes_ns, rows.known_ns = key, None, None
        if ask.stamp is Stamp.CLOSE:
            rows.opens_ns, rows.closes_ns = None, key
    elif kind is Kind.SAMPLES and rows.opens_ns is None:
        kind, stamp = Kind.BARS, Stamp.CLOSE
    return rows, kind, stamp


def _said(
    member: Member,
    table: Table,
    found: Recognised,
    columns: dict[str, pa.ChunkedArray],
    lean: LeanName | None,
) -> list[Interval]:
    """What is said of the length of bars, outside of the steps between them."""
    if lean is not None:
        return [Interval(lean.bar_s, "LEAN's name", True)] if lean.bar_s else []
    said = in_name(member.stem)
    if member.path.name != member.name:
        said += in_name(stem_of(member.path.name))
    if "Kraken OHLCVT" in found.format.name:
        minutes = re.search(r"_(\d{1,5})$", member.stem)
        said += [Interval(60 * int(minutes.group(1)), "Kraken's name", True)] if minutes else []
    if found.format.name == "CryptoDataDownload" and re.search(r"_d$", member.stem):
        said.append(Interval(86_400, "CryptoDataDownload's name", True))
    texts = [table.hints.interval] if table.hints.interval else []
    for place, key in enumerate(table.keys):
        if key in INTERVALS or place == found.places.get("interval"):
            texts += sorted({str(one) for one in table.load([place])[0].unique().to_pylist()})
    sure = [(seconds_of(text), text) for text in texts if text]
    said += [Interval(one, f"the interval {text!r}", True) for one, text in sure if one]
    return said


def _made(
    member: Member,
    table: Table,
    found: Recognised,
    ask: Ask,
    identity: Identity,
    made: Known,
    lean: LeanName | None,
) -> PriceSeries:
    counts = replace(
        made.counts,
        rows=identity.rows_read,
        unfinished=identity.unfinished,
        other_symbols=identity.others,
        footers=table.passed_over(),
    )
    symbol = ask.symbol or identity.symbol or (lean.symbol if lean else None)
    form = found.format
    return PriceSeries(
        venue=ask.name or _venue(member, found, identity, lean),
        symbol=symbol or table.hints.symbol or _named_symbol(member),
        times_s=made.times_s,
        closes=np.ascontiguousarray(made.rows.prices),
        highs=made.rows.highs,
        lows=made.rows.lows,
        volumes=made.rows.volumes,
        bar_s=made.bar_s,
        stamp=made.stamp,
        format=form.name,
        counts=counts,
        newest_first=made.newest_first,
        is_named=ask.name is not None,
        source=f"{member.label} ({form.name}, {identity.rows_read} rows)",
        path=member.path,
    )


def _venue(member: Member, found: Recognised, identity: Identity, lean: LeanName | None) -> str:
    if lean is not None:
        return lean.venue
    if found.format.venue is not None:
        return found.format.venue
    if found.format.name == "CryptoDataDownload":
        return member.stem.split("_")[0].lower()
    if found.format.name.startswith("Tardis") and identity.exchange:
        return identity.exchange
    return stem_of(member.path.name)


def _named_symbol(member: Member) -> str | None:
    """The pair in the file's own name, then in its zip's, then in its folder's."""
    found = find_symbol(member.stem) or find_symbol(stem_of(member.path.name))
    return found or find_pair(member.path.parent.name)

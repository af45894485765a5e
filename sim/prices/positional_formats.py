"""Formats without names: rows of a known width whose first row looks as theirs do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from sim.prices.formats import Format, Kind
from sim.prices.series import Stamp

DAY_MS = 86_400_000
BOOLEANS = {"true", "false"}


def time_digits(cell: str) -> int:
    """Digits before the point of a cell that is a unix time; 0 if it is none."""
    found = re.fullmatch(r"(\d{10}|\d{13}|\d{16}|\d{19})(\.\d+)?", cell.strip())
    return len(found.group(1)) if found else 0


def _is_trade(row: Sequence[str]) -> bool:
    """Whether the first column is a trade's number, which may look like a time."""
    return any(
        time_digits(before) and after.strip().lower() in BOOLEANS
        for before, after in pairwise(row[4:7])
    )


def _seconds(row: Sequence[str]) -> bool:
    return time_digits(row[0]) == 10 and not _is_trade(row)


def _finer(row: Sequence[str]) -> bool:
    return time_digits(row[0]) in (13, 16, 19) and not _is_trade(row)


def _kraken(row: Sequence[str]) -> bool:
    return _seconds(row) and row[-1].strip().lower() not in BOOLEANS


def _gate(row: Sequence[str]) -> bool:
    return _seconds(row) and (len(row) < 8 or row[7].strip().lower() in BOOLEANS)


def _kline(row: Sequence[str]) -> bool:
    return _finer(row) and time_digits(row[6]) == time_digits(row[0])


def _agg_trade(row: Sequence[str]) -> bool:
    return time_digits(row[5]) > 0 and row[6].strip().lower() in BOOLEANS


def _binance_trade(row: Sequence[str]) -> bool:
    return time_digits(row[4]) > 0 and row[5].strip().lower() in BOOLEANS


def _kraken_trade(row: Sequence[str]) -> bool:
    return time_digits(row[2]) == 10 and row[3].strip().lower() in ("b", "s")


def _freqtrade_trade(row: Sequence[str]) -> bool:
    return _finer(row) and row[3].strip().lower() in ("buy", "sell")


def _bars_of_7(row: Sequence[str]) -> bool:
    return _finer(row) and not _freqtrade_trade(row)


def _lean_day(row: Sequence[str]) -> bool:
    return row[0].strip().isdecimal() and int(row[0]) < DAY_MS


def _lean_hour(row: Sequence[str]) -> bool:
    return re.fullmatch(r"\d{8} \d\d:\d\d", row[0].strip()) is not None


def _places(order: str) -> dict[str, tuple[str, ...]]:
    """`time open high low close`: each word is the part in that place, `-` is none."""
    names = order.split()
    return {
        ("price" if name == "close" else name): (str(place),)
        for place, name in enumerate(names)
        if name != "-"
    }


_MS = "unix ms, us or ns"
_TEXT = ("csv", "json")
_TOHLCV = "time open high low close volume"

POSITIONAL = (
    Format(
        name="Binance klines",
        told_by="11 to 13 columns, the first and the seventh a time",
        columns="1 open time, 2 open, 3 high, 4 low, 5 close, 7 close time",
        unit=_MS,
        widths=(11, 12, 13),
        fits=_kline,
        roles=_places(f"{_TOHLCV} close_time"),
        venue="binance",
        carriers=_TEXT,
    ),
    Format(
        name="Binance aggTrades",
        told_by="7 or 8 columns, the sixth a time, the seventh true or false",
        columns="6 time, 2 price",
        widths=(7, 8),
        fits=_agg_trade,
        roles=_places("id price - - - time"),
        venue="binance",
        carriers=_TEXT,
        kind=Kind.TICKS,
        stamp=Stamp.INSTANT,
    ),
    Format(
        name="Binance trades",
        told_by="6 or 7 columns, the fifth a time, the sixth true or false",
        columns="5 time, 2 price",
        widths=(6, 7),
        fits=_binance_trade,
        roles=_places("id price - - time"),
        venue="binance",
        carriers=_TEXT,
        kind=Kind.TICKS,
        stamp=Stamp.INSTANT,
    ),
    Format(
        name="Kraken OHLCVT",
        told_by="7 columns (time, OHLC, volume, trades) or 8 (volume-weighted price before volume)",
        columns="1 time, 2 open, 3 high, 4 low, 5 close; the name says the minutes (XBTUSD_1)",
        unit="unix s",
        widths=(7, 8),
        fits=_kraken,
        roles=_places("time open high low close"),
        venue="kraken",
        carriers=_TEXT,
    ),
    Format(
        name="Kraken trades",
        told_by="3 columns, the first seconds",
        columns="1 time, 2 price",
        unit="unix s, with or without a fraction",
        widths=(3,),
        fits=_seconds,
        roles=_places("time price"),
        venue="kraken",
        carriers=("csv",),
        kind=Kind.TICKS,
        stamp=Stamp.INSTANT,
    ),
    Format(
        name="Kraken trades as its interface answers",
        told_by="6 or 7 columns, the third seconds, the fourth b or s",
        columns="3 time, 1 price",
        unit="unix s with a fraction",
        widths=(6, 7),
        fits=_kraken_trade,
        roles=_places("price - time"),
        venue="kraken",
        carriers=_TEXT,
        kind=Kind.TICKS,
        stamp=Stamp.INSTANT,
    ),
    Format(
        name="Coinbase candles",
        told_by="6 columns: seconds, low, high, open, close, volume",
        columns="1 time, 2 low, 3 high, 4 open, 5 close",
        unit="unix s",
        widths=(6,),
        fits=_seconds,
        roles=_places("time low high open close volume"),
        venue="coinbase",
        carriers=_TEXT,
    ),
    Format(
        name="Gate candles",
        told_by="6 to 8 columns: seconds, volume, close, high, low, open",
        columns="1 time, 3 close, 4 high, 5 low, 6 open, 8 whether it has ended",
        unit="unix s",
        widths=(6, 7, 8),
        fits=_gate,
        roles=_places("time - close high low open volume final"),
        venue="gate",
        carriers=_TEXT,
    ),
    Format(
        name="KuCoin candles",
        told_by="7 columns: seconds, open, close, high, low, volume, turnover",
        columns="1 time, 2 open, 3 close, 4 high, 5 low",
        unit="unix s",
        widths=(7,),
        fits=_seconds,
        roles=_places("time open close high low volume"),
        venue="kucoin",
        carriers=_TEXT,
    ),
    Format(
        name="Bitfinex candles",
        told_by="6 columns: ms, open, close, high, low, volume",
        columns="1 time, 2 open, 3 close, 4 high, 5 low",
        unit="unix ms",
        widths=(6,),
        fits=_finer,
        roles=_places("time open close high low volume"),
        venue="bitfinex",
        carriers=_TEXT,
    ),
    Format(
        name="OKX candles",
        told_by="9 columns: ms, OHLC, three volumes, whether it has ended",
        columns="1 time, 2 open, 3 high, 4 low, 5 close, 9 whether it has ended",
        unit="unix ms",
        widths=(9,),
        fits=_finer,
        roles=_places(f"{_TOHLCV} - - final"),
        venue="okx",
        carriers=_TEXT,
    ),
    Format(
        name="Bybit candles",
        told_by="7 columns: ms, OHLC, volume, turnover; 5 of mark and index in Bybit's answer",
        columns="1 time, 2 open, 3 high, 4 low, 5 close",
        unit="unix ms",
        widths=(7,),
        fits=_bars_of_7,
        roles=_places(_TOHLCV),
        venue="bybit",
        carriers=_TEXT,
    ),
    Format(
        name="Bybit mark and index candles",
        told_by="5 columns in Bybit's answer (result.list)",
        columns="1 time, 2 open, 3 high, 4 low, 5 close",
        unit="unix ms",
        widths=(5,),
        fits=_finer,
        hint="bybit",
        roles=_places("time open high low close"),
        venue="bybit",
        carriers=("json",),
    ),
    Format(
        name="ccxt and freqtrade OHLCV",
        told_by="6 columns: ms, OHLC, volume",
        columns="1 time, 2 open, 3 high, 4 low, 5 close",
        unit="unix ms",
        widths=(6,),
        fits=_finer,
        roles=_places(_TOHLCV),
        carriers=_TEXT,
    ),
    Format(
        name="OHLCV in seconds without a header",
        told_by="6 columns: seconds, OHLC, volume",
        columns="1 time, 2 open, 3 high, 4 low, 5 close",
        unit="unix s",
        widths=(6,),
        fits=_seconds,
        roles=_places(_TOHLCV),
        carriers=_TEXT,
    ),
    Format(
        name="freqtrade trades",
        told_by="7 columns: ms, id, type, buy or sell, price, amount, cost",
        columns="1 time, 5 price",
        unit="unix ms",
        widths=(7,),
        fits=_freqtrade_trade,
        roles=_places("time id - - price"),
        carriers=_TEXT,
        kind=Kind.TICKS,
        stamp=Stamp.INSTANT,
    ),
    Format(
        name="CoinGecko OHLC",
        told_by="5 columns of JSON: ms, OHLC",
        columns="1 time (closing), 2 open, 3 high, 4 low, 5 close",
        unit="unix ms",
        stamp=Stamp.CLOSE,
        widths=(5,),
        fits=_finer,
        roles=_places("close_time open high low close"),
        venue="coingecko",
        carriers=("json",),
    ),
    Format(
        name="CoinGecko market chart",
        told_by="pairs under `prices` in JSON",
        columns="1 time, 2 price",
        unit="unix ms",
        widths=(2,),
        fits=_finer,
        hint="coingecko",
        roles=_places("time price"),
        venue="coingecko",
        carriers=("json",),
        kind=Kind.SAMPLES,
        stamp=Stamp.INSTANT,
    ),
    Format(
        name="LEAN trade bars",
        told_by="6 columns, the first ms of a day; the name says day, pair and resolution",
        columns="1 time, 2 open, 3 high, 4 low, 5 close",
        unit="ms since the midnight (UTC) of the day in the name",
        widths=(6,),
        fits=_lean_day,
        roles=_places(_TOHLCV),
        carriers=("csv",),
    ),
    Format(
        name="LEAN quote bars",
        told_by="11 columns, the first ms of a day; the name says day, pair and resolution",
        columns="1 time, the middle of 5 bid close and 10 ask close",
        unit="ms since the midnight (UTC) of the day in the name",
        widths=(11,),
        fits=_lean_day,
        roles=_places("time - - - bid - - - - ask"),
        carriers=("csv",),
    ),
    Format(
        name="LEAN hours and days",
        told_by="6 columns, the first YYYYMMDD hh:mm; the name says the pair",
        columns="1 time, 2 open, 3 high, 4 low, 5 close",
        unit="YYYYMMDD hh:mm, UTC",
        widths=(6,),
        fits=_lean_hour,
        roles=_places(_TOHLCV),
        carriers=("csv",),
    ),
    Format(
        name="LEAN quotes of hours and days",
        told_by="11 columns, the first YYYYMMDD hh:mm; the name says the pair",
        columns="1 time, the middle of 5 bid close and 10 ask close",
        unit="YYYYMMDD hh:mm, UTC",
        widths=(11,),
        fits=_lean_hour,
        roles=_places("time - - - bid - - - - ask"),
        carriers=("csv",),
    ),
)

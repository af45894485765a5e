"""Made-up prices in every format of the table, as its venue or tool would write them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Bars: opening seconds, and open, high, low, close as texts; or moments in milliseconds."""

    bar_s: int
    opens_s: tuple[int, ...]
    rows: tuple[tuple[str, str, str, str], ...]

    @property
    def closes(self) -> list[str]:
        return [row[3] for row in self.rows]

    @property
    def known_s(self) -> list[int]:
        """When each bar was known: at its end."""
        return [one + self.bar_s for one in self.opens_s]

    @property
    def moments_ms(self) -> list[int]:
        """Times of ticks, some of them within one second."""
        return [one * 1_000 + 377 * (place % 3) for place, one in enumerate(self.opens_s)]

    def bars(self, unit: int = 1) -> list[list[str]]:
        """Rows of opening time in parts of a second, and OHLC."""
        return [[str(one * unit), *row] for one, row in zip(self.opens_s, self.rows, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file's name and bytes, and what is to be read of it: bars at their end, or moments."""

    name: str
    data: bytes
    is_bars: bool = True
    symbol: str = "BTC"


def iso(second: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    return f"{datetime.fromtimestamp(second, UTC):{form}}"


def csv(rows: Sequence[Sequence[object]], header: str = "", sep: str = ",") -> bytes:
    lines = [header] if header else []
    lines += [sep.join(map(str, row)) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def parquet(columns: dict[str, object]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def _klines(made: Made, unit: int = 1_000) -> list[list[str]]:
    ends = [str(one * unit - 1) for one in made.known_s]
    return [
        [*row, "1", end, "1", "1", "1", "1", "0"]
        for row, end in zip(made.bars(unit), ends, strict=True)
    ]


KLINE_HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
    "taker_buy_quote_volume,ignore"
)


def _order(made: Made, unit: int, order: str, more: Sequence[str] = ()) -> list[list[str]]:
    """Rows with O, H, L, C in the order of the letters, T the time, anything else itself."""
    found = []
    for time, o, h, low, c in made.bars(unit):
        cells = {"T": time, "O": o, "H": h, "L": low, "C": c}
        found.append([cells.get(letter, letter) for letter in order] + list(more))
    return found


def _json(rows: object) -> bytes:
    return json.dumps(rows).encode()


def _numbers(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows of JSON whose cells are numbers as they are written."""
    return ("[" + ",".join("[" + ",".join(row) + "]" for row in rows) + "]").encode()


def _records(made: Made, names: dict[str, str], more: dict[str, object], unit: int = 1) -> list:
    """JSON mappings: `names` says what T, O, H, L, C are called."""
    found = []
    for time, o, h, low, c in made.bars(unit):
        cells = {"T": time, "O": o, "H": h, "L": low, "C": c}
        found.append({names[key]: value for key, value in cells.items()} | more)
    return found


def _ohlc(made: Made) -> dict[str, list[float]]:
    return {
        name: [float(row[place]) for row in made.rows]
        for place, name in enumerate(("open", "high", "low", "close"))
    }


def _asset_ctxs(made: Made) -> bytes:
    rows = []
    for one, price in zip(made.opens_s, made.closes, strict=True):
        when = iso(one, "%Y-%m-%dT%H:%M:%SZ")
        for coin, shown in (("BTC", price), ("ETH", "2000")):
            rows.append((when, coin, 0, 1, 1, 1, 0, "1", "2", shown, shown, shown))
    return csv(
        rows,
        "time,coin,funding,open_interest,prev_day_px,day_ntl_vlm,premium,oracle_px,mark_px,mid_px,"
        "impact_bid_px,impact_ask_px",
    )


def _tardis(made: Made, header: str, row: Callable[[str], Sequence[str]]) -> bytes:
    rows = [
        ("okex", "BTC-USDT", ms * 1_000, ms * 1_000 + 50, *row(price))
        for ms, price in zip(made.moments_ms, made.closes, strict=True)
    ]
    return csv(rows, f"exchange,symbol,timestamp,local_timestamp,{header}")


def _nautilus_bars(made: Made) -> bytes:
    def sixteen(values: Sequence[str]) -> pa.Array:
        parts = [int(_scaled(one, 16)).to_bytes(16, "little", signed=True) for one in values]
        return pa.array(parts, pa.binary(16))

    columns: dict[str, object] = {
        name: sixteen([row[place] for row in made.rows])
        for place, name in enumerate(("open", "high", "low", "close"))
    }
    ends = pa.array([one * 10**9 for one in made.known_s], pa.uint64())
    return parquet({**columns, "ts_event": ends, "ts_init": ends})


def _scaled(text: str, places: int) -> str:
    whole, _, rest = text.partition(".")
    return whole + rest.ljust(places, "0")


def _ticks_parquet(made: Made, columns: dict[str, object]) -> bytes:
    times = pa.array([one * 10**6 for one in made.moments_ms], pa.uint64())
    return parquet({**columns, "ts_event": times, "ts_init": times})


def _lean(made: Made, is_quote: bool) -> bytes:
    day_s = made.opens_s[0] // 86_400 * 86_400
    rows = []
    for one, row in zip(made.opens_s, made.rows, strict=True):
        bar = [*row, "1"]
        rows.append([(one - day_s) * 1_000, *bar, *(bar if is_quote else [])])
    return csv(rows)


def _lean_hours(made: Made, is_quote: bool) -> bytes:
    return csv(
        [
            [iso(one, "%Y%m%d %H:%M"), *row, "1", *([*row, "1"] if is_quote else [])]
            for one, row in zip(made.opens_s, made.rows, strict=True)
        ]
    )


def _day(made: Made) -> str:
    return iso(made.opens_s[0], "%Y%m%d")


def _bars(name: str, data: bytes) -> Written:
    return Written(name=name, data=data)


def _moments(name: str, data: bytes) -> Written:
    return Written(name=name, data=data, is_bars=False)


def _words(made: Made) -> str:
    """The resolution as LEAN writes it."""
    return {1: "second", 60: "minute", 3_600: "hour", 86_400: "daily"}[made.bar_s]


# Format -> its file. LEAN's minutes are of one day, its hours of any.
WRITERS: dict[str, Callable[[Made], Written]] = {
    "Binance klines with a header": lambda m: _bars(
        "BTCUSDT-x.csv", csv(_klines(m), KLINE_HEADER)
    ),
    "Binance klines": lambda m: _bars("BTCUSDT-x.csv", csv(_klines(m, 10**6))),
    "Binance aggTrades with a header": lambda m: _moments(
        "BTCUSDT-aggTrades.csv",
        csv(
            [(i, p, 1, 1, 1, t, "true") for i, (t, p) in enumerate(_pairs(m))],
            "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker",
        ),
    ),
    "Binance aggTrades": lambda m: _moments(
        "BTCUSDT-aggTrades.csv",
        csv([(3_000_000_000 + i, p, 1, 1, 1, t, "True", "True") for i, (t, p) in _many(m)]),
    ),
    "Binance trades": lambda m: _moments(
        "BTCUSDT-trades.csv",
        csv([(3_000_000_000 + i, p, 1, 1, t, "True", "True") for i, (t, p) in _many(m)]),
    ),
    "CryptoDataDownload": lambda m: _bars(
        "Bitstamp_BTCUSD.csv",
        b"https://www.CryptoDataDownload.com\n"
        + csv(
            [
                (row[0], iso(int(row[0])), "BTC/USD", *row[1:], 1, 1)
                for row in reversed(m.bars())
            ],
            "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD",
        ),
    ),
    "HTX candles": lambda m: _bars(
        "htx.json",
        _json(
            {
                "ch": "market.btcusdt.kline.x",
                "data": _records(
                    m,
                    {"T": "id", "O": "open", "H": "high", "L": "low", "C": "close"},
                    {"amount": 1, "vol": 1, "count": 1},
                )[::-1],
            }
        ),
    ),
    "Deribit chart data": lambda m: _bars(
        "BTC-PERPETUAL.json",
        _json(
            {
                "jsonrpc": "2.0",
                "result": {**_ohlc(m), "ticks": [x * 1_000 for x in m.opens_s], "status": "ok"},
            }
        ),
    ),
    "dYdX v4 candles": lambda m: _bars(
        "dydx.json",
        _json(
            {
                "candles": [
                    {
                        "startedAt": iso(t, "%Y-%m-%dT%H:%M:%S.000Z"),
                        "ticker": "BTC-USD",
                        "resolution": f"{m.bar_s // 60}MINS",
                        "open": o, "high": h, "low": low, "close": c,
                    }
                    for t, (o, h, low, c) in zip(m.opens_s, m.rows, strict=True)
                ][::-1]
            }
        ),
    ),
    "Hyperliquid candles": lambda m: _bars(
        "hl.json",
        _json(
            [
                {"t": t * 1_000, "T": (t + m.bar_s) * 1_000 - 1, "s": "BTC", "i": f"{m.bar_s}s",
                 "o": o, "h": h, "l": low, "c": c, "v": "1", "n": 1}
                for t, (o, h, low, c) in zip(m.opens_s, m.rows, strict=True)
            ]
        ),
    ),
    "candles of one-letter columns": lambda m: _bars(
        "BTC_USDT.json",
        _json(_records(m, {"T": "t", "O": "o", "H": "h", "L": "l", "C": "c"}, {"v": 1})),
    ),
    "BitMEX candles": lambda m: _bars(
        "bitmex.json",
        _json(
            [
                {"timestamp": iso(end, "%Y-%m-%dT%H:%M:%S.000Z"), "symbol": "XBTUSD",
                 "open": o, "high": h, "low": low, "close": c,
                 "homeNotional": 1, "foreignNotional": 1}
                for end, (o, h, low, c) in zip(m.known_s, m.rows, strict=True)
            ]
        ),
    ),
    "Hyperliquid asset_ctxs": lambda m: _moments("20250101.csv", _asset_ctxs(m)),
    "Tardis trades": lambda m: _moments(
        "trades.csv", _tardis(m, "id,side,price,amount", lambda p: ("1", "buy", p, "1"))
    ),
    "Tardis quotes": lambda m: _moments(
        "quotes.csv",
        _tardis(m, "ask_amount,ask_price,bid_price,bid_amount", lambda p: ("1", p, p, "1")),
    ),
    "Tardis derivative_ticker": lambda m: _moments(
        "ticker.csv",
        _tardis(
            m,
            "funding_timestamp,funding_rate,predicted_funding_rate,open_interest,last_price,"
            "index_price,mark_price",
            lambda p: ("", "0.0001", "", "1", p, "1", "1"),
        ),
    ),
    "nautilus bars": lambda m: _bars("BTCUSDT.parquet", _nautilus_bars(m)),
    "nautilus trades": lambda m: _moments(
        "BTCUSDT.parquet",
        _ticks_parquet(
            m,
            {
                "price": [float(one) for one in m.closes],
                "size": [1.0] * len(m.closes),
                "trade_id": [str(one) for one in range(len(m.closes))],
            },
        ),
    ),
    "nautilus quotes": lambda m: _moments(
        "BTCUSDT.parquet",
        _ticks_parquet(
            m,
            {name: [float(one) for one in m.closes] for name in ("bid_price", "ask_price")},
        ),
    ),
    "CoinGecko prices": lambda m: _moments(
        "btc-usd-max.csv",
        csv(
            [(f"{iso(t)} UTC", p, 1, 1) for t, p in zip(m.opens_s, m.closes, strict=True)],
            "snapped_at,price,market_cap,total_volume",
        ),
    ),
    "Chainlink rounds": lambda m: _moments(
        "btcusd.csv",
        csv(
            [
                (2**64 * 7 + i, _scaled(p, 8), t, t)
                for i, (t, p) in enumerate(zip(m.opens_s, m.closes, strict=True))
            ],
            "roundId,answer,startedAt,updatedAt",
        ),
    ),
    "Pyth prices": lambda m: _moments(
        "pyth.json",
        _json(
            {
                "parsed": [
                    {"id": "e62d", "price": {"price": _scaled(p, 8), "conf": "1", "expo": -8,
                                             "publish_time": t}}
                    for t, p in zip(m.opens_s, m.closes, strict=True)
                ]
            }
        ),
    ),
    "Stooq database bars": lambda m: _bars(
        "btcusd.txt",
        csv(
            [
                ("BTC.V", "D", iso(t, "%Y%m%d"), "000000", *row, 1, 0)
                for t, row in zip(m.opens_s, m.rows, strict=True)
            ],
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
        ),
    ),
    "bars with a header": lambda m: _bars(
        "btc.csv", csv(m.bars(1_000), "timestamp,open,high,low,close")
    ),
    "trades with a header": lambda m: _moments(
        "btc.csv",
        csv(
            [(t, i, "", "buy", p, 1, 1) for i, (t, p) in _many(m)],
            "timestamp,id,type,side,price,amount,cost",
        ),
    ),
    "quotes with a header": lambda m: _moments(
        "btc.csv", csv([(t, p, p) for _, (t, p) in _many(m)], "time,bid,ask")
    ),
    "prices with a header": lambda m: _moments(
        "btc.csv",
        csv(
            [(iso(t), p) for t, p in zip(m.opens_s, m.closes, strict=True)], "date;price", ";"
        ).replace(b",", b";"),
    ),
    "Kraken OHLCVT": lambda m: _bars(
        f"XBTUSD_{m.bar_s // 60}.csv", csv(_order(m, 1, "TOHLC", ["9", "1"]))
    ),
    "Kraken trades": lambda m: _moments(
        "XBTUSD.csv", csv([(f"{t / 1_000:.3f}", p, 1) for _, (t, p) in _many(m)])
    ),
    "Kraken trades as its interface answers": lambda m: _moments(
        "kraken.json",
        _json(
            {
                "error": [],
                "result": {
                    "XXBTZUSD": [[p, "1", t / 1_000, "b", "l", "", i] for i, (t, p) in _many(m)],
                    "last": "1",
                },
            }
        ),
    ),
    "Coinbase candles": lambda m: _bars(
        "BTC-USD.json", _numbers(_order(m, 1, "TLHOC", ["9"])[::-1])
    ),
    "Gate candles": lambda m: _bars(
        "BTC_USDT.json", _json(_order(m, 1, "T9CHLO", ["1", "true"]))
    ),
    "KuCoin candles": lambda m: _bars(
        "BTC-USDT.json", _json({"code": "200000", "data": _order(m, 1, "TOCHL", ["9", "1"])[::-1]})
    ),
    "Bitfinex candles": lambda m: _bars(
        "tBTCUSD.json", _numbers(_order(m, 1_000, "TOCHL", ["9"])[::-1])
    ),
    "OKX candles": lambda m: _bars(
        "BTC-USDT.json",
        _json({"code": "0", "data": _order(m, 1_000, "TOHLC", ["9", "9", "9", "1"])[::-1]}),
    ),
    "Bybit candles": lambda m: _bars(
        "bybit.json",
        _json(
            {
                "retCode": 0,
                "result": {
                    "category": "linear",
                    "symbol": "BTCUSDT",
                    "list": _order(m, 1_000, "TOHLC", ["9", "9"])[::-1],
                },
            }
        ),
    ),
    "Bybit mark and index candles": lambda m: _bars(
        "bybit.json",
        _json({"result": {"symbol": "BTCUSDT", "list": _order(m, 1_000, "TOHLC")[::-1]}}),
    ),
    "ccxt and freqtrade OHLCV": lambda m: _bars(
        "BTC_USDT.json", _numbers(_order(m, 1_000, "TOHLC", ["9"]))
    ),
    "OHLCV in seconds without a header": lambda m: _bars(
        "btcusd.csv", csv(_order(m, 1, "TOHLC", ["9"]))
    ),
    "freqtrade trades": lambda m: _moments(
        "BTC_USDT-trades.json",
        _json([[t, str(i), None, "buy", float(p), 1.0, 1.0] for i, (t, p) in _many(m)]),
    ),
    "CoinGecko OHLC": lambda m: _bars(
        "bitcoin.json",
        _numbers(
            [[str(end * 1_000), *row] for end, row in zip(m.known_s, m.rows, strict=True)]
        ),
    ),
    "CoinGecko market chart": lambda m: _moments(
        "bitcoin.json",
        _json(
            {
                "prices": [[t * 1_000, float(p)] for t, p in zip(m.opens_s, m.closes, strict=True)],
                "market_caps": [],
                "total_volumes": [],
            }
        ),
    ),
    "LEAN trade bars": lambda m: _bars(f"{_day(m)}_btcusd_{_words(m)}_trade.csv", _lean(m, False)),
    "LEAN quote bars": lambda m: _bars(f"{_day(m)}_btcusd_{_words(m)}_quote.csv", _lean(m, True)),
    "LEAN hours and days": lambda m: _bars("btcusd.csv", _lean_hours(m, False)),
    "LEAN quotes of hours and days": lambda m: _bars("btcusd.csv", _lean_hours(m, True)),
}  # fmt: skip
MOMENTS_IN_SECONDS = {
    "Hyperliquid asset_ctxs", "CoinGecko prices", "Chainlink rounds", "Pyth prices",
    "prices with a header", "CoinGecko market chart",
}  # fmt: skip
BARS_OF = {
    "Stooq database bars": (86_400,),
    "Kraken OHLCVT": (60, 3_600),
    "dYdX v4 candles": (60, 300, 3_600),
    "LEAN trade bars": (60,),
    "LEAN quote bars": (60,),
    "LEAN hours and days": (3_600,),
    "LEAN quotes of hours and days": (3_600,),
}


def _pairs(made: Made) -> list[tuple[int, str]]:
    return list(zip(made.moments_ms, made.closes, strict=True))


def _many(made: Made) -> list[tuple[int, tuple[int, str]]]:
    return list(enumerate(_pairs(made)))


def feather_file(made: Made, compression: str = "lz4") -> bytes:
    """Freqtrade's feather: date in ms with its zone, OHLCV as doubles."""
    sink = io.BytesIO()
    dates = pa.array([one * 1_000 for one in made.opens_s], pa.timestamp("ms", "UTC"))
    table = pa.table({"date": dates, **_ohlc(made), "volume": [1.0] * len(made.rows)})
    feather.write_feather(table, sink, compression=compression)
    return sink.getvalue()


def klines_file(made: Made) -> bytes:
    """Binance klines in ms."""
    return csv(_klines(made))


def named_csv(made: Made) -> bytes:
    """A header and opening times in ms."""
    return csv(made.bars(1_000), "timestamp,open,high,low,close")


def pandas_parquet(made: Made) -> bytes:
    """What pandas leaves of an index without a name."""
    times = pa.array([one * 10**9 for one in made.opens_s], pa.timestamp("ns", "UTC"))
    return parquet({**_ohlc(made), "__index_level_0__": times})

"""Named columns of nobody in particular; they count only where no venue's format matches."""

from __future__ import annotations

from sim.prices.formats import BAR_ROLES, CLOSE_TIMES, OPEN_TIMES, TIMES, Format, Kind, roles
from sim.prices.series import Stamp

TRADE_MARKS = frozenset(
    [
        "side",
        "isbuyermaker",
        "tradeid",
        "trdmatchid",
        "type",
        "aggressorside",
        "takerside",
        "tickdirection",
        "id",
        "qty",
        "size",
        "amount",
    ]
)
PLAIN = (
    Format(
        name="bars with a header",
        told_by="a time and close with open, high or low (pandas, polars, freqtrade feather, "
        "yfinance, Stooq, TradingView, venues' own csv)",
        columns="a time of opening (or of closing: close_time, xx:59.999), open, high, low, close",
        needs=frozenset({"close"}),
        any_of=frozenset({"open", "high", "low"}),
        lacks=frozenset({"tsevent", "rtype"}),
        roles={
            **roles(
                time=f"{OPEN_TIMES} {TIMES}", close_time=CLOSE_TIMES, volume="volume vol amount"
            ),
            **BAR_ROLES,
        },
        is_plain=True,
    ),
    Format(
        name="trades with a header",
        told_by="a time and price with side, size, amount or an id (freqtrade trades, Bybit)",
        columns="the time, price",
        kind=Kind.TICKS,
        stamp=Stamp.INSTANT,
        needs=frozenset({"price"}),
        any_of=TRADE_MARKS,
        lacks=frozenset({"open", "high", "low", "close", "conf", "tsevent", "expo"}),
        roles=roles(
            time=f"{TIMES} transacttime tradetime createdat", price="price", id="tradeid id"
        ),
        is_plain=True,
    ),
    Format(
        name="quotes with a header",
        told_by="a time, bid and ask",
        columns="the time, the middle of bid and ask",
        kind=Kind.TICKS,
        stamp=Stamp.INSTANT,
        any_of=frozenset({"bid", "bidprice"}),
        lacks=frozenset({"price", "close", "tsevent", "localtimestamp"}),
        roles=roles(time=TIMES, bid="bid bidprice", ask="ask askprice"),
        is_plain=True,
    ),
    Format(
        name="prices with a header",
        told_by="a time and price or close, and nothing of a bar or a trade",
        columns="the time, price or close; known at that time",
        kind=Kind.SAMPLES,
        stamp=Stamp.INSTANT,
        any_of=frozenset({"price", "close"}),
        lacks=frozenset({"open", "high", "low", "conf", "expo", "tsevent", "rtype"}) | TRADE_MARKS,
        roles=roles(time=f"{TIMES} {OPEN_TIMES}", close_time=CLOSE_TIMES, price="price close"),
        is_plain=True,
        one_of=("price", "close"),
    ),
)

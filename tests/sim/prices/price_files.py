"""Small price files of each format, for the tests of their readers."""

from __future__ import annotations

import zipfile
from pathlib import Path

DAY_S = 1_504_483_200  # 2017-09-04 00:00 UTC
LEAN_NAME = "crypto_coinbase_minute_btcusd_20170904_trade.zip"
LEAN_INNER = "20170904_btcusd_minute_trade.csv"
TRADES = "0,4626,4627,4625,4626.05,5\n60000,4626.05,4630,4620,4621.5,1\n180000,4,5,3,4600,2\n"
QUOTES = "0,9,9,9,4626.04,6,9,9,9,4626.06,1\n60000,9,9,9,4620,6,9,9,9,4621,1\n"
KLINES = "{0},10,12,9,11,5,{1},55,3,1,11,0\n{2},11,13,10,12.5,5,{3},55,3,1,11,0\n"  # two minutes
KLINES_MS = KLINES.format(1621382400000, 1621382459999, 1621382460000, 1621382519999)
KLINES_US = KLINES.format(
    *(
        f"{ms}{us}"
        for ms, us in (
            (1735689600000, "000"),
            (1735689659999, "999"),
            (1735689660000, "000"),
            (1735689719999, "999"),
        )
    )
)
KLINE_HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,"
    "taker_buy_volume,taker_buy_quote_volume,ignore\n"
)
DOWNLOAD = (
    "https://www.CryptoDataDownload.com\n"
    "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n"
    "1621382580000,2021-05-19 00:03:00,BTC/USD,1,43000,42000,42500.5,1,1\n"
    "1621382520,2021-05-19 00:02:00,BTC/USD,1,43100,42100,42600,1,1\n"
    "1621382460,2021-05-19 00:01:00,BTC/USD,1,43200,42200,42700,1,1\n"
)
PLAIN = "Time,Price\n1621382400,42000\n1621382460,42001.5\n"


def lean_zip(folder: Path, text: str, name: str = LEAN_NAME, inner: str = LEAN_INNER) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inner, text)
    return path


def text_file(folder: Path, text: str, name: str = "prices.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path

"""Bad price files: each is refused in one sentence with the file, the line, and what is allowed."""

from __future__ import annotations

import zipfile

import pytest

from sim.prices.errors import PriceFileError
from sim.prices.reader import read_prices
from tests.sim.prices.price_files import (
    DOWNLOAD,
    KLINES_MS,
    LEAN_NAME,
    PLAIN,
    QUOTES,
    TRADES,
    lean_zip,
    text_file,
)

BAD_TEXT = {
    "empty": ("", "bad.csv: the file is empty, at least 2 price rows are needed"),
    "blank lines": ("\n\n", "bad.csv: the file is empty, at least 2 price rows are needed"),
    "no known header": (
        "a,b\n1,2\n",
        "bad.csv, line 1: unknown format 'a,b': nearest is prices with a header",
    ),
    "time but no price": ("time,volume\n1,2\n", "line 1: unknown format 'time,volume'"),
    "banner alone": ("https://www.x.com\n", "line 1: unknown format"),
    "header alone": ("time,price\n", "bad.csv: 0 price rows found, at least 2 are needed"),
    "one row": (PLAIN[:28], "bad.csv: 1 price rows found, at least 2 are needed"),
    "one time": (
        "time,price\n1621382400,1\n1621382400,2\n",
        "bad.csv, line 3: 2021-05-19 00:00:00 UTC stands twice with different prices, and in no "
        "other column",
    ),
    "time backwards": (
        PLAIN + "1621382430,42002\n",
        "bad.csv, line 4: time goes from 1621382460 to 1621382430 (unix seconds), "
        "only rows in order of time are allowed here",
    ),
    "download out of order": (
        DOWNLOAD.replace("1621382520,2021-05-19 00:02", "1621382640,2021-05-19 00:04"),
        "bad.csv, line 4: time goes from 1621382580 to 1621382640 (unix seconds), "
        "only all rows newest first are allowed here",
    ),
    "word as price": (
        PLAIN.replace("42001.5", "n/a"),
        "bad.csv, line 3: the price is 'n/a', a finite number above 0 is allowed",
    ),
    "zero price": (PLAIN.replace("42001.5", "0"), "bad.csv, line 3: the price is '0', a finite"),
    "negative price": (PLAIN.replace("42001.5", "-5"), "line 3: the price is '-5', a finite"),
    "nan price": (PLAIN.replace("42001.5", "NaN"), "bad.csv: 1 price rows found, at least 2"),
    "infinite price": (PLAIN.replace("42001.5", "inf"), "line 3: the price is 'inf', a finite"),
    "missing price": (PLAIN.replace("42001.5", ""), "bad.csv: 1 price rows found, at least 2"),
    "bad high": (KLINES_MS.replace(",13,", ",x,"), "bad.csv, line 2: the high is 'x', a finite"),
    "time that is none": (
        PLAIN.replace("1621382460", "soon"),
        "bad.csv, line 3: the time is 'soon', unix time (s, ms, us or ns) or an ISO date",
    ),
    "time before 2001": (PLAIN.replace("1621382460", "60"), "line 3: the time is '60', unix time"),
    "time without end": (PLAIN.replace("1621382460", "1e400"), "line 3: the time is 'inf'"),
    "ragged row": (
        PLAIN + "1621382520\n",
        "bad.csv, line 4: 1 columns, 2 as in the header are allowed",
    ),
    "ragged kline": (
        KLINES_MS + "1621382520000,1\n",
        "line 3: 2 columns, 12 as in the first row are allowed",
    ),
    "two symbols": (
        "time,price,symbol\n1621382400,1,BTC\n1621382460,2,ETH\n",
        "bad.csv: column symbol holds BTC, ETH; one of each is allowed, chosen for instance with "
        "--only symbol=BTC",
    ),
    "lean without a pair": (TRADES, "bad.csv: a LEAN file that prices nothing named, no pair"),
    "binary": ("\x00\x01\x02\x03", "bad.csv: not a text file of separated values"),
}


@pytest.mark.parametrize("case", BAD_TEXT)
def test_read_prices__bad_text__says_what_and_where(tmp_path, case):
    text, sentence = BAD_TEXT[case]
    with pytest.raises(PriceFileError) as refusal:
        read_prices(text_file(tmp_path, text, "bad.csv"))
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


BAD_LEAN = {
    "ragged": (TRADES + "240000,1\n", "line 4: 2 columns, 6 as in the first row are allowed"),
    "late": (
        TRADES + "86400000,1,1,1,1,1\n",
        "line 4: the time is '86400000', 0 to 86399999 ms of the day is allowed",
    ),
    "backwards": (TRADES + "60000,1,1,1,1,1\n", "line 4: time goes from"),
    "zero": (TRADES.replace("4621.5", "0"), "line 2: the close is '0'"),
    "zero low": (TRADES.replace("4620", "0"), "line 2: the low is '0'"),
    "bad ask": (QUOTES.replace("4621", "x"), "line 2: the ask is 'x'"),
}


@pytest.mark.parametrize("case", BAD_LEAN)
def test_read_prices__bad_lean_rows__says_what_and_where(tmp_path, case):
    text, sentence = BAD_LEAN[case]
    with pytest.raises(PriceFileError) as refusal:
        read_prices(lean_zip(tmp_path, text))
    assert f"{LEAN_NAME}, {sentence}" in str(refusal.value)


def test_read_prices__missing_file__names_it(tmp_path):
    with pytest.raises(PriceFileError, match=r"gone\.csv: no such file, an existing file"):
        read_prices(tmp_path / "gone.csv")


def test_read_prices__folder__names_it(tmp_path):
    with pytest.raises(PriceFileError, match=r"not readable .*directory"):
        read_prices(tmp_path)


def test_read_prices__truncated_zip__says_corrupt(tmp_path):
    path = lean_zip(tmp_path, TRADES * 50)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(PriceFileError, match="the zip cannot be unpacked"):
        read_prices(path)


def test_read_prices__damaged_zip_member__says_corrupt(tmp_path):
    path = lean_zip(tmp_path, TRADES)
    path.write_bytes(path.read_bytes().replace(b"4626.05", b"4626.06", 1))
    with pytest.raises(PriceFileError, match=r"the zip cannot be unpacked \(Bad CRC"):
        read_prices(path)


def test_read_prices__zip_without_a_file__says_so(tmp_path):
    path = tmp_path / "none.zip"
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(PriceFileError, match=r"none\.zip: the zip holds 0 files"):
        read_prices(path)


def test_read_prices__lean_without_a_date__asks_for_it(tmp_path):
    with pytest.raises(PriceFileError, match="no date in the name"):
        read_prices(text_file(tmp_path, TRADES, "bad.csv"), symbol="BTCUSD")


def test_read_prices__zip_of_an_empty_file__says_empty(tmp_path):
    with pytest.raises(PriceFileError, match="the file is empty"):
        read_prices(lean_zip(tmp_path, ""))


def test_read_prices__bytes_that_are_no_text__unknown_format(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(b"\xfa\xfe\x00\x81" * 10)
    with pytest.raises(PriceFileError, match=r"bad\.csv: not a text file"):
        read_prices(path)

"""Symbols as venues write them: which coin, in which quote, which market."""

from __future__ import annotations

import pytest

from sim.prices.errors import PriceFileError
from sim.prices.symbols import coin_of, find_symbol, market_of, parse_pair

PAIRS = {
    # A separator says it.
    "BTC/USDT": "BTC-USDT",
    "BTC-USD": "BTC-USD",
    "BN/BUSD": "BN-BUSD",
    "XBT/USD": "BTC-USD",
    "SOL_USDT": "SOL-USDT",
    "ETH-EUR": "ETH-EUR",
    "BTC/USDT:USDT": "BTC-USDT",
    # Without one a known coin counts first, then the longer coin for the shorter quote.
    "BTCUSDT": "BTC-USDT",
    "btcbusd": "BTC-BUSD",
    "BTCFDUSD": "BTC-FDUSD",
    "BTCTUSD": "BTC-TUSD",
    "BNBUSD": "BNB-USD",
    "BNBUSDT": "BNB-USDT",
    "XBTUSD": "BTC-USD",
    "SHIBUSD": "SHIB-USD",
    "ABCBUSD": "ABCB-USD",
    "TRXUSD": "TRX-USD",
    "BTCEUR": "BTC-EUR",
    "ETHBTC": "ETH-BTC",
    "TUSDUSDT": "TUSD-USDT",
    "USDCUSDT": "USDC-USDT",
    "1000PEPEUSDT": "1000PEPE-USDT",
    # What venues put around a pair.
    "XXBTZUSD": "BTC-USD",
    "XETHZUSD": "ETH-USD",
    "PI_XBTUSD": "BTC-USD",
    "PF_ETHUSD": "ETH-USD",
    "tBTCUSD": "BTC-USD",
    "tBTCF0:USTF0": "BTC-USDT",
    "BTC-PERPETUAL": "BTC-USD",
    "BTC_USDC-PERPETUAL": "BTC-USDC",
    "BTC-PERP": "BTC-USD",
    "BTC-USD-PERP": "BTC-USD",
    "BTC-USDT-SWAP": "BTC-USDT",
    "BTCUSD_PERP": "BTC-USD",
    "BTCPERP": "BTC-USD",
    "BTCUSDT.P": "BTC-USDT",
    "BINANCE:BTCUSDT": "BTC-USDT",
    "BTCUSDT-PERP.BINANCE": "BTC-USDT",
    "BTC.V": "BTC-USD",
    # A coin whose name is a word of contracts, or of quotes.
    "PERPUSDT": "PERP-USDT",
    "PERP-USD": "PERP-USD",
    # A coin alone.
    "BTC": "BTC-USD",
    "SOL": "SOL-USD",
}
NO_PAIRS = ["XYZ", "AAPL", "kraken", "BTC-27DEC24", "", "USD"]
NAMES = {
    "BTCUSDT-1m-2021-05-19": "BTC-USDT",
    "Binance_BTCUSDT_1h": "BTC-USDT",
    "coinbase_eth_usd": "ETH-USD",
    "BTC_USDT_USDT-1m-futures": "BTC-USDT",
    "XBTUSD_1": "BTC-USD",
    "06a_btceur": "BTC-EUR",
    "btc-usd-max": "BTC-USD",
    "bitcoin_2024": "BTC-USD",
    "eth": "ETH-USD",
    "btc_in_eur": "BTC-EUR",
    "prices_eur": "?-EUR",
    "kraken": None,
    "country": None,
    "prices_usd": None,
    "24-alpha-2025-01": None,
}


@pytest.mark.parametrize("symbol", PAIRS)
def test_parse_pair__spellings_of_venues__coin_and_quote(symbol):
    assert str(parse_pair(symbol)) == PAIRS[symbol]


@pytest.mark.parametrize("symbol", NO_PAIRS)
def test_parse_pair__no_coin_and_quote__none(symbol):
    assert parse_pair(symbol) is None


@pytest.mark.parametrize("name", NAMES)
def test_find_symbol__names_of_files__the_pair_in_them(name):
    assert find_symbol(name) == NAMES[name]


def test_find_symbol__two_pairs__refuses_to_choose():
    with pytest.raises(PriceFileError, match="speaks of BTC-USDT and ETH-USDT"):
        find_symbol("BTCUSDT_ETHUSDT")


def test_coin_of__a_name_that_is_no_pair__itself():
    assert coin_of("xyz") == "XYZ"


@pytest.mark.parametrize(
    ("symbol", "market"),
    [
        ("ETHUSD", "ETH-USD"),
        ("XBTUSD", "BTC-USD"),
        ("ADAUSDT", None),
        (None, "BTC-USD"),
        ("?-EUR", "BTC-USD"),
    ],
)
def test_market_of__symbol__its_coins_market_or_the_first_or_none(symbol, market):
    assert market_of(symbol, ("BTC-USD", "ETH-USD")) == market

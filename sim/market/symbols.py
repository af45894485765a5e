"""Which market a file's symbol belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Quotes that count as the dollar, longest first so that USD does not cut BUSD in two.
DOLLARS = ("FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USD")
ALIASES = {"XBT": "BTC"}
_PAIR = re.compile(
    rf"(?<![A-Z0-9])([A-Z0-9]{{2,10}}?)[-_/]?({'|'.join(DOLLARS)})(?:[-_]?PERP)?(?![A-Z0-9])"
)


def find_symbol(text: str) -> str | None:
    """The first dollar pair in a text such as a file's name, as `BTCUSDT`."""
    found = _PAIR.search(text.upper())
    return found.group(1) + found.group(2) if found else None


def coin_of(symbol: str) -> str:
    """The coin that a symbol prices: `BTC` of `btcusdt`, `BTC/USD`, `XBT-USD-PERP` or `BTC`."""
    found = _PAIR.search(symbol.upper())
    coin = found.group(1) if found else symbol.upper()
    return ALIASES.get(coin, coin)


def market_of(symbol: str | None, markets: Sequence[str]) -> str:
    """The market of the symbol's coin; the first market if the symbol is unknown."""
    if symbol is not None:
        for market in markets:
            if coin_of(market) == coin_of(symbol):
                return market
    return markets[0]

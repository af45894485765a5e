"""Symbols: which coin a file prices, in which quote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from sim.prices.errors import PriceFileError


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Quotes that count as the dollar.
DOLLARS = _words("USD USDT USDC BUSD TUSD FDUSD USDP USDD PYUSD GUSD DAI")
OTHER_QUOTES = _words(
    "EUR GBP JPY KRW TRY BRL AUD CAD CHF RUB UAH INR MXN ZAR PLN SEK NOK DKK CZK HKD SGD NZD CNY"
    " THB IDR NGN ARS PHP VND ILS AED EURT EURS EURC EURI BIDR XBT BTC ETH BNB TRX DOGE XRP"
)
QUOTES = (*DOLLARS, *OTHER_QUOTES)
_ONLY_OF_COINS = {"DAI", *OTHER_QUOTES}  # words end like these, so the coin before must be known
ALIASES = {"XBT": "BTC", "XXBT": "BTC", "XETH": "ETH", "XDG": "DOGE", "UST": "USDT", "ZUSD": "USD"}
COINS = frozenset(
    _words(
        "BTC XBT XXBT XETH ETH BNB SOL XRP ADA DOGE XDG TRX TON AVAX DOT LINK MATIC POL SHIB LTC"
        " BCH NEAR UNI LEO APT ICP ETC XLM ATOM XMR OKB FIL HBAR ARB OP SUI INJ TIA SEI RUNE AAVE"
        " MKR GRT BAT SNX CRV COMP YFI SUSHI ALGO VET FTM EGLD SAND MANA AXS THETA XTZ EOS NEO IOTA"
        " ZEC DASH KAVA ZRX ENJ CHZ FLOW GALA LDO STX RNDR RENDER FET PEPE WIF BONK FLOKI ORDI JUP"
        " PYTH HYPE ENA ONDO TAO WLD DYDX GMX IMX FTT CAKE LUNA LUNC USDT USDC DAI BUSD TUSD PAXG"
        " WBTC STETH PERP THIN"
    )
)
_PLAIN_COINS = frozenset(ALIASES.get(coin, coin) for coin in COINS)
NAMES = {
    "BITCOIN": "BTC",
    "ETHEREUM": "ETH",
    "SOLANA": "SOL",
    "RIPPLE": "XRP",
    "CARDANO": "ADA",
    "DOGECOIN": "DOGE",
    "LITECOIN": "LTC",
}
# Of a file's name a single word is taken for a coin or a currency only where it is no other word.
_LONE_COINS = _words("BTC ETH BNB SOL XRP ADA DOGE LTC BCH AVAX TRX")
_LONE_QUOTES = _words("EUR GBP JPY KRW CHF AUD BRL")
UNKNOWN = "?"  # a coin that is not named
# What venues put around a pair: the kind of contract, in what it is margined, the venue.
_BEFORE = re.compile(r"^(?:[A-Z]{3,}:(?=[A-Z0-9]{5,})|(?:PI|PF|FI|FF|IN|RR)_)")
_AFTER = re.compile(r"(?:[-_./ ]?(?:PERPETUAL|PERP|SWAP|SPOT|UM|CM)|\.[A-Z]+|:[A-Z0-9]+)$")
_SEPARATOR = re.compile(r"[-_/ ]")
_TOKEN = re.compile(r"[A-Za-z0-9]+")


class Pair(NamedTuple):
    """A coin and what it is priced in, both as their plain names."""

    base: str
    quote: str

    def __str__(self) -> str:
        return f"{self.base}-{self.quote}"

    @property
    def is_dollar(self) -> bool:
        """Whether the quote counts as the dollar."""
        return self.quote in DOLLARS


def parse_pair(symbol: str) -> Pair | None:
    """The pair of a symbol as venues write it: by separator first, then by the longer coin.

    `BTC/USDT:USDT`, `PI_XBTUSD`, `tBTCUSD`, `BTC-PERPETUAL`, `BNBUSD`; a coin alone is in dollars.
    """
    text = symbol.strip()
    if re.match(r"t[A-Z0-9]{3}", text):  # Bitfinex: tBTCUSD, tBTCF0:USTF0
        text = re.sub(r"F0(?=:|$)", "", text[1:]).replace(":", "-")
    text = text.upper()
    bare = _bare(text)
    parts = [_plain(part) for part in _SEPARATOR.split(bare) if part]
    if len(parts) == 2 and parts[1] in QUOTES:
        return Pair(*parts)
    if len(parts) != 1:
        return None
    joined = _joined(parts[0])
    if joined is None and (parts[0] in _PLAIN_COINS or bare != text):
        return Pair(parts[0], "USD")
    return joined


def _bare(text: str) -> str:
    """The symbol without what stands around the pair, as long as a coin remains."""
    text = _BEFORE.sub("", text)
    while True:
        shorter = _AFTER.sub("", text)
        rest = _plain(re.sub(r"[-_/. ]", "", shorter))
        # PERPUSDT is a coin too, and what is left of it would be a quote without one.
        if shorter in ("", text) or (rest in QUOTES and rest not in _PLAIN_COINS):
            return text
        text = shorter


def _joined(text: str) -> Pair | None:
    """A pair without a separator: a known coin first, then the longer coin, shorter quote."""
    splits = [
        (text[: -len(quote)], quote)
        for quote in (*QUOTES, "UST", "ZUSD")
        if text.endswith(quote) and len(text) > len(quote)
    ]
    known = [split for split in splits if split[0] in COINS]
    free = [split for split in splits if split[1] not in _ONLY_OF_COINS and len(split[0]) > 1]
    best = max(known or free, key=lambda split: len(split[0]), default=None)
    return None if best is None else Pair(_plain(best[0]), _plain(best[1]))


def _plain(name: str) -> str:
    return ALIASES.get(name, name)


def find_symbol(text: str) -> str | None:
    """The one pair named in a text such as a file's name, as `BTC-USDT`; refuses two."""
    found = _pairs(_TOKEN.findall(text)) or _lone(_TOKEN.findall(text.upper()))
    if len(found) > 1:
        names = " and ".join(map(str, found))
        raise PriceFileError(
            f"{text}: the name speaks of {names}, one pair is allowed (--symbol PAIR says which)"
        )
    return str(found[0]) if found else None


def find_pair(text: str) -> str | None:
    """The pair named in a text such as a folder's name, if it is one and no coin alone."""
    found = _pairs(_TOKEN.findall(text))
    return str(found[0]) if len(found) == 1 else None


def _pairs(tokens: Sequence[str]) -> list[Pair]:
    """The pairs in the words of a name, each once."""
    found: list[Pair] = []
    place = 0
    while place < len(tokens):
        upper = tokens[place].upper()
        after = _plain(tokens[place + 1].upper()) if place + 1 < len(tokens) else ""
        pair = None
        if _plain(upper) in _PLAIN_COINS and after in QUOTES:
            pair = Pair(_plain(upper), after)
            place += 1
            settled = tokens[place + 1].upper() if place + 1 < len(tokens) else ""
            place += _plain(settled) in (pair.base, pair.quote)  # BTC_USDT_USDT: margined in it
        elif re.match(r"t[A-Z0-9]{6,}$", tokens[place]):
            pair = parse_pair(tokens[place])
        elif 5 <= len(upper) <= 16:
            pair = _joined(upper)
        found += [pair] if pair and pair not in found else []
        place += 1
    return found


def _lone(tokens: Sequence[str]) -> list[Pair]:
    """A coin in dollars, or a currency, that stands alone in a name."""
    words = [NAMES.get(token, _plain(token)) for token in tokens]
    coins = dict.fromkeys(word for word in words if word in _LONE_COINS)
    quotes = dict.fromkeys(word for word in words if word in _LONE_QUOTES)
    if not coins and not quotes:
        return []
    return [Pair(coin, quote) for coin in coins or [UNKNOWN] for quote in quotes or ["USD"]]


def coin_of(symbol: str) -> str:
    """The coin that a symbol prices: `BTC` of `btcusdt`, `BTC/USD`, `XBT-USD-PERP` or `BTC`."""
    pair = parse_pair(symbol)
    return pair.base if pair else _plain(symbol.strip().upper())


def market_of(symbol: str | None, markets: Sequence[str]) -> str | None:
    """The market of the symbol's coin: the first if no coin is named, none if no market has it."""
    coin = UNKNOWN if symbol is None else coin_of(symbol)
    if coin == UNKNOWN:
        return markets[0]
    return next((market for market in markets if coin_of(market) == coin), None)

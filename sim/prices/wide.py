"""Tables with a column for each part and ticker, as yfinance writes them."""

from __future__ import annotations

import re
from dataclasses import replace

from sim.prices.ask import Ask
from sim.prices.errors import PriceFileError
from sim.prices.tables import Table

# Of a csv as it is read here, and of parquet: `Close@BTC-USD`, `('Close', 'BTC-USD')`.
_WIDE = re.compile(r"(?P<part>[^@()']+)@(?P<ticker>[^@]+)$|\('(?P<one>[^']*)', '(?P<two>[^']*)'\)$")
PARTS = ("open", "high", "low", "close", "adj close", "volume")


def narrowed(table: Table, ask: Ask) -> Table:
    """The table of one ticker; what is not wide is left as it is."""
    found = [_WIDE.match(name) for name in table.names or ()]
    wide = [(place, *_split(one)) for place, one in enumerate(found) if one is not None]
    tickers = list(dict.fromkeys(ticker for _, _, ticker in wide if ticker))
    if not tickers or table.names is None:
        return table
    wanted = ask.only.get("ticker", tickers[0])
    if (len(tickers) > 1 and "ticker" not in ask.only) or wanted not in tickers:
        raise PriceFileError(
            f"{table.label}: it holds the tickers {', '.join(tickers[:6])}; one is allowed, chosen "
            f"for instance with --only ticker={tickers[0]}"
        )
    parts = {place: part for place, part, ticker in wide if ticker in ("", wanted)}
    others = {place for place, _, ticker in wide} - parts.keys()
    kept = [place for place in range(table.width) if place not in others]
    return replace(
        table,
        names=tuple(parts.get(place, table.names[place]) for place in kept),
        width=len(kept),
        first=tuple(table.first[place] for place in kept),
        load=lambda places: table.load([kept[place] for place in places]),
        hints=replace(table.hints, symbol=wanted),
    )


def _split(found: re.Match[str]) -> tuple[str, str]:
    """Part and ticker, whichever stands first."""
    one = found.group("part") or found.group("one") or ""
    two = found.group("ticker") or found.group("two") or ""
    return (two, one) if two.lower() in PARTS and one.lower() not in PARTS else (one, two)

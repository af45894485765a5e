"""Which methods of a deployment are there to be beaten, in words for whoever looks at a run."""

from __future__ import annotations

from collections.abc import Iterator

from sim.protocol.config import MarketConfig, ProtocolConfig
from sim.types.codes import IndexMethod, MarkMethod, PoolMethod

UNSAFE_MARKS = frozenset({MarkMethod.LAST_TRADE, MarkMethod.BOOK_MID})


def unsafe_methods(config: ProtocolConfig) -> tuple[str, ...]:
    """A sentence for each market and method that one source, or one trade, can move anywhere."""
    return tuple(sentence for market in config.markets for sentence in _of(market))


def _of(market: MarketConfig) -> Iterator[str]:
    if market.index.method is not IndexMethod.WEIGHTED_MEDIAN:
        yield f"{market.name}: index by {market.index.method.name}"
    if market.mark.method in UNSAFE_MARKS:
        yield f"{market.name}: mark by {market.mark.method.name}"
    for feed in market.feeds:
        if feed.reading is not None and feed.reading.method is PoolMethod.SPOT:
            yield f"{market.name}: feed {feed.name} by {feed.reading.method.name}"

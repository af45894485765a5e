"""Prices in another quote than the dollar, by a rate file that the caller names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sim.prices.ask import Ask, named_file
from sim.prices.errors import PriceFileError
from sim.prices.reader import read_series
from sim.prices.series import PriceSeries
from sim.prices.symbols import ALIASES, Pair, parse_pair

RATE_AGE_S = 4 * 86_400  # a rate stands over a long weekend


def read_rates(texts: Sequence[str]) -> dict[str, PriceSeries]:
    """The rates of `EUR=FILE` options, dollars for one of each."""
    rates = {}
    for text in texts:
        found = named_file(text)
        if found.name is None:
            raise PriceFileError(
                f"--rate {text}: QUOTE=FILE is allowed, for instance EUR=eurusd.csv"
            )
        quote = ALIASES.get(found.name.upper(), found.name.upper())
        series = read_series(found.path, Ask(name=f"rate of {quote}"))[0]
        pair = parse_pair(series.symbol) if series.symbol else None
        if pair is not None and (pair.base != quote or not pair.is_dollar):
            raise PriceFileError(
                f"--rate {text}: it prices {pair}; dollars for one {quote} are allowed"
            )
        rates[quote] = series
    return rates


def in_dollars(series: PriceSeries, rates: Mapping[str, PriceSeries]) -> PriceSeries:
    """The series in dollars; refuses another quote that no rate is named for."""
    pair = parse_pair(series.symbol) if series.symbol else None
    if pair is None or pair.is_dollar:
        return series
    if pair.quote not in rates:
        raise PriceFileError(
            f"{series.source} prices {series.symbol} in {pair.quote}; dollars are allowed, or "
            f"--rate {pair.quote}=FILE with dollars for one {pair.quote}"
        )
    return _converted(series, pair, rates[pair.quote])


def _converted(series: PriceSeries, pair: Pair, rate: PriceSeries) -> PriceSeries:
    place = np.searchsorted(rate.times_s, series.times_s, side="right") - 1
    known = place >= 0
    if np.count_nonzero(known) < 2:
        raise PriceFileError(
            f"{series.source} and its rate {rate.source} do not overlap in time; each price needs "
            "a rate known before it"
        )
    place = place[known]
    age_s = series.times_s[known] - rate.times_s[place]
    if (age_s > max(RATE_AGE_S, rate.bar_s)).any():
        raise PriceFileError(
            f"{rate.source}: a rate {int(age_s.max())} s old would be needed for {series.source}; "
            f"at most {max(RATE_AGE_S, rate.bar_s)} s are allowed"
        )
    factor = rate.closes[place]
    counts = replace(series.counts, without_rate=int(len(known) - known.sum()))
    return replace(
        series,
        times_s=series.times_s[known],
        closes=series.closes[known] * factor,
        highs=None if series.highs is None else series.highs[known] * factor,
        lows=None if series.lows is None else series.lows[known] * factor,
        volumes=None if series.volumes is None else series.volumes[known],
        symbol=str(Pair(pair.base, "USD")),
        counts=counts,
        source=f"{series.source}, in dollars by {rate.source}",
    )

"""Price files to a scenario: which numbers are fitted, and from what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from sim.market.calibration import (
    VenueFit,
    correlation,
    fit_depth,
    fit_leverage,
    fit_price,
    fit_rates,
    fit_venues,
)
from sim.market.venue import median_carried
from sim.prices.ask import ask_for
from sim.prices.clock import iso
from sim.prices.columns import read_funding, read_leverage
from sim.prices.errors import PriceFileError
from sim.prices.join import FeedQuality, JoinedPrices, join
from sim.prices.rates import in_dollars, read_rates
from sim.prices.reader import read_series
from sim.prices.request import PriceRequest
from sim.prices.series import PriceSeries
from sim.prices.symbols import UNKNOWN, coin_of
from sim.scenario.calibrated import Fitted, FittedMarket, FittedVenue, rows, write_scenario
from sim.types import FloatArray

DEFAULT_COIN = "BTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A scenario's text, and its numbers as rows."""

    text: str
    rows: Sequence[Mapping[str, object]]


def calibrated(
    request: PriceRequest, name: str, funding: Path | None, leverage: Path | None
) -> Calibration:
    """Fit every market that the files price; refuses files too short to fit."""
    files = _read(request)
    markets = _markets(files)
    joined = join(
        files, markets, start_s=request.said.start_s, end_s=request.said.end_s, span="union"
    )
    step_s = int(joined.times_s[1] - joined.times_s[0])
    paths = {name: median_carried(tapes) for name, tapes in joined.markets.items()}
    rates = _funding(funding)
    try:
        fitted = [
            FittedMarket(
                name=market, price=_price(joined, market, paths[market], step_s), funding=rates
            )
            for market in joined.markets
        ]
    except ValueError as error:
        raise PriceFileError(f"{files[0].source}: {error}") from error
    venues = _venues(joined, files, step_s)
    traders = _leverage(leverage)
    text = write_scenario(name, step_s, fitted, venues, correlation(list(paths.values())), traders)
    return Calibration(text=text, rows=rows(fitted, venues, traders))


def _read(request: PriceRequest) -> list[PriceSeries]:
    rates = read_rates(request.said.rate)
    return [
        in_dollars(series, rates)
        for file in request.files
        for series in read_series(
            file.path, replace(ask_for(file.name, request.said), volumes=True)
        )
    ]


def _markets(files: Sequence[PriceSeries]) -> list[str]:
    coins = [coin_of(file.symbol) for file in files if file.symbol is not None]
    named = dict.fromkeys(coin for coin in coins if coin != UNKNOWN)
    return [f"{coin}-USD" for coin in named] or [f"{DEFAULT_COIN}-USD"]


def _price(joined: JoinedPrices, market: str, path: FloatArray, step_s: int) -> tuple[Fitted, ...]:
    fit = fit_price(path, step_s)
    sources = [one for one in joined.quality if one.market == market]
    told = f"{fit.steps:,} steps of {step_s} s, {_told(sources)}"
    numbers = ("vol_per_year", "jumps_per_day", "jump_mean_log", "jump_std_log")
    first = Fitted(key="start_price", value=fit.start_price, source=f"the first, {_told(sources)}")
    return (first, *(Fitted(key=key, value=getattr(fit, key), source=told) for key in numbers))


def _told(sources: Sequence[FeedQuality]) -> str:
    files = ", ".join(one.sources[0].partition(" (")[0] for one in sources[:3])
    more = f" and {len(sources) - 3} more" if len(sources) > 3 else ""
    first_s, last_s = min(one.first_s for one in sources), max(one.last_s for one in sources)
    return f"{files}{more}, {iso(first_s)} to {iso(last_s)} UTC"


def _venues(joined: JoinedPrices, files: Sequence[PriceSeries], step_s: int) -> list[FittedVenue]:
    """The venues of the first market: what they stray by, and depth where volumes are known."""
    market, tapes = next(iter(joined.markets.items()))
    fits = fit_venues([tape.prices for tape in tapes.values()], step_s)
    quality = {one.venue: one for one in joined.quality if one.market == market}
    made = []
    for place, name in enumerate(tapes):
        told = _told([quality[name]])
        fit = fits[place] if fits else VenueFit(spread_bps=2.0, half_life_s=60.0)
        source = f"against the middle of {len(tapes)}, {told}" if fits else "default: one venue"
        made.append(
            FittedVenue(
                name=name,
                spread=(
                    Fitted(key="spread_bps", value=fit.spread_bps, source=source),
                    Fitted(key="half_life_s", value=fit.half_life_s, source=source),
                ),
                depth=_depth([one for one in files if _is_of(one, name)], told),
            )
        )
    return made


def _is_of(file: PriceSeries, venue: str) -> bool:
    """Whether a file is a venue's whose volumes are in base: inverse contracts count dollars."""
    is_inverse = "perp" in file.venue and (file.symbol or "").upper().endswith("USD")
    return venue in (file.venue, f"{file.venue}:{file.symbol}") and not is_inverse


def _depth(files: Sequence[PriceSeries], told: str) -> tuple[Fitted, ...]:
    known = [fit_depth(one.closes, one.volumes) for one in files if one.volumes is not None]
    depths = [one for one in known if one is not None]
    if not depths:
        return ()
    source = f"quote traded per 1 % of move, at most, {told}"
    return (Fitted(key="quote", value=round(max(1.0, median(depths))), source=source),)


def _funding(path: Path | None) -> tuple[Fitted, ...]:
    if path is None:
        return ()
    found = read_funding(path)
    fit = fit_rates(found.times_s, found.rates)
    span = f"{iso(int(found.times_s[0]))} to {iso(int(found.times_s[-1]))} UTC"
    told = f"{fit.count:,} rates, {path.name}, {span}"
    return (
        Fitted(key="interval_s", value=fit.interval_s, source=told),
        Fitted(key="interest", value=fit.typical, source=f"the median of {told}"),
        Fitted(key="cap", value=fit.largest, source=f"the largest of {told}"),
    )


def _leverage(path: Path | None) -> Fitted | None:
    if path is None:
        return None
    values = read_leverage(path)
    choice = ", ".join(f"{max(1.0, one):.4g}" for one in fit_leverage(values))
    return Fitted(key="leverage", value=choice, source=f"shares of {len(values):,} in {path.name}")

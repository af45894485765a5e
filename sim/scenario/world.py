"""What a scenario's outside world does: true prices, venues, reporters and their faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.market.correlated import CorrelatedPaths
from sim.market.desk import Depth, Shape, VenueBroker
from sim.market.fault_line import Fault, FaultLine
from sim.market.faults import Collusion
from sim.market.paths import PriceProcess
from sim.market.reporter import Push, Reporter, ReporterSpec
from sim.market.venue import Dislocation, Venue, VenueBoard, replayed_board, simulated_board
from sim.prices.join import FeedQuality, join
from sim.prices.request import PriceRequest, Prices, as_request, price_request, read_request
from sim.scenario.feeds import FeedConfig
from sim.scenario.load import ScenarioError
from sim.scenario.model import Scenario
from sim.scenario.prices import Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Prices at every block's time, and the pushes that reporters make of them."""

    start_s: int
    blocks: int
    board: VenueBoard
    venues: Mapping[str, tuple[str, ...]]
    feeds: Mapping[str, tuple[FeedConfig, ...]]
    reporters: tuple[Reporter, ...]
    faults: FaultLine
    quality: tuple[FeedQuality, ...]
    desk: VenueBroker

    @property
    def start_prices(self) -> dict[str, int]:
        """The true price of every market at the start."""
        return {name: self.board.true_price_wad(name, self.start_s) for name in self.board.markets}

    def pushes(self, now_s: int) -> list[Push]:
        """What all reporters send at a time, faults included; times must not go back."""
        honest = [push for one in self.reporters if (push := one.report(now_s)) is not None]
        return self.faults.send(honest, now_s)

    def venue_prices(self, market: str, now_s: int) -> tuple[int, ...]:
        """What each venue of a market shows; the last price known of one that is silent."""
        newest = self.board.place(now_s)
        shown = []
        for venue in self.venues[market]:
            for at in range(-1 if newest is None else newest, -1, -1):
                price_wad = self.board.venue_price_wad(market, venue, at)
                if price_wad is not None:
                    shown.append(price_wad)
                    break
        return tuple(shown)


def build_world(scenario: Scenario, seed: int, prices: Prices = ()) -> World:
    """The world of a run; files asked for take the place of a replay's own list."""
    board, quality = _board(scenario, seed, as_request(prices))
    venues = {market: tuple(tape.venues) for market, tape in board.markets.items()}
    feeds = {market: scenario.feeds_of(market, list(names)) for market, names in venues.items()}
    for market, configs in feeds.items():
        for i, feed in enumerate(configs):
            if feed.source is None and feed.venue not in venues[market]:
                raise ScenarioError(
                    f"{scenario.name}: feeds.{i}.venue: found {feed.venue!r}; the venues "
                    f"{', '.join(venues[market])} of {market} are allowed"
                )
    desk = _desk(scenario, venues, board)
    board = replace(board, pressed_wad=desk.pressed_wad)
    specs = [
        _spec(feed, market)
        for market, configs in feeds.items()
        for feed in configs
        if feed.source is None
    ]
    specs.sort(key=lambda spec: (spec.market, spec.feed))
    return World(
        start_s=board.times_s[0],
        blocks=min(scenario.blocks, len(board.times_s) - 1),
        board=board,
        venues=venues,
        feeds=feeds,
        reporters=tuple(Reporter(spec, board, seed) for spec in specs),
        faults=FaultLine(faults=tuple(_faults(scenario))),
        quality=quality,
        desk=desk,
    )


def _board(
    scenario: Scenario, seed: int, request: PriceRequest
) -> tuple[VenueBoard, tuple[FeedQuality, ...]]:
    dislocations = [
        Dislocation(
            market=one.market,
            venue=venue.name,
            from_s=one.from_time,
            until_s=one.until_time,
            multiplier=one.multiplier,
            ramp_in_s=one.ramp_in_s,
            ramp_out_s=one.ramp_out_s,
        )
        for venue in scenario.venues
        for one in venue.dislocations
    ]
    if scenario.is_replay:
        return _replayed(scenario, request, dislocations)
    if request:
        raise ScenarioError(
            f"{scenario.name}: found price files; they are allowed where prices are of kind replay"
        )
    step_s = scenario.block_time_s
    times_s = scenario.start_time + step_s * np.arange(scenario.blocks + 1, dtype=np.int64)
    venues = [
        Venue(name=one.name, spread_bps=one.spread_bps, half_life_s=one.half_life_s)
        for one in scenario.venues
    ]
    paths = _paths(scenario, times_s, seed)
    return simulated_board(times_s, paths, venues, seed, dislocations), ()


def _paths(
    scenario: Scenario, times_s: NDArray[np.int64], seed: int
) -> dict[str, NDArray[np.float64]]:
    processes: dict[str, PriceProcess] = {}
    for market in scenario.markets:
        process = scenario.prices[market].process()
        assert process is not None, "files are replayed, not sampled"
        processes[market] = process
    unit = tuple(tuple(1.0 if row == column else 0.0 for column in processes) for row in processes)
    try:
        return CorrelatedPaths(
            names=tuple(processes),
            processes=tuple(processes.values()),
            correlation=scenario.correlation or unit,
        ).sample(times_s, seed)
    except ValueError as error:
        raise ScenarioError(f"{scenario.name}: prices: {error}") from error


def _replayed(
    scenario: Scenario, request: PriceRequest, dislocations: Sequence[Dislocation]
) -> tuple[VenueBoard, tuple[FeedQuality, ...]]:
    named = [
        name
        for price in scenario.prices.values()
        if isinstance(price, Replay)
        for name in price.files
    ]
    wanted = request or price_request(named, request.said)
    if not wanted:
        raise ScenarioError(
            f"{scenario.name}: prices: found no file to replay; name one or more with --prices"
        )
    markets = list(scenario.markets)
    joined = join(
        read_request(wanted, markets),
        markets,
        step_s=scenario.block_time_s,
        start_s=wanted.said.start_s or scenario.window_start_s,
        end_s=wanted.said.end_s,
    )
    for market in scenario.markets:
        if market not in joined.markets:
            raise ScenarioError(
                f"{scenario.name}: prices.{market}: found no file of it; one or more is needed"
            )
    try:
        return replayed_board(joined, dislocations), joined.quality
    except ValueError as error:
        raise ScenarioError(f"{scenario.name}: venues: {error}") from error


def _desk(
    scenario: Scenario, venues: Mapping[str, tuple[str, ...]], board: VenueBoard
) -> VenueBroker:
    """Where agents trade off the chain: the venues whose depth is known."""
    depths = {
        venue.name: Depth(
            quote_wad=venue.depth.quote,
            half_life_s=venue.depth.half_life_s,
            shape=Shape[venue.depth.shape.upper()],
            fee_bps=venue.depth.fee_bps,
        )
        for venue in scenario.venues
        if venue.depth is not None
    }
    known = {
        (venue, market): depths[venue]
        for market, names in venues.items()
        for venue in names
        if venue in depths
    }
    return VenueBroker(board, known)


def _spec(feed: FeedConfig, market: str) -> ReporterSpec:
    return ReporterSpec(
        feed=feed.name,
        market=market,
        venue=feed.venue,
        delay_s=feed.delay_s,
        noise_bps=feed.noise_bps,
        heartbeat_s=feed.heartbeat_s,
        deviation_bps=feed.deviation_bps,
        conf_bps=feed.conf_bps,
    )


def _faults(scenario: Scenario) -> list[Fault]:
    colluding = [
        Fault(
            label=f"collusion/{number}",
            market=one.market,
            feeds=one.feeds,
            from_s=one.from_time,
            until_s=one.until_time,
            effect=Collusion(colluders=one.feeds, multiplier_wad=one.multiplier),
        )
        for number, one in enumerate(scenario.collusions)
    ]
    return colluding + [
        Fault(
            label=f"{feed.name}/{fault.kind}/{number}",
            market=fault.market,
            feeds=(feed.name,),
            from_s=fault.from_time,
            until_s=fault.until_time,
            effect=fault.effect(),
        )
        for feed in scenario.feeds
        for number, fault in enumerate(feed.faults)
    ]

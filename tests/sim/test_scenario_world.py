from __future__ import annotations

from pathlib import Path

import pytest

from sim.prices.errors import PriceFileError
from sim.scenario import Scenario, ScenarioError, load_scenario, parse_scenario
from sim.scenario.load import SCENARIOS
from sim.scenario.world import build_world
from sim.units import wad
from tests.sim.engine_runs import Kept, run_scenario

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "lean"
TRADER = "agents: [{kind: noise_trader, capital: 9, clip_notional: 20, max_notional: 100}]"
TWO = f"""
name: two
blocks: 40
block_time_s: 5
start_time: 1000000
markets: {{BTC-USD: {{}}, ETH-USD: {{}}}}
prices:
  BTC-USD: {{kind: gbm_jumps, start_price: 60000, vol_per_year: 0.8}}
  ETH-USD: {{kind: gbm_jumps, start_price: 3000, vol_per_year: 0.8}}
{TRADER}
"""


def two(*overrides: str) -> Scenario:
    return parse_scenario(TWO, label="two.yaml", overrides=overrides)


def minute_file(folder: Path, name: str, prices: list[int]) -> Path:
    path = folder / f"{name}.csv"
    rows = [f"{1_600_000_000 + 60 * place},{price}" for place, price in enumerate(prices)]
    path.write_text("\n".join(["timestamp,close", *rows]) + "\n")
    return path


def replay(*overrides: str) -> Scenario:
    text = f"""
name: replayed
blocks: 30
block_time_s: 60
markets: {{BTC-USD: {{}}}}
prices: {{BTC-USD: {{kind: replay}}}}
{TRADER}
"""
    return parse_scenario(text, label="replayed.yaml", overrides=overrides)


def test_world__simulated__has_a_price_at_every_block_and_five_venues_each() -> None:
    world = build_world(two(), 5)
    assert (world.start_s, world.blocks) == (1_000_000, 40)
    for market, start in (("BTC-USD", 60_000), ("ETH-USD", 3_000)):
        assert world.board.true_price_wad(market, world.start_s) == wad(start)
        shown = world.venue_prices(market, world.start_s + 200)
        assert len(shown) == 5
        true_wad = world.board.true_price_wad(market, world.start_s + 200)
        assert all(abs(one - true_wad) * 100 < true_wad for one in shown)


def test_world__correlation_one__moves_markets_alike() -> None:
    apart, alike = build_world(two(), 5), build_world(two("correlation=[[1, 1], [1, 1]]"), 5)

    def moves(world: object, market: str) -> list[float]:
        path = world.board.markets[market].true_prices  # type: ignore[attr-defined]
        return list(path[1:] / path[:-1])

    assert moves(alike, "BTC-USD") == pytest.approx(moves(alike, "ETH-USD"))
    assert moves(apart, "BTC-USD") != pytest.approx(moves(apart, "ETH-USD"))
    assert moves(apart, "BTC-USD") == pytest.approx(moves(alike, "BTC-USD"))


def test_world__impossible_correlation__is_refused_in_one_sentence() -> None:
    with pytest.raises(ScenarioError, match="two: prices: the correlation matrix"):
        build_world(two("correlation=[[1, 2], [2, 1]]"), 5)


def test_pushes__first_block__brings_every_feed_of_every_market() -> None:
    world = build_world(two(), 5)
    pushes = world.pushes(world.start_s + 5)
    assert len(pushes) == 10
    assert {(one.market, one.feed) for one in pushes} == {
        (market, f"feed_{n}") for market in ("BTC-USD", "ETH-USD") for n in range(1, 6)
    }


def test_pushes__feed_in_an_outage__is_silent_until_it_ends() -> None:
    feeds = ", ".join(f"{{name: f{n}, venue: venue_{v}}}" for n, v in enumerate("abcd"))
    fault = "{kind: outage, market: BTC-USD, from_time: 1000020, until_time: 1000060}"
    broken = f"feeds=[{feeds}, {{name: f9, venue: venue_e, faults: [{fault}]}}]"
    world = build_world(two(broken), 5)
    heard: dict[str, list[int]] = {"BTC-USD": [], "ETH-USD": []}
    for block in range(1, 20):
        now_s = world.start_s + 5 * block
        for push in world.pushes(now_s):
            if push.feed == "f9":
                heard[push.market].append(now_s - world.start_s)
    assert not [at for at in heard["BTC-USD"] if 20 <= at < 60]
    assert [at for at in heard["BTC-USD"] if at >= 60]
    assert [at for at in heard["ETH-USD"] if 20 <= at < 60]


def test_world__one_file__is_shared_by_five_feeds_and_ends_with_it(tmp_path: Path) -> None:
    file = minute_file(tmp_path, "prices", list(range(100, 121)))
    world = build_world(replay(), 1, [file])
    assert world.blocks == 20  # of the 30 asked for
    assert world.start_s == 1_600_000_000
    (venue,) = world.venues["BTC-USD"]
    assert [feed.venue for feed in world.feeds["BTC-USD"]] == [venue] * 5
    assert world.board.true_price_wad("BTC-USD", world.start_s + 60) == wad(101)


def test_world__replay_without_a_file__says_how_to_name_one() -> None:
    with pytest.raises(ScenarioError, match=r"replayed: prices: .* --prices"):
        build_world(replay(), 1)


def test_world__file_that_is_missing__is_named(tmp_path: Path) -> None:
    with pytest.raises(PriceFileError, match=r"none\.csv: no such file"):
        build_world(replay(), 1, [tmp_path / "none.csv"])


def test_world__feed_of_a_venue_no_file_has__is_refused(tmp_path: Path) -> None:
    file = minute_file(tmp_path, "prices", list(range(100, 121)))
    feeds = "feeds=[{name: a, venue: x}, {name: b, venue: x}, {name: c, venue: x}]"
    with pytest.raises(ScenarioError, match=r"feeds\.0\.venue: found 'x'"):
        build_world(replay(feeds), 1, [file])


@pytest.mark.skipif(not SHARED.exists(), reason="no ../shared/data/lean beside the repository")
def test_run__history_of_a_real_day__breaks_nothing() -> None:
    scenario = load_scenario(str(SCENARIOS / "history.yaml"), ["blocks=40"])
    file = SHARED / "crypto_coinbase_minute_btcusd_20180404_trade.zip"
    kept = Kept()
    result = run_scenario(scenario, 2, "revm", kept, prices=[file])
    assert result.violations == ()
    assert result.blocks == 40
    assert kept.run is not None
    (told,) = kept.run.price_feeds
    assert int(str(told["rows"])) > 1_000
    (market,) = kept.blocks[-1].markets
    assert abs(market.mark_wad - market.true_wad) * 50 < market.true_wad

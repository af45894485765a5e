"""Fifty-odd scenario files with one thing wrong: each gets one sentence and exit status 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import cli

GOOD = """\
name: small
blocks: 10
start_time: 2025-01-01T00:00:00Z
markets:
  BTC-USD: {}
  ETH-USD: {}
prices:
  BTC-USD: {kind: gbm_jumps, start_price: 60_000, vol_per_year: 0.5}
  ETH-USD: {kind: constant, price: 3_000}
venues:
  - {name: north}
  - {name: south}
  - {name: east}
feeds:
  - {name: one, venue: north}
  - {name: two, venue: south}
  - {name: three, venue: east}
agents:
  - kind: market_maker
    capital: 100_000
    half_spread: 0.001
    layers: 2
    layer_step: 0.001
    layer_notional: 1_000
    max_inventory: 50_000
    skew: 0.001
    refresh: 0.001
  - {kind: leveraged_long, capital: 1_000, leverage: 10, margin: isolated}
"""
FAULT = "faults: [{kind: jump, market: BTC-USD, %s}]"
WINDOW = "from_time: 2025-01-01T00:00:10Z, until_time: 2025-01-01T00:00:20Z"

# what is replaced, by what, words that the sentence must hold
WRONG: list[tuple[str, str, tuple[str, ...]]] = [
    ("name: small", "name: Small Run", ("name", "'Small Run'")),
    ("name: small", "", ("name", "found nothing")),
    ("name: small", "name: small\n3: x", ("the key 3", "text")),
    ("blocks: 10", "blocks: -1", ("blocks", "-1")),
    ("blocks: 10", "blocks: 10.5", ("blocks", "10.5", "integer")),
    ("blocks: 10", "blocks: 9_999_999", ("blocks", "9999999")),
    ("blocks: 10", "blocks: ~", ("blocks", "None")),
    ("blocks: 10", "blocks: 10\nblock_time_s: 0", ("block_time_s", "0")),
    ("blocks: 10", "blocks: 10\nseed: -4", ("seed", "-4")),
    ("blocks: 10", "blocks: 10\nseed: .nan", ("seed", "integer")),
    ("blocks: 10", "blocks: 10\nengine: geth", ("engine", "'geth'", "revm")),
    ("blocks: 10", "blocks: 10\ninsurance: -1", ("insurance", "-1")),
    ("blocks: 10", "blocks: 10\ninsurance: .inf", ("insurance", "decimal")),
    ("blocks: 10", "blocks: 10\ninsurance: 1e400", ("insurance", "below 1e20")),
    ("blocks: 10", "blocks: 10\nordering: {kind: lifo}", ("ordering", "'lifo'", "fifo")),
    ("blocks: 10", "blocks: 10\nordering: lifo", ("ordering", "'lifo'")),
    ("blocks: 10", "blocks: 10\ncheck_every_blocks: 0", ("check_every_blocks", "0")),
    ("blocks: 10", "blocks: 10\ncorrelation: [[1]]", ("correlation", "2 markets")),
    ("2025-01-01T00:00:00Z", "yesterday", ("start_time", "'yesterday'")),
    ("2025-01-01T00:00:00Z", "2025-13-01", ("start_time", "2025-13-01")),
    ("  BTC-USD: {}\n", "  BTC-USD: {}\n  BTC-USD: {}\n", ("line 6", "'BTC-USD'", "once")),
    ("  BTC-USD: {}", "  BTC-USD: {tick: 0}", ("BTC-USD.tick", "0")),
    ("  BTC-USD: {}", "  BTC-USD: {taker_fee_bps: 5.5}", ("taker_fee_bps", "integer")),
    ("  BTC-USD: {}", "  BTC-USD: {taker_fee_bps: 101}", ("taker_fee_bps", "101")),
    ("  BTC-USD: {}", "  BTC-USD: {fill_band: 2}", ("fill_band", "2")),
    ("  BTC-USD: {}", "  BTC-USD: {tiers: []}", ("tiers",)),
    ("  BTC-USD: {}", "  BTC-USD: {oi_lo: 9e9}", ("BTC-USD", "oi_lo below oi_hi")),
    ("  BTC-USD: {}", "  BTC-USD: {imr_per_mmr: 1}", ("BTC-USD", "initial margin")),
    ("  BTC-USD: {}", "  BTC-USD: {adl_policy: lottery}", ("adl_policy", "'lottery'")),
    ("  BTC-USD: {}", "  BTC-USD: {oracle: {method: mode}}", ("oracle.method", "'mode'")),
    ("  BTC-USD: {}", "  BTC-USD: {mark: {band: -1}}", ("mark.band", "-1")),
    ("  BTC-USD: {}", "  BTC-USD: []", ("markets.BTC-USD", "mapping")),
    ("vol_per_year: 0.5", "vol_per_year: -0.5", ("vol_per_year", "-0.5")),
    ("vol_per_year: 0.5", "volatility: 0.5", ("'volatility'", "vol_per_year")),
    ("  ETH-USD: {kind: constant, price: 3_000}\n", "", ("prices.ETH-USD", "markets")),
    ("kind: constant, price: 3_000", "kind: replay", ("prices", "replay for all")),
    ("  - {name: east}", "  - {name: north}", ("venues", "differ")),
    ("  - {name: east}", "  - {name: East}", ("venues.2.name", "'East'")),
    ("  - {name: three, venue: east}\n", "", ("feeds", "found 2", "3 or more")),
    ("venue: east", "venue: west", ("feeds.2.venue", "'west'", "north, south, east")),
    ("venue: east", f"venue: east, {FAULT % WINDOW}", ("faults.0", "multiplier")),
    (
        "venue: east",
        "venue: east, " + FAULT % (WINDOW + ", multiplier: 2, lag_s: 3"),
        ("faults.0", "multiplier"),
    ),
    (
        "venue: east",
        "venue: east, " + FAULT % (WINDOW.replace(":20Z", ":05Z") + ", multiplier: 2"),
        ("faults.0", "from_time before until_time"),
    ),
    (
        "venue: east",
        "venue: east, " + (FAULT % (WINDOW + ", multiplier: 2")).replace("BTC", "DOGE"),
        ("feeds.2.faults.0.market", "'DOGE-USD'"),
    ),
    ("kind: market_maker", "kind: market_maker\n    count: 0", ("agents.0.count", "0")),
    ("kind: market_maker", "kind: market_maker\n    name: Maker", ("agents.0.name", "'Maker'")),
    ("kind: market_maker", "kind: market_maker\n    market: X", ("agents.0.market", "'X'")),
    ("kind: market_maker", "kind: market_maker\n    latency_ms: soon", ("latency_ms", "'soon'")),
    ("layers: 2", "layers: 99", ("agents.0.layers", "99")),
    ("layers: 2", "layers: 2\n    wings: 2", ("agents.0", "'wings'", "layers")),
    ("refresh: 0.001", "refresh: little", ("agents.0.refresh", "'little'")),
    ("capital: 100_000", "capital: 0", ("agents.0.capital", "above 0")),
    ("capital: 100_000", "capital: {normal: [1, 2]}", ("agents.0.capital", "uniform")),
    ("leverage: 10", "leverage: 101", ("agents.1.leverage", "101", "at most 100")),
    ("margin: isolated", "margin: portfolio", ("agents.1.margin", "'portfolio'", "cross")),
    ("venues:\n  - {name: north}", "venues:\n  - north", ("venues.0", "'north'")),
    ("agents:", "\tagents:", ("line", "only YAML")),
    ("agents:", "agents: &a\n  - *a\nb:", ("line", "only YAML")),
    ("blocks: 10", "incident: {}\nblocks: 10", ("incident.title", "needed")),
]


def refused(path: Path) -> str:
    """The one sentence that `simulate` says of a file."""
    told = CliRunner().invoke(cli, ["simulate", str(path), "--out", str(path.parent / "run")])
    assert told.exit_code == 2, told.output
    assert told.output.startswith("error: ")
    assert told.output.count("\n") == 1
    assert "Traceback" not in told.output
    return told.output


@pytest.mark.parametrize(("old", "new", "named"), WRONG)
def test_simulate__a_bad_file__says_what_was_found_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, named: tuple[str, ...]
) -> None:
    assert old in GOOD
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD.replace(old, new, 1))
    sentence = refused(path)
    for words in ("bad.yaml", *named):
        assert words in sentence
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00name", b"", b"---\n---\n", b"name: [", b"%PDF"])
def test_simulate__no_yaml_at_all__says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    assert "bad.yaml" in refused(path)


def test_simulate__a_folder__says_so(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").mkdir()
    assert "not readable" in refused(tmp_path / "bad.yaml")


def test_simulate__the_good_file__is_good(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    told = CliRunner().invoke(cli, ["simulate", str(path), "--out", str(tmp_path / "run")])
    assert told.exit_code == 0, told.output

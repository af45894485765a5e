"""Real price files as scenarios: two markets on one margin, and five venues of one day."""

from __future__ import annotations

from pathlib import Path

from sim import Run, load_scenario, simulate, summarise
from sim.metrics.frames import market_names
from sim.metrics.liquidations import liquidations

BLOCKS = 510  # minutes: the first falls of both days are in them


def sound(run: Run) -> dict[str, object]:
    """The summary of a run whose books balance and whose invariants hold."""
    summary = summarise(run)
    assert summary["conservation_error_wad"] == 0
    assert summary["invariant_violations"] == 0
    return summary


def test_china_ban__coinbase_of_4_september_2017__liquidates_baskets_across_both_markets(
    shared_data: Path,
) -> None:
    files = [
        shared_data / "lean" / f"crypto_coinbase_minute_{coin}usd_20170904_trade.zip"
        for coin in ("btc", "eth")
    ]
    run = simulate(load_scenario("china_ban_2017", [f"blocks={BLOCKS}"]), prices=files)
    summary = sound(run)
    assert summary["blocks"] == BLOCKS
    struck = liquidations(run.events, run.blocks, market_names(run.manifest))
    owners = run.accounts.drop_duplicates("account").set_index("account")["kind"]
    baskets = struck[struck["account"].map(owners).eq("basket_trader")]
    # One account lost positions in both markets: that is what cross margin means.
    assert baskets.groupby("account")["market"].nunique().max() == 2


def test_history__five_venues_of_13_december_2022__index_stays_with_them(
    shared_data: Path,
) -> None:
    files = sorted((shared_data / "lean").glob("*_btc*_20221213_trade.zip"))
    assert len(files) == 5
    run = simulate(load_scenario("history", [f"blocks={BLOCKS}"]), prices=files)
    summary = sound(run)
    assert summary["oracle_ok_share"] == 1
    error = summary["index_error_bps_p99"]
    assert isinstance(error, float)
    assert error < 30
    assert len(run.section("venues")["BTC-USD"]) == 5

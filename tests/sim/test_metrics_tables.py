from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.metrics.liquidations import cascade_multiplier, cascades, liquidations
from sim.metrics.money import bad_debt, drawdown, last_record, pnl_by_kind, pool_path
from sim.metrics.oracle import error_bps, error_summary, price_move, status_share
from sim.metrics.summary import summarise
from sim.records.folder import read_run
from sim.units import WAD
from tests.sim.made_run import made_run


def wads(*units: float) -> pd.Series:
    return pd.Series([str(int(unit * WAD)) for unit in units])


def struck(*rows: tuple[int, str, float]) -> pd.DataFrame:
    """Liquidations from (second, market, notional), one block a second."""
    table = pd.DataFrame(rows, columns=["time_s", "market", "notional"])
    return table.assign(block=table["time_s"], account=range(len(rows)), mark=100.0)


def test_error_bps__five_prices__is_signed_and_skips_what_is_missing():
    errors = error_bps(wads(101, 99, 100, 0, 50), wads(100, 100, 100, 100, 0))
    assert errors.tolist()[:3] == pytest.approx([100, -100, 0])
    assert errors[3:].isna().all()


def test_error_summary__five_errors__takes_their_size():
    found = error_summary(pd.Series([-4.0, 1.0, 2.0, 3.0, float("nan")]))
    assert found == {"median": 2.5, "p99": pytest.approx(3.97), "max": 4.0}


def test_error_summary__no_price_at_all__is_none():
    assert error_summary(pd.Series([float("nan")])) == {"median": None, "p99": None, "max": None}


def test_status_share__five_rows__names_those_that_occur():
    assert status_share(pd.Series([0, 0, 0, 0, 4]), {0: "OK", 3: "HALTED", 4: "STALE"}) == {
        "OK": 0.8,
        "STALE": 0.2,
    }


def test_price_move__five_prices__tells_ends_and_the_furthest():
    found = price_move(wads(100, 110, 80, 0, 95))
    assert found is not None
    assert [found[key] for key in ("first", "last", "furthest")] == [100, 95, 80]
    assert [found["moved_pct"], found["furthest_pct"]] == pytest.approx([-5, -20])
    assert price_move(wads(0)) is None


def test_drawdown__five_values__is_below_the_peak_so_far():
    assert drawdown(pd.Series([10, 12, 7, 11, 13])).tolist() == [0, 0, 5, 1, 0]


def test_pool_path__five_blocks__gives_start_min_end():
    assert pool_path(wads(5, 6, -1, 3, 4)) == {"start": 5, "min": -1, "end": 4}


def test_cascades__a_gap_and_another_market__part_them():
    table = struck((0, "BTC", 10), (50, "BTC", 30), (200, "BTC", 5), (20, "ETH", 7), (21, "ETH", 0))
    runs = cascades(table.sort_values("time_s"), gap_s=120)

    assert runs["market"].tolist() == ["BTC", "BTC", "ETH"]
    assert runs["notional"].tolist() == [40, 5, 7]
    assert runs["multiplier"].tolist() == [4, 1, 1]
    assert runs["duration_s"].tolist() == [50, 0, 1]


def test_cascade_multiplier__several_cascades__is_of_the_largest():
    assert cascade_multiplier(cascades(struck((0, "BTC", 2), (1, "BTC", 2), (500, "BTC", 90)))) == 1
    assert (
        cascade_multiplier(cascades(struck((0, "BTC", 2), (1, "BTC", 5), (500, "BTC", 3)))) == 3.5
    )


def test_cascade_multiplier__nothing_liquidated__is_none():
    assert cascade_multiplier(cascades(struck())) is None


def accounts(*rows: tuple[int, str, float, float]) -> pd.DataFrame:
    """Accounts from (account, kind, equity, net deposit)."""
    table = pd.DataFrame(rows, columns=["account", "kind", "equity", "deposit"])
    return table.assign(equity_wad=wads(*table["equity"]), net_deposit_wad=wads(*table["deposit"]))


FIVE = accounts((1, "a", 0, 10), (2, "b", -3, 5), (1, "a", 12, 10), (3, "b", 9, 5), (4, "b", -1, 0))


def test_last_record__an_account_twice__keeps_the_later():
    assert last_record(FIVE)["account"].tolist() == [2, 1, 3, 4]


def test_bad_debt__two_accounts_below_zero__is_their_sum():
    assert bad_debt(FIVE) == 4


def test_bad_debt__a_wei_below_zero__is_not_lost():
    table = FIVE.assign(equity_wad=["0", "0", "-1", "0", "0"])
    assert bad_debt(table) == 1e-18


def test_pnl_by_kind__five_rows__is_equity_less_net_deposits_best_first():
    table = pnl_by_kind(FIVE).set_index("kind")
    assert table["pnl"].to_dict() == {"a": 2, "b": -5}
    assert table["accounts"].to_dict() == {"a": 1, "b": 3}
    assert table.loc["b", ["worst", "best"]].tolist() == [-8, 4]
    assert table.index.tolist() == ["a", "b"]


def test_liquidations__made_run__are_read_from_their_events(tmp_path: Path):
    run = read_run(made_run(tmp_path / "run"))
    table = liquidations(run.events, run.blocks, {1: "BTC-USD"})

    assert table["account"].tolist() == ["11", "12", "13"]
    assert table["side"].tolist() == ["long"] * 3
    assert table["notional"].tolist() == [186, 86, 86]
    assert table["rung"].tolist() == ["book"] * 3
    assert table["time_s"].diff().tolist()[1:] == [2, 0]


def test_summarise__made_run__has_the_figures_worked_by_hand(tmp_path: Path):
    found = summarise(read_run(made_run(tmp_path / "run")))

    assert found["blocks"] == 5
    assert found["txs"] == 10
    assert found["reverts"] == 5
    assert found["liquidations"] == 3
    assert found["liquidated_notional"] == 358
    assert found["cascade_multiplier"] == pytest.approx(358 / 186)
    assert found["bad_debt"] == 4
    assert found["funding_paid"] == 1.25
    assert [found[f"insurance_{at}"] for at in ("start", "min", "end")] == [50, 40, 47]
    assert found["insurance_max_drawdown"] == 12
    assert found["index_error_bps_max"] == pytest.approx(2 / 90 * 10_000)
    assert found["mark_error_bps_median"] == pytest.approx(1 / 88 * 10_000)
    assert found["oracle_ok_share"] == 0.8
    assert found["conservation_error_wad"] == 0
    assert found["invariant_violations"] == 0
    assert found["wall_s"] == pytest.approx(0.1)

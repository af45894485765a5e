from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest

from sim import simulate
from sim.engine.run import Simulation
from sim.metrics.depth import FOREVER, depth, resting
from sim.metrics.leverage import distribution, moments, open_accounts
from sim.metrics.waterfall import borne, run_waterfall
from sim.runfolder import FolderRecorder, Run, read_run
from sim.scenario import load_scenario
from sim.units import WAD

ORDERS = [
    # event, order, buys, price, size, left, block, log
    ("OrderPlaced", 1, True, 99, 10, None, 1, 0),
    ("OrderPlaced", 2, False, 101, 4, None, 1, 1),
    ("OrderFilled", 1, True, 99, 3, 7, 2, 0),
    ("OrderFilled", 1, True, 99, 7, 0, 4, 0),
    ("OrderCancelled", 2, None, None, None, None, 4, 1),
]


def wad(value: object) -> str | None:
    return None if value is None else str(int(value) * WAD)


def told() -> pd.DataFrame:
    keys = ["event", "arg_order_id", "arg_is_buy", "price", "size", "left", "block", "log"]
    rows = pd.DataFrame(ORDERS, columns=keys).astype(object)
    rows = rows.where(rows.notna(), None)
    for name in ("price", "size", "left"):
        rows[f"arg_{name}_wad"] = rows[name].map(wad)
    return rows.assign(instance="BTC-USD", arg_order_id=rows["arg_order_id"].map(str))


def test_resting__five_events__is_what_each_block_left():
    found = resting(told(), "BTC-USD")
    rows = found[["order_id", "size_wad", "since", "until"]].values.tolist()
    assert rows == [["1", wad(10), 1, 2], ["1", wad(7), 2, 4], ["2", wad(4), 1, 4]]


def test_depth__five_blocks__counts_within_bands_of_mark():
    marks = pd.DataFrame(
        {
            "block": range(5),
            "time_s": range(5),
            "mark_wad": [wad(price) for price in (100, 100, 100, 0, 100)],
        }
    )
    found = depth(resting(told(), "BTC-USD"), marks, (50, 200))
    assert found["bid"].tolist() == [0, 990, 693, 693, 0]
    assert found["bid_200"].fillna(-1).tolist() == [0, 990, 693, -1, 0]
    assert found["ask_200"].fillna(-1).tolist() == [0, 404, 404, -1, 0]
    assert found["ask_50"].fillna(-1).tolist() == [0, 0, 0, -1, 0]


def test_resting__short_run__is_the_contracts_own_depth(tmp_path):
    asked = load_scenario("calm", ["blocks=12"])
    recorder = FolderRecorder(tmp_path / "run", {})
    simulation = Simulation(asked, 3, "revm", recorder, ())
    simulation.set_up()
    for block in range(1, 13):
        simulation.step(block)
    chain = {
        (name, is_buy): simulation.checker.levels(name, is_buy)
        for name in ("BTC-USD", "ETH-USD")
        for is_buy in (True, False)
    }
    simulation.finish()
    simulation.close()
    run = read_run(tmp_path / "run")
    for (name, is_buy), levels in chain.items():
        rows = resting(run.events, name)
        rows = rows[(rows["until"] == FOREVER) & (rows["is_buy"] == is_buy)]
        sizes = rows["size_wad"].map(int).groupby(rows["price_wad"].map(int)).sum()
        assert levels
        assert dict(levels) == sizes.to_dict()


def accounts(*rows: tuple[int, str, int]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["block", "account", "equity"])
    return table.assign(kind="trader", equity_wad=table["equity"].map(wad))


def test_open_accounts__two_checkpoints__levers_size_at_mark_by_equity():
    changed = pd.DataFrame(
        {
            "contract": "Clearinghouse",
            "event": "PositionChanged",
            "block": [1, 1, 3],
            "log": [0, 1, 0],
            "arg_account": ["7", "8", "7"],
            "arg_market": "1",
            "arg_size_wad": [wad(3), wad(-3), wad(0)],
        }
    )
    markets = pd.DataFrame({"market": "BTC-USD", "block": [2, 4], "mark_wad": [wad(100), wad(200)]})
    held = accounts((2, "7", 30), (2, "8", 300), (4, "7", 50), (4, "8", -5))
    found = open_accounts(changed, held, markets, {1: "BTC-USD"})
    assert found["leverage"].tolist() == [10, 1, float("inf")]
    assert moments(found) == {"first": 2, "peak": 2, "last": 4}
    early, late = (distribution(found[found["block"] == block]) for block in (2, 4))
    assert dict(zip(early["leverage"], early["accounts"], strict=True))["to 1x"] == 1
    assert early["notional"].sum() == pytest.approx(600)
    assert late["accounts"].tolist() == [0] * 8 + [1]


@pytest.fixture(scope="module")
def cascade(tmp_path_factory) -> Run:
    return simulate("cascade", out=tmp_path_factory.mktemp("cascade") / "run")


def test_run_waterfall__takeovers_by_keepers_with_cash__sums_to_nothing(cascade: Run):
    table = run_waterfall(cascade)
    assert len(table) > 100
    assert sum(table["error_wad"], Fraction(0)) == 0
    assert sum(borne(table).values()) == pytest.approx(0, abs=1e-6)

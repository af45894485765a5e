from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest

from sim import simulate
from sim.metrics.depth import FOREVER, depth, resting
from sim.metrics.frames import events_named, market_names, quote
from sim.metrics.leverage import distribution, moments, open_accounts
from sim.metrics.run_tables import run_tables
from sim.metrics.waterfall import borne
from sim.records.folder import Run, read_run
from sim.records.recorder import FolderRecorder
from sim.scenario import load_scenario
from sim.units import WAD
from tests.sim.engine_runs import simulation_of

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
    simulation = simulation_of(asked, 3, "revm", recorder)
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


TOLD = [
    # contract, event, block, account, size, quote, cash, funding index, loss per base
    ("MarkPrice", "MarketPoked", 1, None, None, None, None, 1, None),
    ("Clearinghouse", "PositionChanged", 1, "7", 3, -270, 0, None, None),
    ("Clearinghouse", "PositionChanged", 1, "8", -3, 270, 60, None, None),
    ("MarkPrice", "MarketPoked", 2, None, None, None, None, 3, None),
    ("Clearinghouse", "LossSocialised", 3, "9", None, None, None, None, 2),
]


def told_of_positions() -> pd.DataFrame:
    names = ["size_wad", "quote_wad", "cash_wad", "funding_index_wad", "per_base_wad"]
    keys = ["contract", "event", "block", "arg_account", *(f"arg_{name}" for name in names)]
    rows = pd.DataFrame(TOLD, columns=keys).astype(object)
    rows = rows.where(rows.notna(), None)
    for name in names:
        rows[f"arg_{name}"] = rows[f"arg_{name}"].map(wad)
    return rows.assign(log=range(len(rows)), arg_market="1")


def told_of_markets() -> pd.DataFrame:
    marks, interest = [(1, 100), (2, 100), (3, 100), (4, 80)], [3, 3, 4, 3]
    rows = pd.DataFrame(marks, columns=["block", "mark"]).assign(market="BTC-USD")
    return rows.assign(
        mark_wad=rows["mark"].map(wad), open_interest_wad=[wad(each) for each in interest]
    )


def test_open_accounts__five_events__reckons_equity_with_what_is_owed():
    accounts = pd.DataFrame({"account": ["7", "8"], "kind": "trader", "cash_wad": wad(1)})
    names, blocks = {1: "BTC-USD"}, [1, 2, 3, 4]
    found = open_accounts(told_of_positions(), accounts, told_of_markets(), names, blocks)
    by_account = found.groupby("account")["equity"].apply(list).to_dict()
    assert by_account == {"7": [30, 24, 18, -42], "8": [30, 36, 30, 90]}
    assert found["leverage"].tolist()[:2] == [10, 10]
    assert found["leverage"].tolist()[-2] == float("inf")
    early, late = (distribution(found[found["block"] == block]) for block in (1, 4))
    assert dict(zip(early["leverage"], early["accounts"], strict=True))["5-10x"] == 2
    assert early["notional"].sum() == pytest.approx(600)
    assert late["accounts"].tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 1]


def test_moments__four_blocks__largest_is_of_every_block_and_none_is_told_twice():
    markets = told_of_markets()
    none = pd.DataFrame({"block": []})
    assert moments(markets, none) == {"at the largest open interest": 3, "at the end": 4}
    found = moments(markets, pd.DataFrame({"block": [4]}))
    assert found == {"before the first liquidation": 3, "at the end": 4}
    assert moments(markets.assign(open_interest_wad="0"), none) == {}


@pytest.fixture(scope="module")
def cascade(tmp_path_factory) -> Run:
    out = tmp_path_factory.mktemp("cascade") / "run"
    return simulate(load_scenario("cascade", ["check_every_blocks=3"]), out=out)


def test_open_accounts__run_with_losses_spread__is_the_contracts_own_equity(cascade: Run):
    names = market_names(cascade.manifest)
    # Where nobody poked, accounts are told at the mark of the last poke: such blocks are left out.
    poked = events_named(cascade.events, "MarkPrice", "MarketPoked")["block"]
    blocks = sorted({*map(int, cascade.accounts["block"])} & {*map(int, poked)})
    found = open_accounts(cascade.events, cascade.accounts, cascade.markets, names, blocks)
    told = cascade.accounts.set_index(["block", "account"])["equity_wad"]
    contract = quote(told.reindex(pd.MultiIndex.from_frame(found[["block", "account"]])))
    assert len(found) > 1_000
    assert found["equity"].to_numpy() == pytest.approx(contract.to_numpy(), abs=1e-6)


def test_run_waterfall__takeovers_by_keepers_with_cash__sums_to_nothing(cascade: Run):
    table = run_tables(cascade).waterfall
    assert len(table) > 100
    assert sum(table["error_wad"], Fraction(0)) == 0
    assert sum(borne(table).values()) == pytest.approx(0, abs=1e-6)

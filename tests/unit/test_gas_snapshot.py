"""What everything costs: the snapshot is what is measured, the budgets are met."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sim.cli.gas import README
from sim.experiments.gas.budgets import BUDGETS, differences, over_budget
from sim.experiments.gas.measure import Measured, measure
from sim.protocol.gas import gas_of, read_snapshot


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure("pyevm")


def test_snapshot__measured_again__differs_by_less_than_the_tolerance(measured):
    assert differences(measured.gas, read_snapshot()) == []


@pytest.mark.parametrize("name", BUDGETS)
def test_budget__of_what_is_promised__is_met(measured, name):
    assert name not in over_budget(measured.gas)


def test_readme__its_table__holds_the_snapshots_figures():
    rows: Mapping[str, list[str]] = {
        cells[1].strip("`"): cells
        for line in README.read_text(encoding="utf8").splitlines()
        if line.startswith("| `") and len(cells := [one.strip() for one in line.split("|")]) > 9
    }
    told = {name for name in BUDGETS if name in rows}
    assert told >= {"poke", "cancel", "market_order_1_fill", "liquidate_1_fill"}
    for name in told:
        gas, budget, *parts = (int(cell.replace(",", "")) for cell in rows[name][2:-1])
        assert (gas, budget) == (gas_of(name), BUDGETS[name])
        assert sum(parts) == gas


def test_differences__two_percent_and_a_bit_more__only_the_latter_is_said():
    old = {"poke": 1_000, "gone": 5}
    assert differences({"poke": 1_020, "gone": 5}, old) == []
    assert differences({"poke": 979, "gone": 5}, old) == [
        "poke: 1,000 in the snapshot, 979 measured"
    ]
    assert differences({"poke": 1_000, "new": 7}, old) == [
        "new: measured 7, not in the snapshot",
        "gone: 5 in the snapshot, not measured",
    ]


def test_gas_of__something_not_measured__says_what_is():
    assert gas_of("poke") == read_snapshot()["poke"]
    with pytest.raises(KeyError, match=r"no gas measured for flight; there are .*poke"):
        gas_of("flight")

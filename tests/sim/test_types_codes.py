from __future__ import annotations

import re
from enum import IntEnum

import pytest

from sim.abi.artifacts import ROOT
from sim.types import codes

_CONSTANT = re.compile(r"^(\w+): constant\(uint256\) = (\d+)\b", re.M)


def declared(*names: str) -> dict[str, int]:
    """The numbers that the one file under contracts/ declares which declares all these names."""
    found = []
    for path in sorted((ROOT / "contracts").rglob("*.vy")):
        said = {name: int(value) for name, value in _CONSTANT.findall(path.read_text("utf8"))}
        if said.keys() >= set(names) and "mocks" not in path.parts:
            found.append({name: said[name] for name in names})
    (one,) = found
    return one


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [
        (codes.OrderKind, ""),
        (codes.Rung, "RUNG_"),
        (codes.CashMove, ""),
        (codes.OrderEnd, ""),
        (codes.TriggerEnd, ""),
        (codes.TriggerKind, ""),
        (codes.Status, ""),
        (codes.FundingPolicy, ""),
        (codes.PoolMethod, ""),
        (codes.MarkMethod, ""),
        (codes.AdlPolicy, ""),
    ],
)
def test_codes__each_kind__says_the_contracts_numbers(kind: type[IntEnum], prefix: str) -> None:
    said = declared(*(f"{prefix}{one.name}" for one in kind))
    assert list(said.values()) == [one.value for one in kind]


def test_codes__acts_of_the_status_table__are_those_of_the_contract() -> None:
    names = ["DELEVERAGE" if one is codes.Act.ADL else one.name for one in codes.Act]
    assert list(declared(*names).values()) == list(codes.Act)


def test_codes__changes_of_positions__are_the_clearinghouses_and_the_other_sides_next() -> None:
    kinds = codes.PositionChange
    alone = (kinds.TAKER, kinds.MAKER, kinds.FORCED)
    sides = {
        kinds.SEIZED: kinds.SEIZED_BY_POOL,
        kinds.TAKEN_OVER: kinds.TAKEN_BY_KEEPER,
        kinds.DELEVERAGED: kinds.COUNTERPARTY,
    }
    said = declared(*(one.name for one in (*alone, *sides)))
    assert list(said.values()) == [*alone, *sides]
    assert all(receiver == giver + 1 for giver, receiver in sides.items())
    assert set(kinds) == {*alone, *sides, *sides.values()}


def test_codes__methods_of_an_index__are_the_contracts() -> None:
    others = [one for one in codes.IndexMethod if one is not codes.IndexMethod.WEIGHTED_MEDIAN]
    assert list(declared(*(one.name for one in others)).values()) == others
    assert codes.IndexMethod.WEIGHTED_MEDIAN == 0

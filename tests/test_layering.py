"""Walks the house rules over the project, after showing that each rule can fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import house_rules as rules
from tests.import_graph import Graph, circles, floors, import_graph, rooms, within

CASES = [
    # checker, path, a source it refuses, a source it accepts
    (rules.python_arrows, "sim/units.py", "import sim.types", "import math"),
    (
        rules.python_arrows,
        "sim/agents/maker.py",
        "def act():\n    from sim.chain import codec",
        "from sim.types import Action",
    ),
    (rules.python_arrows, "sim/agents/maker.py", "import ape", "from sim import rng"),
    (rules.python_arrows, "sim/agents/maker.py", "import sim.engine", "import sim.agents.arrays"),
    (rules.python_arrows, "sim/reference/ema.py", "from sim import chain", "import fractions"),
    (rules.python_arrows, "sim/reference/ema.py", "import vyper", "from sim.units import WAD"),
    (rules.python_arrows, "sim/metrics/fees.py", "import sim.engine", "import sim.records.rows"),
    (rules.python_arrows, "scripts/deploy.py", "import sim.engine", "from sim.cli import cli"),
    (
        rules.global_randomness,
        "sim/agents/noise.py",
        "def f(np):\n    return np.random.default_rng()",
        "def f(rng: np.random.Generator) -> float:\n    return rng.random()",
    ),
    (rules.global_randomness, "sim/engine.py", "import random", "import math"),
    (rules.global_randomness, "sim/engine.py", "from random import choice", "import operator"),
    (
        rules.global_randomness,
        "tests/unit/test_paths.py",
        "from numpy.random import default_rng",
        "from numpy.random import Generator",
    ),
    (rules.stray_floats, "sim/agents/maker.py", "x = float(1)", "x: float = 1.0"),
    (rules.unportable_floats, "sim/market/paths.py", "np.exp(x)", "portable.exp(x)"),
    (
        rules.unportable_floats,
        "sim/market/paths.py",
        "from math import erf",
        "from math import sqrt",
    ),
    (rules.unportable_floats, "sim/metrics/fees.py", "float(x.sum())", "int(x.sum())"),
    (rules.unportable_floats, "sim/metrics/fees.py", "int(x.mean())", "x.groupby(y).sum()"),
    (rules.unportable_floats, "sim/market/paths.py", "a @ b", "a * b"),
    (rules.unportable_floats, "sim/market/paths.py", "0.5**x", "10**x"),
    (rules.unportable_floats, "sim/market/paths.py", "vol**2", "size_wad**2"),
    (rules.stray_prints, "sim/engine.py", "print(1)", "log.info(1)"),
    (
        rules.bare_excepts,
        "sim/engine.py",
        "try:\n    f()\nexcept:\n    pass",
        "try:\n    f()\nexcept ValueError:\n    pass",
    ),
    (rules.unnamed_actors, "tests/a.py", "def test_f(alice): ...", "def test_f(maker): ..."),
    (rules.unnamed_actors, "tests/a.py", "bob_cash = 1", "bobbin = 1"),
    (rules.unnamed_actors, "tests/a.py", "ape.accounts[0]", "accounts['cash_wad']"),
    (rules.unfinished, "sim/engine.py", "# TO" + "DO later", "# to do is to be"),
    (
        rules.vyper_arrows,
        "contracts/oracle/MarkPrice.vy",
        "from contracts.core import Clearinghouse",
        "from contracts.modules.math import ema",
    ),
    (
        rules.vyper_arrows,
        "contracts/modules/margin/risk.vy",
        "import contracts.venues.OrderBook as book",
        "import contracts.interfaces.IOrderBook as IOrderBook",
    ),
    (
        rules.vyper_arrows,
        "contracts/modules/math/ema.vy",
        "from contracts.modules.margin import risk",
        "from contracts.modules import limits",
    ),
    (
        rules.vyper_arrows,
        "contracts/interfaces/IVault.vyi",
        "from snekmate.auth import ownable",
        "from ethereum.ercs import IERC20",
    ),
    (
        rules.vyper_arrows,
        "contracts/core/Lens.vy",
        "from .. import modules",
        "from snekmate.auth import ownable",
    ),
    (
        rules.venue_names,
        "contracts/core/Lens.vy",
        "from contracts.interfaces import ILiquidator",
        '"""\n@notice The Liquidator calls this.\n"""\nfrom contracts.interfaces import IOrderBook',
    ),
    (
        rules.signed_divisions,
        "contracts/core/Lens.vy",
        "@internal\n@pure\ndef _f(a: int256) -> int256:\n    return (a + 1) // 2",
        "@internal\n@pure\ndef _f(a: uint256) -> uint256:\n    return (a + 1) // 2",
    ),
    (
        rules.signed_divisions,
        "contracts/core/Lens.vy",
        "x: int256\n\n@internal\ndef _f():\n    self.x //= 2",
        "x: uint256\n\n@internal\ndef _f():\n    self.x //= 2",
    ),
    (
        rules.signed_divisions,
        "contracts/core/Lens.vy",
        "@internal\n@pure\ndef _f(a: int256) -> int256:\n    return unsafe_div(a, 2)",
        "@internal\n@pure\ndef _f(a: uint256) -> uint256:\n    return unsafe_div(a, 2)",
    ),
]


def sources(*patterns: str) -> Iterator[tuple[str, str]]:
    """Path relative to the project, and text, of every source that matches."""
    for pattern in patterns:
        for path in sorted(rules.ROOT.glob(pattern)):
            yield str(path.relative_to(rules.ROOT)), path.read_text(encoding="utf8")


def assert_kept(checker: rules.Checker, *patterns: str) -> None:
    """Fail with every offence of the project against one rule, a line each."""
    offences = [
        f"{path}:{offence}"
        for path, source in sources(*patterns)
        for offence in checker(path, source)
    ]
    if offences:
        pytest.fail("\n".join([checker.__doc__ or "", *offences]), pytrace=False)


@pytest.mark.parametrize(("checker", "path", "refused", "accepted"), CASES)
def test_checker__offending_and_correct_snippet__objects_to_the_first_only(
    checker: rules.Checker, path: str, refused: str, accepted: str
) -> None:
    assert checker(path, refused)
    assert not checker(path, accepted)


@pytest.mark.parametrize("checker", [*rules.PYTHON_CHECKERS, *rules.VYPER_CHECKERS])
def test_checker__of_either_language__has_a_case_that_fails_it(checker: rules.Checker) -> None:
    assert checker in [case[0] for case in CASES]


def test_arrows__package_without_a_row__is_an_offence() -> None:
    assert rules.python_arrows("sim/shed/tool.py", "")
    assert rules.vyper_arrows("contracts/shed/Tool.vy", "")


@pytest.mark.parametrize("checker", rules.PYTHON_CHECKERS)
def test_python__every_file__keeps_the_rule(checker: rules.Checker) -> None:
    assert_kept(checker, "sim/**/*.py", "scripts/**/*.py", "tests/**/*.py")


@pytest.mark.parametrize("checker", rules.VYPER_CHECKERS)
def test_vyper__every_file__keeps_the_rule(checker: rules.Checker) -> None:
    assert_kept(checker, "contracts/**/*.vy", "contracts/**/*.vyi")


MOST_FLOORS = 10


@pytest.fixture(scope="module")
def modules() -> Graph:
    return import_graph(sources("sim/**/*.py"))


def test_circles__two_files_of_which_one_names_the_other_for_types_only__are_found() -> None:
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sim.b import B"
    met = import_graph([("sim/a.py", typed), ("sim/b.py", "from sim import a"), ("sim/c.py", "")])
    assert circles(met) == [["sim.a", "sim.b"]]


def test_circles__what_leads_in_and_out_of_two_circles__is_part_of_none() -> None:
    names = {"in": "ab", "a": "b", "b": "ac", "c": "d", "d": "ef", "e": "de", "f": ""}
    graph = {name: frozenset(imported) - {name} for name, imported in names.items()}
    assert circles(graph) == [["a", "b"], ["d", "e"]]


def test_floors__three_files_over_each_other__are_three() -> None:
    chain = [("sim/a.py", "from sim.b import x"), ("sim/b.py", "import sim.c"), ("sim/c.py", "")]
    assert floors(import_graph(chain)) == {"sim.c": 1, "sim.b": 2, "sim.a": 3}


def test_modules__whole_package__import_each_other_in_no_circle(modules: Graph) -> None:
    assert circles(modules) == []


def test_rooms__whole_package__are_no_circle_and_stand_on_few_floors(modules: Graph) -> None:
    assert max(floors(rooms(modules)).values()) <= MOST_FLOORS


def test_rooms__each_of_them__has_few_floors_inside(modules: Graph) -> None:
    packages = rooms(modules).keys() - {"sim"}
    high = {room: max(floors(within(modules, room)).values()) for room in packages}
    assert {room: tall for room, tall in high.items() if tall > MOST_FLOORS} == {}

"""Sources and rules of an index: who may set them, and what is refused."""

from __future__ import annotations

from dataclasses import astuple, replace

import pytest

from sim.abi.artifacts import artifact
from sim.chain.port import CallReverted
from sim.reference.index_rules import Method, Rules
from sim.types import Status
from sim.units import wad
from tests.oracle_world import MARKET, OracleWorld, Said

RULES = Rules(min_wad=wad(10), max_wad=wad(1_000))
UNKNOWN = 2
NOBODY = "0x" + "00" * 20
HUNDRED = wad(100)
REVERTING, ENDLESS = 1, 2


@pytest.fixture
def world():
    """Five equal sources that have said 100, and an index that believes them."""
    world = OracleWorld(RULES)
    world.serve(*[100] * 5)
    return world


@pytest.mark.parametrize("sender", ["stranger", "reporter"])
def test_set_market__not_the_owner__refused(world, sender):
    with pytest.raises(CallReverted, match="ownable: caller is not the owner"):
        world.set_market(RULES, sender=sender)


def test_set_market__rules_and_sources__readable_and_logged(world):
    rules = replace(
        RULES,
        method=Method.EMA,
        conf_max_bps=101,
        outlier_bps=501,
        step_bps=1_001,
        window_bps=2_001,
        cooldown_s=61,
        grace_s=0,
        dead_after_s=301,
        smoothing_s=151,
    )
    sources = [(feed, 65_535, 86_400) for feed in world.sources]
    (event,) = world.send("set_market", MARKET, astuple(rules), sources, sender="owner")
    assert event.values[:2] == (MARKET, astuple(rules))
    assert tuple(world.read("rules", MARKET)) == astuple(rules)
    assert [tuple(one) for one in world.read("sources", MARKET)] == sources


def test_set_market__fewer_sources__the_others_are_gone(world):
    sources = world.sources_of(10, 10, 10)
    world.send("set_market", MARKET, astuple(RULES), sources, sender="owner")
    assert [tuple(one) for one in world.read("sources", MARKET)] == sources


def test_set_market__sources_changed__breaker_still_remembers(world):
    world.say(*[Said(wad(130))] * 5)
    world.set_market(replace(RULES, cooldown_s=10))
    world.next_block()
    assert world.index().status == Status.HALTED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"method": 6}, "unknown method"),
        ({"conf_max_bps": 0}, "conf_max out of range"),
        ({"conf_max_bps": 10_000}, "conf_max out of range"),
        ({"outlier_bps": 0}, "outlier out of range"),
        ({"outlier_bps": 10_000}, "outlier out of range"),
        ({"step_bps": 0}, "step out of range"),
        ({"step_bps": 10_000, "window_bps": 10_000}, "step out of range"),
        ({"window_bps": 999}, "window below step"),
        ({"window_bps": 10_000}, "window out of range"),
        ({"cooldown_s": 0}, "cooldown out of range"),
        ({"cooldown_s": 86_401}, "cooldown out of range"),
        ({"grace_s": 86_401}, "grace out of range"),
        ({"dead_after_s": 0}, "dead_after out of range"),
        ({"dead_after_s": 86_401}, "dead_after out of range"),
        ({"smoothing_s": 0}, "smoothing out of range"),
        ({"smoothing_s": 86_401}, "smoothing out of range"),
        ({"min_wad": 0}, "min is zero"),
        ({"min_wad": wad(1_000)}, "max not above min"),
        ({"max_wad": 2**96}, "max out of range"),
    ],
)
def test_set_market__rule_out_of_range__refused(world, change, reason):
    with pytest.raises(CallReverted) as refused:
        world.set_market(replace(RULES, **change))
    assert str(refused.value) == f"oracle: {reason}"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda all_: [], "no sources"),
        (lambda all_: [(NOBODY, 10, 60), *all_[1:]], "source is zero"),
        (lambda all_: [all_[1], *all_[1:]], "source listed twice"),
        (lambda all_: [(all_[0][0], 0, 60), *all_[1:]], "weight out of range"),
        (lambda all_: [(all_[0][0], 65_536, 60), *all_[1:]], "weight out of range"),
        (lambda all_: [(all_[0][0], 10, 0), *all_[1:]], "stale out of range"),
        (lambda all_: [(all_[0][0], 10, 86_401), *all_[1:]], "stale out of range"),
        (lambda all_: [(all_[0][0], 21, 60), *all_[1:]], "a source above a third of the weight"),
        (lambda all_: all_[:2], "a source above a third of the weight"),
    ],
)
def test_set_market__bad_sources__refused(world, change, reason):
    sources = change(world.sources_of(*[10] * 5))
    with pytest.raises(CallReverted) as refused:
        world.send("set_market", MARKET, astuple(RULES), sources, sender="owner")
    assert str(refused.value) == f"oracle: {reason}"


@pytest.mark.parametrize("market", [0, 9])
def test_set_market__no_such_number__refused(world, market):
    sources = world.sources_of(*[10] * 5)
    with pytest.raises(CallReverted, match="oracle: unknown market"):
        world.send("set_market", market, astuple(RULES), sources, sender="owner")


def test_set_market__naive_method__one_source_will_do(world):
    rules = replace(RULES, method=Method.SINGLE)
    sources = world.sources_of(10)
    world.send("set_market", MARKET, astuple(rules), sources, sender="owner")
    world.next_block()
    world.say(Said(wad(5_000)))
    # Neither step nor bound is in its way: that is what makes it naive.
    assert world.index().price_wad == wad(5_000)
    assert world.index().status == Status.OK


def test_abi__ownership__cannot_be_renounced():
    functions = {entry.get("name") for entry in artifact("OracleAggregator").abi}
    assert "renounce_ownership" not in functions

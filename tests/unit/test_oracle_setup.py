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
    event, unsafe = world.send("set_market", MARKET, astuple(rules), sources, sender="owner")
    assert event.values[:2] == (MARKET, astuple(rules))
    assert (unsafe.name, tuple(unsafe.values)) == ("UnsafeMethodSet", (MARKET, Method.EMA))
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


def set_naive(world, method):
    rules = replace(RULES, method=method)
    world.send("set_market", MARKET, astuple(rules), world.sources_of(10), sender="owner")


def test_set_market__naive_method__one_source_will_do(world):
    set_naive(world, Method.SINGLE)
    world.next_block()
    world.say(Said(wad(1_000)))
    # No step is in its way: that is what makes it naive.
    assert world.index().price_wad == wad(1_000)
    assert world.index().status == Status.OK


@pytest.mark.parametrize("method", [one for one in Method if one is not Method.WEIGHTED_MEDIAN])
@pytest.mark.parametrize("price", ["9.99", "1000.01", "79000000000"])
def test_refresh__naive_method_outside_the_bounds__never_served(world, method, price):
    set_naive(world, method)
    for _ in range(3):
        world.next_block(30 if method is not Method.EMA else 3_000)
        world.say(Said(wad(price)))
        index = world.refresh()[0]
        assert RULES.min_wad <= index.price_wad <= RULES.max_wad
        assert index.low_wad >= RULES.min_wad
        assert index.high_wad <= RULES.max_wad
        if method is not Method.EMA:  # which is still on its way there
            assert (index.price_wad, index.status) == (HUNDRED, Status.HALTED)
            assert index.liquidations_from == world.now_s + RULES.cooldown_s
    world.next_block()
    world.say(Said(wad(110)))
    assert world.refresh()[0].status == Status.OK


@pytest.mark.parametrize("method", list(Method))
def test_is_unsafe__any_method__only_the_default_is_not(world, method):
    rules, sources = replace(RULES, method=method), world.sources_of(*[10] * 5)
    events = world.send("set_market", MARKET, astuple(rules), sources, sender="owner")
    is_unsafe = method is not Method.WEIGHTED_MEDIAN
    assert world.read("is_unsafe", MARKET) is is_unsafe
    assert [one.name for one in events] == ["MarketSet"] + ["UnsafeMethodSet"] * is_unsafe


# Pools on the same chain


def test_set_market__pools_above_a_third_of_the_weight__refused():
    with pytest.raises(CallReverted, match="oracle: pools above a third of the weight"):
        OracleWorld(RULES, pools=(1, 3))


@pytest.mark.parametrize("silent", [(), (0,), (1,), (0, 2)])
def test_refresh__pools_with_their_reporters_leaving__no_quorum_beyond_a_third(silent):
    world = OracleWorld(RULES, (10,) * 6, pools=(3, 4))
    world.serve(*[100] * 6)
    world.next_block()
    said = [Said(HUNDRED, 0, 61 if place in silent else 0) for place in range(6)]
    world.say(*said)
    # Four reporters and two pools: with one reporter gone, pools are two of five.
    assert world.refresh()[0].status == (Status.STALE if silent else Status.OK)


def test_refresh__pool_falls_silent__the_reporters_are_a_quorum():
    world = OracleWorld(RULES, (10,) * 6, pools=(3, 4))
    world.serve(*[100] * 6)
    world.next_block()
    world.say(*[Said(HUNDRED, 0, 61 if place in (2, 4) else 0) for place in range(6)])
    assert world.refresh()[0].status == Status.OK


def test_abi__ownership__cannot_be_renounced():
    functions = {entry.get("name") for entry in artifact("OracleAggregator").abi}
    assert "renounce_ownership" not in functions

from __future__ import annotations

import ape
import pytest

from sim.units import wad

NO_BOUND = 2**255 - 1


@pytest.fixture
def aggregator_v3(project, owner):
    return owner.deploy(project.ScriptedAggregatorV3, 8)


@pytest.fixture
def adapter(project, owner, aggregator_v3):
    """At 50 bps of confidence, with the aggregator's own bounds of 1 and a million."""
    return owner.deploy(project.ChainlinkAdapter, aggregator_v3, 50, 10**8, 10**14)


@pytest.fixture
def answer(aggregator_v3, reporter, chain):
    def set_round(answer, *, answered_in_round=7):
        now_s = chain.pending_timestamp
        aggregator_v3.set_round(7, answer, now_s, now_s, answered_in_round, sender=reporter)
        return now_s

    return set_round


def test_latest__good_round__is_scaled_to_18_decimals(adapter, answer):
    now_s = answer(60_000_12345678)
    reading = adapter.latest()
    assert reading.price_wad == wad("60000.12345678")
    assert reading.conf_wad == wad("300.0006172839")
    assert reading.observed_at == now_s


@pytest.mark.parametrize("bound", [0, 10**8, 10**14])
def test_latest__answer_at_a_bound__is_not_served(adapter, answer, bound):
    answer(bound)
    assert tuple(adapter.latest()) == (0, 0, 0)


def test_latest__answered_in_an_earlier_round__is_not_served(adapter, answer):
    answer(60_000 * 10**8, answered_in_round=6)
    assert adapter.latest().price_wad == 0


def test_latest__aggregator_reverts_or_burns_all_gas__is_no_revert(
    adapter, aggregator_v3, answer, reporter
):
    answer(60_000 * 10**8)
    for fault in (1, 2):
        aggregator_v3.set_fault(fault, sender=reporter)
        assert adapter.latest().price_wad == 0
    aggregator_v3.set_fault(0, sender=reporter)
    assert adapter.latest().price_wad == wad(60_000)


def test_init__bounds_the_wrong_way_round__is_refused(project, owner, aggregator_v3):
    with ape.reverts("feed: max answer not above min"):
        owner.deploy(project.ChainlinkAdapter, aggregator_v3, 50, 10, 10)


def test_init__not_an_aggregator__is_refused(project, owner, token):
    with ape.reverts("feed: too many decimals"):
        owner.deploy(
            project.ChainlinkAdapter, owner.deploy(project.ScriptedAggregatorV3, 37), 0, 0, NO_BOUND
        )
    with ape.reverts("feed: not an aggregator"):
        owner.deploy(project.ChainlinkAdapter, owner, 0, 0, NO_BOUND)

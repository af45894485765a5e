from __future__ import annotations

import ape
import pytest

from sim.types.codes import Act
from sim.units import wad
from tests.unit.ape.words import ENTRY, MARKET, RAW, account_of, buy


def test_risk__as_deployed__is_the_reference_market(params, book):
    risk = params.risk(MARKET)
    assert risk.book == book
    assert (risk.maker_fee_bps, risk.taker_fee_bps, risk.liquidation_fee_bps) == (1, 5, 25)
    assert list(risk.tier_mmr_wad) == [wad(x) for x in ("0.005", "0.01", "0.025", "0.05")]
    assert list(risk.tier_imr_wad) == [2 * mmr_wad for mmr_wad in risk.tier_mmr_wad]


def test_set_fees__by_the_owner__is_evented_and_pokes_first(params, mark, owner):
    receipt = params.set_fees(MARKET, 0, 4, 30, sender=owner)
    assert [event.event_name for event in receipt.events] == [
        "IndexRefreshed",
        "MarketPoked",
        "FeesSet",
    ]
    assert (
        params.FeesSet(market=MARKET, maker_bps=0, taker_bps=4, liquidation_bps=30)
        in receipt.events
    )
    assert params.risk(MARKET).taker_fee_bps == 4


def test_set_fees__above_the_ceiling__is_refused(params, owner):
    with ape.reverts("params: trading fee above 100 bps"):
        params.set_fees(MARKET, 1, 101, 25, sender=owner)
    with ape.reverts("params: liquidation fee above 500 bps"):
        params.set_fees(MARKET, 1, 5, 501, sender=owner)


def test_set_tiers__that_do_not_ascend__are_refused(params, owner):
    mmr, imr = [wad("0.005"), wad("0.01"), 0, 0], [wad("0.01"), wad("0.02"), 0, 0]
    with ape.reverts("params: tiers do not ascend"):
        params.set_tiers(MARKET, [0, 0, 0, 0], mmr, imr, sender=owner)


def test_pause__by_the_guardian__stops_opening_and_not_deposits(
    params, book, vault, guardian, taker
):
    receipt = params.pause(MARKET, Act.OPEN, sender=guardian)
    assert receipt.events == [params.Paused(market=MARKET, action=Act.OPEN)]
    vault.deposit(account_of(taker), 1_000 * RAW, sender=taker)
    with ape.reverts("clearinghouse: stopped by oracle status or pause"):
        book.place(account_of(taker), buy(1, ENTRY - 1), 32, sender=taker)


def test_unpause__by_the_guardian__is_refused(params, guardian, owner, chain):
    params.pause(MARKET, Act.OPEN, sender=guardian)
    with ape.reverts("ownable: caller is not the owner"):
        params.unpause(MARKET, Act.OPEN, sender=guardian)
    receipt = params.unpause(MARKET, Act.OPEN, sender=owner)
    (event,) = receipt.events
    assert event.liquidations_from > chain.blocks.head.timestamp  # a grace period


@pytest.mark.parametrize("action", [Act.REDUCE, Act.FUND])
def test_pause__reductions_or_funding__cannot_be(params, guardian, action):
    with ape.reverts("params: action cannot be paused"):
        params.pause(MARKET, action, sender=guardian)


def test_pause__by_a_stranger__is_refused(params, stranger):
    with ape.reverts("params: caller is not the guardian"):
        params.pause(MARKET, Act.OPEN, sender=stranger)


def test_set_guardian__by_the_guardian__is_refused(params, guardian, stranger):
    with ape.reverts("ownable: caller is not the owner"):
        params.set_guardian(stranger, sender=guardian)


def test_wire__a_second_time__is_refused(params, mark, owner):
    with ape.reverts("params: already wired"):
        params.wire(mark, sender=owner)

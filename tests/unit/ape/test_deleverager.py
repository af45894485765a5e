from __future__ import annotations

import ape
import pytest

from sim.units import wad
from tests.unit.ape.words import MARKET, account_of

QUEUE, PRO_RATA, WATER_FILL = range(3)


@pytest.fixture
def bankrupt(set_index, long_one):
    """A long that nobody but its counterparty can close: no bids, an empty pool."""
    set_index(58_500)
    return long_one


def test_deleverage__nobody_else_can_act__closes_both_sides_at_the_bankruptcy_price(
    deleverager, house, bankrupt, maker, stranger
):
    winner = account_of(maker)
    before_wad = house.cash_of(winner)
    receipt = deleverager.deleverage(bankrupt, MARKET, [winner], False, sender=stranger)
    assert "RoundOpened" in [event.event_name for event in receipt.events]
    assert house.size_of(bankrupt, MARKET) == house.size_of(winner, MARKET) == 0
    # 59 000 is where the long's margin is spent: it ends at zero, the short with 1 000.
    assert house.cash_of(bankrupt) == 0
    assert house.cash_of(winner) == before_wad + wad(1_000)


def test_deleverage__healthy_account__is_refused(deleverager, long_one, maker, keeper):
    with ape.reverts("liquidator: account is healthy"):
        deleverager.deleverage(long_one, MARKET, [account_of(maker)], False, sender=keeper)


def test_deleverage__counterparty_left_out__is_refused(deleverager, bankrupt, taker, keeper):
    with ape.reverts("deleverager: nobody named"):
        deleverager.deleverage(bankrupt, MARKET, [], False, sender=keeper)


def test_set_policy__by_the_owner_only(deleverager, owner, guardian):
    with ape.reverts("ownable: caller is not the owner"):
        deleverager.set_policy(MARKET, PRO_RATA, sender=guardian)
    receipt = deleverager.set_policy(MARKET, PRO_RATA, sender=owner)
    assert receipt.events == [deleverager.PolicySet(market=MARKET, policy=PRO_RATA)]


def test_set_policy__unknown__is_refused(deleverager, owner):
    with ape.reverts("deleverager: unknown policy"):
        deleverager.set_policy(MARKET, WATER_FILL + 1, sender=owner)


def test_socialise__account_not_deleveraged__is_refused(deleverager, long_one, stranger):
    with ape.reverts("deleverager: not deleveraged lately"):
        deleverager.socialise(long_one, sender=stranger)

from __future__ import annotations

import ape
import pytest

from sim.units import wad
from tests.unit.ape.words import MARKET, RAW, account_of

COOLDOWN_S = 3 * 86_400
STAKE_RAW = 1_000 * RAW


@pytest.fixture
def staked(pool, token, whale):
    token.approve(pool, STAKE_RAW, sender=whale)
    return pool.deposit(STAKE_RAW, whale, sender=whale)


def test_deposit__first__mints_shares_one_to_one_and_becomes_cash(staked, pool, house, whale):
    shares = STAKE_RAW * 10**12  # 18 decimals against 6
    assert pool.Deposit(sender=whale, owner=whale, assets=STAKE_RAW, shares=shares) in staked.events
    assert pool.balanceOf(whale) == shares
    assert pool.totalAssets() == STAKE_RAW
    assert house.cash_of(account_of(pool)) == wad(1_000)


def test_redeem__before_the_cool_down__is_refused(staked, pool, whale, chain):
    pool.request_redeem(pool.balanceOf(whale), sender=whale)
    chain.mine(deltatime=COOLDOWN_S - 60)
    with ape.reverts("pool: cooling down"):
        pool.claim(whale, sender=whale)


def test_redeem__after_the_cool_down__pays_what_was_staked(staked, pool, token, whale, chain):
    before_raw = token.balanceOf(whale)
    pool.request_redeem(pool.balanceOf(whale), sender=whale)
    chain.mine(deltatime=COOLDOWN_S + 1)
    receipt = pool.claim(whale, sender=whale)
    assert pool.Withdraw(owner=whale, receiver=whale, assets=STAKE_RAW) in receipt.events
    assert token.balanceOf(whale) == before_raw + STAKE_RAW
    assert pool.totalSupply() == 0


def test_redeem__nothing_requested__is_refused(pool, stranger):
    with ape.reverts("pool: nothing requested"):
        pool.claim(stranger, sender=stranger)


def test_deposit__tokens_given_to_the_pool__move_no_share_price(staked, pool, token, whale):
    before_raw = pool.convertToAssets(pool.balanceOf(whale))
    token.transfer(pool, STAKE_RAW, sender=whale)
    assert pool.convertToAssets(pool.balanceOf(whale)) == before_raw == STAKE_RAW


@pytest.mark.parametrize(
    ("method", "arguments"), [("absorb", (MARKET, 1 << 96)), ("top_up", (1 << 96, 1))]
)
def test_liquidators_only__by_a_person__is_refused(pool, owner, keeper, method, arguments):
    for actor in (owner, keeper):
        with ape.reverts("pool: caller is not the liquidator"):
            getattr(pool, method)(*arguments, sender=actor)


def test_set_caps__by_the_owner_only(pool, owner, guardian):
    caps = (wad(10), wad(5), wad(1))
    with ape.reverts("ownable: caller is not the owner"):
        pool.set_caps(MARKET, caps, sender=guardian)
    receipt = pool.set_caps(MARKET, caps, sender=owner)
    assert receipt.events == [
        pool.CapsSet(market=MARKET, exposure_wad=wad(10), loss_wad=wad(5), clip_wad=wad(1))
    ]


def test_wire__by_anyone_or_again__is_refused(pool, liquidator, owner, stranger):
    with ape.reverts("pool: caller is not the deployer"):
        pool.wire(stranger, sender=stranger)
    with ape.reverts("pool: already wired"):
        pool.wire(liquidator, sender=owner)


def test_unwind__nothing_held__does_nothing_for_anyone(pool, stranger):
    receipt = pool.unwind(MARKET, sender=stranger)
    assert pool.BackstopUnwound(market=MARKET, size_wad=0, released_wad=0) in receipt.events

"""The vault through Ape: who may move what, and tokens that lie."""

from __future__ import annotations

import ape
import pytest

from sim.types import account_id
from sim.units import wad

RAW = 10**6
DEAD = 5


def account_of(actor, bucket: int = 0) -> int:
    return account_id(str(actor.address), bucket)


@pytest.fixture
def funded(stack, taker):
    stack.vault.deposit(account_of(taker), 1_000 * RAW, sender=taker)
    return account_of(taker)


def build(deploy, stack, owner, name):
    """A token that lies, and a vault with a clearinghouse of its own that holds it."""
    token = deploy(name)
    addresses = (stack.params, stack.mark, wad("0.5"))
    house = deploy("Clearinghouse", *addresses)
    vault = deploy("MarginVault", token, house)
    house.wire(vault, owner, owner, owner, owner, sender=owner)
    return token, vault, house


def test_deposit__by_the_owner__is_counted_and_scaled_once(stack, taker, funded):
    assert stack.house.cash_of(funded) == wad(1_000)
    assert stack.token.balanceOf(stack.vault) == stack.vault.held_raw() == 1_000 * RAW


def test_deposit__by_a_stranger__reverts(stack, taker, stranger):
    with ape.reverts("vault: caller is neither owner nor operator"):
        stack.vault.deposit(account_of(taker), RAW, sender=stranger)


def test_deposit__nothing__reverts(stack, taker):
    with ape.reverts("vault: amount is zero"):
        stack.vault.deposit(account_of(taker), 0, sender=taker)


def test_deposit__bucket_that_no_market_has__reverts(stack, taker):
    with ape.reverts("clearinghouse: no such bucket"):
        stack.vault.deposit(account_of(taker, 9), RAW, sender=taker)


def test_deposit__whatever_the_oracles_status__is_allowed(stack, taker, owner):
    for status in range(6):
        stack.mark.set_price(1, (wad(100), wad(100), 0, 0, 0, status, 0, 0, 0), sender=owner)
        stack.vault.deposit(account_of(taker, 1), RAW, sender=taker)
    assert stack.house.cash_of(account_of(taker, 1)) == wad(6)


def test_withdraw__by_the_owner_to_anyone__pays_exactly(stack, taker, stranger, funded):
    stack.vault.withdraw(funded, 400 * RAW, stranger, sender=taker)
    assert stack.token.balanceOf(stranger) == 400 * RAW
    assert stack.house.cash_of(funded) == wad(600)


def test_withdraw__more_than_there_is__reverts(stack, taker, funded):
    stack.vault.deposit(account_of(taker, 1), 5_000 * RAW, sender=taker)
    with ape.reverts("clearinghouse: above withdrawable"):
        stack.vault.withdraw(funded, 1_000 * RAW + 1, taker, sender=taker)


def test_withdraw__by_a_stranger__reverts(stack, stranger, funded):
    with ape.reverts("vault: caller is neither owner nor operator"):
        stack.vault.withdraw(funded, RAW, stranger, sender=stranger)


def test_withdraw__to_nobody_or_the_vault__reverts(stack, taker, funded):
    for receiver in ("0x" + "00" * 20, stack.vault):
        with ape.reverts("vault: receiver is zero or the vault"):
            stack.vault.withdraw(funded, RAW, receiver, sender=taker)


def test_set_operator__named_and_dismissed__may_act_meanwhile(stack, taker, stranger, funded):
    stack.vault.set_operator(stranger, True, sender=taker)
    stack.vault.move(funded, account_of(taker, 1), wad(10), sender=stranger)
    stack.vault.set_operator(stranger, False, sender=taker)
    with ape.reverts("vault: caller is neither owner nor operator"):
        stack.vault.move(funded, account_of(taker, 1), wad(10), sender=stranger)
    assert stack.house.cash_of(account_of(taker, 1)) == wad(10)


def test_set_operator__of_another_owner__may_not_act(stack, maker, stranger, funded):
    stack.vault.set_operator(stranger, True, sender=maker)
    with ape.reverts("vault: caller is neither owner nor operator"):
        stack.vault.withdraw(funded, RAW, stranger, sender=stranger)


def test_set_operator__oneself__reverts(stack, taker):
    with ape.reverts("vault: owner needs no operator"):
        stack.vault.set_operator(taker, True, sender=taker)


def test_move__to_another_owner__reverts(stack, taker, maker, funded):
    with ape.reverts("clearinghouse: accounts have different owners"):
        stack.vault.move(funded, account_of(maker), wad(1), sender=taker)


def test_move__to_itself__reverts(stack, taker, funded):
    with ape.reverts("clearinghouse: accounts are the same"):
        stack.vault.move(funded, funded, wad(1), sender=taker)


def test_move__a_wei_too_much__reverts(stack, taker, funded):
    with ape.reverts("clearinghouse: above withdrawable"):
        stack.vault.move(funded, account_of(taker, 1), wad(1_000) + 1, sender=taker)


def test_donation__tokens_sent_to_the_vault__belong_to_nobody(stack, owner, taker, funded):
    stack.token.mint(stack.vault, 500 * RAW, sender=owner)
    assert stack.vault.held_raw() == 1_000 * RAW
    assert stack.house.withdrawable(funded) == wad(1_000)


def test_deposit__token_takes_a_fee__reverts_and_counts_nothing(deploy, stack, owner, taker):
    token, vault, house = build(deploy, stack, owner, "FeeToken")
    token.mint(taker, 1_000 * RAW, sender=owner)
    with ape.reverts("vault: token did not arrive in full"):
        vault.deposit(account_of(taker), 100 * RAW, sender=taker)
    assert (house.cash_of(account_of(taker)), vault.held_raw()) == (0, 0)


@pytest.mark.parametrize(
    ("mood", "reason"), [(1, "vault: transfer failed"), (2, "token: not today")]
)
def test_transfer__token_refuses__reverts_and_counts_nothing(
    deploy, stack, owner, taker, mood, reason
):
    token, vault, house = build(deploy, stack, owner, "FalseToken")
    token.mint(taker, 1_000 * RAW, sender=owner)
    vault.deposit(account_of(taker), 100 * RAW, sender=taker)
    token.set_mood(mood, sender=owner)
    with ape.reverts(reason):
        vault.deposit(account_of(taker), 100 * RAW, sender=taker)
    with ape.reverts(reason):
        vault.withdraw(account_of(taker), 100 * RAW, taker, sender=taker)
    assert (house.cash_of(account_of(taker)), vault.held_raw()) == (wad(100), 100 * RAW)


def test_transfer__token_calls_back__reverts(deploy, stack, owner):
    token, vault, house = build(deploy, stack, owner, "ReentrantToken")
    token.deposit_into(vault, 100 * RAW, sender=owner)
    token.attack(vault, sender=owner)
    with ape.reverts():
        token.withdraw_from(vault, 10 * RAW, sender=owner)
    with ape.reverts():
        token.deposit_into(vault, 10 * RAW, sender=owner)
    assert house.cash_of(account_id(str(token.address), 0)) == wad(100)


def test_deploy__token_without_six_decimals__reverts(deploy, stack):
    # The insurance pool's share is the nearest token with 18.
    addresses = (stack.token, stack.vault, stack.house, stack.params, stack.mark)
    share = deploy("InsurancePool", *addresses)
    with ape.reverts("vault: collateral needs 6 decimals"):
        deploy("MarginVault", share, stack.house)

from __future__ import annotations

import ape
import pytest

from sim.units import wad
from tests.unit.ape.words import RAW, account_of

AMOUNT_RAW = 250_000_001  # 250.000001


def test_deposit__tokens_approved__moves_them_and_counts_every_unit(vault, token, house, taker):
    account = account_of(taker)
    before_raw, held_raw = token.balanceOf(taker), vault.held_raw()
    receipt = vault.deposit(account, AMOUNT_RAW, sender=taker)
    assert receipt.events == [
        house.CashMoved(
            account=account,
            reason=0,
            amount_wad=AMOUNT_RAW * 10**12,
            cash_wad=AMOUNT_RAW * 10**12,
        ),
        vault.Deposited(account=account, actor=taker, amount_raw=AMOUNT_RAW),
        token.Transfer(sender=taker, receiver=vault, value=AMOUNT_RAW),
    ]
    assert token.balanceOf(taker) == before_raw - AMOUNT_RAW
    assert vault.held_raw() == token.balanceOf(vault) == held_raw + AMOUNT_RAW
    assert house.cash_of(account) == wad("250.000001")


def test_withdraw__whole_cash__pays_back_the_exact_raw_amount(vault, token, house, taker, whale):
    account = account_of(taker)
    vault.deposit(account, AMOUNT_RAW, sender=taker)
    before_raw = token.balanceOf(whale)
    receipt = vault.withdraw(account, AMOUNT_RAW, whale, sender=taker)
    assert vault.Withdrawn(account=account, receiver=whale, amount_raw=AMOUNT_RAW) in receipt.events
    assert token.balanceOf(whale) == before_raw + AMOUNT_RAW
    assert house.cash_of(account) == 0


def test_withdraw__one_unit_above_the_cash__is_refused(vault, taker):
    vault.deposit(account_of(taker), AMOUNT_RAW, sender=taker)
    with ape.reverts("clearinghouse: above withdrawable"):
        vault.withdraw(account_of(taker), AMOUNT_RAW + 1, taker, sender=taker)


@pytest.mark.parametrize(
    ("method", "arguments"), [("deposit", ()), ("withdraw", ("receiver",)), ("move", ())]
)
def test_account_of_another__any_change__is_refused(vault, maker, stranger, method, arguments):
    receiver = [stranger] if arguments else []
    account = account_of(maker)
    leading = [account, account_of(maker, 1)] if method == "move" else [account]
    with ape.reverts("vault: caller is neither owner nor operator"):
        getattr(vault, method)(*leading, RAW, *receiver, sender=stranger)


def test_set_operator__named_and_dismissed__acts_only_in_between(vault, maker, keeper):
    account, isolated = account_of(maker), account_of(maker, 1)
    receipt = vault.set_operator(keeper, True, sender=maker)
    assert receipt.events == [vault.OperatorSet(owner=maker, operator=keeper, allowed=True)]
    vault.move(account, isolated, wad(10), sender=keeper)
    vault.set_operator(keeper, False, sender=maker)
    with ape.reverts("vault: caller is neither owner nor operator"):
        vault.move(account, isolated, wad(10), sender=keeper)


def test_move__into_the_isolated_account__keeps_the_sum(vault, house, maker):
    cross, isolated = account_of(maker), account_of(maker, 1)
    before_wad = house.cash_of(cross)
    receipt = vault.move(cross, isolated, wad("12.5"), sender=maker)
    assert vault.Moved(sender=cross, recipient=isolated, amount_wad=wad("12.5")) in receipt.events
    assert house.cash_of(isolated) == wad("12.5")
    assert house.cash_of(cross) == before_wad - wad("12.5")


def test_move__to_another_owner__is_refused(vault, maker, taker):
    with ape.reverts("clearinghouse: accounts have different owners"):
        vault.move(account_of(maker), account_of(taker), wad(1), sender=maker)


def test_token__sent_past_deposit__belongs_to_nobody(vault, token, house, taker):
    held_raw = vault.held_raw()
    token.transfer(vault, RAW, sender=taker)
    assert vault.held_raw() == held_raw
    assert house.cash_of(account_of(taker)) == 0

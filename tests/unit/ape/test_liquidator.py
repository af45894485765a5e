from __future__ import annotations

import ape

from sim.types.codes import Rung
from sim.units import wad
from tests.unit.ape.words import ENTRY, IOC, MARKET, RAW, account_of, buy, sell

BOOK, BACKSTOP = Rung.BOOK, Rung.BACKSTOP


def liquidated(receipt):
    """The one AccountLiquidated of a receipt."""
    (event,) = [each for each in receipt.events if each.event_name == "AccountLiquidated"]
    return event


def test_liquidate__healthy_account__is_refused(liquidator, keeper, long_one):
    with ape.reverts("liquidator: account is healthy"):
        liquidator.liquidate(long_one, MARKET, 32, sender=keeper)


def test_liquidate__too_few_fills_allowed__is_refused(liquidator, keeper, long_one):
    with ape.reverts("liquidator: too few fills"):
        liquidator.liquidate(long_one, MARKET, 1, sender=keeper)


def test_liquidate__below_maintenance__sells_on_the_book_what_health_asks_for(
    liquidator, house, book, maker, keeper, long_one, set_index
):
    set_index(59_250)  # E = 1000 - 750 against MM = 0.5 % of 59 250
    book.place(account_of(maker), buy(1, 59_250), 32, sender=maker)
    # (1.02 * 296.25 - 250) / (59 250 * (1.02 * 0.005 - 0.0025 - 0.001)) = 0.55037
    assert liquidator.liquidation_size(long_one, MARKET)[0] == wad("0.5504")
    receipt = liquidator.liquidate(long_one, MARKET, 32, sender=keeper)
    assert liquidated(receipt) == liquidator.AccountLiquidated(
        account=long_one,
        market=MARKET,
        keeper=keeper,
        rung=BOOK,
        size_delta_wad=-wad("0.5504"),
        notional_wad=wad("32611.2"),
        penalty_wad=wad("81.528"),  # 25 bps
        reward_wad=wad("7.02224"),  # 0.5 and 2 bps
        mark_wad=wad(59_250),
        equity_before_wad=wad(250),
        maintenance_before_wad=wad("296.25"),
        equity_after_wad=wad("168.472"),
        maintenance_after_wad=wad("133.194"),
    )
    assert house.cash_of(account_of(keeper)) == wad("7.02224")
    assert house.size_of(long_one, MARKET) == wad("0.4496")


def test_liquidate__again_when_cured__is_refused(
    liquidator, book, maker, keeper, long_one, set_index
):
    set_index(59_250)
    book.place(account_of(maker), buy(1, 59_250), 32, sender=maker)
    liquidator.liquidate(long_one, MARKET, 32, sender=keeper)
    with ape.reverts("liquidator: account is healthy"):
        liquidator.liquidate(long_one, MARKET, 32, sender=keeper)


def test_liquidate__no_bids_and_failing__goes_to_the_pool(
    liquidator, house, pool, token, whale, keeper, long_one, set_index
):
    token.approve(pool, 10**12, sender=whale)
    pool.deposit(1_000_000 * RAW, whale, sender=whale)
    set_index(59_100)  # E = 100, below two thirds of MM
    receipt = liquidator.liquidate(long_one, MARKET, 32, sender=keeper)
    event = liquidated(receipt)
    assert event == liquidator.AccountLiquidated(
        rung=BACKSTOP, size_delta_wad=-wad(1), equity_before_wad=wad(100), equity_after_wad=0
    )
    assert (house.size_of(long_one, MARKET), house.cash_of(long_one)) == (0, 0)
    assert house.size_of(account_of(pool, MARKET), MARKET) == wad(1)
    assert event.reward_wad > 0


def test_liquidate__paused_by_the_guardian__waits(
    liquidator, params, guardian, keeper, long_one, set_index
):
    set_index(59_250)
    params.pause(MARKET, 4, sender=guardian)
    with ape.reverts("liquidator: liquidation not allowed now"):
        liquidator.liquidate(long_one, MARKET, 32, sender=keeper)


def test_poke__book_alone_dumped__never_liquidates_a_fresh_hundredfold_position(
    liquidator, house, vault, book, mark, maker, taker, whale, keeper, chain
):
    account = account_of(taker)
    vault.deposit(account, 630 * RAW, sender=taker)
    book.place(account_of(maker), sell(1, ENTRY), 32, sender=maker)
    book.place(account, buy(1, ENTRY, kind=IOC), 32, sender=taker)
    # Both sides of the book, 4 % below an index that does not move.
    vault.deposit(account_of(whale), 1_000_000 * RAW, sender=whale)
    book.place(account_of(maker), buy(9, 57_600), 32, sender=maker)
    book.place(account_of(whale), sell(9, 57_610), 32, sender=whale)
    for _ in range(3):
        chain.mine(deltatime=300)
        mark.poke(MARKET, sender=keeper)
    assert mark.price(MARKET).mark_wad == wad(59_856)  # the band's edge, 0.24 % below
    health = house.health(account)
    assert health.equity_wad > health.maintenance_wad
    with ape.reverts("liquidator: account is healthy"):
        liquidator.liquidate(account, MARKET, 32, sender=keeper)

from __future__ import annotations

import ape
import pytest

from sim.units import wad
from tests.unit.ape.words import ENTRY, IOC, MARKET, RAW, account_of, buy, sell

NOBODY = "0x" + "00" * 20


def test_fill__one_bitcoin_traded__books_sizes_quotes_and_fees_to_the_wei(
    house, vault, book, maker, taker
):
    long, short = account_of(taker), account_of(maker)
    vault.deposit(long, 10_000 * RAW, sender=taker)
    cash_wad = house.cash_of(short)
    book.place(short, sell(1, ENTRY), 32, sender=maker)
    receipt = book.place(long, buy(1, ENTRY, kind=IOC), 32, sender=taker)
    changes = [event for event in receipt.events if event.event_name == "PositionChanged"]
    assert changes == [
        house.PositionChanged(
            account=short,
            market=MARKET,
            kind=1,
            size_delta_wad=-wad(1),
            price_wad=wad(ENTRY),
            size_wad=-wad(1),
            quote_wad=wad(ENTRY),
            cash_wad=cash_wad - wad(6),
            fee_wad=wad(6),  # 1 bp
            funding_wad=0,
            mark_wad=wad(ENTRY),
        ),
        house.PositionChanged(
            account=long,
            market=MARKET,
            kind=0,
            size_delta_wad=wad(1),
            price_wad=wad(ENTRY),
            size_wad=wad(1),
            quote_wad=-wad(ENTRY),
            cash_wad=wad(9_970),
            fee_wad=wad(30),  # 5 bps
            funding_wad=0,
            mark_wad=wad(ENTRY),
        ),
    ]
    assert tuple(house.position(long, MARKET)) == (wad(1), -wad(ENTRY), 0, 0)
    assert tuple(house.pots()) == (wad(36), 0)
    assert house.market_totals(MARKET)[0] == wad(1)


@pytest.mark.parametrize("side", [buy, sell], ids=["long", "short"])
def test_fill__hundredfold_leverage__opens_with_one_percent_and_not_a_unit_less(
    house, vault, book, maker, taker, side
):
    account, other = account_of(taker), sell if side is buy else buy
    vault.deposit(account, 630 * RAW - 1, sender=taker)  # 1 % of 60 000, and the fee of 30
    book.place(account_of(maker), other(1, ENTRY), 32, sender=maker)
    order = side(1, ENTRY, kind=IOC)
    with ape.reverts("clearinghouse: margin not met"):
        book.place(account, order, 32, sender=taker)
    vault.deposit(account, 1, sender=taker)
    book.place(account, order, 32, sender=taker)
    health = house.health(account)
    assert health.equity_wad == health.initial_wad == wad(600)
    assert health.maintenance_wad == wad(300)


def test_fill__closed_at_a_profit__realises_it_less_the_fee(
    house, book, maker, taker, long_one, set_index
):
    set_index(60_600)
    book.place(account_of(maker), buy(1, 60_600), 32, sender=maker)
    book.place(long_one, sell(1, 60_600, kind=IOC, reduce_only=True), 32, sender=taker)
    assert tuple(house.position(long_one, MARKET))[:2] == (0, 0)
    assert house.cash_of(long_one) == wad("1569.7")  # 1 000 + 600 - 5 bps of 60 600


def test_fill__isolated_account_of_another_market__is_refused(vault, book, taker):
    account = account_of(taker, 2)
    vault.deposit(account, 1_000 * RAW, sender=taker)
    with ape.reverts("clearinghouse: isolated account of another market"):
        book.place(account, buy("0.1", ENTRY - 1), 32, sender=taker)


def test_debit__of_open_profit__is_refused(house, vault, long_one, taker, set_index):
    # The mark says 600 more; nobody has paid it yet. 10 % of notional must stay anyway.
    set_index(60_600)
    assert house.withdrawable(long_one) == 0
    with ape.reverts("clearinghouse: above withdrawable"):
        vault.withdraw(long_one, RAW, taker, sender=taker)


def test_sweep_fees__by_anyone__halves_them_between_pool_and_treasury(
    house, pool, treasury, stranger, long_one
):
    receipt = house.sweep_fees(sender=stranger)
    assert house.FeesSwept(pool_wad=wad(18), treasury_wad=wad(18)) in receipt.events
    assert house.cash_of(account_of(pool)) == house.cash_of(account_of(treasury)) == wad(18)
    assert tuple(house.pots()) == (0, 0)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("credit", (1 << 96, 1)),
        ("debit", (1 << 96, 1)),
        ("transfer", (1 << 96, 2 << 96, 1)),
        ("pay", (1 << 96, 1)),
        ("fill", (MARKET, 1 << 96, True, False, [])),
        ("admit", (MARKET, 1 << 96)),
        ("seize", (MARKET, 1 << 96)),
        ("cross", (MARKET, 1 << 96, 2 << 96, 1, 1)),
        ("socialise", (MARKET, 1 << 96)),
    ],
)
def test_peers_only__called_by_a_person__is_refused(house, owner, stranger, method, arguments):
    for actor in (owner, stranger):
        with ape.reverts("clearinghouse: caller not allowed"):
            getattr(house, method)(*arguments, sender=actor)


def test_wire__a_second_time__is_refused(house, owner):
    with ape.reverts("clearinghouse: already wired"):
        house.wire(owner, owner, NOBODY, owner, owner, sender=owner)

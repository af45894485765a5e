from __future__ import annotations

from sim.types import Status
from sim.units import wad
from tests.unit.ape.words import ENTRY, MARKET, account_of, buy


def test_snapshot__one_position__shows_market_and_system(lens, long_one, vault):
    (market,), system = lens.snapshot([MARKET])
    assert (market.mark_wad, market.index_wad, market.status) == (
        wad(ENTRY),
        wad(ENTRY),
        Status.OK,
    )
    assert (market.open_interest_wad, market.last_price_wad) == (wad(1), wad(ENTRY))
    assert system.vault_wad == vault.held_raw() * 10**12 == wad(1_001_030)
    assert (system.fees_wad, system.dust_wad) == (wad(36), 0)


def test_accounts__one_long__shows_equity_and_margins(lens, long_one, maker):
    (state, other) = lens.accounts([long_one, account_of(maker)])
    assert (state.cash_wad, state.equity_wad) == (wad(1_000), wad(1_000))
    assert (state.initial_wad, state.maintenance_wad) == (wad(600), wad(300))
    assert (state.notional_wad, state.withdrawable_wad) == (wad(ENTRY), 0)
    assert not state.liquidatable
    assert other.cash_wad == wad(999_994)


def test_accounts__below_maintenance__is_liquidatable(lens, long_one, set_index):
    set_index(59_250)
    (state,) = lens.accounts([long_one])
    assert state.liquidatable
    assert state.equity_wad == wad(250)


def test_positions__one_long__shows_the_prices_at_which_it_dies(lens, long_one):
    (state,) = lens.positions([long_one], MARKET)
    assert (state.size_wad, state.quote_wad) == (wad(1), -wad(ENTRY))
    assert state.bankruptcy_price_wad == wad(59_000)
    # (q - cash) / (s * (1 - mmr)): 59 000 / 0.995
    assert state.liquidation_price_wad == 59_000 * 10**21 // 995


def test_max_adverse_move__sixtyfold__is_a_sixtieth(lens, long_one):
    assert lens.max_adverse_move(long_one, MARKET) == 10**18 // 60


def test_snapshot__order_resting__shows_the_best_bid(lens, book, maker):
    book.place(account_of(maker), buy(1, 59_990), 32, sender=maker)
    (market,), _ = lens.snapshot([MARKET])
    assert (market.best_bid_wad, market.best_ask_wad) == (wad(59_990), 0)
    assert market.impact_bid_wad == wad(59_990)


def test_feeds__as_pushed__are_read_in_one_call(lens, feeds):
    readings = lens.feeds([feed.address for feed in feeds])
    assert [reading.price_wad for reading in readings] == [wad(ENTRY)] * 5

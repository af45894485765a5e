from __future__ import annotations

import ape

from sim.types import Status
from sim.units import wad
from tests.unit.ape.words import ENTRY, MARKET, PENDING, RAW, account_of, buy, one_block, sell


def test_poke__empty_book__marks_at_the_index(mark, aggregator, stranger):
    receipt = mark.poke(MARKET, sender=stranger)
    assert receipt.events == [
        aggregator.IndexRefreshed(market=MARKET, price_wad=wad(ENTRY)),
        mark.MarketPoked(
            market=MARKET,
            mark_wad=wad(ENTRY),
            index_wad=wad(ENTRY),
            status=Status.OK,
            basis_wad=0,
            premium_wad=0,
            funding_rate_wad=0,
            funding_index_wad=0,
        ),
    ]


def test_poke__second_in_a_block__stores_and_says_nothing(mark, keeper, stranger, chain):
    with one_block(chain) as sent:
        sent.append(mark.poke(MARKET, sender=keeper, **PENDING))
        sent.append(mark.poke(MARKET, sender=stranger, **PENDING))
    assert sent[0].block_number == sent[1].block_number
    assert [len(receipt.events) for receipt in sent] == [2, 0]


def test_price__index_moved__is_what_the_next_poke_stores(mark, set_index):
    set_index(60_600)
    price = mark.price(MARKET)
    assert (price.mark_wad, price.index_wad, price.status) == (
        wad(60_600),
        wad(60_600),
        Status.OK,
    )


def test_poke__book_far_above_the_index__marks_at_the_band(
    mark, book, vault, maker, taker, keeper, chain
):
    # Half a million bid and asked 4 % above the index: a median of three may see nothing else.
    vault.deposit(account_of(taker), 1_000_000 * RAW, sender=taker)
    book.place(account_of(maker), buy(8, 62_400), 32, sender=maker)
    book.place(account_of(taker), sell(8, 62_410), 32, sender=taker)
    for _ in range(3):
        chain.mine(deltatime=300)
        mark.poke(MARKET, sender=keeper)
    price = mark.price(MARKET)
    assert price.index_wad == wad(ENTRY)
    assert price.mark_wad == wad(60_144)  # 0.24 % above, and not a wei more


def test_add_market__by_anyone_but_the_owner__is_refused(mark, guardian, stranger):
    terms, funding = mark.mark_terms(MARKET), mark.funding_terms(MARKET)
    for actor in (guardian, stranger):
        with ape.reverts("ownable: caller is not the owner"):
            mark.add_market(2, terms, funding, sender=actor)


def test_add_market__twice__is_refused(mark, owner):
    terms, funding = mark.mark_terms(MARKET), mark.funding_terms(MARKET)
    with ape.reverts("mark: market exists"):
        mark.add_market(MARKET, terms, funding, sender=owner)


def test_set_mark_terms__band_that_kills_fresh_positions__is_refused(mark, owner):
    # (imr - mmr) / (1 - mmr) of the first tier is 0.005 / 0.995: half a percent is still inside.
    terms = mark.mark_terms(MARKET)
    wide = dict(terms.items()) | {"band_wad": wad("0.0051")}
    with ape.reverts("mark: band too wide for the margins"):
        mark.set_mark_terms(MARKET, wide, sender=owner)


def test_set_funding_terms__by_a_stranger__is_refused(mark, stranger):
    with ape.reverts("ownable: caller is not the owner"):
        mark.set_funding_terms(MARKET, mark.funding_terms(MARKET), sender=stranger)


def test_poke__unknown_market__is_refused(mark, keeper):
    with ape.reverts("mark: unknown market"):
        mark.poke(2, sender=keeper)

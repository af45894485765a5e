from __future__ import annotations

import ape
import pytest

from sim.units import WAD, wad
from tests.unit.ape.words import ENTRY, MARKET, RAW, account_of, buy, sell

DAY_S = 86_400
DEAD_SHARES = 10**15
ZERO, DEAD = "0x" + "00" * 20, "0x" + "00" * 18 + "dead"
BY_TIME, BY_BAND, BY_RIPCORD = range(3)


def only(receipt, name):
    """The one event of a name in a receipt."""
    (event,) = [each for each in receipt.events if each.event_name == name]
    return event


def quotes(price):
    """A maker's orders, a basis point away on both sides."""
    return [buy(20, price - 6), sell(20, price + 6)]


@pytest.fixture(scope="module")
def holders(leveraged, token, book, maker, taker, whale):
    """Two who may mint, and a maker around 60 000."""
    for actor in (taker, whale):
        token.approve(leveraged, 2**256 - 1, sender=actor)
    book.place_many(account_of(maker), quotes(ENTRY), sender=maker)


@pytest.fixture(scope="module")
def minted(holders, leveraged, taker):
    """The taker's tokens, minted first and for 10 000."""
    receipt = leveraged.mint(10_000 * RAW, 0, taker, sender=taker)
    return only(receipt, "TokenMinted").tokens


@pytest.fixture
def quote(holders, book, feeds, mark, maker, reporter, keeper, chain):
    """Move index and mark while the book is empty; then let the maker quote around them."""

    def move(price):
        ids = [each.order_id for each in book.orders_of(account_of(maker))]
        book.cancel_many(ids, sender=maker)
        for feed in feeds:
            now_s = chain.pending_timestamp
            feed.push(wad(price), 0, now_s, now_s, sender=reporter)
        mark.poke(MARKET, sender=keeper)
        assert mark.price(MARKET).mark_wad == wad(price)
        book.place_many(account_of(maker), quotes(price), sender=maker)

    return move


# Minting and redeeming


def test_mint__first__is_a_token_a_quote_of_nav_at_three_times_it(holders, leveraged, house, taker):
    receipt = leveraged.mint(10_000 * RAW, 0, taker, sender=taker)
    # 30 000 at 6 above the mark and 5 bps, less what that costs: 0.4992 bitcoin.
    nav_wad = wad(10_000) - wad("0.4992") * 6 - wad("0.4992") * 60_006 * 5 // 10_000
    assert receipt.events.filter(leveraged.TokenMinted) == [
        leveraged.TokenMinted(
            receiver=taker,
            amount_raw=10_000 * RAW,
            tokens=nav_wad - DEAD_SHARES,
            size_wad=wad("0.4992"),
            nav_before_wad=0,
            nav_wad=nav_wad,
            supply=nav_wad,
            mark_wad=wad(ENTRY),
        )
    ]
    assert house.health(leveraged.account()).equity_wad == leveraged.totalSupply() == nav_wad
    assert house.size_of(leveraged.account(), MARKET) == wad("0.4992")
    assert (leveraged.balanceOf(taker), leveraged.balanceOf(DEAD)) == (
        nav_wad - DEAD_SHARES,
        DEAD_SHARES,
    )
    assert leveraged.next_rebalance_at() == receipt.timestamp + DAY_S


def test_mint__second__is_at_nav_and_costs_the_first_nothing(minted, leveraged, whale, quote):
    quote(61_000)
    before = leveraged.state()
    receipt = leveraged.mint(5_000 * RAW, 0, whale, sender=whale)
    made, after = only(receipt, "TokenMinted"), leveraged.state()
    assert made.tokens == before.supply * (made.nav_wad - before.nav_wad) // before.nav_wad
    assert made.tokens * before.share_price_wad < wad(5_000) * WAD  # it paid for its trade
    assert after.supply == before.supply + made.tokens == made.supply
    assert made.nav_before_wad == before.nav_wad
    assert after.nav_wad * before.supply >= before.nav_wad * after.supply
    assert after.leverage_wad == pytest.approx(before.leverage_wad, rel=0.002)


def test_redeem__half_of_a_holder__pays_its_share_less_its_trade(
    minted, leveraged, house, token, taker, whale, quote
):
    leveraged.mint(5_000 * RAW, 0, whale, sender=whale)
    quote(61_000)
    before, held_raw = leveraged.state(), token.balanceOf(taker)
    receipt = leveraged.redeem(minted // 2, 0, taker, sender=taker)
    paid, after = only(receipt, "TokenRedeemed"), leveraged.state()
    assert paid == leveraged.TokenRedeemed(
        holder=taker,
        receiver=taker,
        tokens=minted // 2,
        nav_before_wad=before.nav_wad,
        nav_wad=after.nav_wad,
        supply=before.supply - minted // 2,
    )
    assert token.balanceOf(taker) - held_raw == paid.amount_raw
    fair_wad = before.nav_wad * (minted // 2) // before.supply
    cost_wad = fair_wad - paid.amount_raw * 10**12
    assert cost_wad == pytest.approx(-paid.size_wad * 61_000 * 6 // 10_000, rel=0.01)
    assert after.nav_wad * before.supply >= before.nav_wad * after.supply
    assert house.health(leveraged.account()).equity_wad == after.nav_wad


def test_redeem__everybody__leaves_no_position(minted, leveraged, house, taker):
    leveraged.redeem(minted, 0, taker, sender=taker)
    assert leveraged.totalSupply() == DEAD_SHARES
    assert house.size_of(leveraged.account(), MARKET) == 0


def test_transfer__to_a_stranger__who_redeems_for_another(
    minted, leveraged, token, taker, stranger, treasury
):
    leveraged.transfer(stranger, minted // 2, sender=taker)
    with ape.reverts("erc20: burn amount exceeds balance"):
        leveraged.redeem(minted, 0, taker, sender=taker)
    before_raw = token.balanceOf(treasury)
    receipt = leveraged.redeem(minted // 2, 0, treasury, sender=stranger)
    paid_raw = only(receipt, "TokenRedeemed").amount_raw
    assert token.balanceOf(treasury) - before_raw == paid_raw > 4_900 * RAW


@pytest.mark.parametrize(
    ("amount_raw", "least", "receiver", "reason"),
    [
        (0, 0, None, "token: amount is zero"),
        (3 * RAW, 0, None, "token: too small to trade"),
        (1_000 * RAW, 1_000 * WAD, None, "token: fewer tokens than asked for"),
        (1_000 * RAW, 0, ZERO, "token: receiver not allowed"),
        (1_000 * RAW, 0, DEAD, "token: receiver not allowed"),
        (500_000 * RAW, 0, None, "book: can't be filled whole"),
    ],
)
def test_mint__what_it_does_not_take__is_refused(
    minted, leveraged, token, whale, amount_raw, least, receiver, reason
):
    before, before_raw = leveraged.state(), token.balanceOf(whale)
    with ape.reverts(reason):
        leveraged.mint(amount_raw, least, receiver or whale, sender=whale)
    assert (leveraged.state(), token.balanceOf(whale)) == (before, before_raw)


def test_redeem__what_it_does_not_give__is_refused(minted, leveraged, book, maker, taker):
    with ape.reverts("token: tokens are zero"):
        leveraged.redeem(0, 0, taker, sender=taker)
    with ape.reverts("token: less collateral than asked for"):
        leveraged.redeem(minted, 10_000 * RAW, taker, sender=taker)
    ids = [each.order_id for each in book.orders_of(account_of(maker))]
    book.cancel_many(ids, sender=maker)
    with ape.reverts("book: can't be filled whole"):
        leveraged.redeem(minted, 0, taker, sender=taker)
    assert leveraged.balanceOf(taker) == minted


# Nobody else moves the NAV


def test_nav__tokens_given_to_everything__is_what_it_was(
    minted, leveraged, vault, house, pool, book, token, whale
):
    before = leveraged.state()
    for contract in (leveraged, vault, house, pool, book):
        token.transfer(contract, 1_000_000 * RAW, sender=whale)
    assert leveraged.state() == before


def test_account__of_the_token__takes_nothing_from_others(minted, leveraged, vault, whale, owner):
    account = leveraged.account()
    for actor in (whale, owner):
        with ape.reverts("vault: caller is neither owner nor operator"):
            vault.deposit(account, RAW, sender=actor)
        with ape.reverts("vault: caller is neither owner nor operator"):
            vault.withdraw(account, RAW, actor, sender=actor)


def test_contract__deployed__has_no_owner(leveraged):
    names = {method.name for method in leveraged.contract_type.methods}
    assert not names & {"owner", "transfer_ownership", "renounce_ownership", "set_minter"}
    assert (leveraged.symbol(), leveraged.decimals()) == ("BTC3L", 18)
    assert (leveraged.LEVERAGE_WAD(), leveraged.MARKET()) == (3 * WAD, MARKET)


# Moving back to the target


def test_rebalance__inside_day_and_band__is_refused(minted, leveraged, keeper, quote):
    quote(58_800)  # 3x down 2 %: 3.13
    assert not leveraged.state().is_due
    with ape.reverts("token: not due"):
        leveraged.rebalance(sender=keeper)
    with ape.reverts("token: leverage inside the outer band"):
        leveraged.ripcord(sender=keeper)
    with ape.reverts("token: profit is realised"):
        leveraged.realise(sender=keeper)


def test_rebalance__a_day_later__trades_back_and_pays_whoever_calls(
    minted, leveraged, token, stranger, quote, chain
):
    for price in (ENTRY, 58_800):  # twice, as a feed is believed for a day
        chain.mine(deltatime=DAY_S // 2)
        quote(price)
    before, held_raw = leveraged.state(), token.balanceOf(stranger)
    assert before.is_due
    receipt = leveraged.rebalance(sender=stranger)
    done, after = only(receipt, "TokenRebalanced"), leveraged.state()
    assert done == leveraged.TokenRebalanced(
        keeper=stranger,
        reason=BY_TIME,
        wanted_wad=before.target_delta_wad,
        size_wad=before.target_delta_wad,
        leverage_before_wad=before.leverage_wad,
        leverage_wad=after.leverage_wad,
        nav_before_wad=before.nav_wad,
        nav_wad=after.nav_wad,
        is_complete=True,
    )
    assert done.size_wad < 0
    assert after.leverage_wad == pytest.approx(3 * WAD, rel=0.001)
    assert 0 < done.reward_wad == (token.balanceOf(stranger) - held_raw) * 10**12
    assert leveraged.next_rebalance_at() == receipt.timestamp + DAY_S
    with ape.reverts("token: not due"):
        leveraged.rebalance(sender=stranger)


def test_rebalance__out_of_band__goes_back_in_chunks_with_a_pause_between(
    holders, leveraged, whale, keeper, quote, chain
):
    leveraged.mint(200_000 * RAW, 0, whale, sender=whale)
    quote(55_800)  # 3x down 7 %: 3.53
    first = only(leveraged.rebalance(sender=keeper), "TokenRebalanced")
    assert (first.reason, first.is_complete) == (BY_BAND, False)
    assert wad(49_990) < -first.size_wad * 55_800 <= wad(50_000)
    with ape.reverts("token: cooling down"):
        leveraged.rebalance(sender=keeper)
    chain.mine(deltatime=60)
    second = only(leveraged.rebalance(sender=keeper), "TokenRebalanced")
    assert second.is_complete
    assert second.leverage_wad == pytest.approx(3 * WAD, rel=0.001)


def test_rebalance__nothing_within_the_bound__is_refused(
    minted, leveraged, book, maker, keeper, quote
):
    quote(55_800)
    bid, _ = book.orders_of(account_of(maker))
    book.cancel(bid.order_id, sender=maker)
    book.place(account_of(maker), buy(1, 55_632), 32, sender=maker)  # 0.3 % is 55 632.6
    with ape.reverts("token: nothing on the book within the bound"):
        leveraged.rebalance(sender=keeper)
    book.place(account_of(maker), buy(1, "55632.6"), 32, sender=maker)
    assert only(leveraged.rebalance(sender=keeper), "TokenRebalanced").size_wad < 0


def test_ripcord__above_the_outer_band__takes_a_larger_chunk(
    holders, leveraged, whale, keeper, quote
):
    leveraged.mint(150_000 * RAW, 0, whale, sender=whale)
    for price in (55_500, 52_000):  # 3x down 13.3 %: 4.34
        quote(price)
    before = leveraged.state()
    assert before.is_ripcord
    assert before.leverage_wad > wad("4.2")
    done = only(leveraged.ripcord(sender=keeper), "TokenRebalanced")
    assert (done.reason, done.size_wad) == (BY_RIPCORD, before.target_delta_wad)
    assert -done.size_wad * 52_000 > wad(100_000)  # `rebalance` would take 50 000
    assert done.leverage_wad == pytest.approx(3 * WAD, rel=0.001)
    with ape.reverts("token: leverage inside the outer band"):
        leveraged.ripcord(sender=keeper)


def test_index__not_to_be_traded_on__stops_mint_and_rebalance(
    minted, leveraged, whale, keeper, mark, chain
):
    chain.mine(deltatime=DAY_S + 60)  # every feed is old
    mark.poke(MARKET, sender=keeper)
    assert not leveraged.state().is_due
    with ape.reverts("token: index not OK"):
        leveraged.mint(1_000 * RAW, 0, whale, sender=whale)
    with ape.reverts("token: index not OK"):
        leveraged.rebalance(sender=keeper)

"""The leveraged token on the deployed protocol: who pays what, when it moves, and when it stops."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.chain.port import CallReverted
from sim.types import account_id
from sim.units import WAD, wad
from tests.support.contracts import address_of
from tests.token_world import (
    BOOK,
    DAY_S,
    LEVERAGES,
    LOT_WAD,
    MARKET,
    RAW,
    TERMS,
    TICK_WAD,
    TokenWorld,
    refused,
    token_config,
)
from tests.world import World

STRANGER_RAW = 10**9


@pytest.fixture(scope="module")
def built():
    return TokenWorld()


@pytest.fixture
def tokens(built):
    before = built.snapshot()
    built.use("BTC3L")
    yield built
    built.revert(before)


@pytest.fixture(params=LEVERAGES)
def each(tokens, request):
    tokens.use(request.param)
    return tokens


def within(found, wanted, ratio):
    return abs(found - wanted) <= abs(wanted) * ratio


# Minting and redeeming


def test_mint__first__opens_at_the_target_less_its_cost(each):
    each.quote()
    minted = each.mint(60_000)
    seen = each.state()
    assert seen.supply == minted + 10**15
    assert seen.nav_wad == each.nav_wad() == seen.supply
    assert within(seen.leverage_wad, each.leverage * WAD, 0.001)
    cost_wad = wad(60_000) - seen.nav_wad
    assert within(cost_wad, abs(each.leverage) * wad(60_000) * 6 // 10_000, 0.02)
    assert seen.next_rebalance_at == each.now_s + DAY_S


def test_mint__second_holder__grows_the_position_with_the_supply(each):
    each.quote()
    each.mint(60_000)
    each.price(62_000, 600)
    each.quote()
    before = each.state()
    minted = each.mint(30_000, "whale")
    after = each.state()
    assert within(after.leverage_wad, before.leverage_wad, 0.002)
    assert within(minted, before.supply * wad(30_000) // before.nav_wad, 0.005)
    others = after.nav_wad * before.supply
    assert 0 <= others - before.nav_wad * after.supply < after.nav_wad  # to one token wei


def test_mint_and_redeem__holder_leaves__others_keep_their_nav_at_mark(each):
    each.quote()
    each.mint(60_000)
    price_wad = each.state().share_price_wad
    own = each.mint(30_000, "whale")
    paid_raw = each.redeem(own, "whale")
    cost_wad = wad(30_000) - paid_raw * 10**12
    assert within(cost_wad, abs(each.leverage) * wad(30_000) * 12 // 10_000, 0.1)
    assert price_wad <= each.state().share_price_wad <= price_wad + 10**8


def test_redeem__everybody__leaves_the_dead_shares_and_no_position(each):
    each.quote()
    each.mint(60_000)
    each.redeem(each.balance("taker"))
    seen = each.state()
    assert (seen.supply, seen.size_wad) == (10**15, 0)
    assert 0 < seen.nav_wad < WAD // 100
    again = each.mint(60_000, "whale")
    assert within(each.state().leverage_wad, each.leverage * WAD, 0.001)
    assert within(again, wad(60_000) * seen.supply // seen.nav_wad, 0.01)


def test_mint__bounds_not_met__is_refused(tokens):
    tokens.quote()
    with refused("token: fewer tokens than asked for"):
        tokens.mint(60_000, least=wad(60_000))
    held = tokens.mint(60_000)
    with refused("token: less collateral than asked for"):
        tokens.redeem(held, least=60_000 * RAW)
    with refused("token: too small to trade"):
        tokens.mint(3)
    with refused("token: amount is zero"):
        tokens.mint(0)
    with refused("token: tokens are zero"):
        tokens.redeem(0)
    with refused("erc20: burn amount exceeds balance"):
        tokens.redeem(1, "whale")


def test_mint__receiver_nobody_or_the_token__is_refused(tokens):
    tokens.quote()
    token = tokens.deployed.address(tokens.token)
    for receiver in ("0x" + "00" * 20, token, "0x" + "00" * 18 + "dead"):
        with refused("token: receiver not allowed"):
            tokens.send("taker", tokens.token, "mint", 60_000 * RAW, 0, receiver)


def test_mint__book_empty_or_too_thin__is_refused_whole(tokens):
    with refused("book: can't be filled whole"):
        tokens.mint(60_000)
    tokens.quote(size=2)
    with refused("book: can't be filled whole"):
        tokens.mint(60_000)
    assert tokens.mint(30_000) > 0


def test_redeem__share_below_an_order__trades_the_smallest_order(tokens):
    tokens.quote()
    tokens.mint(60_000)
    before = tokens.state()
    tokens.redeem(WAD // 2)
    after = tokens.state()
    assert before.size_wad - after.size_wad == 2 * LOT_WAD  # 12 quote, the least is 10
    assert after.leverage_wad < before.leverage_wad


# Nothing but trades, funding and holders moves the NAV


def test_nav__donations_everywhere__do_not_move_it(each):
    each.quote()
    each.mint(60_000)
    before, index = each.state(), each.read("OracleAggregator", "index", MARKET).price_wad
    shares_wad = each.read("InsurancePool", "convertToAssets", WAD)
    for name in (each.token, "MarginVault", "Clearinghouse", "InsurancePool", BOOK):
        to = each.deployed.address(name)
        each.send("stranger", "MockToken", "transfer", to, STRANGER_RAW * RAW)
    assert each.state() == before
    assert each.read("OracleAggregator", "index", MARKET).price_wad == index
    assert each.read("InsurancePool", "convertToAssets", WAD) == shares_wad
    paid_raw = each.redeem(each.balance("taker") // 2)
    assert paid_raw < 30_000 * RAW


def test_deposit__into_the_tokens_account_by_another__is_refused(tokens):
    tokens.quote()
    tokens.mint(60_000)
    with refused("vault: caller is neither owner nor operator"):
        tokens.send("taker", "MarginVault", "deposit", tokens.account, RAW)
    own = tokens.deposit("taker", 1_000 * RAW)
    with refused("clearinghouse: accounts have different owners"):
        tokens.send("taker", "MarginVault", "move", own, tokens.account, WAD)


def test_first_mint__attacker_inflates__cannot_round_a_victim_down(tokens):
    tokens.quote()
    own = tokens.mint(100, "stranger")
    tokens.redeem(own - 1, "stranger")
    token = tokens.deployed.address(tokens.token)
    tokens.send("stranger", "MockToken", "transfer", token, 10**6 * RAW)
    victim = tokens.mint(60_000)
    worth_wad = victim * tokens.nav_wad() // tokens.state().supply
    assert within(worth_wad, wad(60_000), 0.003)  # costs of trading


def test_share_price__times_supply__is_the_account_within_a_wei_a_share(each):
    each.quote()
    each.mint("60000.123457")
    each.price(61_234, 600)
    seen = each.state()
    gap_wad = each.nav_wad() - seen.share_price_wad * seen.supply // WAD
    assert 0 <= gap_wad <= seen.supply // WAD + 1


# Rebalancing


@pytest.mark.parametrize("price", [57_000, 58_800, 61_200, 63_000])
def test_rebalance__a_day_after_a_move__trades_what_the_formula_says(price):
    free = TokenWorld(taker_bps=0, terms=replace(TERMS, chunk_wad=wad(250_000), reward_ratio_wad=0))
    for name, leverage in LEVERAGES.items():
        free.use(name)
        free.price(60_000, 600)
        free.quote(spread_bps=0)
        free.mint(60_000)
        nav_wad = free.nav_wad()
        free.price(price, DAY_S)
        free.quote(spread_bps=0)
        done = free.rebalance()
        flow_wad = done.size_wad * price
        asked_wad = leverage * (leverage - 1) * nav_wad * (price - 60_000) // 60_000
        # A lot of rounding in the opening grows by the move, a lot in the flow, a tick of price.
        assert abs(flow_wad - asked_wad) <= 4 * LOT_WAD * price
        assert (done.reason, done.is_complete) == (0, True)
        assert free.state().next_rebalance_at == free.now_s + DAY_S
        free.walk(60_000)


def test_rebalance__inside_band_and_day__is_refused(each):
    each.quote()
    each.mint(60_000)
    each.price(60_600, 600)
    each.quote()
    assert not each.state().is_due
    with refused("token: not due"):
        each.rebalance()
    with refused("token: leverage inside the outer band"):
        each.rebalance("ripcord")
    with refused("token: profit is realised"):
        each.realise()


def test_rebalance__out_of_band__goes_back_in_chunks_with_a_pause_between(tokens):
    tokens.quote()
    tokens.mint(600_000)
    tokens.price(55_800, 600)  # 3x down 7 %: 3.53
    tokens.quote()
    wanted_wad = tokens.state().target_delta_wad
    first = tokens.rebalance()
    assert (first.reason, first.is_complete, first.wanted_wad) == (1, False, wanted_wad)
    assert wad(49_990) < -first.size_wad * 55_800 <= wad(50_000)
    with refused("token: cooling down"):
        tokens.rebalance()
    calls = 1
    while not first.is_complete:
        tokens.price(55_800, 60)
        tokens.quote()
        first = tokens.rebalance()
        calls += 1
    assert calls == -(-abs(wanted_wad) * 55_800 // wad(50_000))
    assert within(tokens.state().leverage_wad, 3 * WAD, 0.002)
    assert tokens.state().next_rebalance_at == tokens.now_s + DAY_S


def test_rebalance__book_worse_than_the_bound__is_refused_and_costs_no_pause(tokens):
    tokens.quote()
    tokens.mint(60_000)
    tokens.price(55_800, 600)
    bound_wad = wad(55_800) * (WAD - TERMS.slippage_wad) // WAD
    just_below_wad = (bound_wad - 1) // TICK_WAD * TICK_WAD
    tokens.rest("maker", [(just_below_wad, wad(10))])
    with refused("token: nothing on the book within the bound"):
        tokens.rebalance()
    tokens.rest("maker", [(just_below_wad + TICK_WAD, wad(10))])
    assert tokens.rebalance().size_wad < 0


def test_rebalance__nothing_to_trade_after_a_day__only_sets_the_clock(tokens):
    tokens.quote(spread_bps=0)
    tokens.mint(60_000)
    tokens.price(60_000, DAY_S)
    done = tokens.rebalance()
    assert (done.size_wad, done.reward_wad, done.is_complete) == (0, 0, True)
    assert tokens.state().next_rebalance_at == tokens.now_s + DAY_S


def test_rebalance__keeper__is_paid_a_ratio_up_to_the_most(tokens):
    tokens.quote()
    tokens.mint(60_000)
    tokens.price(55_800, 600)
    tokens.quote()
    before_raw = tokens.read("MockToken", "balanceOf", address_of("reporter"))
    done = tokens.rebalance()
    paid_raw = tokens.read("MockToken", "balanceOf", address_of("reporter")) - before_raw
    assert done.reward_wad == paid_raw * 10**12
    assert 0 < done.reward_wad <= abs(done.size_wad) * 55_800 // 10_000
    assert done.reward_wad <= TERMS.reward_max_wad


def test_ripcord__leverage_beyond_the_outer_band__takes_a_larger_chunk_sooner(tokens):
    tokens.quote()
    tokens.mint(600_000)
    tokens.walk(51_600)  # 3x down 14 %: 4.45
    tokens.quote()
    seen = tokens.state()
    assert seen.is_ripcord
    assert seen.leverage_wad > wad("4.2")
    done = tokens.rebalance("ripcord")
    assert done.reason == 2
    assert -done.size_wad * 51_600 > wad(200_000)
    assert done.leverage_wad < wad("4.2") < done.leverage_before_wad
    with refused("token: leverage inside the outer band"):
        tokens.rebalance("ripcord")
    tokens.price(51_600, 60)
    tokens.quote()
    assert tokens.rebalance().size_wad < 0


def test_ripcord__a_short_after_a_rise__buys(tokens):
    tokens.use("BTC3S")
    tokens.quote()
    tokens.mint(60_000)
    tokens.walk(65_000)  # -3x up 8.3 %: -4.3
    tokens.quote()
    assert tokens.rebalance("ripcord").size_wad > 0


def test_index__not_ok__stops_minting_and_rebalancing_not_redeeming_where_allowed(tokens):
    tokens.quote()
    own = tokens.mint(60_000)
    tokens.next_block(DAY_S)
    tokens.send("stranger", "MarkPrice", "poke", MARKET)
    assert not tokens.state().is_due
    for call in (tokens.rebalance, tokens.realise, lambda: tokens.rebalance("ripcord")):
        with pytest.raises(CallReverted):
            call()
    with refused("token: index not OK"):
        tokens.mint(1_000)
    with refused("token: index not OK"):
        tokens.rebalance()
    with pytest.raises(CallReverted):
        tokens.redeem(own)


# Profit that cannot be paid out


def test_realise__profit_beyond_half_the_nav__makes_it_redeemable(tokens):
    tokens.quote()
    own = tokens.mint(10_000)
    for price in range(66_000, 126_000, 6_000):  # always adding, never taking anything home
        tokens.price(price, DAY_S)
        tokens.quote()
        while not tokens.rebalance().is_complete:
            tokens.price(price, 60)
            tokens.quote()
    with refused("clearinghouse: above withdrawable"):
        tokens.redeem(own // 100)
    tokens.price(120_000, 60)
    tokens.quote()
    while tokens.state().is_realisable:
        before = tokens.state()
        done = tokens.realise()
        assert done.opened_wad == done.closed_wad <= before.size_wad
        assert done.closed_wad * 120_000 <= wad(50_000)
        cost_wad = done.nav_before_wad - done.nav_wad
        assert within(cost_wad, 2 * done.closed_wad * 120_000 * 7 // 10_000, 0.02)
        tokens.price(120_000, 60)
        tokens.quote()
    assert done.cash_wad > done.cash_before_wad
    assert tokens.redeem(own // 100) > 0
    assert tokens.redeem(own // 2) > 0


# Liquidated, or worthless


def test_liquidated__something_left__is_redeemed_pro_rata_and_opened_anew(tokens):
    tokens.use("BTC3S")
    tokens.quote()
    own, others = tokens.mint(15_000), tokens.mint(5_000, "whale")
    tokens.walk(79_770)  # -3x, up 33 %: less than two thirds of maintenance are left
    tokens.quote()
    tokens.send("keeper", "Liquidator", "liquidate", tokens.account, MARKET, 32)
    seen = tokens.state()
    assert (seen.size_wad, seen.leverage_wad) == (0, 0)
    assert 0 < seen.nav_wad < wad(1_000)
    paid_raw = tokens.redeem(own)
    assert paid_raw == seen.nav_wad * own // seen.supply // 10**12
    assert tokens.balance("whale") == others
    minted = tokens.mint(1_000, "whale")
    assert within(minted, others * wad(1_000) // (seen.nav_wad - paid_raw * 10**12), 10**-6)
    assert tokens.state().is_due
    assert tokens.rebalance().size_wad < 0


def test_worthless__nothing_left__is_over(tokens):
    tokens.use("BTC3S")
    tokens.quote()
    own = tokens.mint(60_000)
    tokens.walk(82_000)
    tokens.quote()
    assert tokens.nav_wad() < 0
    assert tokens.state().share_price_wad == 0
    with refused("token: no equity"):
        tokens.mint(1_000)
    with refused("token: no equity"):
        tokens.redeem(own)
    with refused("token: no equity"):
        tokens.rebalance()


# What it is made of

BAD_TERMS = [
    ({"interval_s": 3_599}, "token: interval out of range"),
    ({"interval_s": 7 * DAY_S + 1}, "token: interval out of range"),
    ({"ripcord_cooldown_s": 0}, "token: cooldowns"),
    ({"ripcord_cooldown_s": 61}, "token: cooldowns"),
    ({"cooldown_s": 3_601}, "token: cooldown above an hour"),
    ({"band_wad": WAD // 101}, "token: band outside the outer"),
    ({"band_wad": TERMS.outer_wad}, "token: band outside the outer"),
    ({"outer_wad": WAD + 1}, "token: outer band above the target itself"),
    ({"slippage_wad": 0}, "token: slippages"),
    ({"slippage_wad": TERMS.ripcord_slippage_wad + 1}, "token: slippages"),
    ({"ripcord_slippage_wad": WAD // 50 + 1}, "token: slippage above 2 %"),
    ({"chunk_wad": wad(999)}, "token: chunks"),
    ({"ripcord_chunk_wad": TERMS.chunk_wad - 1}, "token: chunks"),
    ({"reward_ratio_wad": WAD // 1_000 + 1}, "token: reward above 10 bps"),
    ({"reward_max_wad": wad(1_000) + 1}, "token: reward above 1,000"),
]


@pytest.mark.parametrize(("changes", "reason"), BAD_TERMS)
def test_deploy__terms_out_of_bounds__is_refused(changes, reason):
    with pytest.raises(Exception, match=reason.replace("%", ".")):
        World(token_config(terms=replace(TERMS, **changes)))


@pytest.mark.parametrize("leverage", [-2, 0, 1, 4])
def test_deploy__leverage_not_offered__is_refused(leverage):
    config = token_config()
    with pytest.raises(Exception, match="token: leverage not offered"):
        World(replace(config, tokens=(replace(config.tokens[0], leverage=leverage),)))


def test_token__deployed__has_no_owner_and_says_what_it_is(each):
    name = each.token.removeprefix("LeveragedToken.")
    words = [each.read(each.token, one) for one in ("name", "symbol", "decimals", "MARKET")]
    assert words == [name, name, 18, MARKET]
    assert each.read(each.token, "LEVERAGE_WAD") == each.leverage * WAD
    assert each.read(each.token, "account") == each.account
    assert tuple(each.read(each.token, "TERMS")) == tuple(
        getattr(TERMS, field) for field in TERMS.__dataclass_fields__
    )
    assert each.account == account_id(each.deployed.address(each.token), 1)

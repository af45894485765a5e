"""The insurance pool in the whole protocol: shares, leaving, absorbing, and bringing back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.protocol.config import FundingTerms
from sim.reference.pool import PAUSE_S, WINDOW_S, Pool, Request
from sim.reference.unwinding import Pace
from sim.types import OrderKind, Status, account_id
from sim.units import WAD, wad
from tests.liquidation_world import RAW, LiquidationWorld
from tests.pool_world import COOLDOWN_S, MARKET, PoolWorld
from tests.support.contracts import address_of
from tests.support.examples import HEAVY
from tests.world import reference_world_config


@pytest.fixture(scope="module")
def deployed() -> LiquidationWorld:
    config = reference_world_config()
    calm = tuple(replace(one, funding=FundingTerms(cap_wad=0)) for one in config.markets)
    world = LiquidationWorld(replace(config, markets=calm))
    world.deposit("maker", 100_000_000 * RAW)
    return world


@pytest.fixture
def world(deployed: LiquidationWorld) -> Iterator[LiquidationWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


@pytest.fixture(scope="module")
def small_deployed() -> PoolWorld:
    return PoolWorld()


@pytest.fixture
def small(small_deployed: PoolWorld) -> Iterator[PoolWorld]:
    before = small_deployed.snapshot()
    yield small_deployed
    small_deployed.revert(before)


def ask(world: LiquidationWorld, method: str, *arguments: object) -> int:
    found: int = world.read("InsurancePool", method, *arguments)
    return found


def state(world: LiquidationWorld) -> Pool:
    return Pool(shares=ask(world, "totalSupply"), assets=ask(world, "totalAssets"))


def absorbed(world: LiquidationWorld, price: int = 59_150, size: str = "1") -> int:
    """Let the pool take a failing long over; its isolated account."""
    margin = round(1_030 * float(size) + 0.49)
    account = world.open("taker", size, margin * RAW)
    world.index(price)
    assert world.liquidate(account).rung == 2
    return world.pool_account(1)


def leave(world: LiquidationWorld, role: str, shares: int) -> int:
    """Request and take out after the cool-down; what was paid."""
    world.send(role, "InsurancePool", "request_redeem", shares)
    world.next_block(COOLDOWN_S)
    return take_out(world, role)


def take_out(world: LiquidationWorld, role: str) -> int:
    before: int = world.read("MockToken", "balanceOf", address_of(role))
    world.send(role, "InsurancePool", "claim", address_of(role))
    after: int = world.read("MockToken", "balanceOf", address_of(role))
    return after - before


@HEAVY
@given(
    amounts=st.lists(
        st.tuples(st.sampled_from(["whale", "stranger"]), st.integers(1, 10**13)), max_size=6
    ),
    income_raw=st.integers(0, 10**12),
)
def test_shares__any_deposits_and_income__match_the_reference(small_deployed, amounts, income_raw):
    small = small_deployed
    before = small.snapshot()
    try:
        for place, (role, amount) in enumerate(amounts):
            if place == 1:
                small.earn(income_raw)
            known = small.pool()
            expected = known.shares_for(amount)
            assert small.ask("pool", "convertToShares", amount) == expected
            if expected:
                assert small.stake(role, amount) == expected
                worth = small.pool().assets_for(expected)
                assert small.ask("pool", "convertToAssets", expected) == worth <= amount
                # Who was there before loses nothing by it.
                assert small.pool().price >= known.price
    finally:
        small.revert(before)


def test_deposit__first_depositor_inflates_the_price__loses_more_than_the_victim(small):
    # The attacker owns one raw unit's shares and makes the pool earn ten thousand.
    attacker_shares = small.stake("stranger", 1)
    small.earn(10_000 * RAW)
    victim_shares = small.stake("whale", 20_000 * RAW)
    victim_loss = 20_000 * RAW - small.ask("pool", "convertToAssets", victim_shares)
    assert victim_loss <= 1  # one raw unit
    # Half of what was spent on the price belongs to the virtual share.
    assert small.ask("pool", "convertToAssets", attacker_shares) <= 5_001 * RAW


def test_redeem__worth_more_by_then__pays_what_it_was_worth_when_asked(small):
    shares = small.stake("whale", 1_000 * RAW)
    small.stake("maker", 1_000 * RAW)
    small.send("whale", "pool", "request_redeem", shares)
    small.earn(500 * RAW)
    small.next_block(COOLDOWN_S)
    small.send("whale", "pool", "claim", address_of("whale"))
    assert small.ask("token", "balanceOf", address_of("whale")) == 1_000 * RAW
    # What the leaver did not get stays with who stays.
    assert small.ask("pool", "totalAssets") == 1_500 * RAW


def test_top_up__more_than_there_is__pays_what_there_is(small):
    small.stake("whale", 7 * RAW)
    keeper = account_id(address_of("keeper"), 0)
    small.send("liquidator", "pool", "top_up", keeper, wad(10))
    assert small.ask("house", "cash_of", keeper) == wad(7)
    assert small.ask("pool", "equity_wad") == 0


def failing_long(small: PoolWorld) -> int:
    """A long of 100 at 100 with 1 % of margin, and a mark that leaves a quarter of it."""
    account = small.deposit("taker", 100 * RAW)
    maker = small.deposit("maker", 1_000_000 * RAW)
    fill = (maker, wad(100), wad(100), False)
    small.send("owner", "book", "fill", MARKET, account, True, False, (fill,))
    return account


# The long owes 100 at 98, and who holds its 9 800 needs 1.1 % of it.
NEEDED_WAD = wad("207.8")


@pytest.mark.parametrize(
    ("caps", "reason"),
    [((wad(9_000), wad(10**6), WAD), "exposure"), ((wad(10**6), NEEDED_WAD - 1, WAD), "losses")],
)
def test_absorb__above_a_cap__is_refused(small, caps, reason):
    small.stake("whale", 100_000 * RAW)
    account = failing_long(small)
    small.send("owner", "pool", "set_caps", MARKET, caps)
    small.set_price(wad(98))
    with pytest.raises(CallReverted, match=f"pool: {reason} at"):
        small.send("liquidator", "pool", "absorb", MARKET, account)
    small.send("owner", "pool", "set_caps", MARKET, (wad(9_800), NEEDED_WAD, WAD))
    small.send("liquidator", "pool", "absorb", MARKET, account)
    assert small.ask("house", "size_of", small.pool_account(MARKET), MARKET) == wad(100)
    assert small.ask("pool", "at_risk_wad", MARKET) == NEEDED_WAD


def test_absorb__loss_cap_of_zero__puts_nobodys_cash_behind_anything(small):
    small.stake("whale", 100_000 * RAW)
    account = failing_long(small)
    small.send("owner", "pool", "set_caps", MARKET, (wad(10**6), 0, WAD))
    small.set_price(wad("99.1"))  # owes nothing, but has less than its initial margin
    with pytest.raises(CallReverted, match="pool: losses at their cap"):
        small.send("liquidator", "pool", "absorb", MARKET, account)


def test_absorb__account_of_the_pool__is_refused(small):
    small.stake("whale", 100_000 * RAW)
    backstop = held_by_the_pool(small)
    small.set_price(wad(90))
    with pytest.raises(CallReverted, match="pool: account is its own"):
        small.send("liquidator", "pool", "absorb", MARKET, backstop)


def held_by_the_pool(small: PoolWorld, loss_cap_wad: int = 500 * WAD) -> int:
    """A long of 100 that the pool has taken over at 98; its isolated account."""
    account = failing_long(small)
    small.send("owner", "pool", "set_caps", MARKET, (wad(10**6), loss_cap_wad, WAD))
    small.set_price(wad(98))
    small.send("liquidator", "pool", "absorb", MARKET, account)
    return small.pool_account(MARKET)


@pytest.mark.parametrize("price", ["96.5", "95", "60"])
def test_restore__lacks_more_than_the_cap_leaves__puts_what_is_left(small, price):
    small.stake("whale", 100_000 * RAW)
    backstop = held_by_the_pool(small)
    small.set_price(wad(price))
    before_wad = small.ask("house", "cash_of", backstop)
    lacks_wad = wad(price) * 100 * 11 // 1_000 - small.ask("house", "health", backstop).equity_wad
    paid_wad = min(lacks_wad, 500 * WAD - NEEDED_WAD)
    assert small.ask("pool", "spare_wad", MARKET) == 500 * WAD - NEEDED_WAD
    small.send("stranger", "pool", "restore", MARKET)
    assert small.ask("house", "cash_of", backstop) - before_wad == paid_wad
    assert small.ask("pool", "at_risk_wad", MARKET) == NEEDED_WAD + paid_wad
    assert small.ask("pool", "spare_wad", MARKET) == 500 * WAD - NEEDED_WAD - paid_wad


def test_restore__cap_is_used_up__puts_nothing_more(small):
    small.stake("whale", 100_000 * RAW)
    held_by_the_pool(small)
    for price in (95, 90, 50):
        small.set_price(wad(price))
        small.send("stranger", "pool", "restore", MARKET)
        assert small.ask("pool", "at_risk_wad", MARKET) == 500 * WAD
    assert small.ask("pool", "spare_wad", MARKET) == 0
    assert small.ask("house", "cash_of", small.pool_account()) == wad(100_000 - 500)


def test_spare__cash_below_what_the_cap_leaves__is_the_cash(small):
    small.stake("whale", 250 * RAW)
    held_by_the_pool(small)
    assert small.ask("pool", "spare_wad", MARKET) == 250 * WAD - NEEDED_WAD


def test_equity__position_owes_more_than_the_cap_leaves__is_not_the_stakers(small):
    # Counted in full, it would sell shares for nothing to whoever comes before it is closed.
    shares = small.stake("whale", 1_000 * RAW)
    held_by_the_pool(small)
    small.set_price(wad(50))  # some 4 700 below zero
    assert small.ask("pool", "equity_wad") == wad(1_000 - 500)
    assert small.ask("pool", "convertToAssets", shares) == 500 * RAW
    small.send("stranger", "pool", "restore", MARKET)
    assert small.ask("pool", "equity_wad") == wad(1_000 - 500)
    later = small.stake("stranger", 1_000 * RAW)
    assert small.ask("pool", "convertToAssets", later) in (1_000 * RAW, 1_000 * RAW - 1)


def test_set_caps__position_is_held__counts_what_is_behind_it_and_forgets_the_rest(small):
    small.stake("whale", 100_000 * RAW)
    backstop = held_by_the_pool(small)
    small.set_price(wad("97.5"))
    equity_wad = small.ask("house", "health", backstop).equity_wad
    assert 0 < equity_wad < NEEDED_WAD
    small.send("owner", "pool", "set_caps", MARKET, (wad(10**6), wad(50), WAD))
    assert small.ask("pool", "at_risk_wad", MARKET) == equity_wad
    assert small.ask("pool", "spare_wad", MARKET) == 0  # less than what is there by now
    small.set_price(wad(90))
    small.send("owner", "pool", "set_caps", MARKET, (wad(10**6), wad(50), WAD))
    assert small.ask("pool", "at_risk_wad", MARKET) == 0
    small.send("stranger", "pool", "restore", MARKET)
    assert small.ask("pool", "at_risk_wad", MARKET) == wad(50)


@pytest.mark.parametrize("conf", ["0.2", "0.98"])
def test_absorb__thin_market_with_a_wide_interval__takes_the_position(small, conf):
    # Valued at the worse edge, the pool's account needs more than initial margin.
    small.stake("whale", 100_000 * RAW)
    account = failing_long(small)
    small.set_price(wad("99.1"), conf_wad=wad(conf), status=Status.THIN)
    small.send("liquidator", "pool", "absorb", MARKET, account)
    assert small.ask("house", "cash_of", account) == 0


def test_absorb__pool_is_too_poor__is_refused(small):
    small.stake("whale", 10 * RAW)
    account = failing_long(small)
    small.set_price(wad("99.1"))
    with pytest.raises(CallReverted, match="clearinghouse: payer's cash too low"):
        small.send("liquidator", "pool", "absorb", MARKET, account)


def test_donation__tokens_sent_to_pool_and_vault__move_no_price(world):
    world.stake("whale", 1_000 * RAW)
    before, equity = state(world), ask(world, "equity_wad")
    for name in ("InsurancePool", "MarginVault"):
        world.send("owner", "MockToken", "mint", world.deployed.address(name), 777 * RAW)
    assert (state(world), ask(world, "equity_wad")) == (before, equity)


def test_deposit__by_a_stranger_into_the_pools_account__is_refused(world):
    with pytest.raises(CallReverted, match="vault: caller is neither owner nor operator"):
        world.send("stranger", "MarginVault", "deposit", world.pool_account(), RAW)


def test_deposit__too_small_for_a_share__is_refused(world):
    with pytest.raises(CallReverted, match="pool: deposit too small"):
        world.send("stranger", "InsurancePool", "deposit", 0, address_of("stranger"))


def test_redeem__before_the_cooldown__is_refused(world):
    shares = world.stake("whale", 1_000 * RAW)
    world.send("whale", "InsurancePool", "request_redeem", shares)
    world.next_block(COOLDOWN_S - 1)
    with pytest.raises(CallReverted, match="pool: cooling down"):
        take_out(world, "whale")
    world.next_block(1)
    assert take_out(world, "whale") == 1_000 * RAW
    with pytest.raises(CallReverted, match="pool: nothing requested"):
        take_out(world, "whale")


def test_redeem__worth_less_by_then__pays_what_it_is_worth_now(world):
    shares = world.stake("whale", 1_000 * RAW)
    world.stake("maker", 1_000 * RAW)
    world.send("whale", "InsurancePool", "request_redeem", shares)
    absorbed(world, price=58_900)  # owes 100, and the keeper gets 5.89
    world.order("maker", "2", 58_900)
    world.send("keeper", "InsurancePool", "unwind", 1)
    assert not world.size(world.pool_account(1))  # no position, no index to wait for
    world.next_block(COOLDOWN_S)
    expected = ask(world, "convertToAssets", shares)
    assert expected < 951 * RAW  # with its half of the fees of opening
    assert take_out(world, "whale") == expected


def test_request_redeem__while_another_is_open__is_refused(world):
    shares = world.stake("whale", 1_000 * RAW)
    world.send("whale", "InsurancePool", "request_redeem", shares // 2)
    with pytest.raises(CallReverted, match="pool: a request is open"):
        world.send("whale", "InsurancePool", "request_redeem", shares // 4)


@pytest.mark.parametrize("waited_s", [1, COOLDOWN_S + WINDOW_S + 5])
def test_cancel_redeem__given_up_or_run_out__shares_come_back_after_the_pause(world, waited_s):
    shares = world.stake("whale", 1_000 * RAW)
    asked = Request(shares=shares, assets=1_000 * RAW, asked_s=world.now_s)
    world.send("whale", "InsurancePool", "request_redeem", shares)
    world.next_block(waited_s)
    world.send("whale", "InsurancePool", "cancel_redeem")
    until = asked.held_until(world.now_s)
    assert ask(world, "held", address_of("whale")) == (shares, until)
    world.next_block(until - world.now_s - 1)
    with pytest.raises(CallReverted, match="pool: nothing to release"):
        world.send("stranger", "InsurancePool", "release", address_of("whale"))
    world.next_block(1)
    world.send("stranger", "InsurancePool", "release", address_of("whale"))
    assert ask(world, "balanceOf", address_of("whale")) == shares


def test_request_redeem__pause_is_over__releases_what_is_held_first(world):
    shares = world.stake("whale", 1_000 * RAW)
    world.send("whale", "InsurancePool", "request_redeem", shares)
    world.send("whale", "InsurancePool", "cancel_redeem")
    world.next_block(PAUSE_S)
    world.send("whale", "InsurancePool", "request_redeem", shares)
    assert ask(world, "requests", address_of("whale"))[0] == shares


def test_redeem__two_leavers_in_either_order__get_the_same(world):
    # BUGCLASSES 20: the order of exit may not decide who bears a loss.
    shares = {role: world.stake(role, 1_000 * RAW) for role in ("whale", "stranger")}
    for role, amount in shares.items():
        world.send(role, "InsurancePool", "request_redeem", amount)
    absorbed(world, price=58_900)
    world.order("maker", "2", 58_900)
    world.send("keeper", "InsurancePool", "unwind", 1)
    world.next_block(COOLDOWN_S)
    before = world.snapshot()
    one_way = {role: take_out(world, role) for role in ("whale", "stranger")}
    world.revert(before)
    other_way = {role: take_out(world, role) for role in ("stranger", "whale")}
    assert all(abs(one_way[role] - other_way[role]) <= 1 for role in shares)


def test_absorb__loss__is_counted_and_the_share_price_falls_by_it(world):
    world.stake("whale", 100_000 * RAW)
    equity_wad = ask(world, "equity_wad")
    absorbed(world, price=58_900)
    # The debt is lost, the rest of what was put there is its margin.
    left_wad = world.health(world.pool_account(1)).equity_wad
    assert ask(world, "at_risk_wad", 1) == wad(100) + left_wad
    keeper_wad = world.cash(account_id(address_of("keeper"), 0))
    assert equity_wad - ask(world, "equity_wad") == wad(100) + keeper_wad


@pytest.mark.parametrize("name", ["absorb", "top_up"])
def test_pool__anyone_but_the_liquidator__is_refused(world, name):
    with pytest.raises(CallReverted, match="pool: caller is not the liquidator"):
        world.send("stranger", "InsurancePool", name, 1, 1)


def test_unwind__bids_near_mark__brings_a_clip_back_and_frees_the_margin(world):
    world.stake("whale", 100_000 * RAW)
    world.send("owner", "InsurancePool", "set_caps", 1, (wad(10**7), wad(10**6), wad(11_830)))
    backstop = absorbed(world)
    world.order("maker", "2", 59_000)
    world.send("keeper", "InsurancePool", "unwind", 1)
    assert world.size(backstop) == WAD  # the bound starts at mark
    world.order("maker", "2", 59_150)
    for _ in range(3):
        world.send("keeper", "InsurancePool", "unwind", 1)
        assert world.size(backstop) == wad("0.8")  # 11 830 at 59 150 is 0.2, once a cool-down
    for _ in range(4):
        world.index(59_150, seconds=30)
        world.send("keeper", "InsurancePool", "unwind", 1)
    assert (world.size(backstop), world.cash(backstop)) == (0, 0)


def test_unwind__nobody_at_mark__widens_to_one_percent_and_a_fill_takes_it_back(world):
    world.stake("whale", 100_000 * RAW)
    world.send("owner", "InsurancePool", "set_caps", 1, (wad(10**7), wad(10**6), wad(11_830)))
    backstop = absorbed(world)
    pace = Pace(since_s=world.now_s)
    bids = wad(58_855)  # a little less than half of one per cent below mark
    world.order("maker", "2", 58_855)
    while pace.bound_wad(world.now_s, mark_wad=wad(59_150), tick_wad=WAD // 10, sells=True) > bids:
        world.send("keeper", "InsurancePool", "unwind", 1)
        assert world.size(backstop) == WAD
        world.index(59_150, seconds=50)
    assert world.now_s - pace.since_s == 300
    world.send("keeper", "InsurancePool", "unwind", 1)
    assert world.size(backstop) == wad("0.8")
    world.index(59_150, seconds=30)
    world.send("keeper", "InsurancePool", "unwind", 1)
    assert world.size(backstop) == wad("0.8")  # at mark again, where nobody bids


@pytest.mark.parametrize(("price", "lost_wad"), [(58_900, 100 * WAD), (59_150, 0)])
def test_unwind__what_comes_back__is_at_risk_no_more_and_a_profit_no_credit(world, price, lost_wad):
    world.stake("whale", 100_000 * RAW)
    world.send("owner", "InsurancePool", "set_caps", 1, (wad(10**7), wad(10**6), wad(10**6)))
    backstop = absorbed(world, price=price)
    assert ask(world, "at_risk_wad", 1) > wad(400)
    world.order("maker", "2", price)
    world.send("keeper", "InsurancePool", "unwind", 1)
    assert (world.size(backstop), world.cash(backstop)) == (0, 0)
    # The account came with 150 at the higher price, more than the fee of closing.
    fee_wad = price * WAD * 5 // 10_000
    assert ask(world, "at_risk_wad", 1) == (lost_wad and lost_wad + fee_wad)


def test_unwind__bids_more_than_one_percent_away__trades_nothing(world):
    world.stake("whale", 100_000 * RAW)
    backstop = absorbed(world)
    world.order("maker", "2", 58_500)
    world.send("keeper", "InsurancePool", "unwind", 1)
    assert world.size(backstop) == WAD


def test_unwind__less_than_the_smallest_order_is_left__still_closes(world):
    world.stake("whale", 100_000 * RAW)
    backstop = absorbed(world)
    world.order("maker", "0.9999", 59_150)
    world.send("keeper", "InsurancePool", "unwind", 1)
    assert world.size(backstop) == wad("0.0001")  # 5.9, the smallest order is 10
    world.order("maker", "1", 59_150)
    world.index(59_150, seconds=30)
    world.send("keeper", "InsurancePool", "unwind", 1)
    assert world.size(backstop) == 0


def test_unwind__position_has_lost_its_margin__is_backed_by_the_stakers_first(world):
    world.stake("whale", 100_000 * RAW)
    backstop = absorbed(world)
    world.index(58_400)
    health = world.health(backstop)
    assert health.equity_wad < health.maintenance_wad
    world.order("maker", "2", 58_400)
    world.send("keeper", "InsurancePool", "unwind", 1)
    assert world.size(backstop) == 0


def test_unwind__index_is_disputed__still_reduces(world):
    world.stake("whale", 100_000 * RAW)
    backstop = absorbed(world)
    short = world.open("stranger", "-2", 50_000 * RAW, price=59_150)
    words = (True, wad("0.95"), wad(59_150), OrderKind.LIMIT, True, 0)
    world.send("stranger", f"OrderBook.{world.name}", "place", short, words, 32)
    world.next_block()
    for feed, price in zip(world.feeds, (59_150, 59_150, 59_150, 50_000, 50_000), strict=True):
        name = f"PriceFeed.{world.name}.{feed}"
        world.send("reporter", name, "push", wad(price), 0, world.now_s, world.number)
    assert world.price().status == Status.DISPUTED
    world.send("keeper", "InsurancePool", "unwind", 1)
    # What is free by now stays where it is: withdrawing waits for the index.
    assert world.size(backstop) == wad("0.05")
    assert world.cash(backstop) > wad(600)


def test_set_caps__stranger__is_refused(world):
    with pytest.raises(CallReverted, match="ownable: caller is not the owner"):
        world.send("stranger", "InsurancePool", "set_caps", 1, (WAD, WAD, WAD))


def test_wire__twice__is_refused(world):
    with pytest.raises(CallReverted, match="pool: already wired"):
        world.send("owner", "InsurancePool", "wire", address_of("stranger"))
    with pytest.raises(CallReverted, match="pool: caller is not the deployer"):
        world.send("stranger", "InsurancePool", "wire", address_of("stranger"))


def test_stake_and_claim__index_halted_where_the_pool_holds__are_refused(world):
    """At the last good mark whoever knows the price would trade with the other stakers."""
    shares = world.stake("whale", 100_000 * RAW)
    world.send("whale", "InsurancePool", "request_redeem", shares // 2)
    absorbed(world)
    world.next_block(COOLDOWN_S)
    for _ in range(6):  # the index recovers
        world.index(59_150, seconds=20)
    assert ask(world, "maxRedeem", address_of("whale")) == shares // 2
    world.index(30_000)
    assert world.price().status == Status.HALTED
    assert ask(world, "maxDeposit", address_of("stranger")) == 0
    assert ask(world, "maxRedeem", address_of("whale")) == 0
    for role, call in (
        ("whale", ("claim", address_of("whale"))),
        ("whale", ("redeem", shares // 4, address_of("whale"), address_of("whale"))),
        ("stranger", ("deposit", 10 * RAW, address_of("stranger"))),
        ("stranger", ("mint", WAD, address_of("stranger"))),
    ):
        with pytest.raises(CallReverted, match="pool: index is not good"):
            world.send(role, "InsurancePool", *call)


def test_deposit__pool_has_lost_everything__sells_no_share(world):
    """One unit would buy all of it, and whatever income comes."""
    world.stake("whale", 800 * RAW)
    account = world.open("taker", "1", 1_030 * RAW)
    world.index(58_900)
    assert world.liquidate(account).rung == 2
    world.index(58_000)  # more than all that the stakers put there is gone
    pool = Pool(shares=ask(world, "totalSupply"), assets=ask(world, "totalAssets"))
    assert (pool.assets, pool.sells) == (0, False)
    assert ask(world, "maxDeposit", address_of("stranger")) == 0
    with pytest.raises(CallReverted, match="pool: shares are worth too little"):
        world.send("stranger", "InsurancePool", "deposit", RAW, address_of("stranger"))


@given(
    stake=st.integers(1, 10**13), shares=st.integers(1, 10**24), income_raw=st.integers(0, 10**12)
)
def test_views__any_pool__say_what_the_action_does(small_deployed, stake, shares, income_raw):
    small = small_deployed
    before = small.snapshot()
    try:
        small.stake("whale", stake)
        small.earn(income_raw)
        known = small.pool()
        assert small.ask("pool", "previewMint", shares) == known.cost_of(shares)
        assert small.ask("pool", "previewDeposit", stake) == known.shares_for(stake)
        assert small.ask("pool", "previewRedeem", shares) == known.assets_for(shares)
    finally:
        small.revert(before)


def test_withdraw__part_of_a_request__burns_what_the_reference_says(small):
    shares = small.stake("whale", 1_000 * RAW)
    small.stake("maker", 500 * RAW)
    asked = Request(shares=shares, assets=1_000 * RAW, asked_s=small.now_s)
    small.send("whale", "pool", "request_redeem", shares)
    small.next_block(COOLDOWN_S)
    owner = address_of("whale")
    cost = asked.cost(small.pool(), 300 * RAW)
    assert small.ask("pool", "maxWithdraw", owner) == 1_000 * RAW
    small.send("whale", "pool", "withdraw", 300 * RAW, owner, owner)
    assert small.ask("token", "balanceOf", owner) == 300 * RAW
    assert small.ask("pool", "requests", owner)[0] == shares - cost
    with pytest.raises(CallReverted, match="pool: more than requested"):
        small.send("whale", "pool", "redeem", shares, owner, owner)
    small.send("whale", "pool", "redeem", shares - cost, owner, owner)
    assert small.ask("token", "balanceOf", owner) == 1_000 * RAW


def test_redeem__of_another__needs_its_allowance(small):
    shares = small.stake("whale", 1_000 * RAW)
    small.send("whale", "pool", "request_redeem", shares)
    small.next_block(COOLDOWN_S)
    owner, receiver = address_of("whale"), address_of("maker")
    with pytest.raises(CallReverted, match="erc20: insufficient allowance"):
        small.send("maker", "pool", "redeem", shares, receiver, owner)
    small.send("whale", "pool", "approve", receiver, shares)
    small.send("maker", "pool", "redeem", shares, receiver, owner)
    assert small.ask("token", "balanceOf", receiver) == 1_000 * RAW

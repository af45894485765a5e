"""The clearinghouse's behaviours one by one: who may call, trading, forced fills, losses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import ape
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference.books import Refused
from sim.reference.clearing import MakerFill
from sim.types import account_id
from sim.units import WAD, wad
from tests.clearing_world import ClearingWorld, account_of
from tests.support.examples import HEAVY

MAKER, TAKER, WHALE = account_of("maker"), account_of("taker"), account_of("whale")
LIQUIDATOR = account_of("liquidator")


@pytest.fixture(scope="module")
def deployed() -> ClearingWorld:
    world = ClearingWorld()
    for account in (MAKER, WHALE):
        world.deposit(account, wad(1_000_000))
    return world


@pytest.fixture
def world(deployed: ClearingWorld) -> Iterator[ClearingWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


def trade(world: ClearingWorld, size: int, price: int | str = 100, taker: int = TAKER) -> None:
    """A trade of signed whole size with the maker."""
    fill = MakerFill(account=MAKER, size_wad=abs(size) * WAD, price_wad=wad(price))
    world.fill(1, taker, size > 0, [fill])


def force(world: ClearingWorld, size_wad: int, price: int | str) -> int:
    """Sell for the taker against its will to the whale; the penalty."""
    fill = MakerFill(account=WHALE, size_wad=size_wad, price_wad=wad(price))
    return world.fill(1, TAKER, False, [fill], forced=True).penalty_wad


# Who may call, through Ape


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("credit", (1 << 96, 1)),
        ("debit", (1 << 96, 1)),
        ("transfer", (1 << 96, (1 << 96) + 1, 1)),
        ("pay", (1 << 96, 1)),
        ("fill", (1, 1 << 96, True, False, [])),
        ("admit", (1, 1 << 96)),
        ("seize", (1, 1 << 96)),
        ("cross", (1, 1 << 96, 2 << 96, 1, 1)),
        ("socialise", (1, 1 << 96)),
        ("wire", ("0x" + "11" * 20,) * 5),
    ],
)
def test_proposals__anyone_but_their_peer__revert(stack, stranger, method, arguments):
    with ape.reverts("clearinghouse: caller not allowed"):
        getattr(stack.house, method)(*arguments, sender=stranger)


def test_wire__twice__reverts(stack, owner):
    with ape.reverts("clearinghouse: already wired"):
        stack.house.wire(owner, owner, owner, owner, owner, sender=owner)


def test_fill__book_of_another_market__reverts(stack, taker, owner):
    account = account_id(str(taker.address), 0)
    with ape.reverts("clearinghouse: caller not allowed"):
        stack.books[2].fill(1, account, True, False, [], sender=owner)


def test_fill__through_ape__moves_cash_position_and_fees(stack, maker, taker, owner):
    buyer, seller = (account_id(str(one.address), 0) for one in (taker, maker))
    for actor, account in ((taker, buyer), (maker, seller)):
        stack.vault.deposit(account, 10_000 * 10**6, sender=actor)
    fills = [(seller, wad(100), wad(100), False)]
    stack.books[1].fill(1, buyer, True, False, fills, sender=owner)
    assert tuple(stack.house.position(buyer, 1))[:2] == (wad(100), -wad(10_000))
    assert stack.house.cash_of(buyer) == wad(10_000) - wad(5)  # 5 bps
    assert stack.house.cash_of(seller) == wad(10_000) - wad(1)  # 1 bp
    assert tuple(stack.house.pots()) == (wad(6), 0)


# Trading


def test_fill__isolated_account_of_another_market__reverts(world):
    isolated = account_of("taker", 2)
    world.deposit(isolated, wad(100))
    with pytest.raises(Refused, match="isolated account of another market"):
        trade(world, 1, taker=isolated)


def test_fill__hundred_times__opens_with_one_percent_and_not_with_a_wei_less(world):
    # 10 000 of notional: 1 % is 100, and the fee is 5.
    world.deposit(TAKER, wad(105) - 1)
    with pytest.raises(Refused, match="margin not met"):
        trade(world, 100)
    world.deposit(TAKER, 1)
    trade(world, 100)
    world.check()


def test_fill__reduce__realises_pro_rata(world):
    world.deposit(TAKER, wad(1_000))
    trade(world, 30)
    trade(world, -10, 103)
    one = world.books.held(TAKER, 1)
    assert (one.size_wad, one.quote_wad) == (wad(20), -wad(2_000))
    # 30 won, fees of 5 bps of 3 000 and 1 030.
    assert world.books.cash[TAKER] == wad(1_030) - wad("1.5") - wad("0.515")
    world.check()


def test_fill__flip_through_zero__starts_afresh_and_counts_an_epoch(world):
    world.deposit(TAKER, wad(1_000))
    trade(world, 10)
    trade(world, -25, 102)
    one = world.books.held(TAKER, 1)
    assert (one.size_wad, one.quote_wad, one.epoch) == (-wad(15), wad(1_530), 1)
    assert world.ask("house", "epoch", TAKER, 1) == 1
    world.check()


def test_fill__second_branch__lets_an_account_below_initial_shrink_but_not_grow(world):
    world.deposit(TAKER, wad(110))
    trade(world, 100)
    world.set_price(1, mark_wad=wad("99.3"))  # 35 of equity against 49.65 of maintenance
    with pytest.raises(Refused, match="margin not met"):
        trade(world, 1, "99.3")
    trade(world, -50, "99.3")
    with pytest.raises(Refused, match="margin not met"):
        trade(world, -10, "98.5")  # the loss outweighs the margin it frees
    world.check()


def test_fill__owes_more_than_it_has__cannot_close_itself(world):
    world.deposit(TAKER, wad(110))
    trade(world, 100)
    world.set_price(1, mark_wad=wad("98.8"))
    with pytest.raises(Refused, match="margin not met"):
        trade(world, -100, "98.8")


@given(price=st.integers(wad(90), wad(110)), size=st.integers(1, wad(500)), parts=st.integers(1, 6))
def test_fill__round_trip_at_one_price_in_parts__never_gains(deployed, price, size, parts):
    world = deployed
    before = world.snapshot()
    try:
        world.deposit(TAKER, wad(100_000))
        start_wad = world.books.cash[TAKER]
        for is_buy, cuts in ((True, 1), (False, parts)):
            left_wad = size
            for part in range(cuts):
                cut_wad = left_wad if part == cuts - 1 else left_wad // 2
                left_wad -= cut_wad
                if cut_wad:
                    fill = MakerFill(account=MAKER, size_wad=cut_wad, price_wad=price)
                    world.fill(1, TAKER, is_buy, [fill])
        end_wad = world.ask("house", "cash_of", TAKER)
        fees_wad = world.ask("house", "pots")[0]
        assert world.ask("house", "size_of", TAKER, 1) == 0
        # Each part's worth is cut down: a wei a part, far below its fee of at least one.
        assert end_wad <= start_wad
        assert start_wad - end_wad >= fees_wad * 5 // 6 - 2 * parts
    finally:
        world.revert(before)


@HEAVY
@given(
    sizes=st.lists(st.integers(1, wad(50)), min_size=2, max_size=6),
    price=st.integers(wad(95), wad(105)),
)
def test_fill__split_in_parts__never_gains_more_than_a_wei_a_part(deployed, sizes, price):
    world = deployed
    results = []
    for parts in ([sum(sizes)], sizes):
        before = world.snapshot()
        world.deposit(TAKER, wad(100_000))
        trade(world, 100, "99.9")
        for part in parts:
            fill = MakerFill(account=MAKER, size_wad=part, price_wad=price)
            world.fill(1, TAKER, False, [fill])
        results.append(world.ask("house", "health", TAKER).equity_wad)
        world.revert(before)
    whole_wad, split_wad = results
    assert split_wad <= whole_wad + len(sizes)


def test_fill__open_interest_at_its_cap__still_lets_reduce(world):
    world.set_price(1, mark_wad=wad(100))
    world.set_risk(1, replace(world.books.risks[1], oi_cap_wad=wad(100)))
    world.deposit(TAKER, wad(10_000))
    trade(world, 100)
    with pytest.raises(Refused, match="open interest at its cap"):
        trade(world, 1, taker=WHALE)
    trade(world, -1)
    world.check()


# Funding


@pytest.mark.parametrize("rate", [WAD // 3, -WAD // 3, 7, -7])
def test_funding__one_side_settles_first__escrow_holds_and_no_wei_is_lost(world, rate):
    world.deposit(TAKER, wad(10_000))
    trade(world, 33)
    world.set_price(1, funding_index_wad=rate)
    longs_owe = world.ask("house", "funding_owed", TAKER, 1)
    shorts_owe = world.ask("house", "funding_owed", MAKER, 1)
    assert 0 <= longs_owe + shorts_owe <= 1  # payer up, receiver down
    trade(world, -33, taker=TAKER)
    assert world.ask("house", "market_totals", 1) == (0, 0)
    assert world.ask("house", "pots")[1] == longs_owe + shorts_owe
    world.check()


def test_funding__views_before_settling__already_count_it(world):
    world.deposit(TAKER, wad(110))
    trade(world, 100)
    world.set_price(1, funding_index_wad=WAD // 2)
    health = world.ask("house", "health", TAKER)
    assert health.equity_wad == wad(105) - wad(50)
    allowed, judged = world.ask("house", "liquidation_health", TAKER, 1)
    assert (allowed, judged.equity_wad) == (True, wad(55))


# Forced fills


@pytest.fixture
def failing(world: ClearingWorld) -> ClearingWorld:
    """The taker is long 100 at 100 with exactly 100 of margin left after its fee; mark 99.45."""
    world.deposit(TAKER, wad(105))
    trade(world, 100)
    world.set_price(1, mark_wad=wad("99.45"))
    return world


def test_forced__healthy_account__is_refused(world):
    world.deposit(TAKER, wad(110))
    trade(world, 100)
    with pytest.raises(Refused, match="account is healthy"):
        force(world, wad(1), 100)


def test_forced__partial_at_mark__takes_the_whole_fee_and_the_ratio_rises(failing):
    before = failing.ask("house", "health", TAKER)
    assert force(failing, wad(20), "99.45") == 20 * wad("99.45") * 25 // 10_000
    after = failing.ask("house", "health", TAKER)
    rise = after.equity_wad * before.maintenance_wad - before.equity_wad * after.maintenance_wad
    assert rise > 0
    failing.check()


def test_forced__little_room__takes_only_what_leaves_the_ratio_higher(failing):
    # 45 of equity on 100; at 99.1 a fifth costs 7 of the 9 that it may.
    penalty_wad = force(failing, wad(20), "99.1")
    assert wad("1.9") < penalty_wad < wad(2)
    failing.check()


def test_forced__worse_than_its_share__is_refused(failing):
    with pytest.raises(Refused, match="account left worse off"):
        force(failing, wad(20), "98.9")


def test_forced__all_of_it_at_bankruptcy__leaves_exactly_nothing(failing):
    assert force(failing, wad(100), 99) == 0
    assert failing.ask("house", "cash_of", TAKER) == 0
    failing.check()


def test_forced__all_of_it_a_wei_below_bankruptcy__is_refused(failing):
    fill = MakerFill(account=WHALE, size_wad=wad(100), price_wad=wad(99) - 1)
    with pytest.raises(Refused, match="account left worse off"):
        failing.fill(1, TAKER, False, [fill], forced=True)


def test_forced__penalty__goes_to_the_liquidators_account_and_no_taker_fee(failing):
    fees_wad = failing.ask("house", "pots")[0]
    penalty_wad = force(failing, wad(100), "99.2")
    assert penalty_wad == wad(20)  # what was left above zero, below the fee of 24.8
    assert failing.ask("house", "cash_of", LIQUIDATOR) == wad(20)
    maker_fee_wad = failing.ask("house", "pots")[0] - fees_wad
    assert maker_fee_wad == wad("0.992")


# Beyond the book


def test_seize__two_markets__each_takes_its_share_and_nothing_is_left(world):
    for market in (1, 2):
        world.deposit(account_of("pool", market), wad(10_000))
    world.deposit(TAKER, wad(1_210))
    trade(world, 100)
    fill = MakerFill(account=MAKER, size_wad=wad(100), price_wad=wad(100))
    world.fill(2, TAKER, True, [fill])
    world.set_price(2, mark_wad=wad("91.3"))
    assert world.books.health(TAKER).equity_wad == wad(330)
    world.seize(2, TAKER)
    assert world.books.health(TAKER).equity_wad > 0
    world.seize(1, TAKER)
    assert world.books.health(TAKER).equity_wad == 0
    world.check()


def test_seize__pool_without_margin__is_refused(failing):
    failing.set_price(1, mark_wad=wad("99.2"))
    with pytest.raises(Refused, match="margin not met"):
        failing.seize(1, TAKER)


def test_seize__between_two_thirds_and_maintenance__is_refused(failing):
    failing.deposit(account_of("pool", 1), wad(10_000))
    with pytest.raises(Refused, match="account is healthy"):
        failing.seize(1, TAKER)


def test_cross__deleveraged_counterparty__shrinks_at_the_bankruptcy_price(failing):
    failing.set_price(1, mark_wad=wad(98))
    failing.transfer_position(1, TAKER, MAKER, wad(100), wad(99), takeover=False)
    assert failing.ask("house", "cash_of", TAKER) == 0
    assert failing.ask("house", "market_totals", 1)[0] == 0
    failing.check()


def test_cross__deleverage_into_the_same_side__is_refused(failing):
    trade(failing, 5, "99.45", taker=WHALE)
    with pytest.raises(Refused, match="not a counterparty"):
        failing.transfer_position(1, TAKER, WHALE, wad(5), wad(99), takeover=False)


def test_cross__deleverage_through_zero__is_refused(failing):
    trade(failing, -5, "99.45", taker=WHALE)
    with pytest.raises(Refused, match="not a counterparty"):
        failing.transfer_position(1, TAKER, WHALE, wad(6), wad(99), takeover=False)


def test_socialise__loss_of_a_closed_account__is_spread_by_size_and_over_nobody_else(failing):
    # A gap: the deleverager closes the taker at mark, which leaves it owing 100.
    failing.set_price(1, mark_wad=wad(98))
    trade(failing, -200, 98, taker=WHALE)
    bystander = account_of("stranger")
    failing.deposit(bystander, wad(50))
    failing.transfer_position(1, TAKER, WHALE, wad(100), wad(98), takeover=False)
    assert failing.ask("house", "cash_of", TAKER) == -wad(100)
    holders = {one: failing.books.health(one).equity_wad for one in (MAKER, WHALE)}
    failing.socialise(1, TAKER)
    assert failing.ask("house", "cash_of", TAKER) == 0
    for one, equity_wad in holders.items():
        assert equity_wad - failing.books.health(one).equity_wad == wad(50)
    assert failing.ask("house", "cash_of", bystander) == wad(50)
    failing.check()
    # Escrow covers what is owed: everybody closes and only dust stays.
    trade(failing, 100, 98, taker=WHALE)
    assert failing.ask("house", "market_totals", 1) == (0, 0)
    failing.check()


def test_socialise__account_that_owes_nothing__is_refused(failing):
    with pytest.raises(Refused, match="account owes nothing"):
        failing.socialise(1, account_of("stranger"))


def test_socialise__opened_after_the_loss__is_not_charged(failing):
    failing.set_price(1, mark_wad=wad(98))
    trade(failing, -200, 98, taker=WHALE)
    failing.transfer_position(1, TAKER, WHALE, wad(100), wad(98), takeover=False)
    failing.socialise(1, TAKER)
    newcomer = account_of("keeper")
    failing.deposit(newcomer, wad(1_000))
    trade(failing, 5, 98, taker=newcomer)
    assert failing.ask("house", "funding_owed", newcomer, 1) == 0


def test_sweep_fees__any_caller__splits_them_and_leaves_none(world):
    world.deposit(TAKER, wad(1_000))
    trade(world, 50)
    fees_wad = world.ask("house", "pots")[0]
    world.sweep()
    shares = [world.ask("house", "cash_of", account_of(role)) for role in ("pool", "treasury")]
    assert shares == [fees_wad // 2, fees_wad // 2]
    world.check()

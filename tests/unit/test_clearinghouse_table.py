"""Every cell of status x action, and every pause, as the clearinghouse enforces them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.chain.port import CallReverted
from sim.reference.books import Refused
from sim.reference.clearing import MakerFill
from sim.reference.margin import TABLE
from sim.types import Status
from sim.types.codes import Act
from sim.units import WAD, wad
from tests.clearing_world import ClearingWorld, account_of

MAKER, TAKER, WHALE = account_of("maker"), account_of("taker"), account_of("whale")
STOPPED = "clearinghouse: stopped by oracle status or pause"
statuses = pytest.mark.parametrize("status", list(Status), ids=lambda one: one.name)


@pytest.fixture(scope="module")
def deployed() -> ClearingWorld:
    """The taker is long 100 at 100 with 150 of margin, against the maker; a whale has cash."""
    world = ClearingWorld()
    for account, amount in ((MAKER, 10_000), (TAKER, 155), (WHALE, 10_000)):
        world.deposit(account, wad(amount))
    world.fill(1, TAKER, True, [MakerFill(account=MAKER, size_wad=wad(100), price_wad=wad(100))])
    return world


@pytest.fixture
def world(deployed: ClearingWorld) -> Iterator[ClearingWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


def outcome(act: object) -> bool:
    """Whether the clearinghouse let it happen; any refusal but STOPPED is a mistake of the test."""
    try:
        act()
    except Refused as refusal:
        if str(refusal) != STOPPED:
            raise
        return False
    return True


@statuses
def test_open__in_each_status__is_the_tables(world, status):
    world.set_price(1, status=status)
    fill = MakerFill(account=TAKER, size_wad=wad(1), price_wad=wad(100))
    # The resting taker shrinks; only the whale opens.
    opened = outcome(lambda: world.fill(1, WHALE, True, [fill]))
    if TABLE[status, Act.REDUCE] == "no":
        assert world.books.held(WHALE, 1).size_wad == 0  # its maker was refused instead
    else:
        assert opened == (TABLE[status, Act.OPEN] != "no")
    assert outcome(lambda: world.rest(1, WHALE, WAD, 0)) == (TABLE[status, Act.OPEN] != "no")
    world.check()


@statuses
def test_open__as_a_maker__is_refused_and_skipped_where_the_table_says_no(world, status):
    world.set_price(1, status=status)
    fill = MakerFill(account=WHALE, size_wad=wad(1), price_wad=wad(100))
    result = world.fill(1, TAKER, False, [fill])
    assert result.refused == (TABLE[status, Act.OPEN] == "no")


@statuses
def test_reduce__in_each_status__is_the_tables(world, status):
    world.set_price(1, status=status)
    fill = MakerFill(account=MAKER, size_wad=wad(1), price_wad=wad(100))
    result = world.fill(1, TAKER, False, [fill])
    assert result.refused == (TABLE[status, Act.REDUCE] == "no")


@statuses
def test_withdraw__while_a_position_is_open__is_the_tables(world, status):
    world.set_price(1, status=status)
    allowed = TABLE[status, Act.WITHDRAW] != "no"
    assert outcome(lambda: world.withdraw(MAKER, wad(10))) == allowed
    assert (world.ask("house", "withdrawable", MAKER) > 0) == allowed


@statuses
def test_withdraw__without_positions__is_always_allowed(world, status):
    world.set_price(1, status=status)
    assert outcome(lambda: world.withdraw(WHALE, wad(10_000)))


@statuses
def test_liquidate__in_each_status__is_the_tables(world, status):
    world.set_price(1, mark_wad=wad("98.8"), low_wad=wad("98.8"), high_wad=wad("98.8"))
    world.set_price(1, status=status, liquidations_from=0)
    allowed = TABLE[status, Act.LIQUIDATE] != "no"
    world.deposit(account_of("pool", 1), wad(1_000))
    if TABLE[status, Act.OPEN] != "no":
        fill = MakerFill(account=WHALE, size_wad=wad(50), price_wad=wad("98.8"))
        assert world.fill(1, TAKER, False, [fill], forced=True).refused == 0
    else:
        fill = MakerFill(account=MAKER, size_wad=wad(50), price_wad=wad("98.8"))
        assert outcome(lambda: world.fill(1, TAKER, False, [fill], forced=True)) == allowed


@pytest.mark.parametrize("status", [Status.DISPUTED, Status.STALE], ids=lambda one: one.name)
@pytest.mark.parametrize(("high", "judged"), [("98.9", True), ("99.5", False)])
def test_liquidate__index_not_believed__is_judged_at_the_kindest_price(world, status, high, judged):
    world.set_price(1, mark_wad=wad("98.8"), low_wad=wad(90), high_wad=wad(high), status=status)
    fill = MakerFill(account=MAKER, size_wad=wad(10), price_wad=wad("98.8"))
    if judged:
        world.fill(1, TAKER, False, [fill], forced=True)
    else:
        with pytest.raises(Refused, match="account is healthy"):
            world.fill(1, TAKER, False, [fill], forced=True)


def test_liquidate__cooling_down__waits_to_the_second(world):
    world.set_price(1, mark_wad=wad("98.8"), liquidations_from=world.now_s + 10)
    fill = MakerFill(account=WHALE, size_wad=wad(10), price_wad=wad("98.8"))
    world.wait(9)
    with pytest.raises(Refused, match="stopped"):
        world.fill(1, TAKER, False, [fill], forced=True)
    world.wait(1)
    world.fill(1, TAKER, False, [fill], forced=True)


def test_open_and_withdraw__before_liquidations_resume__wait_to_the_second_too(world):
    world.set_price(1, liquidations_from=world.now_s + 10)
    opening = MakerFill(account=TAKER, size_wad=wad(1), price_wad=wad(100))
    reducing = MakerFill(account=MAKER, size_wad=wad(1), price_wad=wad(100))
    world.wait(9)
    assert not outcome(lambda: world.fill(1, WHALE, True, [opening]))
    assert not outcome(lambda: world.rest(1, WHALE, WAD, 0))
    assert not outcome(lambda: world.withdraw(MAKER, wad(10)))
    assert world.ask("house", "withdrawable", MAKER) == 0
    assert world.fill(1, TAKER, False, [reducing]).refused == 0
    world.deposit(MAKER, 1)
    assert outcome(lambda: world.withdraw(WHALE, wad(10)))
    world.check()
    world.wait(1)
    assert world.fill(1, WHALE, True, [opening]).refused == 0
    assert outcome(lambda: world.withdraw(MAKER, wad(10)))
    world.check()


@pytest.mark.parametrize(("conf", "accepted"), [("0.5", True), ("0.52", False)])
def test_open__thin_index__is_valued_at_the_worse_edge(world, conf, accepted):
    # 150 of equity; a hundred bases lose 100 * conf at the edge, and need 1 % of 10 000.
    world.set_price(1, status=Status.THIN, conf_wad=wad(conf))
    assert world.books.health(TAKER).margin_equity_wad == wad(150) - 100 * wad(conf)
    if accepted:
        world.rest(1, TAKER, 0, 1)
    else:
        with pytest.raises(Refused, match="margin not met"):
            world.rest(1, TAKER, 0, 1)


@pytest.mark.parametrize("act", [Act.OPEN, Act.WITHDRAW, Act.LIQUIDATE, Act.ADL])
def test_pause__of_one_action__stops_that_and_what_leans_on_it(world, act):
    world.pause(1, act)
    opening = MakerFill(account=TAKER, size_wad=wad(1), price_wad=wad(100))
    opens = outcome(lambda: world.fill(1, WHALE, True, [opening]))
    assert opens == (act not in (Act.OPEN, Act.LIQUIDATE))
    reducing = MakerFill(account=MAKER, size_wad=wad(1), price_wad=wad(100))
    assert world.fill(1, TAKER, False, [reducing]).refused == 0
    leaves = outcome(lambda: world.withdraw(MAKER, wad(1)))
    assert leaves == (act not in (Act.WITHDRAW, Act.LIQUIDATE))
    world.deposit(TAKER, 1)
    world.set_price(1, mark_wad=wad("98.8"))
    held_wad = world.books.held(MAKER, 1).size_wad
    assert held_wad < 0
    hand = (1, TAKER, MAKER, wad(1), wad("98.8"))
    allowed = act not in (Act.LIQUIDATE, Act.ADL)
    assert outcome(lambda: world.transfer_position(*hand, takeover=False)) == allowed
    forced = lambda: world.fill(1, TAKER, False, [_at("98.8")], forced=True)  # noqa: E731
    assert outcome(forced) == (act is not Act.LIQUIDATE)
    world.check()


def _at(price: str) -> MakerFill:
    return MakerFill(account=MAKER, size_wad=wad(1), price_wad=wad(price))


@pytest.mark.parametrize("act", [Act.REDUCE, Act.FUND])
def test_pause__reducing_or_funding__cannot_be(world, act):
    with pytest.raises(CallReverted, match="params: action cannot be paused"):
        world.pause(1, act)


def test_withdraw__profit_not_yet_realised__stays(world):
    # The Mango defence: a mark pumped to ten times lets nothing of it be taken.
    world.set_price(1, mark_wad=wad(1_000))
    assert world.books.health(TAKER).equity_wad > wad(90_000)
    assert world.ask("house", "withdrawable", TAKER) == 0
    with pytest.raises(Refused, match="above withdrawable"):
        world.withdraw(TAKER, 1)


def test_withdraw__position_at_entry__leaves_a_tenth_of_the_notional(world):
    world.deposit(TAKER, wad(5_000))
    free_wad = world.ask("house", "withdrawable", TAKER)
    assert free_wad == wad(5_150) - wad(1_000)
    with pytest.raises(Refused, match="above withdrawable"):
        world.withdraw(TAKER, free_wad + 1)
    world.withdraw(TAKER, free_wad)


def test_withdraw__loss_not_yet_realised__counts_in_full(world):
    world.deposit(TAKER, wad(5_000))
    world.set_price(1, mark_wad=wad(90))
    assert world.ask("house", "withdrawable", TAKER) == wad(5_150) - wad(1_000) - wad(900)

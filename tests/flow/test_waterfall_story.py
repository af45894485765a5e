"""One market from calm to crash to recovery: every rung of the ladder once, in order, in quote.

Read it from top to bottom. Each chapter moves the index, lets a keeper act, and says who paid.
"""

from __future__ import annotations

from fractions import Fraction

from sim.types import OrderKind, account_id
from sim.types.codes import Rung
from sim.units import WAD, wad
from tests.adl_ledger import check_ledgers
from tests.adl_world import NO_RUNG_ACTED, AdlWorld, named
from tests.liquidation_world import RAW
from tests.support.contracts import address_of

BOOK, BACKSTOP = Rung.BOOK, Rung.BACKSTOP
STAKE = 2_000


def quote(amount_wad: int | Fraction) -> float:
    """Money in quote, to the cent."""
    return round(float(amount_wad) / WAD, 2)


def test_story__calm_to_crash_to_recovery__every_loss_finds_its_bearer():
    world = AdlWorld()
    maker = account_id(address_of("maker"))
    pool, backstop = world.pool_account(0), world.pool_account(world.market)

    # Calm. A pool of two thousand, a bear who is right, and longs of every temper.
    world.stake("whale", STAKE * RAW)
    bear = world.enter("bear", "-1", 2_030)
    patient = world.enter("patient", "0.5", 50_000)
    eager = world.enter("eager", "1", 1_030)
    bold = world.enter("bold", "0.5", 915)
    stubborn = world.enter("stubborn", "0.5", 1_515)
    assert not any(world.is_liquidatable(one) for one in world.everybody)
    world.check_books()

    # 59 250. The book is there: the eager long gives up a part, and is healthy again.
    world.index("59250")
    world.order("maker", "1", "59245")
    assert world.try_liquidate(eager) == BOOK
    assert 0 < world.size(eager) < WAD
    assert not world.is_liquidatable(eager)
    world.check_books()

    # 58 380. The bold long is below two thirds of its maintenance: all of it goes, for a penalty.
    world.index("58380")
    world.order("maker", "1", "58370")
    assert world.try_liquidate(eager) == BOOK
    assert world.try_liquidate(bold) == BOOK
    assert (world.size(eager), world.size(bold)) == (0, 0)
    assert world.cash(bold) >= 0
    left_wad = world.cash(pool)
    assert left_wad > STAKE * WAD  # what the penalties left over for the pool
    world.send("maker", "OrderBook.BTC-USD", "cancel_many", resting(world, "maker"))
    world.check_books()

    # 57 100. Nobody bids. The insurance pool takes the stubborn long over, with what it has left.
    world.index("57100")
    equity_wad = world.health(stubborn).equity_wad
    assert quote(equity_wad) == 50
    assert world.try_liquidate(stubborn) == BACKSTOP
    assert (world.size(stubborn), world.cash(stubborn)) == (0, 0)
    assert world.size(backstop) == wad("0.5")

    # A bid comes back: the pool unwinds to the book and keeps the fifty, less fee and reward.
    world.order("maker", "0.5", "57090")
    world.index("57100", seconds=30)  # the bound leaves mark, and in half a minute it is there
    world.send("stranger", "InsurancePool", "unwind", world.market)
    assert (world.size(backstop), world.cash(backstop)) == (0, 0)
    assert left_wad < world.cash(pool) < left_wad + 50 * WAD
    world.check_books()

    # Two more longs come in. Then 50 000 at once: the maker leaves with its gain, and a newcomer
    # with next to nothing holds its short.
    late = world.enter("late", "0.2", 136, price="57100")
    greedy = world.enter("greedy", "2", 1_358, price="57100")
    world.index("50000")
    leave(world, "50000")
    newcomer = account_id(address_of("newcomer"))
    assert world.size(maker) == 0

    # The small bankrupt costs the pool most of what it has.
    owed_wad, before_wad = -world.health(late).equity_wad, pool_equity(world)
    assert quote(owed_wad) == 1_289.71
    assert world.try_liquidate(late) == BACKSTOP
    assert (world.size(late), world.cash(late)) == (0, 0)
    reward_wad = before_wad - pool_equity(world) - owed_wad
    assert 0 < quote(reward_wad) < 3

    # An opportunist bids a little below mark, and the pool hands the position on.
    opportunist = world.deposit("opportunist", 20_000 * RAW)
    world.everybody.add(opportunist)
    world.order("opportunist", "0.2", "49900")
    world.send("stranger", "InsurancePool", "unwind", world.market)
    assert world.size(backstop) == wad("0.2")  # not a fifth of a per cent below mark at once
    for _ in range(3):
        world.index("50000", seconds=45)
    world.send("stranger", "InsurancePool", "unwind", world.market)
    assert (world.size(backstop), world.size(opportunist)) == (0, wad("0.2"))
    assert quote(world.cash(pool)) < STAKE / 2

    # The large one is too much: neither book nor pool can, and that is an answer, not an error.
    owed_wad = -world.health(greedy).equity_wad
    assert quote(owed_wad) == 12_899.1
    assert world.try_liquidate(greedy) == NO_RUNG_ACTED

    # Deleveraging at its bankruptcy price: the bear gives up its whole position, the newcomer what
    # it can pay.
    equity_wad = {one: world.health(one).equity_wad for one in (bear, newcomer, patient, maker)}
    taken = named(world.deleverage(greedy), "CounterpartyDeleveraged")
    assert [one.counterparty for one in taken] == [bear, newcomer]
    assert (world.size(bear), world.health(newcomer).equity_wad < 10 * WAD) == (0, True)
    paid_wad = sum(equity_wad[one] - world.health(one).equity_wad for one in (bear, newcomer))
    assert 6_449 < quote(equity_wad[bear] - world.health(bear).equity_wad) < 6_450
    assert -world.health(greedy).equity_wad == owed_wad - paid_wad
    assert world.size(greedy) == 2 * WAD - sum(one.size_wad for one in taken)

    # Nobody else can pay: the rest closes at mark, and what is owed is spread over the positions
    # that are open, both sides alike. Who has none is not asked.
    (spread,) = named(world.deleverage(greedy, at_mark=True), "LossSocialised")
    assert (world.size(greedy), world.cash(greedy)) == (0, 0)
    assert spread.loss_wad == owed_wad - paid_wad
    share_wad = equity_wad[patient] - world.health(patient).equity_wad
    assert share_wad == -(-spread.per_base_wad // 2)
    assert world.health(maker).equity_wad == equity_wad[maker]
    world.check_books()

    # The newcomer can't pay its share, so its turn comes: the longs that are left close against
    # it at its bankruptcy price, and now nobody owes.
    assert world.health(newcomer).equity_wad < 0
    assert world.try_liquidate(newcomer) == NO_RUNG_ACTED
    taken = named(world.deleverage(newcomer), "CounterpartyDeleveraged")
    assert {one.counterparty for one in taken} == {patient, opportunist}
    assert (world.size(newcomer), world.cash(newcomer) >= 0) == (0, True)
    assert world.read("Clearinghouse", "market_totals", world.market)[0] == 0
    world.check_books()

    # Every wei is told twice, by the balances and by the venues, and sums to zero.
    told = check_ledgers(world, world.transactions)
    assert sum(told.values()) == 0
    assert all(told[party] < 0 for party in ("insurance", "counterparties", "socialised"))

    # Recovery: the index rises, the market trades, and who wants to leave is paid in full.
    for _ in range(3):
        world.index("52000", seconds=20)
    world.enter("optimist", "0.3", 2_000, price="52000")
    world.check_books()
    for role in ("bear", "patient", "maker", "optimist"):
        account = account_id(address_of(role))
        free_raw = world.read("Clearinghouse", "withdrawable", account) // 10**12
        world.send(role, "MarginVault", "withdraw", account, free_raw, address_of(role))
        assert world.read("MockToken", "balanceOf", address_of(role)) == free_raw > 0
    assert world.cash(pool) >= 0
    world.check_books()


def resting(world: AdlWorld, role: str) -> list[int]:
    """Ids of an actor's resting orders."""
    found = world.read("OrderBook.BTC-USD", "orders_of", account_id(address_of(role)))
    return [one.order_id for one in found]


def leave(world: AdlWorld, price: str) -> None:
    """A newcomer with little margin takes the maker's position off it."""
    maker = account_id(address_of("maker"))
    size = f"{world.size(maker) / WAD:.4f}"
    world.everybody.add(world.deposit("newcomer", 1_200 * RAW))
    world.order("newcomer", size, price)
    world.order("maker", f"{-world.size(maker) / WAD:.4f}", price, kind=OrderKind.IOC)


def pool_equity(world: AdlWorld) -> int:
    """What all the pool's accounts are worth."""
    found: int = world.read("InsurancePool", "equity_wad")
    return found

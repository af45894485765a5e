"""The pool's high-water mark: what counts as a loss, for how long, and what it stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sim.chain.port import CallReverted
from sim.units import WAD, wad
from tests.adl_world import AdlWorld, gap_config, untouched
from tests.liquidation_world import ENTRY, RAW
from tests.support.contracts import address_of

HOUR_S = 3_600
COOLDOWN_S = 3 * 86_400
STAKE = 10_000


class DrawdownWorld(AdlWorld):
    """A pool of ten thousand that stops after losing 30 %."""

    def configure(self) -> DrawdownWorld:
        """Set the limit and stake."""
        self.send("owner", "InsurancePool", "set_drawdown_limit", wad("0.3"))
        self.stake("whale", STAKE * RAW)
        return self

    def drawdown(self) -> int:
        """Share of its value per share that the pool has lost."""
        found: int = self.read("InsurancePool", "drawdown_wad")
        return found

    def bankrupt(self, role: str, owed: int) -> int:
        """A long of a tenth of a bitcoin that owes so much at a price of 45 000."""
        account = self.enter(role, "0.1", 1_500 - owed + 3, price=ENTRY)
        assert self.health(account).equity_wad == (1_500 - owed) * WAD
        return account

    def fall(self) -> None:
        """To 45 000 at once."""
        self.index(45_000)


@pytest.fixture(scope="module")
def deployed() -> DrawdownWorld:
    return DrawdownWorld().configure()


@pytest.fixture
def world(deployed: DrawdownWorld) -> Iterator[DrawdownWorld]:
    with untouched(deployed):
        yield deployed


def test_absorb__loss_within_the_limit__is_borne(world):
    account = world.bankrupt("taker", 1_400)
    world.fall()
    assert world.try_liquidate(account) == 2
    # The reward of the keeper is the pool's as well.
    assert wad("0.14") <= world.drawdown() < wad("0.1402")


def test_absorb__losses_add_up_to_more_than_the_limit__is_refused(world):
    accounts = [world.bankrupt(f"taker {place}", 1_400) for place in range(3)]
    world.fall()
    assert [world.try_liquidate(one) for one in accounts] == [2, 2, 3]
    assert wad("0.28") <= world.drawdown() < wad("0.2804")


def test_absorb__pool_is_down_already__refuses_even_those_that_cost_nothing(world):
    first = [world.bankrupt(f"taker {place}", 1_400) for place in range(2)]
    last = world.enter("patient", "0.1", 1_613)
    world.fall()
    assert [world.try_liquidate(one) for one in first] == [2, 2]
    world.index(44_000)  # the pool's own longs lose another 200
    assert world.drawdown() > wad("0.3")
    assert world.is_liquidatable(last)
    assert world.try_liquidate(last) == 3


@pytest.mark.parametrize(("hours", "rung"), [(7, 3), (10, 2)])
def test_absorb__eight_hours_later__the_peak_is_forgotten(world, hours, rung):
    *taken, refused = [world.bankrupt(f"taker {place}", 1_400) for place in range(3)]
    world.fall()
    assert [world.try_liquidate(one) for one in (*taken, refused)] == [2, 2, 3]
    world.next_block(hours * HOUR_S)
    for _ in range(8):  # the index recovers, and liquidations wait for its grace
        world.index(45_000, seconds=20)
    assert world.try_liquidate(refused) == rung


def test_drawdown__stakers_come_and_go__is_none(world):
    world.send("keeper", "InsurancePool", "unwind", 1)
    world.stake("stranger", 50_000 * RAW)
    shares = world.read("InsurancePool", "balanceOf", address_of("stranger"))
    world.send("stranger", "InsurancePool", "request_redeem", shares)
    world.next_block(COOLDOWN_S)
    world.send("stranger", "InsurancePool", "claim", address_of("stranger"))
    assert world.drawdown() <= 2 * WAD // STAKE // RAW  # a raw unit of rounding each way


def test_drawdown__income__raises_the_mark_it_is_measured_from(world):
    account = world.bankrupt("taker", 1_400)
    world.deposit("maker", 10**7 * RAW)
    world.enter("patient", "40", 100_000)  # fees of 2 400 in all, half of them the pool's
    world.send("keeper", "Clearinghouse", "sweep_fees")
    world.send("keeper", "InsurancePool", "unwind", 1)
    earned_wad = world.read("InsurancePool", "equity_wad") - STAKE * WAD
    assert earned_wad > wad(700)
    world.fall()
    assert world.try_liquidate(account) == 2
    lost = 1_400 * WAD * WAD // (STAKE * WAD + earned_wad)
    assert lost <= world.drawdown() < lost + wad("0.0002")


@pytest.mark.parametrize("limit", [0, WAD + 1])
def test_set_drawdown_limit__out_of_bounds__is_refused(world, limit):
    with pytest.raises(CallReverted, match=r"pool: drawdown limit outside \(0, 1\]"):
        world.send("owner", "InsurancePool", "set_drawdown_limit", limit)


def test_set_drawdown_limit__stranger__is_refused(world):
    with pytest.raises(CallReverted, match="ownable: caller is not the owner"):
        world.send("stranger", "InsurancePool", "set_drawdown_limit", WAD)


def test_deployment__reference__sets_the_configured_limit():
    config = replace(gap_config(), pool_drawdown_limit_wad=wad("0.123"))
    world = AdlWorld.__new__(AdlWorld)
    world.transactions = []
    super(AdlWorld, world).__init__(config)
    assert world.read("InsurancePool", "drawdown_limit_wad") == wad("0.123")

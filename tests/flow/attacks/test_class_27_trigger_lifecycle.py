"""Class 27, triggers that outlive their position, pay their owner, or are a free option.

Sources: Tigris H-02, H-10, M-17 and M-18, flatmoney H-1 and H-8, GMX H-7 and M-7.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.chain.port import CallReverted
from sim.types import account_id
from sim.units import WAD, wad
from tests.support.contracts import address_of
from tests.trigger_world import PRICE, TriggerStage, profit, stop
from tests.world import World


@pytest.fixture(scope="module")
def built() -> TriggerStage:
    return TriggerStage(World())


@pytest.fixture
def stage(built: TriggerStage) -> Iterator[TriggerStage]:
    before = built.world.snapshot()
    yield built
    built.world.revert(before)


def worth_wad(stage: TriggerStage) -> int:
    """Equity of the trader and of its keeper's account, tips included."""
    keeper = account_id(address_of("keeper"))
    accounts = (stage.trader, keeper)
    held = sum(stage.world.read("Clearinghouse", "health", one).equity_wad for one in accounts)
    return held + stage.tips_wad()


@pytest.mark.parametrize("again", ["1", "-1"], ids=["the same side", "the other side"])
def test_class_27__closed_and_opened_again__the_old_stop_is_dead(stage, again):
    stage.open("1")
    (old,) = stage.program(stop(59_000))
    stage.open("-1")
    stage.open(again)
    stage.rest("maker", again.startswith("-"), "5", 58_900)
    stage.price(58_900)
    with pytest.raises(CallReverted, match="triggers: "):
        stage.execute(old)
    assert stage.size_wad() == wad(again)


def test_class_27__flipped_through_zero_in_one_order__the_old_stop_is_dead(stage):
    stage.open("1")
    (old,) = stage.program(stop(59_000))
    stage.open("-2")
    stage.rest("maker", True, "5", 58_900)
    stage.price(58_900)
    with pytest.raises(CallReverted, match="triggers: "):
        stage.execute(old)
    assert stage.size_wad() == -WAD


def test_class_27__ones_own_keeper__earns_only_the_tip_one_paid(stage):
    before = worth_wad(stage)
    stage.open("1")
    triggers = stage.program(stop(59_000, tip_wad=wad(50)), profit(61_000, tip_wad=wad(50)))
    stage.rest("maker", True, "1", 58_950)
    stage.price(58_950)
    stage.execute(triggers[0])
    if stage.tips_wad():
        stage.send("taker", "TriggerOrders", "bury", stage.trader, 1)
    loss = (PRICE - 58_950) * WAD
    assert stage.size_wad() == 0
    assert worth_wad(stage) <= before - loss


@pytest.mark.parametrize("gap", [200, 900, 1_400])
def test_class_27__a_tight_stop_in_a_gap__is_no_free_option(stage, gap):
    # Sold where the book is, never at the price it was programmed for.
    before = worth_wad(stage)
    stage.open("1")
    (tight,) = stage.program(stop(59_990, slippage_wad=wad("0.05")))
    stage.rest("maker", True, "1", PRICE - gap)
    stage.price(PRICE - gap)
    done = stage.execute(tight)
    assert done.average_wad == wad(PRICE - gap)
    assert worth_wad(stage) < before - gap * WAD


def test_class_27__nothing_to_fill_it__stays_armed_and_pays_nobody(stage):
    stage.open("1")
    (armed,) = stage.program(stop(59_000))
    keeper = stage.cash_wad(account_id(address_of("keeper")))
    stage.price(58_900)
    assert stage.execute(armed).filled_wad == 0
    assert stage.cash_wad(account_id(address_of("keeper"))) == keeper
    stage.rest("maker", True, "1", 58_900)
    assert stage.execute(armed).filled_wad == WAD

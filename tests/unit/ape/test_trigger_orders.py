from __future__ import annotations

import ape
import pytest

from sim.units import wad
from tests.unit.ape.words import MARKET, RAW, account_of, buy

WHOLE = 2**128 - 1
STOP_LOSS, TAKE_PROFIT, TRAILING_STOP = range(3)


def trigger(kind, price, *, trail=0, tip="0.2"):
    return (kind, WHOLE, wad(price), wad(trail), wad("0.01"), wad(tip), 0)


@pytest.fixture
def program(triggers, vault, taker, long_one):
    """Program triggers of the taker's long, tips paid from an account that can spare them."""
    vault.deposit(long_one, 10_000 * RAW, sender=taker)
    vault.set_operator(triggers, True, sender=taker)

    def place(*asked):
        receipt = triggers.program(long_one, MARKET, list(asked), False, sender=taker)
        return [
            each.trigger_id for each in receipt.events if each.event_name == "TriggerProgrammed"
        ]

    return place


def test_program__stop_and_target__stand_and_hold_their_tips(program, triggers, house, long_one):
    stop, target = program(trigger(STOP_LOSS, 59_500), trigger(TAKE_PROFIT, 61_000))
    assert triggers.trigger(stop).trigger_wad == wad(59_500)
    assert not triggers.executable(stop)
    assert len(triggers.triggers_of(long_one, MARKET)) == 2
    assert house.cash_of(account_of(triggers)) == wad("0.4")
    assert target != stop


def test_program__by_a_stranger__is_refused(triggers, long_one, stranger):
    with ape.reverts("triggers: not owner or operator"):
        triggers.program(long_one, MARKET, [trigger(STOP_LOSS, 59_500)], False, sender=stranger)


def test_program__already_reached__is_refused(program):
    with ape.reverts("triggers: would fire at once"):
        program(trigger(STOP_LOSS, 60_500))


def test_program__without_a_position__is_refused(triggers, vault, taker, deployed):
    vault.deposit(account_of(taker), 10 * RAW, sender=taker)
    order = (STOP_LOSS, WHOLE, wad(59_000), 0, wad("0.01"), 0, 0)
    with ape.reverts("triggers: no position"):
        triggers.program(account_of(taker), MARKET, [order], False, sender=taker)


def test_execute__mark_not_there_yet__is_refused(program, triggers, keeper):
    (stop,) = program(trigger(STOP_LOSS, 59_500))
    with ape.reverts("triggers: mark has not reached it"):
        triggers.execute(stop, sender=keeper)


def test_execute__stop_reached__closes_and_tips_the_keeper(
    program, triggers, book, house, maker, keeper, long_one, set_index
):
    (stop,) = program(trigger(STOP_LOSS, 59_500))
    set_index(59_400)
    book.place(account_of(maker), buy(2, 59_400), 32, sender=maker)
    receipt = triggers.execute(stop, sender=keeper)
    executed = triggers.TriggerExecuted(
        trigger_id=stop,
        account=long_one,
        keeper=keeper,
        mark_wad=wad(59_400),
        trigger_wad=wad(59_500),
        filled_wad=wad(1),
        average_wad=wad(59_400),
        left_wad=0,
        tip_wad=wad("0.2"),
    )
    assert executed in receipt.events
    assert house.size_of(long_one, MARKET) == 0
    assert house.cash_of(account_of(keeper)) == wad("0.2")


def test_ratchet__mark_rises__pulls_the_trailing_stop_up(program, triggers, stranger, set_index):
    (stop,) = program(trigger(TRAILING_STOP, 0, trail="0.01"))
    assert triggers.trigger(stop).trigger_wad == wad(59_400)
    set_index(61_000)
    triggers.ratchet(stop, sender=stranger)
    assert triggers.trigger(stop).trigger_wad == wad(60_390)
    set_index(60_500)
    triggers.ratchet(stop, sender=stranger)
    assert triggers.trigger(stop).trigger_wad == wad(60_390)


def test_cancel__by_its_owner_only__gives_the_tip_back(program, triggers, house, taker, stranger):
    (stop,) = program(trigger(STOP_LOSS, 59_500))
    with ape.reverts("triggers: not owner or operator"):
        triggers.cancel([stop], sender=stranger)
    receipt = triggers.cancel([stop], sender=taker)
    assert triggers.TriggerCancelled(trigger_id=stop, refund_wad=wad("0.2")) in receipt.events
    assert house.cash_of(account_of(triggers)) == 0

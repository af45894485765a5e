"""The trigger venue on the whole protocol and its reference, driven together and compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from sim.abi.events import Event
from sim.chain.port import CallReverted
from sim.reference.margin import TABLE, by_brackets
from sim.reference.trigger_words import (
    Cancelled,
    Died,
    Executed,
    Programmed,
    Ratcheted,
    Reduced,
    Terms,
    TriggerError,
    TriggerRequest,
)
from sim.reference.triggers import TriggerBook
from sim.types import Status, account_id
from sim.types.codes import Act
from sim.units import WAD, wad
from tests.support.contracts import address_of
from tests.trigger_world import (
    BOOK,
    LOT_WAD,
    MARKET,
    MIN_NOTIONAL_WAD,
    TICK_WAD,
    WHOLE,
    NewTrigger,
    TriggerStage,
)
from tests.world import World

TERMS = Terms(tick_wad=TICK_WAD, lot_wad=LOT_WAD, min_notional_wad=MIN_NOTIONAL_WAD)
BAND = Fraction(1, 20)
KEEPER = account_id(address_of("keeper"))

# What of each event the reference states, besides the trigger's id.
_WORDS: dict[str, tuple[type[Any], tuple[str, ...]]] = {
    "TriggerProgrammed": (Programmed, ("trigger_wad",)),
    "TriggerRatcheted": (Ratcheted, ("trigger_wad",)),
    "TriggerExecuted": (Executed, Executed._fields[1:]),
    "TriggerReduced": (Reduced, ("size_wad",)),
    "TriggerCancelled": (Cancelled, ("reason", "refund_wad")),
    "TriggerDied": (Died, ("refund_wad",)),
}


class TriggerTwins:
    """The contract and the reference; positions, marks and the book are the chain's for both."""

    def __init__(self, world: World) -> None:
        # An isolated position, its tips out of the cross account: as much leverage as there is.
        self.stage = TriggerStage(world, capital=12_000, bucket=MARKET)
        world.deposit("taker", 1_000 * 10**6)
        self.desk = TriggerBook(terms=TERMS)
        self.ids: dict[int, int] = {}  # reference number -> trigger id
        self.paused = False
        self.look()

    def look(self) -> None:
        """Tell the reference what it does not work out itself: price, status and position."""
        price = self.stage.world.read("MarkPrice", "price", MARKET)
        self.desk.mark_wad = price.mark_wad
        self.desk.may_act = TABLE[Status(price.status), Act.TRIGGER] == "yes" and not self.paused
        self.desk.hold(self.stage.size_wad())

    # The world around

    def move(self, price: int) -> None:
        """A new block at a price, far enough from the last for the breaker's window."""
        self.stage.price(price, seconds=900)
        self.look()

    def rest(self, is_buy: bool, size: str, price: int) -> None:
        """Depth, where resting is allowed now."""
        with suppress(CallReverted):
            self.stage.rest("maker", is_buy, size, price)

    def trade(self, size: str) -> None:
        """The owner trades against the whale, if the clearinghouse accepts it."""
        is_buy, amount = not size.startswith("-"), size.lstrip("-")
        price = self.stage.mark_wad() // WAD
        bound_wad = wad(price + 2_500 if is_buy else price - 2_500)
        order = (is_buy, wad(amount), bound_wad, 1, False, 0)
        with suppress(CallReverted):
            self.stage.rest("whale", not is_buy, amount, price)
            self.stage.send("taker", BOOK, "place", self.stage.trader, order, 32)
        self.look()

    def pause(self, stopped: bool) -> None:
        """The guardian stops triggers, or the owner lets them go on."""
        if stopped != self.paused:
            role, method = ("guardian", "pause") if stopped else ("owner", "unpause")
            self.stage.send(role, "MarketParams", method, MARKET, int(Act.TRIGGER))
            self.paused = stopped
            self.look()

    # Proposals to both

    def program(self, wishes: Sequence[TriggerRequest]) -> None:
        """The owner programs triggers."""
        words = tuple(_words(wish) for wish in wishes)
        margin_left = self._margin_left()
        arguments = (self.stage.trader, MARKET, words, True)
        self._both("taker", "program", arguments, lambda desk: desk.program(wishes, margin_left))

    def cancel(self, number: int) -> None:
        """The owner takes a trigger back."""
        arguments = ((self.ids[number],),)
        self._both("taker", "cancel", arguments, lambda desk: desk.cancel(number))

    def ratchet(self, number: int) -> None:
        """A stranger shows a trigger the mark."""
        self._both("stranger", "ratchet", (self.ids[number],), lambda desk: desk.ratchet(number))

    def execute(self, number: int) -> None:
        """A keeper executes; the clearinghouse may refuse what leaves a sick account worse off."""
        one = self.desk.find(number)
        levels = self._levels(one is not None and not one.is_long)
        health = self.stage.world.read("Clearinghouse", "health", self.stage.trader)
        before, arguments = deepcopy(self.desk), (self.ids[number],)
        try:
            self._both("keeper", "execute", arguments, lambda desk: desk.execute(number, levels))
        except CallReverted as refusal:
            sick = health.margin_equity_wad < health.initial_wad
            if str(refusal) != "clearinghouse: margin not met" or not sick:
                raise
            self.desk = before
        assert self.stage.size_wad() == self.desk.positions_wad[-1]

    def bury(self) -> None:
        """A stranger clears what is dead."""
        self._both("stranger", "bury", (self.stage.trader, MARKET), lambda desk: desk.bury())

    def check(self) -> None:
        """What stands is the same, its tips are the purse, and the keeper has what was earned."""
        states = self.stage.ask("triggers_of", self.stage.trader, MARKET)
        found = {
            state.trigger_id: (state.trigger_wad, state.size_wad, state.tip_wad, state.is_alive)
            for state in states
        }
        assert found == {
            self.ids[one.number]: (
                one.trigger_wad(),
                WHOLE if one.left_wad is None else one.left_wad,
                one.tip_wad,
                self.desk.is_alive(one),
            )
            for one in self.desk.standing
        }
        assert self.stage.cash_wad(self.stage.purse) == self.desk.purse_wad()
        assert self.stage.cash_wad(KEEPER) == self.desk.keeper_wad
        assert self.desk.owner_wad + self.desk.purse_wad() + self.desk.keeper_wad == 0
        for one in self.desk.standing:
            expected = (
                self.desk.is_alive(one)
                and self.desk.may_act
                and one.fires(self.desk.mark_wad)
                and self.desk.positions_wad[-1] != 0
            )
            assert self.stage.ask("executable", self.ids[one.number]) == expected

    def _both(
        self,
        role: str,
        method: str,
        arguments: tuple[Any, ...],
        expected: Callable[[TriggerBook], Any],
    ) -> None:
        before = deepcopy(self.desk)
        self.desk.happenings.clear()
        try:
            expected(self.desk)
        except TriggerError as refusal:
            self.desk = replace(before, count=before.count)
            with pytest.raises(CallReverted, match=f"^{re.escape(str(refusal))}$"):
                self.stage.send(role, "TriggerOrders", method, *arguments)
            return
        events = self.stage.send(role, "TriggerOrders", method, *arguments)
        self._compare([one for one in events if one.contract == "TriggerOrders"])

    def _compare(self, events: Sequence[Event]) -> None:
        """Same happenings; those of siblings come in any order."""
        programmed = [one for one in self.desk.happenings if isinstance(one, Programmed)]
        fresh = [one for one in events if one.name == "TriggerProgrammed"]
        for happening, event in zip(programmed, fresh, strict=True):
            assert event.values.trigger_id not in self.ids.values()
            self.ids[happening.number] = event.values.trigger_id
        numbers = {trigger_id: number for number, trigger_id in self.ids.items()}
        told = []
        for event in events:
            kind, fields = _WORDS[event.name]
            values = [getattr(event.values, field) for field in fields]
            told.append(kind(numbers[event.values.trigger_id], *values))
        assert told[:1] == self.desk.happenings[:1] or not isinstance(told[0], Executed)
        assert sorted(told, key=repr) == sorted(self.desk.happenings, key=repr)

    def _levels(self, is_buy: bool) -> list[tuple[int, int]]:
        """The other side of the book, as far as it trades around the mark."""
        mark_wad = self.desk.mark_wad
        levels = self.stage.world.read(BOOK, "depth", not is_buy, 64)
        return [
            (price_wad, size_wad)
            for price_wad, size_wad in levels
            if abs(price_wad - mark_wad) <= BAND * mark_wad
        ]

    def _margin_left(self) -> Callable[[int], Fraction]:
        """E - MM of the trader at a price, worked out from what the chain says it holds."""
        read, trader = self.stage.world.read, self.stage.trader
        position = read("Clearinghouse", "position", trader, MARKET)
        owed_wad = read("Clearinghouse", "funding_owed", trader, MARKET)
        fixed_wad = self.stage.cash_wad() + position.quote_wad - owed_wad
        tiers = [
            (tier.lower_wad, tier.mmr_wad)
            for tier in self.stage.world.deployed.config.markets[0].tiers
        ]

        def margin_left(price_wad: int) -> Fraction:
            worth = Fraction(position.size_wad * price_wad, WAD)
            return fixed_wad + worth - by_brackets(abs(worth), tiers)  # type: ignore[arg-type]

        return margin_left


def _words(wish: TriggerRequest) -> NewTrigger:
    return NewTrigger(
        kind=int(wish.kind),
        size_wad=WHOLE if wish.size_wad is None else wish.size_wad,
        trigger_wad=wish.price_wad,
        trail_wad=wish.trail_wad,
        slippage_wad=wish.slippage_wad,
        tip_wad=wish.tip_wad,
        group=wish.group,
    )

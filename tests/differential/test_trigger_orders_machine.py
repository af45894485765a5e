"""Trigger orders against what the specification says of them: Hypothesis moves prices, positions,
depth and triggers, and shrinks what breaks."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from sim.reference.trigger_words import Kind, TriggerRequest
from sim.units import WAD, wad
from tests.differential.trigger_twins import TriggerTwins
from tests.trigger_world import LOT_WAD, PRICE
from tests.world import World

ratios = st.integers(1, 60).map(lambda permille: permille * WAD // 1_000)
sizes = st.one_of(st.none(), st.integers(1, 20_000).map(lambda lots: lots * LOT_WAD))
tips = st.sampled_from([0, 1, wad("0.5"), wad("1.333333333333333333")])
amounts = st.integers(10, 9_000).map(lambda lots: f"{lots / 10_000:.4f}")


@st.composite
def wishes(draw: st.DrawFn, near: int, is_long: bool) -> TriggerRequest:
    """Mostly what an owner could want: stops on the losing side, profits on the other."""
    kind = draw(st.sampled_from(Kind))
    trails = kind is Kind.TRAILING_STOP
    away = draw(st.one_of(st.integers(1, 3_000), st.integers(-500, 12_000)))
    below = is_long != (kind is Kind.TAKE_PROFIT)
    return TriggerRequest(
        kind=kind,
        size_wad=draw(sizes),
        price_wad=0 if trails else wad(near - away if below else near + away),
        trail_wad=draw(ratios) if trails else 0,
        slippage_wad=draw(st.one_of(st.just(0), ratios)),
        tip_wad=draw(tips),
        group=draw(st.sampled_from([0, 1, 1, 2])),
    )


class TriggerMachine(RuleBasedStateMachine):
    """Any flow of calls gives the same refusals, events, triggers and payments."""

    world: World | None = None

    @initialize(size=st.sampled_from(["0.5", "-0.5", "2", "-2", "4", "-4"]))
    def deploy(self, size: str) -> None:
        if TriggerMachine.world is None:
            TriggerMachine.world = World()
        self.before = TriggerMachine.world.snapshot()
        self.twins = TriggerTwins(TriggerMachine.world)
        self.price = PRICE
        self.rested = 0
        self.twins.trade(size)

    def teardown(self) -> None:
        if hasattr(self, "twins"):
            self.twins.stage.world.revert(self.before)

    @rule(percent=st.sampled_from([-6, -3, -2, -1, 1, 2, 3, 6]))
    def move(self, percent: int) -> None:
        self.price += self.price * percent // 100
        self.twins.move(self.price)

    @precondition(lambda self: self.rested < 24)
    @rule(is_buy=st.booleans(), amount=amounts, away=st.integers(0, 900))
    def rest(self, is_buy: bool, amount: str, away: int) -> None:
        if wad(amount) * self.price >= 20 * WAD:
            self.rested += 1
            self.twins.rest(is_buy, amount, self.price - away if is_buy else self.price + away)

    @rule(side=st.sampled_from(["", "-"]), amount=st.sampled_from(["0.01", "0.5", "1", "4"]))
    def trade(self, side: str, amount: str) -> None:
        self.twins.trade(side + amount)

    @rule(choice=st.data(), count=st.sampled_from([1, 1, 1, 2, 4]))
    def program(self, choice: st.DataObject, count: int) -> None:
        wish = wishes(self.price, self.twins.desk.positions_wad[-1] > 0)
        self.twins.program(choice.draw(st.lists(wish, min_size=count, max_size=count)))

    @rule(then=st.sampled_from(["0.5", "-0.5", "1", "-1"]))
    def close_and_open(self, then: str) -> None:
        held_wad = self.twins.desk.positions_wad[-1]
        if held_wad:
            self.twins.trade(f"{-held_wad // LOT_WAD / 10_000:.4f}")
        self.twins.trade(then)

    @precondition(lambda self: self.twins.ids)
    @rule(choice=st.data())
    def cancel(self, choice: st.DataObject) -> None:
        self.twins.cancel(choice.draw(st.sampled_from(sorted(self.twins.ids))))

    @precondition(lambda self: self.twins.ids)
    @rule(choice=st.data())
    def ratchet(self, choice: st.DataObject) -> None:
        self.twins.ratchet(choice.draw(st.sampled_from(sorted(self.twins.ids))))

    @precondition(lambda self: self.twins.ids)
    @rule(choice=st.data())
    def execute(self, choice: st.DataObject) -> None:
        self.twins.execute(choice.draw(st.sampled_from(sorted(self.twins.ids))))

    @precondition(lambda self: self.twins.desk.standing)
    @rule(choice=st.data(), amount=st.one_of(amounts, st.just("9")), beyond=st.integers(0, 50))
    def fire(self, choice: st.DataObject, amount: str, beyond: int) -> None:
        """The price goes where a trigger waits, and finds some depth there."""
        one = choice.draw(st.sampled_from(self.twins.desk.standing))
        down = one.is_long != (one.wish.kind is Kind.TAKE_PROFIT)
        target = one.trigger_wad() // WAD + (-beyond if down else beyond + 1)
        if abs(target - self.price) * 100 < 8 * self.price:
            self.price = target
            self.twins.move(target)
            self.twins.rest(one.is_long, amount, target + (beyond if one.is_long else -beyond))
            self.twins.execute(one.number)
            self.twins.execute(one.number)

    @rule(percent=st.sampled_from([-3, -1, 1, 3]))
    def trail(self, percent: int) -> None:
        """The price moves, and everybody's trailing stops are shown where to."""
        self.price += self.price * percent // 100
        self.twins.move(self.price)
        for one in list(self.twins.desk.standing):
            self.twins.ratchet(one.number)

    @rule()
    def bury(self) -> None:
        self.twins.bury()

    @rule(stopped=st.booleans())
    def pause(self, stopped: bool) -> None:
        self.twins.pause(stopped)

    @invariant()
    def same(self) -> None:
        if hasattr(self, "twins"):
            self.twins.check()


TestTriggerMachine = TriggerMachine.TestCase
TestTriggerMachine.settings = settings(stateful_step_count=30)

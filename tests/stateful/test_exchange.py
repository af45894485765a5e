"""The whole exchange against its reference, and every named invariant, after every step."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, run_state_machine_as_test

from tests.stateful.exchange_checks import Checks
from tests.stateful.exchange_more_rules import MoreRules
from tests.stateful.exchange_rules import leverages, markets, traders
from tests.stateful.exchange_ruling import Whole
from tests.stateful.exchange_scene import morning

DEEP = settings().max_examples > 1_000
EXAMPLES, STEPS = (1_000, 50) if DEEP else (100, 30)


class ExchangeMachine(MoreRules):
    """A day of a few users; every example starts from the same morning."""

    shared: ClassVar[Whole | None] = None
    lives: ClassVar[list[Counter[str]]] = []

    @initialize(who=traders, market=markets, side=st.sampled_from([-1, 1]), tenths=leverages)
    def open(self, who: int, market: int, side: int, tenths: int) -> None:
        if ExchangeMachine.shared is None:
            ExchangeMachine.shared = morning()
        self.life = ExchangeMachine.shared
        self.before = self.life.snapshot()
        self.life.counts = Counter()
        self.checks = Checks(self.life)
        self.take(who=who, market=market, side=side, tenths=tenths)

    def teardown(self) -> None:
        if hasattr(self, "before"):
            counts = self.life.counts
            for name in REACHED:
                if counts[name]:
                    event(name)
            self.lives.append(counts)
            self.life.revert(self.before)

    @invariant()
    def sound(self) -> None:
        if hasattr(self, "checks"):
            self.life.counts["step"] += 1
            self.checks.step()


# What happens, and in at least how many of a hundred lives.
REACHED = {
    "round trip": 95,
    "split": 95,
    "OrderFilled": 90,
    "refused": 75,
    "OrderPlaced": 50,
    "funding": 50,
    "flip": 25,
    "TriggerProgrammed": 20,
    "AccountLiquidated": 25,
    "rung 0": 12,
    "TriggerExecuted": 6,
    "AccountAbsorbed": 12,
    "BackstopUnwound": 6,
    "rung 1": 2,
    "CounterpartyDeleveraged": 3,
    "clearinghouse: margin not met": 20,
    "clearinghouse: above withdrawable": 20,
    "liquidator: account is healthy": 20,
}


@pytest.fixture(scope="module")
def lives() -> list[Counter[str]]:
    ExchangeMachine.lives.clear()
    # Some examples are cut short: as many more make up for them.
    examples = EXAMPLES * 6 // 5
    terms = {"stateful_step_count": STEPS, "derandomize": not DEEP}
    run_state_machine_as_test(ExchangeMachine, settings=settings(max_examples=examples, **terms))
    return list(ExchangeMachine.lives)


def test_exchange__any_life__is_the_reference_and_keeps_every_invariant(lives):
    assert sum(counts["step"] for counts in lives) >= EXAMPLES * STEPS


@pytest.mark.parametrize("name", REACHED)
def test_exchange__a_hundred_lives__reach(lives, name):
    reached = sum(counts[name] > 0 for counts in lives)
    assert reached * 100 >= REACHED[name] * len(lives)

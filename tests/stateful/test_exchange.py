"""The whole exchange against its reference, and every named invariant, after every step."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import pytest
from hypothesis import event, settings
from hypothesis.stateful import initialize, invariant, run_state_machine_as_test

from tests.stateful.exchange_checks import Checks
from tests.stateful.exchange_more_rules import MoreRules
from tests.stateful.exchange_ruling import Whole
from tests.stateful.exchange_scene import morning

DEEP = settings().max_examples > 1_000
EXAMPLES, STEPS = (1_000, 50) if DEEP else (100, 30)


class ExchangeMachine(MoreRules):
    """A day of a few users; every example starts from the same morning."""

    shared: ClassVar[Whole | None] = None
    lives: ClassVar[list[Counter[str]]] = []

    @initialize()
    def open(self) -> None:
        if ExchangeMachine.shared is None:
            ExchangeMachine.shared = morning()
        self.life = ExchangeMachine.shared
        self.before = self.life.snapshot()
        self.life.counts = Counter()
        self.checks = Checks(self.life)

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
            self.checks.step()


# What happens in at least so many of a hundred lives.
REACHED = {
    "OrderFilled": 80,
    "refused": 80,
    "round trip": 95,
    "split": 95,
    "funding": 50,
    "flip": 10,
    "AccountLiquidated": 15,
    "rung 0": 10,
}


@pytest.fixture(scope="module")
def lives() -> list[Counter[str]]:
    ExchangeMachine.lives.clear()
    run_state_machine_as_test(
        ExchangeMachine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, derandomize=not DEEP),
    )
    return list(ExchangeMachine.lives)


def test_exchange__any_life__is_the_reference_and_keeps_every_invariant(lives):
    assert len(lives) >= EXAMPLES


@pytest.mark.parametrize("name", REACHED)
def test_exchange__a_hundred_lives__reach(lives, name):
    reached = sum(counts[name] > 0 for counts in lives)
    assert reached * 100 >= REACHED[name] * len(lives)

"""What an invariant is: a number, a check, how often it runs, a sentence, and whom it protects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sim.invariants.facts import Facts

Check = Callable[[Facts], list[str]]


class When(StrEnum):
    """How often: a few events and sums, or a walk over every account."""

    EACH_BLOCK = "each block"
    CHECKPOINT = "checkpoints and the end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """One rule that holds in every block of every run."""

    number: int
    check: Check
    when: When
    sentence: str
    protects: str

    @property
    def id(self) -> str:
        """Its name in findings, reports and documents."""
        return f"INV-{self.number}"

    @property
    def held_by(self) -> str:
        """The function that checks it, as the documents name it."""
        return f"{self.check.__module__.rpartition('.')[2]}.py::{self.check.__name__}"

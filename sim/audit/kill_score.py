"""The score of a campaign: who was noticed, who was not, and who need not be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim.audit.hand_made import HAND_MADE, Reason, reason_for
from sim.audit.mutant_trial import Outcome, Trial

DEAD = (Outcome.KILLED, Outcome.TIMEOUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A mutant nobody noticed, with its diff; `reason` if it is none."""

    file: str
    line: int
    operator: str
    name: str
    diff: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Of mutants that compile to something else: the share that was noticed."""

    tried: int
    invalid: int
    same: int
    killed: int
    survivors: Sequence[Survivor]
    equivalents: Sequence[Survivor]
    rows: Sequence[dict[str, object]]  # by operator
    by_command: dict[str, int]
    wall_s: float

    @property
    def counted(self) -> int:
        """How many could have been noticed."""
        return self.killed + len(self.survivors)

    @property
    def percent(self) -> int | None:
        """The score in hundredths of a percent; None where nothing could be noticed."""
        return self.killed * 10_000 // self.counted if self.counted else None


def score_of(trials: Sequence[Trial], root: Path, known: Sequence[Reason]) -> Score:
    """Sort trials out; a survivor that somebody gave a reason for is equivalent."""
    left: dict[bool, list[Survivor]] = {False: [], True: []}
    judged = []
    for trial in trials:
        if trial.outcome is Outcome.SURVIVED:
            text = (root / trial.mutant.file).read_text()
            reason = reason_for(trial.mutant, text, known)
            left[bool(reason)].append(_survivor(trial, text, reason))
            if reason:
                trial = replace(trial, outcome=Outcome.EQUIVALENT)
        judged.append(trial)
    outcomes = Counter(one.outcome for one in judged)
    return Score(
        tried=len(trials),
        invalid=outcomes[Outcome.INVALID],
        same=outcomes[Outcome.SAME],
        killed=sum(outcomes[one] for one in DEAD),
        survivors=left[False],
        equivalents=left[True],
        rows=_by_operator(judged),
        by_command=dict(Counter(one.by for one in judged if one.by)),
        wall_s=sum(one.wall_s for one in trials),
    )


def _survivor(trial: Trial, text: str, reason: str) -> Survivor:
    one = trial.mutant
    return Survivor(
        file=one.file,
        line=one.line,
        operator=one.operator,
        name=one.name,
        diff=one.diff(text),
        reason=reason,
    )


def _by_operator(trials: Sequence[Trial]) -> list[dict[str, object]]:
    rows = []
    names = {one.mutant.operator for one in trials}
    for name in sorted(names, key=lambda one: (one != HAND_MADE, one)):
        mine = Counter(one.outcome for one in trials if one.mutant.operator == name)
        rows.append(
            {
                "operator": name,
                "killed": sum(mine[one] for one in DEAD),
                "survived": mine[Outcome.SURVIVED],
                "equivalent": mine[Outcome.EQUIVALENT] + mine[Outcome.SAME],
                "invalid": mine[Outcome.INVALID],
            }
        )
    return rows

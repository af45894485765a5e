"""How often each invariant was checked in recorded runs, and what it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sim.invariants.invariant import When
from sim.invariants.registry import REGISTRY
from sim.records.folder import Run


def checked(runs: Sequence[Run]) -> list[dict[str, object]]:
    """A row an invariant: the runs' blocks or checkpoints it was held against, and violations."""
    blocks = sum(len(run.blocks) for run in runs)
    checkpoints = sum(_checkpoints(run) for run in runs)
    found: Counter[str] = Counter()
    for run in runs:
        for said in list(run.blocks["violations"].to_numpy()):
            found.update(str(one).partition(":")[0] for one in said)
    return [
        {
            "invariant": one.id,
            "sentence": one.sentence,
            "protects": one.protects,
            "when": str(one.when),
            "times": blocks if one.when is When.EACH_BLOCK else checkpoints,
            "violations": found[one.id],
            "held_by": one.held_by,
        }
        for one in REGISTRY
    ]


def _checkpoints(run: Run) -> int:
    """Blocks after which every account was written down; before the first nothing is checked."""
    return len(set(run.accounts["block"].to_numpy()) - {0})

"""One run of a sweep, wherever it is made: a task that travels, and the row it comes to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from time import perf_counter

import numpy as np

from sim.abi.artifacts import artifact, deployables
from sim.api import simulate, summarise
from sim.metrics.harm import harm
from sim.scenario import parse_scenario

DONE, FAILED, IN_FLIGHT = "done", "failed", "in flight"
PACKAGE = Path(__file__).resolve().parents[2]
# What a summary says of the machine or of the question, not of the outcome.
_NO_FIGURES = ("scenario", "seed", "engine", "status", "wall_s", "evm_s", "tx_per_s")

Row = dict[str, object]
_one_at_a_time = Lock()  # a Dask worker has threads, a run has its process to itself


class OtherCodeError(RuntimeError):
    """A worker runs another version than who asks it; its rows would be another experiment's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Everything a worker needs, on this machine or another."""

    run: int
    cell: int
    seed: int
    values: Mapping[str, object]
    scenario: str
    price_files: tuple[str, ...]
    attackers: tuple[str, ...]
    code: str

    def head(self) -> Row:
        """Which run it is."""
        return {"run": self.run, "cell": self.cell, "seed": self.seed, **self.values}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A row, and what it took."""

    row: Row
    seconds: float


def make(task: Task) -> Made:
    """Run it; whatever breaks is told in the row. Raises OtherCodeError alone."""
    if (own := fingerprint()) != task.code:
        raise OtherCodeError(f"a worker has the code {own[:12]}, the sweep {task.code[:12]}")
    with _one_at_a_time:
        began_s = perf_counter()
        try:
            row = task.head() | {"state": DONE, "error": None} | _figures(task)
        except Exception as error:  # one run's failure is a row, the others go on
            row = failed(task, f"{type(error).__name__}: {' '.join(str(error).split())}")
        return Made(row=row, seconds=perf_counter() - began_s)


def failed(task: Task, why: str) -> Row:
    """The row of a run that came to nothing."""
    return task.head() | {"state": FAILED, "error": why}


def _figures(task: Task) -> Row:
    """Every figure of the run that is the same whoever makes it."""
    scenario = parse_scenario(task.scenario, label="scenario")
    run = simulate(scenario, seed=task.seed, prices=task.price_files)
    incident = scenario.incident
    cost = asdict(harm(run, task.attackers or (incident.attackers if incident else ())))
    summary = {key: value for key, value in summarise(run).items() if key not in _NO_FIGURES}
    # A summary's debt is what stands at the end; that of the harm counts what others paid too.
    summary["bad_debt_at_end"] = summary.pop("bad_debt", None)
    return {key: _plain(value) for key, value in (summary | cost).items()}


def _plain(value: object) -> object:
    """A figure as JSON holds it; whole numbers beyond a column's 64 bits as text."""
    if isinstance(value, np.generic):
        value = value.item()
    is_wide = isinstance(value, int) and abs(value) >= 2**63
    return str(value) if is_wide else value


@cache
def fingerprint() -> str:
    """Of the code and of the compiled contracts; compiles those that are not."""
    made = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        made.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    for name in deployables():
        made.update(name.encode() + b"\0" + artifact(name).initcode)
    return made.hexdigest()

"""A campaign of mutants: which, in which order, on how many processes, and what is kept of it."""

from __future__ import annotations

import json
import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from sim.audit.mutant import Mutant
from sim.audit.mutant_trial import Bench, Outcome, Trial, run
from sim.audit.vyper_project import Project, ProjectError, copy_of
from sim.rng import stream

SLACK, SLACK_S = 4.0, 20.0  # times what a command took without a fault, and seconds on top
LONGEST_S = 3600.0
COUNTED = (Outcome.KILLED, Outcome.TIMEOUT, Outcome.SURVIVED)
_bench: Bench | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a campaign does."""

    root: Path
    commands: Sequence[str]
    sample: int | None  # how many that compile; None: all
    seed: int
    minutes: float | None
    processes: int
    state: Path | None  # where trials are kept, and taken up again


@dataclass(slots=True, kw_only=True)
class Kills:
    """Which command noticed how often, by file and in all: what the next one starts with."""

    by_file: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_all: Counter[str] = field(default_factory=Counter)

    def count(self, trial: Trial) -> None:
        """Remember who noticed."""
        if trial.by:
            self.by_file[trial.mutant.file, trial.by] += 1
            self.in_all[trial.by] += 1

    def order(self, commands: Sequence[str], file: str, took_s: Mapping[str, float]) -> list[str]:
        """Commands by kills of the file, then by kills in all, then the fastest first."""
        return sorted(
            commands, key=lambda one: (-self.by_file[file, one], -self.in_all[one], took_s[one])
        )


def chosen(mutants: Sequence[Mutant], seed: int) -> list[Mutant]:
    """All of them in an order that depends on the seed alone; a sample is its beginning."""
    order = stream(seed, "mutants").permutation(len(mutants))
    return [mutants[place] for place in order]


def baseline(root: Path, commands: Sequence[str]) -> dict[str, float]:
    """How long each command takes without a fault; refuses one that fails then."""
    took_s = {}
    for command in commands:
        began_s = perf_counter()
        status, said = run(command, root, LONGEST_S)
        if status != 0:
            raise ProjectError(f"{command!r} fails without any mutant ({said[:200]})")
        took_s[command] = perf_counter() - began_s
    return took_s


def campaign(
    plan: Plan, mutants: Sequence[Mutant], told: Callable[[Trial], None]
) -> Iterator[Trial]:
    """Trials as they end, those of an earlier run first; nothing is written to the tree itself."""
    known = _known(plan.state, mutants)
    kills, counted = Kills(), 0
    queue = []
    for mutant in mutants:
        if (trial := known.get(mutant.key)) is None:
            queue.append(mutant)
            continue
        kills.count(trial)
        counted += trial.outcome in COUNTED
        yield trial
    if not queue or (plan.sample is not None and counted >= plan.sample):
        return
    with tempfile.TemporaryDirectory(prefix="mutants-") as room:
        copies = [copy_of(plan.root, Path(room) / str(one)) for one in range(plan.processes)]
        took_s = baseline(copies[0], plan.commands)
        for trial in _run(plan, queue, copies, kills, took_s, counted):
            _keep(plan.state, trial)
            told(trial)
            yield trial


def _run(
    plan: Plan,
    queue: list[Mutant],
    copies: Sequence[Path],
    kills: Kills,
    took_s: Mapping[str, float],
    counted: int,
) -> Iterator[Trial]:
    began_s, waiting = perf_counter(), iter(queue)
    limits_s = {one: SLACK * took + SLACK_S for one, took in took_s.items()}
    context = multiprocessing.get_context("spawn")
    places = context.Queue()
    for copy in copies:
        places.put(str(copy))
    with ProcessPoolExecutor(
        plan.processes, mp_context=context, initializer=_open, initargs=(places,)
    ) as pool:
        running: set[Future[Trial]] = set()
        while True:
            room = plan.sample is None or counted + len(running) < plan.sample
            late = plan.minutes is not None and perf_counter() - began_s > plan.minutes * 60
            fresh = (
                next(waiting, None) if room and not late and len(running) < len(copies) else None
            )
            if fresh is not None:
                order = kills.order(plan.commands, fresh.file, took_s)
                running.add(pool.submit(_try, fresh, order, limits_s))
                continue
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                trial = future.result()
                kills.count(trial)
                counted += trial.outcome in COUNTED
                yield trial


def _open(places: multiprocessing.Queue[str]) -> None:
    global _bench
    _bench = Bench(Project(Path(places.get())))


def _try(mutant: Mutant, commands: Sequence[str], limits_s: Mapping[str, float]) -> Trial:
    assert _bench is not None, "the process has opened its bench"
    return _bench.trial(mutant, commands, limits_s)


def _known(state: Path | None, mutants: Sequence[Mutant]) -> dict[str, Trial]:
    if state is None or not state.is_file():
        return {}
    by_key, found = {one.key: one for one in mutants}, {}
    for number, line in enumerate(state.read_text().splitlines(), start=1):
        try:
            row = json.loads(line)
            key, outcome = row["key"], Outcome(row["outcome"])
            words = {"by": row["by"], "said": row["said"], "wall_s": row["wall_s"]}
        except (ValueError, KeyError, TypeError) as error:
            raise ProjectError(f"{state}: line {number} is no trial of mutants") from error
        if key in by_key:
            found[key] = Trial(mutant=by_key[key], outcome=outcome, **words)
    return found


def _keep(state: Path | None, trial: Trial) -> None:
    if state is not None:
        row: dict[str, object] = {"key": trial.mutant.key, "outcome": str(trial.outcome)}
        row |= {"by": trial.by, "said": trial.said, "wall_s": round(trial.wall_s, 2)}
        row |= {"file": trial.mutant.file, "line": trial.mutant.line}
        with state.open("a") as file:
            file.write(json.dumps(row) + "\n")

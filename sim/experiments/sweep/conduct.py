"""The loop of a sweep: hand out runs, keep what comes back, hand out again what was lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from sim.experiments.sweep import folder as disk
from sim.experiments.sweep.crew import Slot, is_loss
from sim.experiments.sweep.one_run import DONE, FAILED, Made, Row, Task, failed, make

MOST_TRIES = 3  # of a run whose workers die, each in a worker of its own
TELL_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sweep is; `eta_s` is None until a run of this session is over."""

    total: int
    done: int
    failed: int
    in_flight: int
    eta_s: float | None

    def __str__(self) -> str:
        """For a person."""
        over = self.done + self.failed
        left = "" if self.eta_s is None or over == self.total else f", {_clock(self.eta_s)} to go"
        broken = f", {self.failed} failed" if self.failed else ""
        return f"{over:,} of {self.total:,} runs{broken}, {self.in_flight} in flight{left}"


@dataclass(slots=True)
class Conductor:
    """One session of a sweep."""

    path: Path
    tasks: Iterable[Task]
    slots: list[Slot]
    report: Callable[[Progress], None]
    function: Callable[[Task], Made] = make
    _states: dict[int, object] = field(default_factory=dict)
    _todo: deque[Task] = field(default_factory=deque)
    _tries: dict[int, int] = field(default_factory=dict)
    _running: dict[Future[Made], tuple[Slot, Task]] = field(default_factory=dict)
    _total: int = 0
    _told_s: float = 0.0

    def run(self) -> None:
        """Make every run that is not kept yet; raises OSError if a part cannot be written."""
        self._states = {number: row["state"] for number, row in disk.kept(self.path).items()}
        every = list(self.tasks)
        self._total = len(every)
        self._todo = deque(task for task in every if task.run not in self._states)
        began_s, before = monotonic(), len(self._states)
        idle = deque(self.slots)
        try:
            while self._todo or self._running:
                while self._todo and idle:
                    slot, task = idle.popleft(), self._todo.popleft()
                    self._running[slot.submit(self.function, task)] = slot, task
                over, _ = wait(self._running, timeout=TELL_EVERY_S, return_when=FIRST_COMPLETED)
                for future in over:
                    slot, task = self._running.pop(future)
                    idle.append(slot)
                    self._take(future, slot, task)
                self._tell(began_s, len(self._states) - before)
        finally:
            for future in self._running:
                future.cancel()
        self._told_s = 0.0
        self._tell(began_s, len(self._states) - before)

    def _take(self, future: Future[Made], slot: Slot, task: Task) -> None:
        error = future.exception()
        if error is None:
            made = future.result()
            self._keep(made.row, made.seconds)
            return
        if not is_loss(error):
            raise error
        slot.replace()
        self._tries[task.run] = tries = self._tries.get(task.run, 0) + 1
        if tries < MOST_TRIES:
            self._todo.appendleft(task)
        else:
            self._keep(failed(task, f"the worker died {tries} times"), 0.0)

    def _keep(self, row: Row, seconds: float) -> None:
        disk.keep(self.path, row, seconds)
        number = row["run"]
        assert isinstance(number, int)
        self._states[number] = row["state"]

    def _tell(self, began_s: float, made: int) -> None:
        now_s = monotonic()
        if now_s - self._told_s < TELL_EVERY_S:
            return
        self._told_s = now_s
        states = list(self._states.values())
        left = self._total - len(states)
        told = Progress(
            total=self._total,
            done=states.count(DONE),
            failed=states.count(FAILED),
            in_flight=len(self._running),
            eta_s=left * (now_s - began_s) / made if made else None,
        )
        counts = {name: getattr(told, name) for name in ("total", "done", "failed", "in_flight")}
        heads = [task.head() for _, task in self._running.values()]
        disk.tell(self.path, {**counts, "eta_s": told.eta_s}, heads)
        self.report(told)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"

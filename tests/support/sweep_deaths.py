"""Workers that die as a kill -9 makes them, for the tests of sweeps."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from sim.experiments.sweep.one_run import Made, Task, make

DEADLY_RUN = 1


def die_once(task: Task) -> Made:
    """Die making the deadly run, if no earlier try left its mark; the mark is where it says."""
    mark = Path(os.environ["BACKSTOP_TEST_MARK"])
    if task.run == DEADLY_RUN and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return make(task)


def die_always(task: Task) -> Made:
    """Die making the deadly run, however often it is tried."""
    if task.run == DEADLY_RUN:
        os.kill(os.getpid(), signal.SIGKILL)
    return make(task)

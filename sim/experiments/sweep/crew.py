"""Who makes the runs: this process, processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
CONNECT_S = 10


class LostWorkerError(RuntimeError):
    """The process that made a run is gone."""


class CrewError(RuntimeError):
    """One sentence: no workers can be had."""


class Slot:
    """A place where one run at a time is made; it knows how to get a new worker."""

    def __init__(self, open_worker: Callable[[], Executor]) -> None:
        self._open = open_worker
        self._worker: Executor | None = None

    def submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Begin a call."""
        if self._worker is None:
            self._worker = self._open()
        try:
            return self._worker.submit(function, *args, **kwargs)
        except BrokenProcessPool:  # it died with nothing to do
            self.replace()
            return self.submit(function, *args, **kwargs)

    def replace(self) -> None:
        """Forget a worker that was lost."""
        self.close()
        self._worker = None

    def close(self) -> None:
        """Let the worker go."""
        if self._worker is not None:
            self._worker.shutdown(wait=False, cancel_futures=True)


@contextmanager
def crew(jobs: int, scheduler: str | None) -> Iterator[list[Slot]]:
    """Slots for the runs: one in this process, `jobs` processes, or a cluster's threads.

    A process has a slot of its own, so that it is known which run a dead one was making. Raises
    CrewError if no worker answers at `scheduler`.
    """
    if scheduler is not None:
        with _cluster(scheduler) as slots:
            yield slots
        return
    slots = [Slot(_Here)] if jobs == 1 else [Slot(_process) for _ in range(jobs)]
    try:
        yield slots
    finally:
        for one in slots:
            one.close()


def is_loss(error: BaseException) -> bool:
    """Whether a call came to nothing because its worker is gone."""
    if isinstance(error, BrokenProcessPool):
        return True
    return type(error).__name__ == "KilledWorker"  # without loading Dask where there is none


class _Here(Executor):
    """Calls made at once, in this process."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        made: Future[T] = Future()
        try:
            made.set_result(fn(*args, **kwargs))
        except Exception as error:
            made.set_exception(error)
        return made


def _process() -> Executor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=_begin)


def _begin() -> None:
    """In a new worker: Ctrl-C is for who asked for the runs, and nobody outlives that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker is begun by somebody"
    parent.join()
    os._exit(1)


@contextmanager
def _cluster(address: str) -> Iterator[list[Slot]]:
    import distributed

    library: Any = distributed
    try:
        client = library.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CrewError(f"--scheduler {address}: no answer ({error})") from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise CrewError(f"--scheduler {address}: found no worker; one or more is allowed")
        executor: Executor = client.get_executor(pure=False)
        # Twice as many as there are threads: none waits for the next run to arrive.
        yield [Slot(lambda: executor) for _ in range(2 * threads)]

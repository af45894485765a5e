"""The one way to start a run, kept in a folder or not: what is opened here is let go here."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.abi.artifacts import ContractError
from sim.chain.port import EngineMissingError
from sim.engine.run import Simulation
from sim.engine.run_request import RunRequest
from sim.prices.errors import PriceFileError
from sim.records.recorder import FolderRecorder
from sim.records.rows import Recorder
from sim.records.several import Several
from sim.records.validation import RunFolderError
from sim.scenario import ScenarioError

# One sentence each about what was asked for; a run that meets one has not begun.
INPUT_ERRORS = (
    ScenarioError,
    PriceFileError,
    RunFolderError,
    ContractError,
    EngineMissingError,
)


@contextmanager
def open_run(request: RunRequest, recorder: Recorder) -> Iterator[Simulation]:
    """A run with everything deployed, before its money comes in; its chain is let go at the end."""
    simulation = Simulation(request, recorder)
    try:
        yield simulation
    finally:
        simulation.close()


@contextmanager
def recorded_run(
    request: RunRequest, recorder: FolderRecorder, *others: Recorder
) -> Iterator[Simulation]:
    """The same, kept in a folder: a run that breaks leaves what there was of it, and says why.

    Bad input is raised before the folder is touched. If even the end of a broken run could not be
    written, `recorder.unwritten` says why, and what broke the run is raised all the same.
    """
    try:
        with open_run(request, Several(recorder, *others)) as simulation:
            yield simulation
    except BaseException as error:
        if recorder.has_started or not isinstance(error, INPUT_ERRORS):
            recorder.crash(error, traceback.format_exc())
        raise


def folder_recorder(request: RunRequest, path: Path) -> FolderRecorder:
    """A recorder of the run into a folder, which stays untouched until the run begins."""
    return FolderRecorder(path, request.manifest(), request.scenario.text)

"""The engine: a scenario, a seed and a chain in, a record out."""

from sim.chain.engines import ENGINES
from sim.engine.blocks import RunResult, SealedCalls
from sim.engine.run import Simulation
from sim.engine.run_request import RunRequest
from sim.engine.start import INPUT_ERRORS, folder_recorder, open_run, recorded_run

__all__ = [
    "ENGINES",
    "INPUT_ERRORS",
    "RunRequest",
    "RunResult",
    "SealedCalls",
    "Simulation",
    "folder_recorder",
    "open_run",
    "recorded_run",
]

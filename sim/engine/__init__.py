"""The engine: a scenario, a seed and a chain in, a record out."""

from sim.engine.engines import ENGINES
from sim.engine.result import RunResult, SealedCalls
from sim.engine.run import Simulation, run_scenario

__all__ = ["ENGINES", "RunResult", "SealedCalls", "Simulation", "run_scenario"]

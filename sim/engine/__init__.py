"""The engine: a scenario, a seed and a chain in, a record out."""

from sim.chain.engines import ENGINES
from sim.engine.blocks import RunResult, SealedCalls
from sim.engine.run import Simulation, run_scenario

__all__ = ["ENGINES", "RunResult", "SealedCalls", "Simulation", "run_scenario"]

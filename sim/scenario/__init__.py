"""Scenarios: what they may say, how they are read, how their faults are told."""

from sim.scenario.load import (
    ScenarioError,
    incident_names,
    load_scenario,
    parse_scenario,
    scenario_path,
)
from sim.scenario.model import Scenario

__all__ = [
    "Scenario",
    "ScenarioError",
    "incident_names",
    "load_scenario",
    "parse_scenario",
    "scenario_path",
]

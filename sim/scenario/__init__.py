"""Scenarios: what they may say, how they are read, how their faults are told."""

from sim.scenario.load import (
    ScenarioError,
    checked,
    incident_names,
    load_scenario,
    one_line,
    parse_scenario,
    read_yaml,
    scenario_path,
)
from sim.scenario.model import Scenario

__all__ = [
    "Scenario",
    "ScenarioError",
    "checked",
    "incident_names",
    "load_scenario",
    "one_line",
    "parse_scenario",
    "read_yaml",
    "scenario_path",
]

"""What a sweep is, settled before its first run: its cells, its runs by number, its identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from platform import python_version

from sim.experiments.sweep.experiment import Cell, Experiment, cells
from sim.experiments.sweep.one_run import Task, fingerprint
from sim.records.manifest import PACKAGES
from sim.scenario import ScenarioError


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every cell with every seed; run `n` is seed `n // cells` in cell `n % cells`.

    So the first runs of a sweep are all cells with the first seed: what there is of a sweep that
    goes on can be compared.
    """

    experiment: Experiment
    cells: tuple[Cell, ...]
    seeds: tuple[int, ...]
    code: str
    versions: dict[str, str]
    identity: str

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.cells) * len(self.seeds)

    def tasks(self) -> Iterator[Task]:
        """All runs, in the order of their numbers."""
        for at, seed in enumerate(self.seeds):
            for cell in self.cells:
                yield Task(
                    run=at * len(self.cells) + cell.number,
                    cell=cell.number,
                    seed=seed,
                    values=cell.values,
                    scenario=cell.scenario.text,
                    price_files=cell.price_files,
                    attackers=self.experiment.attackers,
                    code=self.code,
                )

    def manifest(self) -> dict[str, object]:
        """What the folder says of it, for whoever reads the dataset later."""
        return {
            "identity": self.identity,
            "experiment": json.loads(self.experiment.model_dump_json()),
            "runs": self.runs,
            "seeds": list(self.seeds),
            "cells": [
                {
                    "cell": one.number,
                    "values": dict(one.values),
                    "scenario_sha256": one.scenario.sha256(),
                    "scenario": one.scenario.text,
                    "price_files": list(one.price_files),
                    "command": one.command,
                }
                for one in self.cells
            ],
            "code_sha256": self.code,
            "versions": self.versions,
        }


def plan(experiment: Experiment, folder: Path) -> Plan:
    """Settle everything; files are looked for in `folder`. Raises ScenarioError."""
    made, seeds, code = cells(experiment, folder), experiment.all_seeds(), fingerprint()
    versions = {"python": python_version(), **{name: version(name) for name in PACKAGES}}
    said = {
        "cells": [
            [dict(one.values), one.scenario.sha256(), [_sha256(file) for file in one.price_files]]
            for one in made
        ],
        "seeds": seeds,
        "attackers": experiment.attackers,
        "code": code,
        "versions": versions,
    }
    text = json.dumps(said, sort_keys=True)
    return Plan(
        experiment=experiment,
        cells=tuple(made),
        seeds=seeds,
        code=code,
        versions=versions,
        identity=hashlib.sha256(text.encode()).hexdigest(),
    )


def _sha256(named: str) -> str:
    path = Path(named.rpartition("=")[2])
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ScenarioError(f"price file {path}: not readable ({error.strerror})") from error

"""A sweep from its beginning to its result: a frame of raw rows, and questions asked of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from sim.experiments.sweep import folder as disk
from sim.experiments.sweep.conduct import Conductor, Progress
from sim.experiments.sweep.crew import crew
from sim.experiments.sweep.experiment import Experiment, read_experiment
from sim.experiments.sweep.one_run import DONE, FAILED
from sim.experiments.sweep.plan import plan
from sim.metrics.intervals import Difference, difference, interval
from sim.scenario import ScenarioError, checked, read_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What a sweep came to, or has come to so far."""

    manifest: Mapping[str, object]
    frame: pd.DataFrame  # a row a run: run, cell, seed, what varies, state, error, figures

    @property
    def varies(self) -> list[str]:
        """The columns of what varies."""
        listed = self.manifest["cells"]
        assert isinstance(listed, list)
        return list(listed[0]["values"])

    def command(self, run: Mapping[Hashable, object]) -> str:
        """The command line that makes a row's run again."""
        listed = self.manifest["cells"]
        assert isinstance(listed, list)
        return f"{listed[int(str(run['cell']))]['command']} --seed {run['seed']}"

    @property
    def failures(self) -> int:
        """How many runs failed."""
        return int((self.frame["state"] == FAILED).sum())

    def done(self) -> pd.DataFrame:
        """The runs that have figures."""
        return self.frame[self.frame["state"] == DONE]

    def by(self, metric: str, *keys: str) -> pd.DataFrame:
        """Mean of a figure with its interval over seeds, for each value of `keys` (all that vary).

        Columns: the keys, `runs`, `mean`, `low`, `high` (95 %, resampled by seed), `least`,
        `most`. Cells that share the keys' values are averaged within a seed first.
        """
        self._need(metric)
        chosen = list(keys) or self.varies
        made = self.done().dropna(subset=[metric])
        rows = []
        groups: Iterable[tuple[Any, pd.DataFrame]] = [((), made)]
        if chosen:
            groups = made.groupby(chosen, sort=False)
        for values, group in groups:
            seeds = group.groupby("seed")[metric].mean()
            found = interval(seeds.tolist())
            rows.append(
                {
                    **dict(zip(chosen, values, strict=True)),
                    "runs": len(group),
                    **found._asdict(),
                    "least": group[metric].min(),
                    "most": group[metric].max(),
                }
            )
        return pd.DataFrame(rows)

    def difference(self, metric: str, key: str, left: object, right: object) -> Difference:
        """How much more a figure is where `key` is `left` than where it is `right`, by seed.

        With a bootstrap interval (95 %) and a permutation test's p. Raises ScenarioError if no
        seed has both.
        """
        self._need(metric)
        made = self.done().dropna(subset=[metric])
        sides = [made[made[key] == value].groupby("seed")[metric].mean() for value in (left, right)]
        both = pd.concat(sides, axis=1, join="inner")
        if both.empty:
            raise ScenarioError(f"{key}: found no seed with both {left!r} and {right!r}")
        return difference(both.iloc[:, 0].tolist(), both.iloc[:, 1].tolist())

    def _need(self, metric: str) -> None:
        if metric not in self.frame:
            figures = ", ".join(self.frame.columns.difference(["run", "cell", "error", "state"]))
            raise ScenarioError(f"metric: found {metric!r}; allowed are {figures}")


def sweep(
    experiment: Path | str | Mapping[str, object],
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    out: Path | None = None,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda _: None,
) -> Sweep:
    """Make all runs of an experiment: a YAML file, or what such a file holds as a mapping.

    With `jobs` above 1 they are made in processes of their own (a script then needs
    `if __name__ == "__main__"`), with `scheduler` on a Dask cluster. `out` keeps the folder;
    `resume` goes on with what is in it. Raises ScenarioError, PriceFileError, RunFolderError or
    CrewError with one sentence for bad input; OSError if the disk is full, and what is kept stays.
    """
    asked, beside = read(experiment)
    with tempfile.TemporaryDirectory(prefix="backstop-") as folder:
        into = Path(folder) if out is None else Path(out)
        sweep_into(
            asked, beside, into, jobs=jobs, scheduler=scheduler, resume=resume, report=report
        )
        return result(into)


def read(experiment: Path | str | Mapping[str, object]) -> tuple[Experiment, Path]:
    """The experiment, and the folder its other files are looked for in."""
    if not isinstance(experiment, Mapping):
        return read_experiment(Path(experiment))
    text = yaml.safe_dump(dict(experiment), sort_keys=False)
    return checked(Experiment, read_yaml(text, "experiment"), "experiment"), Path()


def result(folder: Path) -> Sweep:
    """What there is of a sweep in a folder, also while it goes on."""
    manifest, frame = disk.read(Path(folder))
    return Sweep(manifest=manifest, frame=frame)


def sweep_into(
    asked: Experiment,
    beside: Path,
    out: Path,
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda _: None,
) -> None:
    """Make the runs that are not in the folder yet, and the dataset of them all."""
    made = plan(asked, beside)
    with (
        disk.opened(out, made.manifest(), resume=resume) as path,
        crew(min(jobs, made.runs), scheduler) as slots,
    ):
        (path / disk.DATASET).unlink(missing_ok=True)
        Conductor(path, made.tasks(), slots, report).run()
        disk.close(path)

"""An experiment as a file says it: a scenario, keys that vary, seeds; and the cells it comes to."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.experiments.sweep.ranges import Range, drawn
from sim.scenario import Scenario, ScenarioError, checked, load_scenario, one_line, read_yaml
from sim.types.fields import ExactDecimal, StrictModel

SPAN = re.compile(r"(\d+)\.\.(\d+)")
MOST_RUNS = 1_000_000
# Keys that are none of a scenario's: which scenario, on which protocol, in which market.
SCENARIO, NAIVE, MARKET, FILES, DESIGN = "scenario", "naive", "market", "price_files", "design"
OUTSIDE = (SCENARIO, NAIVE, MARKET, FILES)
_Keys = Mapping[str, Any]


class Experiment(StrictModel):
    """Runs of a scenario over values of its keys, each combination with the same seeds.

    `set` holds keys that are the same in every run. `vary` gives a key its values (a list), or,
    for `random` and `latin`, a range `{low, high}` with `whole` or `log`. `designs` are bundles of
    keys under a name, which vary as one. Beside keys of the scenario there are `scenario`,
    `naive`, `market` and `price_files`.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    question: str = ""
    scenario: str
    seeds: str | int | tuple[int, ...] = "0..9"
    method: Literal["grid", "random", "latin"] = "grid"
    samples: Annotated[int, Field(ge=1, le=MOST_RUNS)] = 20
    sample_seed: Annotated[int, Field(ge=0)] = 0
    set: _Keys = Field(default_factory=dict)
    vary: _Keys = Field(default_factory=dict)
    designs: Mapping[str, _Keys] = Field(default_factory=dict)
    attackers: tuple[str, ...] = ()
    metrics: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "liquidated_accounts",
        "false_liquidations",
        "pool_loss",
        "attacker_pnl",
    )

    def all_seeds(self) -> tuple[int, ...]:
        """The seeds, in order: one, a list, or the whole numbers of `0..99`."""
        asked = self.seeds
        if isinstance(asked, str):
            ends = SPAN.fullmatch(asked)
            if ends is None or int(ends[1]) > int(ends[2]):
                raise ScenarioError(
                    f"seeds: found {asked!r}; first..last is allowed, for instance 0..99"
                )
            first, last = int(ends[1]), int(ends[2])
            if last - first >= MOST_RUNS:
                raise ScenarioError(f"seeds: found {asked}; up to {MOST_RUNS:,} are allowed")
            return tuple(range(first, last + 1))
        seeds = (asked,) if isinstance(asked, int) else asked
        if not seeds or min(seeds) < 0 or len(set(seeds)) < len(seeds):
            raise ScenarioError("seeds: whole numbers from 0 on that differ are allowed")
        return seeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One combination: what it is called by, its scenario, its price files."""

    number: int
    values: Mapping[str, object]  # of what varies: text, numbers and truths as JSON has them
    scenario: Scenario
    price_files: tuple[str, ...]
    command: str  # that makes a run of it; the seed is to follow


def read_experiment(path: Path) -> tuple[Experiment, Path]:
    """The experiment in a file, and the folder its other files are looked for in."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ScenarioError(f"{path}: not readable ({why}); a YAML file is allowed") from error
    return checked(Experiment, read_yaml(text, path.name), path.name), path.parent


def cells(experiment: Experiment, folder: Path) -> list[Cell]:
    """Every combination, in order; the last key varies first. Raises ScenarioError for bad ones."""
    laid = list(_laid(experiment))
    if len(laid) * len(experiment.all_seeds()) > MOST_RUNS:
        raise ScenarioError(f"{experiment.name}: up to {MOST_RUNS:,} runs are allowed")
    return [
        _cell(number, shown, {**experiment.set, **keys}, experiment, folder)
        for number, (shown, keys) in enumerate(laid)
    ]


def _laid(experiment: Experiment) -> Iterator[tuple[dict[str, object], dict[str, Any]]]:
    """What each combination is called by, and its keys."""
    bundles = experiment.designs or {"": {}}
    for (design, bundle), values in itertools.product(bundles.items(), _combinations(experiment)):
        shown = {DESIGN: design} if experiment.designs else {}
        yield (
            shown | {key: shown_value(value) for key, value in values.items()},
            {**bundle, **values},
        )


def _combinations(experiment: Experiment) -> list[dict[str, Any]]:
    axes = {key: _axis(key, axis, experiment.method) for key, axis in experiment.vary.items()}
    if experiment.method != "grid" and axes:
        return drawn(
            axes, experiment.samples, experiment.sample_seed, is_latin=experiment.method == "latin"
        )
    lists = [axis for axis in axes.values() if not isinstance(axis, Range)]
    return [dict(zip(axes, one, strict=True)) for one in itertools.product(*lists)]


def _axis(key: str, axis: object, method: str) -> Range | Sequence[Any]:
    if isinstance(axis, tuple) and axis:
        return axis
    if not isinstance(axis, Mapping):
        raise ScenarioError(f"vary.{key}: a list of values or a range is allowed")
    if method == "grid":
        raise ScenarioError(f"vary.{key}: found a range; with method grid a list is allowed")
    return checked(Range, axis, f"vary.{key}")


def _cell(
    number: int,
    shown: Mapping[str, object],
    keys: Mapping[str, Any],
    experiment: Experiment,
    folder: Path,
) -> Cell:
    name = str(keys.get(SCENARIO, experiment.scenario))
    files = keys.get(FILES, ())
    found = str(folder / name) if (folder / name).is_file() else name
    scenario = load_scenario(
        found,
        [f"{key}={one_line(value)}" for key, value in keys.items() if key not in OUTSIDE],
        is_naive=keys.get(NAIVE, False) is True,
        market=keys.get(MARKET),
    )
    listed = (files,) if isinstance(files, str) else tuple(map(str, files))
    beside = tuple(_beside(one, folder) for one in listed)
    return Cell(
        number=number,
        values=shown,
        scenario=scenario,
        price_files=beside,
        command=_command(found, keys, beside),
    )


def _command(scenario: str, keys: Mapping[str, Any], files: Sequence[str]) -> str:
    """`backstop simulate` of a combination, the naive protocol's keys among those it sets."""
    incident = load_scenario(scenario).incident if keys.get(NAIVE) is True else None
    struck = incident.naive if incident else {}
    inside = {key: value for key, value in keys.items() if key not in OUTSIDE}
    words = ["backstop", "simulate", scenario]
    for key, value in {**struck, **inside}.items():
        words += ["--set", f"{key}={one_line(value)}"]
    for file in files:
        words += ["--prices", file]
    if MARKET in keys:
        words += ["--market", str(keys[MARKET])]
    return shlex.join(words)


def _beside(text: str, folder: Path) -> str:
    """A price file, perhaps with its venue's name, as seen from anywhere."""
    name, equals, file = text.rpartition("=")
    return f"{name}{equals}{(folder / file).resolve()}"


def shown_value(value: object) -> object:
    """A value as a column of the dataset holds it: numbers and truths as they are, else text."""
    if isinstance(value, ExactDecimal):
        return value.real
    return value if isinstance(value, bool | int | str) else one_line(value)

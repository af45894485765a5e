"""Claims that rest on runs: made again over a population of them, each comes to a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.experiments.sweep.experiment import Experiment
from sim.experiments.sweep.sweep import Sweep
from sim.metrics.intervals import Interval, interval
from sim.scenario import ScenarioError, checked, read_yaml
from sim.types.fields import StrictModel

ROBUST, SHIFTED, FRAGILE = "ROBUST", "SHIFTED", "FRAGILE"
_BOUNDS: Mapping[str, Callable[[float, float], bool]] = {
    "at_most": lambda value, bound: value <= bound,
    "at_least": lambda value, bound: value >= bound,
    "below": lambda value, bound: value < bound,
    "above": lambda value, bound: value > bound,
}


class ClaimConfig(StrictModel):
    """A sentence, the figure it is about, the bound it sets, and the runs it is said of.

    With `by`, a column of the population, each of its values has a verdict of its own.
    """

    says: Annotated[str, Field(min_length=1)]
    of: str
    metric: str
    by: str | None = None
    at_most: float | None = None
    at_least: float | None = None
    below: float | None = None
    above: float | None = None

    @model_validator(mode="after")
    def check(self) -> ClaimConfig:
        """Exactly one bound."""
        if len([name for name in _BOUNDS if getattr(self, name) is not None]) != 1:
            raise PydanticCustomError("bound", f"exactly one of {', '.join(_BOUNDS)} is allowed")
        return self

    @property
    def bound(self) -> tuple[str, float]:
        """Its kind and its number."""
        return next((name, value) for name in _BOUNDS if (value := getattr(self, name)) is not None)

    def holds(self, value: float) -> bool:
        """Whether a figure keeps the bound."""
        kind, bound = self.bound
        return _BOUNDS[kind](value, bound)


class ClaimsConfig(StrictModel):
    """Populations of runs by name, each an experiment, and the claims made of them."""

    populations: Annotated[Mapping[str, Mapping[str, Any]], Field(min_length=1)]
    claims: Annotated[tuple[ClaimConfig, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def check(self) -> ClaimsConfig:
        """Every claim's population is there."""
        for one in self.claims:
            if one.of not in self.populations:
                known = ", ".join(self.populations)
                raise PydanticCustomError("of", f"found {one.of!r}; {known} are allowed")
        return self

    def experiments(self) -> dict[str, Experiment]:
        """The populations that claims speak of; each is named by its key."""
        spoken_of = [one.of for one in self.claims]
        return {
            name: checked(Experiment, {"name": name, **said}, f"populations.{name}")
            for name, said in self.populations.items()
            if name in spoken_of
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a claim; the figures are None where no run came to an end."""

    says: str
    of: str
    value: str  # of the column it is told by, if it is
    claim: str
    verdict: str
    runs: int
    holding: int
    middle: Interval | None  # mean and its interval
    worst: float | None
    command: str  # that makes the worst run again


def read_claims(path: Path) -> ClaimsConfig:
    """The claims in a file. Raises ScenarioError with one sentence."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ScenarioError(f"{path}: not readable ({why}); a YAML file is allowed") from error
    return checked(ClaimsConfig, read_yaml(text, path.name), path.name)


def verdicts(claim: ClaimConfig, population: Sweep) -> Iterator[Verdict]:
    """One verdict, or one for each value of the claim's column. Raises ScenarioError.

    ROBUST: the bound is kept in every run. SHIFTED: not in every run, but the whole interval of
    the mean over seeds keeps it. FRAGILE: neither, or a run failed.
    """
    frame = population.frame
    for column in (claim.metric, *([claim.by] if claim.by else [])):
        if column not in frame:
            raise ScenarioError(
                f"{claim.says}: found no {column!r} among {', '.join(frame.columns)}"
            )
    if claim.by is None:
        yield _verdict(claim, "", frame, population)
        return
    for value, group in frame.groupby(claim.by, sort=False):
        yield _verdict(claim, str(value), group, population)


def _verdict(claim: ClaimConfig, value: str, frame: pd.DataFrame, population: Sweep) -> Verdict:
    kind, bound = claim.bound
    told = frame.dropna(subset=[claim.metric])
    figures = told[claim.metric].tolist()
    kept = [claim.holds(one) for one in figures]
    mean = interval(told.groupby("seed")[claim.metric].mean().tolist()) if figures else None
    if mean is None or len(told) < len(frame):
        verdict = FRAGILE
    elif all(kept):
        verdict = ROBUST
    else:
        verdict = SHIFTED if claim.holds(mean.low) and claim.holds(mean.high) else FRAGILE
    worst = _worst(claim, frame)
    return Verdict(
        says=claim.says,
        of=claim.of,
        value=value,
        claim=f"{claim.metric} {kind.replace('_', ' ')} {bound:,g}",
        verdict=verdict,
        runs=len(frame),
        holding=sum(kept),
        middle=mean,
        worst=None if pd.isna(worst[claim.metric]) else worst[claim.metric],
        command=population.command(worst),
    )


def _worst(claim: ClaimConfig, frame: pd.DataFrame) -> dict[Any, Any]:
    """A run that failed, or the one furthest on the wrong side."""
    broken = frame[frame[claim.metric].isna()]
    if len(broken):
        return dict(broken.to_dict("records")[0])
    is_upper = claim.bound[0] in ("at_most", "below")
    ordered = frame.sort_values(claim.metric, ascending=not is_upper, kind="stable")
    return dict(ordered.to_dict("records")[0])

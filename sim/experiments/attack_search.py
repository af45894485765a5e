"""A search over what an attacker does in a scenario: every try kept, the best one replayable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal
from warnings import catch_warnings, simplefilter

import numpy as np

from sim.api import simulate, summarise
from sim.metrics.harm import harm
from sim.portable import exp_of, log
from sim.rng import stream
from sim.scenario import Scenario, ScenarioError, one_line, parse_scenario, read_yaml
from sim.types.fields import ExactDecimal

DOWN, UP = 30.0, 3.0  # a key is searched from a thirtieth of what is written to three times it
# Not a strategy: who and where it is, and what it has to spend.
NOT_SEARCHED = ("name", "kind", "market", "count", "accounts", "capital", "venue_cash", "token")
POPULATION, FIRST_STEP = 8, 0.3
REFUSED = -1.0  # the score of what no scenario may be: as if the whole market's money were lost
GUIDE, REACH_BPS = 0.01, 1_000.0  # a mark moved by so much is worth so much while nothing is earned

Method = Literal["cma", "random"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A number of an attacker's, where it stands and what was written there."""

    path: str
    written: float
    is_whole: bool

    def at(self, share: float) -> object:
        """The value at a share of the way through its range, even in the logarithm."""
        low, high = log([1 / DOWN, UP]).tolist()
        value = self.written * exp_of(low + (high - low) * share)
        return max(1, round(value)) if self.is_whole else ExactDecimal(f"{value:.6g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attack and what came of it, money in quote."""

    number: int
    values: Mapping[str, object]
    score: float
    profit: float | None
    others_loss: float | None
    pool_loss: float | None
    mark_error_bps: float | None
    refusal: str


def keys(scenario: Scenario, attackers: Sequence[str]) -> list[Key]:
    """The numbers of the attackers' groups. Raises ScenarioError if there are none."""
    groups = read_yaml(scenario.text, scenario.name)["agents"]
    found = [
        Key(path=path, written=value.real, is_whole=isinstance(value, int))
        for at, group in enumerate(groups)
        if group.get("name", group["kind"]) in attackers
        for path, value in _numbers(group, f"agents.{at}")
        if value > 0
    ]
    if not found:
        raise ScenarioError(f"{scenario.name}: found no number of an attacker's to search over")
    return found


def search(
    scenario: Scenario,
    attackers: Sequence[str],
    *,
    seed: int,
    budget: int,
    method: Method = "cma",
    stream_seed: int = 0,
    report: Callable[[Try], None] = lambda _: None,
) -> list[Try]:
    """So many attacks on a scenario with one seed, from a place drawn at random, each kept.

    `cma` is an evolution strategy that begins again where it gets stuck; `random` draws each try
    anew. Both begin without what the scenario's own attacker does.
    """
    space, rng = keys(scenario, attackers), stream(stream_seed, "attack")
    tries: list[Try] = []

    def attempt(point: Sequence[float]) -> float:
        values = {key.path: key.at(share) for key, share in zip(space, point, strict=True)}
        tries.append(_try(len(tries), scenario, attackers, seed, values))
        report(tries[-1])
        return tries[-1].score

    if method == "random":
        for _ in range(budget):
            attempt(rng.random(len(space)).tolist())
        return tries
    while len(tries) < budget:
        for told in _strategy(len(space), rng):
            points = told.ask()[: budget - len(tries)]
            scores = [attempt(np.asarray(point).tolist()) for point in points]
            if len(points) < POPULATION:
                break
            told.tell(points, [-score for score in scores])
    return tries


def best(tries: Sequence[Try]) -> Try:
    """The try that earned most; of those that earn alike the first."""
    return max(tries, key=lambda one: -np.inf if one.profit is None else one.profit)


def attacked(scenario: Scenario, values: Mapping[str, object]) -> Scenario:
    """The scenario with an attack laid in."""
    overrides = [f"{path}={one_line(value)}" for path, value in values.items()]
    return parse_scenario(scenario.text, label=scenario.name, overrides=overrides)


def profits(
    scenario: Scenario, attackers: Sequence[str], one: Try, seeds: Sequence[int]
) -> list[float]:
    """What the attack earns with seeds that it was not chosen for."""
    laid = attacked(scenario, one.values)
    return [harm(simulate(laid, seed=seed), attackers).attacker_pnl for seed in seeds]


def _strategy(dimensions: int, rng: np.random.Generator) -> Iterator[Any]:
    """An evolution strategy, again and again until it has converged or is stuck."""
    with catch_warnings():  # that it could not draw charts
        simplefilter("ignore")
        import cma
    options = {
        "bounds": [0, 1],
        "popsize": POPULATION,
        "verbose": -9,
        "seed": np.nan,  # its draws are ours
        "randn": lambda *shape: rng.standard_normal(shape),
    }
    found = cma.CMAEvolutionStrategy(rng.random(dimensions), FIRST_STEP, options)
    while not found.stop():
        yield found


def _try(
    number: int,
    scenario: Scenario,
    attackers: Sequence[str],
    seed: int,
    values: Mapping[str, object],
) -> Try:
    try:
        laid = attacked(scenario, values)
    except ScenarioError as error:
        nothing = dict.fromkeys(("profit", "others_loss", "pool_loss", "mark_error_bps"))
        return Try(number=number, values=values, score=REFUSED, refusal=str(error), **nothing)
    run = simulate(laid, seed=seed)
    cost, summary = harm(run, attackers), summarise(run)
    moved = summary["mark_error_bps_max"]
    assert moved is None or isinstance(moved, float)
    return Try(
        number=number,
        values=values,
        score=_score(cost.attacker_pnl / cost.others_deposited, moved or 0.0),
        profit=cost.attacker_pnl,
        others_loss=cost.others_loss,
        pool_loss=cost.pool_loss,
        mark_error_bps=moved,
        refusal="",
    )


def _score(profit: float, moved_bps: float) -> float:
    """Profit as a share of others' deposits; where there is none, a mark that was moved guides."""
    return profit if profit > 0 else profit + GUIDE * min(moved_bps / REACH_BPS, 1.0)


def _numbers(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if key in NOT_SEARCHED:
            continue
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{path}.{key}")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{path}.{key}", value


def told(one: Try) -> dict[str, object]:
    """A try as JSON has it."""
    plain = {field.name: getattr(one, field.name) for field in fields(one)}
    return plain | {"values": {key: one_line(value) for key, value in one.values.items()}}

"""One incident, run naive and default: what each variant cost, and whether the claim holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sim.api import simulate, summarise
from sim.metrics.harm import Harm, harm
from sim.scenario import Scenario, load_scenario
from sim.scenario.incident import IncidentConfig
from sim.units import to_float

NAIVE, DEFAULT = "naive", "default"
VARIANTS = (NAIVE, DEFAULT)


class IncidentError(ValueError):
    """One sentence: the incident, what was found, what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One variant's run."""

    incident: str
    variant: str
    harm: Harm
    digest: str
    is_sound: bool  # conservation to the wei, and no invariant broken


def facts(name: str) -> IncidentConfig:
    """What the scenario says of its incident."""
    incident = load_scenario(name).incident
    if incident is None:
        raise IncidentError(f"{name}: found no incident section; a scenario with one is allowed")
    return incident


def play(name: str, variant: str, seed: int | None, folder: Path) -> Outcome:
    """Run one variant into `folder`/incident/variant."""
    scenario: Scenario = load_scenario(name, is_naive=variant == NAIVE)
    incident = facts(name)
    run = simulate(scenario, seed=seed, out=folder / name / variant)
    summary = summarise(run)
    return Outcome(
        incident=name,
        variant=variant,
        harm=harm(run, incident.attackers),
        digest=str(summary["digest"]),
        is_sound=not summary["invariant_violations"] and not summary["conservation_error_wad"],
    )


def measured_by(of: Harm, measure: str) -> float:
    """The figure of that name."""
    value: float = getattr(of, measure)
    return value


def complaints(incident: IncidentConfig, naive: Outcome, default: Outcome) -> list[str]:
    """What is claimed of an incident and does not hold, a sentence each."""
    limit = to_float(incident.limit)
    found = []
    measured = {one.variant: measured_by(one.harm, incident.measure) for one in (naive, default)}
    words = incident.measure.replace("_", " ")
    if measured[NAIVE] <= limit:
        found.append(f"naive: {words} is {measured[NAIVE]:,.0f}, above {limit:,.0f} is claimed")
    if measured[DEFAULT] > limit and not incident.still_loses:
        found.append(f"default: {words} is {measured[DEFAULT]:,.0f}, {limit:,.0f} is claimed")
    if incident.attackers and default.harm.attacker_pnl > 0 and not incident.still_loses:
        found.append(f"default: attackers earn {default.harm.attacker_pnl:,.0f}")
    # The naive protocol may break its own promises; the default one may not.
    if not default.is_sound:
        found.append("default: the books do not balance or an invariant broke")
    return found

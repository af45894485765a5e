"""A scenario written from fitted numbers, each with its source and its dates beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.scenario.load import SCENARIOS

TEMPLATE = "history.yaml"  # whose population it takes
LEAST_VENUES = 3  # what an index needs
NAME_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One number of a scenario and where it is from; under which key it stands."""

    key: str
    value: float | int | str
    source: str

    @property
    def text(self) -> str:
        """The number as YAML has it: six figures, and no exponent."""
        if not isinstance(self.value, float):
            return str(self.value)
        shown = f"{self.value:.6g}"
        return shown if "e" not in shown else f"{self.value:.12f}".rstrip("0")


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedMarket:
    """A market's process and funding."""

    name: str
    price: tuple[Fitted, ...]
    funding: tuple[Fitted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedVenue:
    """A venue's spread, and its depth where it is known."""

    name: str
    spread: tuple[Fitted, ...]
    depth: tuple[Fitted, ...] = ()


def write_scenario(
    name: str,
    step_s: int,
    markets: Sequence[FittedMarket],
    venues: Sequence[FittedVenue],
    correlation: Sequence[Sequence[float]],
    leverage: Fitted | None,
) -> str:
    """The YAML of a scenario with these numbers and the population of `history`."""
    lines = [
        "# Calibrated by `backstop calibrate`: every number has its source and its dates.",
        f"name: {name}",
        "description: Fitted to real prices.",
        "seed: 1",
        "blocks: 600",
        f"block_time_s: {step_s}  # the bar of the files",
        "",
        "markets:",
        *(line for market in markets for line in _market(market, step_s)),
        "",
        "prices:",
        *(line for market in markets for line in _price(market)),
    ]
    if len(markets) > 1:
        rows = [f"[{', '.join(f'{one:.4f}' for one in row)}]" for row in correlation]
        lines += ["", f"correlation: [{', '.join(rows)}]  # of the same steps"]
    lines += ["", "venues:", *(line for venue in _enough(venues) for line in _venue(venue))]
    return "\n".join([*lines, "", "insurance: 500_000", "", _population(leverage)])


def _market(market: FittedMarket, step_s: int) -> list[str]:
    lines = [f"  {market.name}:", f"    oracle: {{stale_s: {max(60, 3 * step_s)}}}"]
    if market.funding:
        lines += ["    funding:", *(f"      {_line(one)}" for one in market.funding)]
    return lines


def _price(market: FittedMarket) -> list[str]:
    return [f"  {market.name}:", "    kind: gbm_jumps", *(f"    {_line(x)}" for x in market.price)]


def _venue(venue: FittedVenue) -> list[str]:
    lines = [f"  - name: {venue.name}", *(f"    {_line(one)}" for one in venue.spread)]
    if venue.depth:
        lines += ["    depth:", *(f"      {_line(one)}" for one in venue.depth)]
    return lines


def _line(one: Fitted) -> str:
    return f"{one.key}: {one.text}  # {one.source}"


def _enough(venues: Sequence[FittedVenue]) -> list[FittedVenue]:
    """The venues under names that a scenario allows, the first again until there are enough."""
    found: dict[str, FittedVenue] = {}
    for venue in venues:
        plain = re.sub(r"[^a-z0-9_]+", "_", venue.name.lower()).strip("_") or "venue"
        plain = plain if plain[0].isalpha() else f"v_{plain}"
        base, number = plain[:NAME_LENGTH], 1
        while base in found:
            number += 1
            base = f"{plain[: NAME_LENGTH - 3]}_{number}"
        found[base] = FittedVenue(name=base, spread=venue.spread, depth=venue.depth)
    made = list(found.values())
    for number in range(LEAST_VENUES - len(made)):
        made.append(FittedVenue(name=f"like_{number + 1}", spread=made[0].spread))
    return made


def _population(leverage: Fitted | None) -> str:
    """The agents of `history`, at the leverages that were given."""
    text = (SCENARIOS / TEMPLATE).read_text(encoding="utf-8")
    agents = text[text.index("agents:") :]
    if leverage is None:
        return agents
    said = f"leverage: {{choice: [{leverage.value}]}}  # {leverage.source}"
    return re.sub(r"leverage: \{choice: \[[^\]]*\]\}", said, agents)


def rows(
    markets: Sequence[FittedMarket], venues: Sequence[FittedVenue], leverage: Fitted | None
) -> list[Mapping[str, object]]:
    """Every fitted number as a row: of what, which, how much, from where."""
    found = [(market.name, one) for market in markets for one in (*market.price, *market.funding)]
    found += [(venue.name, one) for venue in venues for one in (*venue.spread, *venue.depth)]
    found += [("leveraged traders", leverage)] if leverage else []
    return [
        {"of": name, "number": one.key, "value": one.text, "source": one.source}
        for name, one in found
    ]

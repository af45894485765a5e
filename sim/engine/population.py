"""The agents of a run: each with a name, an owner's address, an account and a stream of its own."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from sim.agents.base import Seat, Strategy
from sim.rng import stream
from sim.scenario import Scenario
from sim.types import CROSS, account_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One agent and what it comes with."""

    agent: Strategy
    kind: str
    owner: str
    account: int
    capital_wad: int
    latency_ms: int


def owner_address(name: str) -> str:
    """The address an agent acts from; depends on its name alone."""
    return "0x" + blake2b(f"owner/{name}".encode(), digest_size=20).hexdigest()


def populate(scenario: Scenario, seed: int) -> list[Member]:
    """Every agent, in order of name; none depends on another, or on how groups are listed."""
    members = []
    for group in scenario.agents:
        config = scenario.markets[group.market]
        bucket = config.market_id if group.margin == "isolated" else CROSS
        for number in range(group.count):
            name = f"{group.name or group.kind}_{number + 1:04d}"
            owner = owner_address(name)
            rng = stream(seed, f"agent/{name}")
            capital_wad = group.capital.draw_wad(rng)
            seat = Seat(
                name=name,
                account=account_id(owner, bucket),
                rng=rng,
                capital_wad=capital_wad,
                market=config.spec(group.market),
                block_time_s=scenario.block_time_s,
            )
            members.append(
                Member(
                    agent=group.seat(seat),
                    kind=group.kind,
                    owner=owner,
                    account=seat.account,
                    capital_wad=capital_wad,
                    latency_ms=group.latency_ms,
                )
            )
    return sorted(members, key=lambda member: member.agent.name)

"""An attacker with three names in the deployed protocol, and what the three have earned."""

from __future__ import annotations

from sim.units import WAD
from tests.attack_world import AttackWorld

CREW = ("attacker", "second", "third")
PURSE = 1_000_000


class CrewWorld(AttackWorld):
    """Honest money on the maker, a crew of three with a purse each."""

    def __init__(self) -> None:
        super().__init__()
        for role in CREW:
            self.fund(role, PURSE)

    def earned_wad(self) -> int:
        """What the crew has more than it brought, positions at mark."""
        return self.purse_wad(*CREW) - len(CREW) * PURSE * WAD

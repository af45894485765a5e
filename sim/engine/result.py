"""What a finished run leaves in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sim.chain.deployment import Deployed
from sim.chain.port import Call


class SealedCalls(NamedTuple):
    """A block's calldata in order, as `bench` replays it."""

    number: int
    timestamp_s: int
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a finished run leaves in memory; `journal` is empty unless asked for."""

    digest: str
    blocks: int
    sent: int
    reverted: int
    violations: tuple[str, ...]
    setup_wall_s: float
    evm_wall_s: float
    deployed: Deployed
    journal: tuple[SealedCalls, ...]

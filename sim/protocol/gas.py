"""What each thing costs, as last measured by `backstop gas --write`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

SNAPSHOT = Path(__file__).with_name("gas_snapshot.json")


def read_snapshot(path: Path = SNAPSHOT) -> Mapping[str, int]:
    """Gas by name."""
    found: dict[str, int] = json.loads(path.read_text(encoding="utf8"))
    return found


def write_snapshot(gas: Mapping[str, int], path: Path = SNAPSHOT) -> None:
    """Replace the snapshot."""
    path.write_text(json.dumps(gas, indent=2) + "\n", encoding="utf8")


@cache
def _snapshot() -> Mapping[str, int]:
    return read_snapshot()


def gas_of(name: str) -> int:
    """Gas a whole transaction of that name is charged, as measured."""
    if name not in _snapshot():
        raise KeyError(f"no gas measured for {name}; there are {', '.join(_snapshot())}")
    return _snapshot()[name]

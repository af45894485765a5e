"""What a run says of itself, before it begins and after it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from platform import python_version

from sim.records.machine import machine
from sim.records.rows import RunEnd, RunStart

PACKAGES = ("vyper", "snekmate", "pyrevm", "numpy", "pandas", "pyarrow")


def begun(run: RunStart) -> dict[str, object]:
    """Of a run that goes on."""
    return {
        "status": "running",
        "scenario": run.scenario,
        "scenario_sha256": run.scenario_sha256,
        "seed": run.seed,
        "engine": run.engine,
        "node": dict(run.node),
        "blocks_planned": run.blocks,
        "digest": None,
        "contracts_sha256": run.contracts_sha256,
        "versions": dict(_versions()),
        "machine": machine(),
        "markets": [_plain(asdict(market)) for market in run.markets],
        "venues": {market: list(names) for market, names in run.venues.items()},
        "feeds": {market: list(names) for market, names in run.feeds.items()},
        "agents": dict(run.agents),
        "pools": dict(run.pools),
        "price_feeds": [dict(one) for one in run.price_feeds],
        "unsafe": list(run.unsafe),
    }


def ended(run: RunEnd, total_wall_s: float) -> dict[str, object]:
    """What changes when it has reached its last block."""
    return {
        "status": "complete",
        "digest": run.digest,
        "timings": {
            "setup_wall_s": round(run.setup_wall_s, 3),
            "total_wall_s": round(total_wall_s, 3),
        },
    }


@cache
def _versions() -> Mapping[str, str]:
    return {"python": python_version(), **{name: version(name) for name in PACKAGES}}


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {key: str(value) if key.endswith("_wad") else value for key, value in values.items()}

"""`ape run bench`: the same command as `backstop bench`."""

from __future__ import annotations

from sim.cli.bench import bench as cli

__all__ = ["cli"]

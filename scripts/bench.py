"""`ape run bench`: the same command as `python -m sim bench`."""

from __future__ import annotations

from sim.cli import bench as cli

__all__ = ["cli"]

"""`ape run incidents`: the same command as `python -m sim incidents`."""

from __future__ import annotations

from sim.cli import incidents as cli

__all__ = ["cli"]

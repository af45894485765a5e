"""`ape run attack`: the same command as `backstop attack`."""

from __future__ import annotations

from sim.cli.attack import attack as cli

__all__ = ["cli"]

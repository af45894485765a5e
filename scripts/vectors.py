"""`ape run vectors`: the same command as `backstop vectors`."""

from __future__ import annotations

from sim.cli.vectors import vectors as cli

__all__ = ["cli"]

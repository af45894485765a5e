"""`ape run prices`: the same command as `backstop prices`."""

from __future__ import annotations

from sim.cli.prices import prices as cli

__all__ = ["cli"]

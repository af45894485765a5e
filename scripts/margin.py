"""`ape run margin`: the same command as `backstop margin`."""

from __future__ import annotations

from sim.cli.margin import margin as cli

__all__ = ["cli"]

"""`ape run oracle`: the same command as `backstop oracle`."""

from __future__ import annotations

from sim.cli.oracle import oracle as cli

__all__ = ["cli"]

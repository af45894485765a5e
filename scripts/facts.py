"""`ape run facts`: the same command as `backstop facts`."""

from __future__ import annotations

from sim.cli.facts import facts as cli

__all__ = ["cli"]

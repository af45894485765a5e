"""`ape run adl`: the same command as `backstop adl`."""

from __future__ import annotations

from sim.cli.adl import adl as cli

__all__ = ["cli"]

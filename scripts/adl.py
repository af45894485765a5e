"""`ape run adl`: the same command as `python -m sim adl`."""

from __future__ import annotations

from sim.cli import adl as cli

__all__ = ["cli"]

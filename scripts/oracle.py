"""`ape run oracle`: the same command as `python -m sim oracle`."""

from __future__ import annotations

from sim.cli import oracle as cli

__all__ = ["cli"]

"""`ape run compare`: the same command as `python -m sim compare`."""

from __future__ import annotations

from sim.cli import compare as cli

__all__ = ["cli"]

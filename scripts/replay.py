"""`ape run replay`: the same command as `python -m sim replay`."""

from __future__ import annotations

from sim.cli import replay as cli

__all__ = ["cli"]

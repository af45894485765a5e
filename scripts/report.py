"""`ape run report`: the same command as `python -m sim report`."""

from __future__ import annotations

from sim.cli import report as cli

__all__ = ["cli"]

"""`ape run waterfall`: the same command as `python -m sim waterfall`."""

from __future__ import annotations

from sim.cli import waterfall as cli

__all__ = ["cli"]

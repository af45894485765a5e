"""`ape run waterfall`: the same command as `backstop waterfall`."""

from __future__ import annotations

from sim.cli.waterfall import waterfall as cli

__all__ = ["cli"]

"""`ape run check`: the same command as `backstop check`."""

from __future__ import annotations

from sim.cli.check import check as cli

__all__ = ["cli"]

"""`ape run report`: the same command as `backstop report`."""

from __future__ import annotations

from sim.cli.report import report as cli

__all__ = ["cli"]

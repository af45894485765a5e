"""`ape run calibrate`: the same command as `backstop calibrate`."""

from __future__ import annotations

from sim.cli.calibrate import calibrate as cli

__all__ = ["cli"]

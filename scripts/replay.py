"""`ape run replay`: the same command as `backstop replay`."""

from __future__ import annotations

from sim.cli.replay import replay as cli

__all__ = ["cli"]

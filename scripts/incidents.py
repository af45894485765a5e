"""`ape run incidents`: the same command as `backstop incidents`."""

from __future__ import annotations

from sim.cli.incidents import incidents as cli

__all__ = ["cli"]

"""`ape run init`: the same command as `backstop init`."""

from __future__ import annotations

from sim.cli.init import init as cli

__all__ = ["cli"]

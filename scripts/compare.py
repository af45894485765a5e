"""`ape run compare`: the same command as `backstop compare`."""

from __future__ import annotations

from sim.cli.compare import compare as cli

__all__ = ["cli"]

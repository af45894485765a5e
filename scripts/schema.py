"""`ape run schema`: the same command as `backstop schema`."""

from __future__ import annotations

from sim.cli.schema import schema as cli

__all__ = ["cli"]

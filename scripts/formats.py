"""`ape run formats`: the same command as `backstop formats`."""

from __future__ import annotations

from sim.cli.formats import formats as cli

__all__ = ["cli"]

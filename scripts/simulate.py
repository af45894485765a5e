"""`ape run simulate`: the same command as `python -m sim simulate`."""

from __future__ import annotations

from sim.cli import simulate as cli

__all__ = ["cli"]

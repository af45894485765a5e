"""`ape run deploy`: the same command as `python -m sim deploy`."""

from __future__ import annotations

from sim.cli import deploy as cli

__all__ = ["cli"]

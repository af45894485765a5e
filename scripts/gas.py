"""`ape run gas`: the same command as `python -m sim gas`."""

from __future__ import annotations

from sim.cli import gas as cli

__all__ = ["cli"]

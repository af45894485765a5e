"""`ape run drag`: the same command as `python -m sim drag`."""

from __future__ import annotations

from sim.cli import drag as cli

__all__ = ["cli"]

"""`ape run venues`: the same command as `backstop venues`."""

from __future__ import annotations

from sim.cli.venues import venues as cli

__all__ = ["cli"]

"""`ape run sweep`: the same command as `backstop sweep`."""

from __future__ import annotations

from sim.cli.sweep import sweep as cli

__all__ = ["cli"]

"""`ape run audit`: the same command as `backstop audit`."""

from __future__ import annotations

from sim.cli.audit import audit as cli

__all__ = ["cli"]

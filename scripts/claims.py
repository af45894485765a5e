"""`ape run claims`: the same command as `backstop claims`."""

from __future__ import annotations

from sim.cli.claims import claims as cli

__all__ = ["cli"]

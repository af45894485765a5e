"""`ape run explain`: the same command as `backstop explain`."""

from __future__ import annotations

from sim.cli.explain import explain as cli

__all__ = ["cli"]

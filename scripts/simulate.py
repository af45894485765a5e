"""`ape run simulate`: the same command as `backstop simulate`."""

from __future__ import annotations

from sim.cli.simulate import simulate as cli

__all__ = ["cli"]

"""`ape run deploy`: the same command as `backstop deploy`."""

from __future__ import annotations

from sim.cli.deploy import deploy as cli

__all__ = ["cli"]

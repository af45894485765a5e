"""`ape run gas`: the same command as `backstop gas`."""

from __future__ import annotations

from sim.cli.gas import gas as cli

__all__ = ["cli"]

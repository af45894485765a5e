"""`ape run drag`: the same command as `backstop drag`."""

from __future__ import annotations

from sim.cli.drag import drag as cli

__all__ = ["cli"]

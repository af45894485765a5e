"""`python -m sim`."""

from __future__ import annotations

from sim.cli import cli

if __name__ == "__main__":
    cli(prog_name="python -m sim")

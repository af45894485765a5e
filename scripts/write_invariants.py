"""Writes docs/invariants.md from the registry of invariants."""

from pathlib import Path

from sim.invariants import page

if __name__ == "__main__":
    target = Path(__file__).resolve().parent.parent / "docs" / "invariants.md"
    target.write_text(page(), encoding="utf8")

"""Writes docs/scenarios.md from the models that read a scenario."""

from pathlib import Path

from sim.cli.schema import page

if __name__ == "__main__":
    target = Path(__file__).resolve().parent.parent / "docs" / "scenarios.md"
    target.write_text(page(), encoding="utf8")

"""The page of scenario keys is what the models say."""

from __future__ import annotations

from pathlib import Path

from sim.cli.schema import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scenarios.md"


def test_page__as_written__is_what_the_models_say() -> None:
    assert PAGE.read_text(encoding="utf8") == page(), "run `python scripts/write_scenarios.py`"

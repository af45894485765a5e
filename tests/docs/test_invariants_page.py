"""The page of invariants is the registry's."""

from __future__ import annotations

from pathlib import Path

from sim.invariants import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "invariants.md"


def test_page__as_written__is_what_the_registry_says() -> None:
    assert PAGE.read_text(encoding="utf8") == page(), "run `python scripts/write_invariants.py`"

"""The pages in docs/ name functions and tests that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
FUNCTION = re.compile(r"`(\w+\.(?:vy|py))::(\w+)`")
TEST = re.compile(r"`(test_\w+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def absent_functions(text: str, folders: tuple[str, ...] = ("contracts", "sim")) -> Iterator[str]:
    """Functions that a page names and no file of that name defines."""
    for file, function in FUNCTION.findall(text):
        found = [path for folder in folders for path in (ROOT / folder).rglob(file)]
        defined = re.compile(rf"^\s*(?:async )?def {function}\b", re.MULTILINE)
        if not any(defined.search(path.read_text(encoding="utf8")) for path in found):
            yield f"{file}::{function}"


@cache
def _tests() -> frozenset[str]:
    sources = (path.read_text(encoding="utf8") for path in (ROOT / "tests").rglob("*.py"))
    return frozenset(name for text in sources for name in re.findall(r"\bdef (test_\w+)", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page__functions_tests_and_links__are_there(page: Path) -> None:
    text = page.read_text(encoding="utf8")
    missing = [*absent_functions(text), *sorted({*TEST.findall(text)} - _tests())]
    missing += [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert not missing


def test_specification__each_rule__names_a_function_and_a_test() -> None:
    text = (ROOT / "docs" / "specification.md").read_text(encoding="utf8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "held by" not in line]
    assert len(rows) > 60
    assert not [row for row in rows if not (FUNCTION.search(row) and TEST.search(row))]


def test_absent_functions__one_that_nobody_defines__is_named() -> None:
    assert [*absent_functions("`Clearinghouse.vy::fill` `Clearinghouse.vy::spill`")] == [
        "Clearinghouse.vy::spill"
    ]

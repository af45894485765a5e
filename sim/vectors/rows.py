"""Reading rows of worked numbers; a file that is none is refused in one sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

TEXTS = ("id", "venue", "what")


class VectorError(ValueError):
    """One sentence: the file, the row, what was found, what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One worked number: what a venue gives for some inputs, to a tolerance."""

    id: str
    venue: str
    what: str
    inputs: Mapping[str, Any]
    expected: Mapping[str, Any]
    tolerance: Fraction
    source: str = ""


def read_rows(folder: Path) -> list[Row]:
    """Every row of every *.json in a folder, in order of the files' names."""
    if not folder.is_dir():
        raise VectorError(f"{folder}: no such folder; a folder of *.json files is allowed")
    rows = [row for path in sorted(folder.glob("*.json")) for row in _file(path)]
    if not rows:
        raise VectorError(f"{folder}: found no rows; *.json files of lists of rows are allowed")
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise VectorError(f"{folder}: the id {row.id!r} stands twice; each id once is allowed")
        seen.add(row.id)
    return rows


def _file(path: Path) -> list[Row]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_float=str, parse_int=str)
    except (OSError, UnicodeDecodeError) as error:
        raise VectorError(f"{path}: not readable ({error}); a text file is allowed") from error
    except json.JSONDecodeError as error:
        raise VectorError(
            f"{path}: line {error.lineno}: {error.msg}; only JSON is allowed"
        ) from error
    if not isinstance(data, list):
        raise VectorError(f"{path}: found no list at the top; a list of rows is allowed")
    return [_row(entry, f"{path}: row {place}") for place, entry in enumerate(data, start=1)]


def _row(entry: Any, where: str) -> Row:
    if not isinstance(entry, Mapping):
        raise VectorError(f"{where}: found no mapping; keys id, venue, what, ... are allowed")
    for key in TEXTS:
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise VectorError(f"{where}: found {entry.get(key)!r} at {key}; a text is allowed")
    where = f"{where} ({entry['id']})"
    for key in ("inputs", "expected"):
        if not isinstance(entry.get(key), Mapping) or (key == "expected" and not entry[key]):
            raise VectorError(f"{where}: found no mapping at {key}; one is needed")
    return Row(
        id=entry["id"],
        venue=entry["venue"],
        what=entry["what"],
        inputs=entry["inputs"],
        expected=entry["expected"],
        tolerance=_tolerance(entry.get("tolerance", "0"), where),
        source=str(entry.get("source", "")),
    )


def _tolerance(value: Any, where: str) -> Fraction:
    try:
        found = Fraction(value)
    except (TypeError, ValueError, ZeroDivisionError):
        found = Fraction(-1)
    if found < 0:
        raise VectorError(f"{where}: found {value!r} at tolerance; a number from 0 is allowed")
    return found

"""What people write about mutants: faults made by hand, and why a survivor is no fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sim.audit.mutant import Mutant
from sim.audit.vyper_project import ProjectError

HAND_MADE = "hand_made"
FAULT_KEYS = ("name", "bug_class", "file", "find", "replace")
REASON_KEYS = ("file", "line", "mutated", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a mutant that reads so is equivalent to what it was made from."""

    file: str
    line: str
    mutated: str
    reason: str


def hand_made(path: Path, root: Path) -> list[Mutant]:
    """Faults from a YAML list of name, bug class, file, and text to find once and to replace."""
    found = []
    for row in _rows(path, FAULT_KEYS):
        file = root / row["file"]
        text = file.read_text() if file.is_file() else ""
        if text.count(row["find"]) != 1:
            raise ProjectError(
                f"{path}: {row['name']}: found its text {text.count(row['find'])} times in "
                f"{row['file']}; once is needed"
            )
        start = text.index(row["find"])
        found.append(
            Mutant(
                file=row["file"],
                operator=HAND_MADE,
                line=text.count("\n", 0, start) + 1,
                start=start,
                end=start + len(row["find"]),
                old=row["find"],
                new=row["replace"],
                name=f"{row['name']} ({row['bug_class']})",
            )
        )
    return found


def reasons(path: Path) -> list[Reason]:
    """Equivalent mutants from a YAML list of file, line as it was, line as mutated, reason."""
    return [Reason(**{key: row[key] for key in REASON_KEYS}) for row in _rows(path, REASON_KEYS)]


def reason_for(mutant: Mutant, text: str, known: Sequence[Reason]) -> str:
    """The reason why a mutant is equivalent; "" if nobody gave one."""
    was, now = mutant.changed_lines(text)
    for one in known:
        if (one.file, one.line.strip(), one.mutated.strip()) == (mutant.file, was, now):
            return one.reason
    return ""


def _rows(path: Path, keys: Sequence[str]) -> list[Mapping[str, str]]:
    try:
        found: Any = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise ProjectError(
            f"{path} cannot be read as YAML: {' '.join(str(error).split())}"
        ) from None
    rows = found if isinstance(found, list) else [found]
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in keys):
            raise ProjectError(f"{path}: entry {number}: needs text for {', '.join(keys)}")
    return rows

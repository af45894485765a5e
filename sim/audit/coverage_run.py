"""Test commands run with an eye on py-evm, and what of a project each of them reached."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from sim.audit.line_coverage import FileCoverage, Traces, coverage, traces
from sim.audit.mutant_trial import run
from sim.audit.vyper_project import Project, ProjectError

LONGEST_S = 4 * 3600.0
HOOK = Path(__file__).resolve().parent / "traced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A command, how long it took, and how its files were reached."""

    command: str
    wall_s: float
    files: Mapping[str, FileCoverage]


def covered(root: Path, commands: Sequence[str], patterns: Sequence[str]) -> list[Suite]:
    """One suite a command, and where there are several the whole of them last."""
    project = Project(root)
    files = project.files(patterns)
    suites, every = [], dict[bytes, frozenset[int]]()
    for command in commands:
        seen, wall_s = _traced(project.root, command)
        for code, places in seen.items():
            every[code] = every.get(code, frozenset()) | places
        suites.append(_suite(project, files, command, wall_s, seen))
    if len(suites) > 1:
        took_s = sum(one.wall_s for one in suites)
        suites.append(_suite(project, files, "all of them", took_s, every))
    return suites


def _suite(
    project: Project, files: Sequence[str], command: str, wall_s: float, seen: Traces
) -> Suite:
    return Suite(command=command, wall_s=wall_s, files=coverage(project, files, seen))


def _traced(root: Path, command: str) -> tuple[Traces, float]:
    """Run a command with the hook on its path; refuses one that fails or executes nothing."""
    with tempfile.TemporaryDirectory(prefix="traces-") as folder:
        paths = os.pathsep.join(filter(None, (str(HOOK), os.environ.get("PYTHONPATH", ""))))
        began_s = perf_counter()
        asked = (
            f"VYPER_TRACES={folder} PYTHONPATH={paths} ; export VYPER_TRACES PYTHONPATH\n{command}"
        )
        status, said = run(asked, root, LONGEST_S)
        wall_s = perf_counter() - began_s
        if status != 0:
            raise ProjectError(f"{command!r} fails ({said[:200]}); coverage is of tests that pass")
        seen = traces(Path(folder))
    if not seen:
        raise ProjectError(f"{command!r} executed nothing in py-evm, whose steps alone are seen")
    return seen, wall_s


def rows_of(suite: Suite) -> list[dict[str, object]]:
    """A row a file, the worst covered first, and one for all."""
    rows = [_row(file, [one]) for file, one in suite.files.items() if one.lines]
    rows.sort(key=lambda row: (row["percent"] or 0, row["file"]))
    return [*rows, _row("all", list(suite.files.values()))]


def _row(file: str, found: Sequence[FileCoverage]) -> dict[str, object]:
    lines = sum(len(one.lines) for one in found)
    hit = sum(len(one.hit & one.lines) for one in found)
    branches = sum(2 * len(one.branches) for one in found)
    ways = sum(one.ways for one in found)
    return {
        "file": file,
        "lines": lines,
        "hit": hit,
        "percent": 100 * hit / lines if lines else None,
        "branches": branches,
        "ways": ways,
        "branch_percent": 100 * ways / branches if branches else None,
        "missed": ranges(found[0].missed) if len(found) == 1 else "",
    }


def ranges(lines: Sequence[int]) -> str:
    """Lines as `3, 7-9`."""
    parts: list[list[int]] = []
    for line in lines:
        if parts and line == parts[-1][-1] + 1:
            parts[-1].append(line)
        else:
            parts.append([line])
    return ", ".join(f"{p[0]}" if len(p) == 1 else f"{p[0]}-{p[-1]}" for p in parts)

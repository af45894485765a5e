"""The attacks that stand as tests: run, and told by class, profit, damage and verdict."""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from sim.audit.vyper_project import ProjectError

FOLDER, PLUGIN = Path("tests") / "flow" / "attacks", "tests.attack_purses"
LONGEST_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackTest:
    """One attack: `*_wad` are of its best example, None where it asks no purse."""

    file: str
    title: str  # first words of the file's docstring: the bug class
    name: str
    profit_wad: int | None
    pool_loss_wad: int | None
    verdict: str
    wall_s: float


def attack_tests(root: Path, words: str) -> list[AttackTest]:
    """Run the attacks whose names hold some words, or all of them."""
    folder = root / FOLDER
    if not folder.is_dir():
        raise ProjectError(f"{root} holds no {FOLDER}: the attacks are tests of a checkout")
    with tempfile.TemporaryDirectory(prefix="attacks-") as room:
        report = Path(room) / "report.xml"
        asked = [sys.executable, "-m", "pytest", "-q", "-p", PLUGIN, "-p", "no:cacheprovider"]
        asked += [str(FOLDER), f"--junitxml={report}", *(["-k", words] if words else [])]
        done = subprocess.run(
            asked, cwd=root, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
        if not report.is_file():
            said = (done.stdout.strip().splitlines() or ["nothing was said"])[-1]
            raise ProjectError(f"the attacks did not run: {said}")
        cases = list(ElementTree.parse(report).iter("testcase"))
    if not cases:
        raise ProjectError(f"found no attack that holds {words!r} in {FOLDER}")
    return [_told(folder, one) for one in cases]


def _told(folder: Path, case: ElementTree.Element) -> AttackTest:
    file = case.get("classname", "").rpartition(".")[2]
    found = {one.get("name"): one.get("value") for one in case.iter("property")}
    failed = case.find("failure") is not None or case.find("error") is not None
    skipped = case.find("skipped") is not None
    return AttackTest(
        file=file,
        title=title_of(folder / f"{file}.py"),
        name=case.get("name", "").removeprefix("test_"),
        profit_wad=_number(found.get("profit_wad")),
        pool_loss_wad=_number(found.get("pool_loss_wad")),
        verdict="SUCCEEDS" if failed else "not run" if skipped else "held off",
        wall_s=_seconds(case.get("time", "0")),
    )


def title_of(path: Path) -> str:
    """A file's own first words, up to the first colon, full stop or second line."""
    said = ast.get_docstring(ast.parse(path.read_text())) or path.stem
    first = said.splitlines()[0]
    return min((first.partition(mark)[0] for mark in (":", ".")), key=len)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _seconds(text: str) -> float:
    whole, _, part = text.partition(".")
    return int(whole) + int((part + "000")[:3]) / 1000


def rows_of(found: Sequence[AttackTest]) -> list[dict[str, object]]:
    """As rows of a table, in the order of the files."""
    return [
        {
            "class": one.title,
            "attack": one.name.replace("__", ": ").replace("_", " "),
            "profit": None if one.profit_wad is None else one.profit_wad / 10**18,
            "pool_loss": None if one.pool_loss_wad is None else one.pool_loss_wad / 10**18,
            "verdict": one.verdict,
            "wall_s": one.wall_s,
        }
        for one in found
    ]

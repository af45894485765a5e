"""The same scenarios on two trees of contracts: what a change stops, and what honest runs notice.

Agents act on what they see, so that an attack meets the changed contracts as its author would: with
the same plan, price path and draws, not with calls that were made for the others.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.audit.vyper_project import ProjectError
from sim.metrics.difference import parting
from sim.metrics.harm import Harm, harm
from sim.places import cache_folder
from sim.records.folder import Run, read_run
from sim.scenario import load_scenario

PACKAGE = Path(__file__).resolve().parents[1]
LONGEST_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One scenario on both trees."""

    scenario: str
    is_attack: bool
    old: Harm
    new: Harm
    parted_at: int | None  # the block at which their events part; None: they never do
    reverts: tuple[int, int]
    violations: tuple[int, int]

    @property
    def verdict(self) -> str:
        """What the change did to it, in words."""
        if self.violations[1] > self.violations[0]:
            return "BREAKS INVARIANTS"
        if self.parted_at is None:
            return "the same, event for event"
        if not self.is_attack:
            return f"honest traffic changes from block {self.parted_at}"
        was, now = self.old.attacker_pnl > 0, self.new.attacker_pnl > 0
        if was and not now:
            return "STOPPED: no longer pays"
        if now and not was:
            return "OPENED: now pays"
        return "still pays" if now else "still does not pay"


def patched(
    old: Path,
    new: Path,
    scenarios: Sequence[str],
    *,
    blocks: int | None,
    told: Callable[[str], None],
) -> list[Play]:
    """Every scenario on both trees, each in a process of its own tree."""
    found = []
    with tempfile.TemporaryDirectory(prefix="patch-") as room:
        trees = [_assembled(tree, Path(room) / name) for name, tree in (("old", old), ("new", new))]
        for scenario in scenarios:
            told(scenario)
            runs = [_run(tree, scenario, blocks) for tree in trees]
            found.append(_compared(scenario, *runs))
    return found


def _compared(name: str, old: Run, new: Run) -> Play:
    incident = load_scenario(name).incident
    attackers = () if incident is None else incident.attackers
    apart = parting(old, new)
    return Play(
        scenario=name,
        is_attack=bool(attackers),
        old=harm(old, attackers),
        new=harm(new, attackers),
        parted_at=None if apart is None else apart.block,
        reverts=(_reverts(old), _reverts(new)),
        violations=(_violations(old), _violations(new)),
    )


def _reverts(run: Run) -> int:
    return int(run.blocks["reverts"].sum())


def _violations(run: Run) -> int:
    return sum(len(one) for one in list(run.blocks["violations"].to_numpy()))


def _assembled(tree: Path, to: Path) -> Path:
    """This simulator over the contracts of another tree; what is compiled of ours is kept."""
    contracts = tree if tree.name == "contracts" else tree / "contracts"
    if not any(contracts.rglob("*.vy")):
        raise ProjectError(f"{tree} holds no contracts/ with Vyper sources")
    left = shutil.ignore_patterns("__pycache__", "contracts")
    shutil.copytree(PACKAGE, to / "sim", ignore=left)
    shutil.copytree(contracts, to / "contracts")
    if cache_folder().is_dir():
        shutil.copytree(cache_folder(), to / ".cache")
    return to


def _run(tree: Path, scenario: str, blocks: int | None) -> Run:
    out = tree / "runs" / Path(scenario).stem
    words = [sys.executable, "-m", "sim", "simulate", scenario, "--out", str(out)]
    words += [] if blocks is None else ["--blocks", str(blocks)]
    done = subprocess.run(
        words,
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        env={**os.environ, "PYTHONPATH": str(tree)},
        check=False,
    )
    if not (out / "manifest.json").is_file():
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ProjectError(f"{scenario} does not run on {tree.name}: {said}")
    return read_run(out)

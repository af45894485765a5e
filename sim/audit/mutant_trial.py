"""One mutant put to the test, in a copy of the tree that belongs to the process."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from time import perf_counter

from sim.audit.mutant import Mutant
from sim.audit.vyper_project import Project


class Outcome(StrEnum):
    """What became of a mutant."""

    INVALID = "does not compile"
    SAME = "same bytecode"
    KILLED = "killed"
    TIMEOUT = "killed by time"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A mutant's outcome; `by` is the command that noticed."""

    mutant: Mutant
    outcome: Outcome
    by: str = ""
    wall_s: float = 0.0
    said: str = ""  # the last line of the command that noticed


class Bench:
    """A process's own copy of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def trial(
        self, mutant: Mutant, commands: Sequence[str], limits_s: Mapping[str, float]
    ) -> Trial:
        """Compile the changed contract alone, then test until somebody notices."""
        began_s = perf_counter()
        path = self.project.root / mutant.file
        plain = path.read_text()
        changed = mutant.applied(plain)
        outcome = self._compiles(mutant, changed)
        if outcome is not None:
            return Trial(mutant=mutant, outcome=outcome, wall_s=perf_counter() - began_s)
        path.write_text(changed)
        try:
            for command in commands:
                status, said = run(command, self.project.root, limits_s[command])
                if status != 0:
                    return Trial(
                        mutant=mutant,
                        outcome=Outcome.TIMEOUT if status is None else Outcome.KILLED,
                        by=command,
                        wall_s=perf_counter() - began_s,
                        said=said,
                    )
        finally:
            path.write_text(plain)
        return Trial(mutant=mutant, outcome=Outcome.SURVIVED, wall_s=perf_counter() - began_s)

    def _compiles(self, mutant: Mutant, changed: str) -> Outcome | None:
        contract = self.project.compiled_in(mutant.file)
        if contract is None:
            return Outcome.INVALID
        bytecode = self.project.bytecode(contract, mutant.file, changed)
        if not bytecode:
            return Outcome.INVALID
        if bytecode != self.project.plain[contract]:
            return None
        # Perhaps it is only this contract that does not use what was changed.
        for other in self.project.importers(mutant.file):
            plain = self.project.plain.setdefault(other, self.project.bytecode(other))
            if plain and plain != self.project.bytecode(other, mutant.file, changed):
                return None
        return Outcome.SAME


def run(command: str, folder: Path, limit_s: float) -> tuple[int | None, str]:
    """Exit status (None: out of time) and the last line said; nothing it started is left."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        said, _ = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, f"no end after {limit_s:.0f} s"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return process.returncode, lines[-1] if lines else ""


def quoted(words: Sequence[str]) -> str:
    """Words as one command."""
    return " ".join(map(shlex.quote, words))

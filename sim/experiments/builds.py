"""Two builds of this package beside each other: what the same work takes of a processor in each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# In words that every build since the first release understands.
_RUNS = """
import sys, tempfile, time
from pathlib import Path
from sim import load_scenario, simulate

name, many, is_kept, *overrides = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    def run(seed):
        out = Path(folder) / str(seed) if is_kept == "kept" else None
        simulate(load_scenario(name, overrides), seed=seed, out=out)
    run(0)
    began_s = time.process_time()
    for seed in range(1, int(many) + 1):
        run(seed)
    print((time.process_time() - began_s) / int(many))
"""


def is_build(folder: Path) -> bool:
    """Whether a folder is a checkout of this package."""
    return (folder / "sim" / "__main__.py").is_file()


def cpu_of_runs(
    build: Path, scenario: str, many: int, *, is_kept: bool, overrides: Sequence[str] = ()
) -> float:
    """CPU seconds of a run after the first, of so many in one process with seeds of their own."""
    arguments = [scenario, str(many), "kept" if is_kept else "held", *overrides]
    command = [sys.executable, "-c", _RUNS, *arguments]
    done = subprocess.run(
        command, cwd=build, env=_path(build), stdout=subprocess.PIPE, text=True, check=True
    )
    seconds: float = json.loads(done.stdout)
    return seconds


def cpu_of_python(build: Path, *arguments: str) -> float:
    """CPU seconds of a whole process of Python with these arguments."""
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=build, env=_path(build), stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"{' '.join(arguments)} failed in {build}")
    seconds: float = usage.ru_utime + usage.ru_stime
    return seconds


def _path(build: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(build)}

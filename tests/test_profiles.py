"""CI draws other examples every time, says which, and draws the same ones again when told to."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.house_rules import ROOT

PROPERTY = """
import json
from pathlib import Path
from hypothesis import given, strategies as st

drawn = []

@given(st.integers())
def test_property(number):
    drawn.append(number)

def teardown_module():
    Path(__file__).with_suffix(".json").write_text(json.dumps(drawn))
"""


def drawn_in_ci(folder: Path, seed: str | None) -> tuple[str, list[int]]:
    """The seed that a run in CI names, and the examples of its one property."""
    file = folder / "test_property.py"
    file.write_text(PROPERTY)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HYPOTHESIS_")}
    env = kept | {"CI": "true"} | ({"HYPOTHESIS_SEED": seed} if seed else {})
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:ape_test"]
    command += ["-p", "no:cacheprovider", "--rootdir", str(folder), str(file)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    named = re.search(r"^hypothesis profile ci: 100 examples, seed (\d+),", done.stdout, re.M)
    assert named is not None, done.stdout
    return named[1], json.loads(file.with_suffix(".json").read_text())


def test_ci__run_twice__draws_others_and_the_same_again_by_its_seed(tmp_path: Path):
    seed, first = drawn_in_ci(tmp_path, None)
    other_seed, other = drawn_in_ci(tmp_path, None)
    assert other_seed != seed
    assert other != first
    assert len(first) == len(other) == 100
    assert drawn_in_ci(tmp_path, seed) == (seed, first)

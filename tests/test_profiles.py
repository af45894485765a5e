"""CI draws other examples for each change, says which, and draws the same ones when told to."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


def drawn_in_ci(folder: Path, **more: str) -> tuple[str, list[int]]:
    """The seed that a run in CI names, and the examples of its one property."""
    file = folder / "test_property.py"
    file.write_text(PROPERTY)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HYPOTHESIS_")}
    env = kept | {"CI": "true"} | more
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:ape_test"]
    command += ["-p", "no:cacheprovider", "--rootdir", str(folder), str(file)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    named = re.search(r"^hypothesis profile ci: 100 examples, seed (\d+),", done.stdout, re.M)
    assert named is not None, done.stdout
    return named[1], json.loads(file.with_suffix(".json").read_text())


def test_ci__outside_a_repository__draws_others_and_the_same_again_by_its_seed(tmp_path: Path):
    nowhere = str(tmp_path / "no-repository")
    seed, first = drawn_in_ci(tmp_path, GIT_DIR=nowhere)
    other_seed, other = drawn_in_ci(tmp_path, GIT_DIR=nowhere)
    assert other_seed != seed
    assert other != first
    assert len(first) == len(other) == 100
    assert drawn_in_ci(tmp_path, HYPOTHESIS_SEED=seed) == (seed, first)


def test_ci__of_one_tree__takes_the_seed_from_it(tmp_path: Path):
    git = ["git", "rev-parse", "HEAD^{tree}"]
    tree = subprocess.run(git, cwd=ROOT, capture_output=True, text=True)
    if tree.returncode:
        pytest.skip("not a checkout of the repository: there is no tree to take a seed from")
    assert drawn_in_ci(tmp_path)[0] == str(int(tree.stdout[:8], 16))

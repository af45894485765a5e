"""What `init` writes runs as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from sim.cli import cli

ROOT = Path(__file__).resolve().parents[2]


def test_init__what_it_writes__is_allowed_and_its_test_passes(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    made = CliRunner().invoke(cli, ["init", "mine", "--out", str(folder)])
    assert made.exit_code == 0, made.output
    assert {one.name for one in folder.iterdir()} == {"mine.yaml", "agent.py", "test_mine.py"}
    checked = CliRunner().invoke(cli, ["check", str(folder / "mine.yaml")])
    assert checked.exit_code == 0, checked.output
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--noconftest"]
    command += ["-p", "no:ape_test", "--rootdir", str(folder), str(folder)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-2_000:] + ran.stderr[-2_000:]
    assert "1 passed" in ran.stdout


def test_init__a_folder_that_holds_something__is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    for name, words in (("mine", "is there already"), ("My Run", "small letters")):
        refused = CliRunner().invoke(cli, ["init", name, "--out", str(tmp_path)])
        assert refused.exit_code == 2
        assert words in refused.output
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.tex"]

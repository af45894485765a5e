"""What is declared is what is imported and locked; what is built runs from any folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import sim
from sim.abi.artifacts import CACHE, artifact, deployables
from sim.chain.engines import open_chain
from sim.cli import cli
from sim.cli.group import COMMANDS
from sim.places import ROOT, cache_folder
from tests.house_rules import imports

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = [Requirement(line) for line in PROJECT["dependencies"]]


def requirement_lines() -> Iterator[str]:
    """Lines of requirements.in without what is said about them."""
    for line in (ROOT / "requirements.in").read_text().splitlines():
        if bare := line.partition("#")[0].strip():
            yield bare


def imported_distributions() -> set[str]:
    """Distributions that the files of sim/ import from."""
    homes = packages_distributions()
    return {
        canonicalize_name(homes[top][0])
        for path in (ROOT / "sim").rglob("*.py")
        for _, (top, *_) in imports(path.read_text())
        if top not in sys.stdlib_module_names and top not in ("sim", "")
    }


def test_requirements__of_imports__are_all_named():
    imported = imported_distributions()
    assert {"py-evm", "eth-hash", "pyrevm", "numpy"} <= imported  # the comparison sees them
    named = {canonicalize_name(Requirement(line).name) for line in requirement_lines()}
    assert imported - named == set()
    assert imported - {canonicalize_name(each.name) for each in DECLARED} == set()


def test_dependencies__of_the_package__are_those_of_the_lock():
    locked = dict(
        re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.M)
    )
    wrong = [
        f"{each}: {locked.get(canonicalize_name(each.name), 'nothing')} is locked"
        for each in DECLARED
        if not each.specifier.contains(locked.get(canonicalize_name(each.name), "0"), True)
    ]
    assert wrong == []


def test_dir__of_the_package__shows_the_interface_and_nothing_else():
    assert dir(sim) == sorted(sim.__all__)
    assert all(callable(getattr(sim, name)) for name in dir(sim))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, as an installation has it."""
    pytest.importorskip("hatchling", reason="hatchling is not installed: run `make env`")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(folder / "site")
    return folder / "site"


def test_wheel__unpacked__brings_every_source_and_data_file(unpacked: Path):
    def held(folder: Path) -> set[str]:
        found = (path for path in folder.rglob("*") if path.is_file())
        return {str(one.relative_to(folder)) for one in found if one.suffix not in (".pyc", "")}

    assert held(unpacked / "sim" / "contracts") == held(ROOT / "contracts")
    assert held(unpacked / "sim") >= held(ROOT / "sim")
    assert (unpacked / "sim" / "py.typed").is_file()


def test_wheel__in_an_empty_folder__simulates_into_its_runs(unpacked: Path, tmp_path: Path):
    # A cache filled from this checkout is good for the same sources elsewhere.
    for name in (*deployables(), "MockToken"):
        artifact(name)
    cache = tmp_path / "cache"
    shutil.copytree(CACHE, cache / "backstop" / "vyper")
    before = {path.name: path.stat().st_mtime_ns for path in cache.rglob("*.json")}
    here = tmp_path / "empty"
    here.mkdir()
    env = os.environ | {"PYTHONPATH": str(unpacked), "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-m", "sim", "simulate", "calm", "--blocks", "3"]
    done = subprocess.run(command, cwd=here, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (here / "runs" / "calm" / "report.html").is_file()
    assert [path.name for path in here.iterdir()] == ["runs"]
    assert {path.name: path.stat().st_mtime_ns for path in cache.rglob("*.json")} == before


def test_cache_folder__installed__is_the_users_own(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder(installed=True) == tmp_path / "backstop"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert cache_folder(installed=True) == Path.home() / ".cache" / "backstop"
    assert cache_folder(installed=False) == ROOT / ".cache"


def backstop(*arguments: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(cli, arguments, prog_name="backstop")


@pytest.mark.parametrize("arguments", [("-h",), ("--version",), ("simulate", "-h"), ("gas", "-h")])
def test_backstop__asked_about_itself__says_it(arguments: Sequence[str]):
    told = backstop(*arguments)
    assert told.exit_code == 0
    assert "backstop" in told.stdout


def test_backstop__unknown_option_or_command__is_one_sentence():
    for arguments in (["--loud"], ["simulat"], ["completion", "csh"]):
        told = backstop(*arguments)
        assert told.exit_code == 2
        assert told.stderr.startswith("error: ")
        assert told.stderr.count("\n") == 1


def test_commands__each_by_its_name__is_loaded_from_its_module():
    for name in COMMANDS:
        command = cli.get_command(
            cli.make_context("backstop", [name], resilient_parsing=True), name
        )
        assert command is not None
        assert command.name == name
        assert command.get_short_help_str()


@pytest.mark.parametrize(
    ("words", "incomplete", "found"),
    [([], "sim", {"simulate"}), (["simulate"], "--en", {"--engine"}), ([], "--v", {"--version"})],
)
def test_completion__of_a_beginning__is_what_there_is(words, incomplete, found):
    shell = ShellComplete(cli, {}, "backstop", "_BACKSTOP_COMPLETE")
    assert {each.value for each in shell.get_completions(words, incomplete)} == found


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion__of_a_shell__asks_this_program(shell: str):
    told = backstop("completion", shell)
    assert told.exit_code == 0
    assert f"_BACKSTOP_COMPLETE={shell}_complete" in told.stdout


def test_simulate__pyrevm_not_installed__is_one_sentence(monkeypatch, tmp_path: Path):
    monkeypatch.setitem(sys.modules, "pyrevm", None)  # as Python 3.13 finds it
    monkeypatch.delitem(sys.modules, "sim.chain.revm", raising=False)
    told = backstop("simulate", "calm", "--blocks", "2", "--out", str(tmp_path / "run"))
    assert told.exit_code == 2
    assert told.stderr.startswith("error: the engine revm needs pyrevm, which is not installed")
    assert told.stderr.count("\n") == 1
    assert open_chain("pyevm").name == "pyevm"


def test_bench__pyrevm_not_installed__is_one_sentence():
    # In a process of its own: what was loaded before would hide what is missing.
    block = "import sys; sys.modules['pyrevm'] = None; from sim.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", block, "bench"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the library pyrevm is not installed")
    assert done.stderr.count("\n") == 1

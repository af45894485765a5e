from __future__ import annotations

import json

import pytest

from sim.abi import artifacts

LIBRARY = (
    "_ONE: constant(uint256) = 1\n\n\n@internal\n@pure\ndef _one() -> uint256:\n    return _ONE\n"
)
USER = """
from contracts import library


@external
@view
def one() -> uint256:
    return library._one()
"""
LONER = "@external\n@view\ndef two() -> uint256:\n    return 2\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository of its own, so that the cache under test is empty."""
    contracts = tmp_path / "contracts"
    contracts.mkdir()
    (contracts / "library.vy").write_text(LIBRARY)
    (contracts / "User.vy").write_text(USER)
    (contracts / "Loner.vy").write_text(LONER)
    monkeypatch.setattr(artifacts, "ROOT", tmp_path)
    monkeypatch.setattr(artifacts, "CONTRACTS", contracts)
    monkeypatch.setattr(artifacts, "CACHE", tmp_path / ".cache" / "vyper")
    artifacts.artifact.cache_clear()
    yield tmp_path
    artifacts.artifact.cache_clear()


@pytest.fixture
def compiled(monkeypatch):
    """The names of the contracts compiled, in order."""
    names = []
    compile_path = artifacts._compile

    def spy(path):
        names.append(path.stem)
        return compile_path(path)

    monkeypatch.setattr(artifacts, "_compile", spy)
    return names


def fresh(name: str) -> artifacts.Artifact:
    """The artifact as another process would get it."""
    artifacts.artifact.cache_clear()
    return artifacts.artifact(name)


def test_artifact__second_process__reads_the_cache(project, compiled):
    first, second = fresh("User"), fresh("User")
    assert first == second
    assert compiled == ["User"]
    assert [entry["name"] for entry in first.abi] == ["one"]
    assert first.runtime in first.initcode


def test_artifact__imported_module_changes__recompiles_only_who_imports_it(project, compiled):
    before = fresh("User"), fresh("Loner")
    changed = LIBRARY.replace("= 1\n", "= 3\n")
    (project / "contracts" / "library.vy").write_text(changed)
    after = fresh("User"), fresh("Loner")
    assert compiled == ["User", "Loner", "User"]
    assert after[0].runtime != before[0].runtime
    assert after[1] == before[1]


@pytest.mark.parametrize("damage", ["", "{", '{"toolchain": "other"}'])
def test_artifact__damaged_entry__is_compiled_again(project, compiled, damage):
    first = fresh("Loner")
    (project / ".cache" / "vyper" / "Loner.json").write_text(damage)
    assert fresh("Loner") == first
    assert compiled == ["Loner", "Loner"]


def test_artifact__written_entry__names_sources_without_this_machine(project):
    fresh("User")
    entry = json.loads((project / ".cache" / "vyper" / "User.json").read_text())
    assert sorted(entry["sources"]) == ["root:contracts/User.vy", "root:contracts/library.vy"]
    assert str(project) not in json.dumps(entry)
    assert (project / ".cache" / ".gitignore").read_text() == "*\n"


def test_artifact__source_does_not_compile__says_what_and_where(project):
    (project / "contracts" / "Loner.vy").write_text(LONER.replace("return 2", "return self.x"))
    sentence = r"^contracts/Loner\.vy does not compile: UndeclaredDefinition: .*'x'.*Loner\.vy:4"
    with pytest.raises(artifacts.ContractError, match=sentence) as raised:
        fresh("Loner")
    assert "\n" not in str(raised.value)
    assert not (project / ".cache").exists()


def test_artifact__no_such_contract__says_so(project):
    with pytest.raises(artifacts.ContractError, match=r"^Nobody\.vy should be one file under"):
        fresh("Nobody")


def test_artifact__snekmate_module_imported__is_found_and_tracked():
    found = artifacts.artifact("MockToken")
    entry = json.loads((artifacts.CACHE / "MockToken.json").read_text())
    assert {"transfer", "mint"} <= {one.get("name") for one in found.abi}
    assert "packages:snekmate/tokens/erc20.vy" in entry["sources"]

"""Each rule of scripts/check_contracts.py objects to a contract that breaks it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from scripts import check_contracts

DOCSTRING = '"""\n@title T\n@notice N.\n@custom:units none\n@custom:invariant none\n"""\n'
HEADER = f"# pragma version 0.4.3\n# pragma nonreentrancy on\n{DOCSTRING}"
EXTERNAL = '\n\n@external\ndef touch():\n    """\n    @notice Does nothing.\n    """\n    pass\n'
GOOD = HEADER + EXTERNAL
MODULE = GOOD.replace("# pragma nonreentrancy on\n", "").replace("@custom:invariant none\n", "")


def examine(root: Path, name: str, source: str) -> check_contracts.Verdict:
    path = root / "contracts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return check_contracts.examine(path, root)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("core/Vault.vy", GOOD),
        ("modules/limits.vy", MODULE),
        ("modules/math/ema.vy", MODULE),
        ("mocks/Thief.vy", GOOD.replace("# pragma nonreentrancy on\n", "")),
    ],
)
def test_examine__house_style__finds_no_offence(tmp_path: Path, name: str, source: str) -> None:
    assert examine(tmp_path, name, source).offences == ()


@pytest.mark.parametrize(
    ("name", "source", "offence"),
    [
        ("core/Vault.vy", GOOD.replace("0.4.3", "^0.4.3"), "line 1 is"),
        ("core/Vault.vy", GOOD.replace("nonreentrancy on", "nonreentrancy off"), "line 2 is"),
        ("core/Vault.vy", GOOD.replace("@custom:invariant none\n", ""), "no @custom:invariant"),
        ("core/Vault.vy", GOOD.replace("@notice N.\n", ""), "no @notice"),
        ("core/Vault.vy", GOOD.replace("@notice Does", "@dev Does"), "external touch has no"),
        ("core/Vault.vy", HEADER + "x: Nowhere\n", "contracts/core/Vault.vy:9)"),
        ("core/Vault.vy", f"{GOOD}\n\n_A: immutable(Bytes[24512])\n", "the limit is 24576"),
        ("core/vault.vy", GOOD, "belongs in contracts/modules"),
        ("core/MarginVault_v2.vy", GOOD, "PascalCase (deployed) or snake_case (module)"),
        ("modules/Vault.vy", GOOD, "never a deployable"),
        ("modules/clearing/Vault.vy", GOOD, "never a deployable"),
        ("modules/ema.vy", MODULE.replace("@custom:units none\n", ""), "no @custom:units"),
        ("interfaces/Vault.vyi", MODULE.replace("    pass", "    ..."), "is named I"),
    ],
)
def test_examine__one_rule_broken__says_which(
    tmp_path: Path, name: str, source: str, offence: str
) -> None:
    if "immutable" in source:
        source += "\n\n@deploy\ndef __init__(a: Bytes[24512]):\n    _A = a\n"
    assert offence in " | ".join(examine(tmp_path, name, source).offences)


def test_examine__function_documented_by_its_interface__needs_no_second_notice(
    tmp_path: Path,
) -> None:
    examine(tmp_path, "interfaces/ITouch.vyi", MODULE.replace("    pass", "    ..."))
    promise = "from contracts.interfaces import ITouch\n\nimplements: ITouch\n"
    bare = "\n\n@external\ndef touch():\n    pass\n"
    assert examine(tmp_path, "core/Vault.vy", HEADER + promise + bare).offences == ()
    assert examine(tmp_path, "core/Vault.vy", HEADER + bare).offences != ()


def test_examine__many_lines__warns_and_passes(tmp_path: Path) -> None:
    verdict = examine(tmp_path, "core/Vault.vy", GOOD + "# a comment\n" * 400)
    assert verdict.offences == ()
    assert "the budget of a deployable is 400" in verdict.warnings[0]


def test_cli__json__writes_flat_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examine(tmp_path, "core/Vault.vy", GOOD)
    monkeypatch.setattr(check_contracts, "ROOT", tmp_path)
    file = tmp_path / "rows.json"
    result = CliRunner().invoke(check_contracts.cli, ["--json", str(file)])
    assert result.exit_code == 0, result.output
    (row,) = json.loads(file.read_text())
    assert row["contract"] == "contracts/core/Vault.vy"
    assert 0 < row["runtime_bytes"] < check_contracts.CODE_LIMIT_BYTES


def test_cli__offence__fails_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examine(tmp_path, "core/Vault.vy", GOOD.replace("@title T\n", ""))
    monkeypatch.setattr(check_contracts, "ROOT", tmp_path)
    result = CliRunner().invoke(check_contracts.cli)
    assert result.exit_code == 1
    assert "contracts/core/Vault.vy: the docstring has no @title" in result.output

"""The code of sim/README.md runs as it stands there."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from sim.agents.registry import AGENT_KINDS
from sim.cli import cli

README = (Path(__file__).resolve().parents[2] / "sim" / "README.md").read_text()


def block_under(heading: str) -> str:
    """The first Python block after a heading."""
    found = re.search(r"```python\n(.*?)```", README.split(f"## {heading}\n")[1], re.S)
    assert found is not None
    return found.group(1)


def test_readme__an_agent_in_20_lines__runs_and_trades(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "fader.py"
    script.write_text(block_under("An agent in 20 lines"))
    mine = runpy.run_path(str(script))["run"].transactions.query("agent == 'fader'")
    assert len(mine) >= 2
    assert mine["ok"].all()
    assert "AttackLedger" in capsys.readouterr().out


def test_readme__an_agent_in_20_lines__is_that_short() -> None:
    agent = block_under("An agent in 20 lines").split("@dataclass\n")[1].split("\n\n\n")[0]
    assert len(agent.strip().splitlines()) <= 20


def test_readme__table_of_agents__names_kinds_that_are_there() -> None:
    table = README.split("### Those that are there\n")[1].split("\n\n")[0]
    named = set(re.findall(r"`([a-z_]+)`", table))
    assert named <= set(AGENT_KINDS)
    assert "momentum_trader" in named


def test_readme__table_of_commands__names_each_command_once() -> None:
    front = (Path(__file__).resolve().parents[2] / "README.md").read_text()
    table = front.split("## Commands\n")[1].split("\n\n")[1]
    assert sorted(re.findall(r"^\| `([a-z]+)", table, re.M)) == sorted(cli.commands)

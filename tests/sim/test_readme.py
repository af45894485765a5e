"""The code of sim/README.md runs as it stands there."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from sim import load_scenario, simulate, summarise
from sim.agents.registry import AGENT_KINDS
from sim.cli.group import COMMANDS
from sim.scenario import incident_names

FRONT = (Path(__file__).resolve().parents[2] / "README.md").read_text()
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
    table = FRONT.split("## Commands\n")[1].split("\n\n")[1]
    assert sorted(re.findall(r"^\| `([a-z]+)", table, re.M)) == sorted(COMMANDS)


def test_readme__its_scenario__runs_and_the_trader_opens(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(.*?)```", FRONT, re.S)
    assert found is not None
    path = tmp_path / "thin.yaml"
    path.write_text(found.group(1))
    run = simulate(load_scenario(str(path)))
    assert summarise(run)["invariant_violations"] == 0
    mine = run.transactions.query("agent == 'leveraged_long_0001'")
    assert mine["ok"].any()


def test_readme__its_sweep__prints_a_row_for_each_band(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = re.search(r"```python\n(.*?)```", FRONT, re.S)
    assert found is not None
    script = tmp_path / "sweep.py"
    script.write_text(found.group(1))
    runpy.run_path(str(script))
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[2:]] == [
        "0.0005",
        "0.001",
        "0.002",
    ]


def test_readme__seventeen_incidents__are_there() -> None:
    assert len(incident_names()) == 17

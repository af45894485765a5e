"""The code of sim/README.md runs as it stands there."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from sim import load_scenario, simulate, summarise
from sim.agents.registry import AGENT_KINDS
from sim.cli.group import COMMANDS
from sim.experiments.sweep.experiment import Experiment
from sim.experiments.sweep.plan import plan
from sim.scenario import checked, incident_names, read_yaml

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


def test_readme__its_sweep__answers_its_question(capsys: pytest.CaptureFixture[str]) -> None:
    code = re.search(r"```python\n(.*?)```", FRONT, re.S)
    assert code is not None
    told: dict[str, Any] = {}
    exec(code.group(1), told)
    struck = told["found"].by("false_liquidations").set_index(told["key"])
    assert struck["most"]["median3"] == 0
    assert struck["low"]["last_trade"] > 0
    apart = told["found"].difference("attacker_pnl", told["key"], "last_trade", "median3")
    assert apart.low > 0
    assert f"pairs={apart.pairs}" in capsys.readouterr().out


def test_readme__its_experiment__is_one_and_has_the_rows_that_are_shown() -> None:
    text = re.search(r"```yaml\n(name: mark.*?)```", FRONT, re.S)
    assert text is not None
    asked = checked(Experiment, read_yaml(text.group(1), "README"), "README")
    made = plan(asked, Path())
    assert made.runs == 30
    rows = re.findall(r"^\| (median3|book_mid|last_trade) \| 10 \|", FRONT, re.M)
    assert rows == [one.values["markets.THIN-USD.mark.method"] for one in made.cells]


def test_readme__seventeen_incidents__are_there() -> None:
    assert len(incident_names()) == 17

"""The reference of scenario keys: what it says of one is what reading a scenario holds it to."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from sim.agents.registry import AGENT_KINDS
from sim.cli import cli
from sim.scenario import ScenarioError, load_scenario
from sim.scenario.load import SCENARIOS
from sim.scenario.schema import json_schema, matching, rows

FILES = sorted(SCENARIOS.rglob("*.yaml"))


class _TimesAsText(yaml.SafeLoader):
    """YAML as an editor reads it."""


_TimesAsText.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


@pytest.fixture(scope="module")
def editor() -> Any:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    return jsonschema.Draft202012Validator(json_schema())


def one(key: str) -> Mapping[str, str]:
    (found,) = matching(key)
    return found


def test_rows__every_kind_of_agent__has_its_keys() -> None:
    keys = [row["key"] for row in rows()]
    assert len(keys) == len(set(keys))
    assert not [kind for kind in AGENT_KINDS if f"agents.{kind}" not in keys]


def test_rows__keys_at_the_top_and_of_every_group__say_what_they_are_for() -> None:
    common = [row for row in rows() if "." not in row["key"] or row["key"].startswith("agents.*")]
    assert len(common) > 30
    assert not [row["key"] for row in common if not row["says"]]


def test_matching__money_a_share_and_seconds__are_in_the_units_one_writes() -> None:
    assert one("insurance")["default"] == "1000000"
    assert one("agents.market_maker.half_spread")["allowed"] == "from 0, up to 1"
    assert one("markets.BTC-USD.funding.interval_s")["unit"] == "seconds"
    assert one("block_time_s")["allowed"] == "from 1, up to 86_400"
    assert one("half_spread") == one("agents.market_maker.half_spread")


@pytest.mark.parametrize("key", ["block_time_s", "agents.0.count", "agents.0.latency_ms"])
def test_matching__bounds_that_are_told__are_those_that_are_kept(key: str) -> None:
    least, most = map(int, re.findall(r"[\d_]+", one(key)["allowed"]))
    for allowed in (least, most):
        load_scenario("calm", [f"{key}={allowed}"])
    for refused in (least - 1, most + 1):
        with pytest.raises(ScenarioError, match=rf"{key}: found {refused}; a number (from|up to) "):
            load_scenario("calm", [f"{key}={refused}"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_json_schema__a_scenario_that_ships__is_allowed(path: Path, editor: Any) -> None:
    said = yaml.load(path.read_text(encoding="utf8"), Loader=_TimesAsText)
    assert not [error.message for error in editor.iter_errors(said)]


@pytest.mark.parametrize(
    ("key", "value"), [("blocks", 0), ("blcks", 5), ("engine", "geth"), ("agents", [])]
)
def test_json_schema__what_reading_refuses__is_refused(key: str, value: Any, editor: Any) -> None:
    text = (SCENARIOS / "calm.yaml").read_text(encoding="utf8")
    said = yaml.load(text, Loader=_TimesAsText)
    assert editor.is_valid(said)
    assert not editor.is_valid({**said, key: value})


def test_schema__a_key__is_told_and_a_slip_is_guessed(tmp_path: Path) -> None:
    run = CliRunner(mix_stderr=False).invoke
    told = run(cli, ["schema", "agents.market_maker.layers", "--json", str(tmp_path / "x.json")])
    assert told.exit_code == 0
    assert told.stdout.startswith("agents.market_maker.layers: integer; needed; from 1")
    assert json.loads((tmp_path / "x.json").read_text())[0]["type"] == "integer"
    slip = run(cli, ["schema", "agents.market_maker.layer"])
    assert slip.exit_code == 2
    assert "did you mean 'layers'?" in slip.stderr
    assert json.loads(run(cli, ["schema", "--editor"]).stdout) == json_schema()


def test_check__a_good_and_a_bad_one__says_so_of_each_and_exits_with_2() -> None:
    run = CliRunner(mix_stderr=False).invoke
    good = run(cli, ["check", "calm", "cascade"])
    assert (good.exit_code, good.stdout.count(": allowed; ")) == (0, 2)
    bad = run(cli, ["check", "calm", "--set", "blocks=0"])
    assert bad.exit_code == 2
    assert (
        "calm.yaml with --set blocks=0: blocks: found 0; a number from 1 is allowed" in bad.stderr
    )

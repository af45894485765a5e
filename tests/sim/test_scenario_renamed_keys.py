"""Keys of scenarios that have another name now: still read, with the new name said."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import cli
from sim.scenario import ScenarioError, load_scenario
from sim.scenario.load import SCENARIOS
from sim.types.fields import RenamedKeyWarning

FORMER = [
    ("liquidation_keeper", "patience_blocks", "retry_blocks", 3),
    ("liquidation_keeper", "despair_blocks", "backoff_blocks", 9),
    ("adl_keeper", "patience_blocks", "retry_blocks", 2),
    ("adl_keeper", "failing", "backstop_share", 0.5),
    ("trigger_keeper", "patience_blocks", "retry_blocks", 4),
    ("book_sweeper", "rungs", "levels", 5),
    ("book_sweeper", "rung_step", "level_step", 0.01),
]
NEEDED = {
    "book_sweeper": (
        "clip_notional: 1000",
        "max_notional: 5000",
        "starts_at_block: 1",
        "exits_at_block: 5",
    )
}


def written(path: Path, kind: str, *said: str) -> Path:
    """The calm scenario with one more group."""
    text = (SCENARIOS / "calm.yaml").read_text()
    keys = ", ".join([f"kind: {kind}", "name: late", "market: BTC-USD", "count: 1", *said])
    head, found, tail = text.partition("agents:\n")
    assert found
    path.write_text(f"{head}{found}  - {{{keys}}}\n{tail}")
    return path


def late(path: Path, kind: str, *said: str):
    """The group, as read."""
    agents = load_scenario(str(written(path, kind, *said))).agents
    return next(one for one in agents if one.name == "late")


@pytest.mark.parametrize(("kind", "old", "new", "value"), FORMER)
def test_load__key_by_its_former_name__is_read_and_the_new_one_named(
    tmp_path: Path, kind: str, old: str, new: str, value: float
) -> None:
    more = ["capital: 100000", *NEEDED.get(kind, ())]
    with pytest.warns(RenamedKeyWarning, match=f"the key {old} is named {new} now"):
        read = late(tmp_path / "old.yaml", kind, *more, f"{old}: {value}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert late(tmp_path / "new.yaml", kind, *more, f"{new}: {value}") == read


def test_load__both_names_of_a_key__refuses_the_former(tmp_path: Path) -> None:
    said = ("capital: 1000", "patience_blocks: 1", "retry_blocks: 1")
    with pytest.raises(ScenarioError, match="unknown key 'patience_blocks'"):
        late(tmp_path / "both.yaml", "liquidation_keeper", *said)


def test_simulate__key_by_its_former_name__says_so_once_in_one_sentence(tmp_path: Path) -> None:
    path = written(
        tmp_path / "old.yaml", "liquidation_keeper", "capital: 1000", "despair_blocks: 3"
    )
    command = ["simulate", str(path), "--blocks", "1", "--out", str(tmp_path / "run")]
    found = CliRunner(mix_stderr=False).invoke(cli, command)
    assert found.exit_code == 0, found.output
    assert found.stderr.count("warning: the key despair_blocks is named backoff_blocks now") == 1

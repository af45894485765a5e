"""Deleveraging through the contracts: real rounds' totals, order of accounts, split accounts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.cli.adl import adl
from sim.experiments.waterfall.published_rounds import judge_rounds, run_rounds
from sim.experiments.waterfall.published_totals import RoundsError, read_rounds
from sim.reference.adl import Policy
from tests.adl_world import LOT_WAD, NO_RUNG_ACTED, AdlWorld, named, untouched
from tests.sim.test_cli_commands import assert_refused, run

EXAMPLES = settings(max_examples=8)
WATER = Policy.WATER_FILL
Short = tuple[str, int]  # size in bitcoin, margin in quote


@pytest.fixture(scope="module")
def rounds_folder(shared_data: Path) -> Path:
    folder = shared_data / "adl_2025-10-10"
    if not folder.is_dir():
        pytest.skip("the published rounds are not here")
    return folder


@pytest.fixture(scope="module")
def deployed() -> Iterator[AdlWorld]:
    return AdlWorld()


def test_read_rounds__published_tables__add_up_to_the_published_sums(rounds_folder):
    rounds = read_rounds(rounds_folder)
    assert len(rounds) == 16
    assert sum(one.needed_raw for one in rounds) == pytest.approx(15_079_669_609_008, abs=16)
    taken_raw = sum(one.taken_raw for one in rounds)
    assert taken_raw == pytest.approx(60_108_335_328_144, abs=16)
    assert max(one.worst_pro_rata for one in rounds) == pytest.approx(0.1652, abs=1e-4)


def test_run_rounds__every_round_and_policy__takes_what_is_needed(rounds_folder):
    rows = run_rounds(read_rounds(rounds_folder), 36, 1, lambda _: None)
    assert len(rows) == 16 * 3
    assert [claim for claim in judge_rounds(rows) if not claim.holds] == []
    # Whole positions would have taken more, and production did: 45.0 M over the rounds.
    queue = [row for row in rows if row["policy"] == "QUEUE"]
    assert sum(row["if_whole"] for row in queue) > 0
    assert sum(row["production"] for row in queue) == pytest.approx(45_028_665.72, abs=0.01)
    assert max(row["worst_closed_percent"] for row in queue) == 100


def test_run_rounds__another_population__same_sums(rounds_folder):
    rounds = read_rounds(rounds_folder)[4:6]
    one, other = (run_rounds(rounds, 8, seed, lambda _: None) for seed in (1, 2))
    assert [row["worst_haircut_percent"] for row in one] != [
        row["worst_haircut_percent"] for row in other
    ]
    assert [row["taken"] for row in one] == pytest.approx([row["taken"] for row in other])


def test_judge_rounds__a_row_wrong__breaks_its_claim(rounds_folder):
    rows = run_rounds(read_rounds(rounds_folder)[4:5], 6, 1, lambda _: None)
    for key, value in (("off", 1.0), ("size_off_lots", 2), ("profit_off", 0.02)):
        assert sum(not one.holds for one in judge_rounds([*rows, {**rows[0], key: value}])) == 1
    worse = [{**row, "worst_haircut_percent": 100.0} for row in rows]
    assert sum(not one.holds for one in judge_rounds(worse)) == 2


def test_adl__the_command__prints_the_table_and_what_is_not_comparable(rounds_folder, tmp_path):
    arguments = ("adl", "--rounds", rounds_folder, "--winners", 6, "--out", tmp_path)
    status, said, _ = run(*arguments)
    assert status == 0
    assert "15,079,670" in said
    assert "45,028,666" in said
    assert "No account-level data is published" in said
    assert len(json.loads((tmp_path / "rows.json").read_text())) == 48


def test_adl__bad_input__is_one_sentence(tmp_path: Path):
    assert_refused(run("adl"), "--rounds")
    assert_refused(run("adl", "--rounds", tmp_path), "policy_per_wave_metrics.csv")
    assert_refused(run("adl", "--rounds", tmp_path, "--winners", "3"), "--winners")
    for name in ("policy_per_wave_metrics.csv", "two_pass_equity_delta_by_wave.csv"):
        (tmp_path / name).write_text("wave,budget_needed_usd\n1,much\n")
    with pytest.raises(RoundsError, match="round 1 has"):
        read_rounds(tmp_path)


def test_scripts__ape_run_adl__is_the_very_same_command():
    module = __import__("scripts.adl", fromlist=["cli"])
    assert module.cli is adl


# Through the contracts, on populations of any kind


shorts = st.lists(
    st.tuples(st.sampled_from(["-0.1", "-0.25", "-0.4", "-0.7"]), st.integers(2_000, 60_000)),
    min_size=2,
    max_size=5,
)


def taken_by(world: AdlWorld, roles: Sequence[str], positions: Sequence[Short], policy: Policy):
    """Size each short gave up when the one long failed, in the order of `positions`."""
    with untouched(world):
        world.set_policy(policy)
        loser = world.enter("loser", "1", 1_300)
        accounts = [
            world.enter(role, size, margin)
            for role, (size, margin) in zip(roles, positions, strict=True)
        ]
        world.index("57000")
        assert world.try_liquidate(loser) == NO_RUNG_ACTED
        events = named(world.deleverage(loser), "CounterpartyDeleveraged")
        given_wad = {one.counterparty: one.size_wad for one in events}
        assert sum(given_wad.values()) == 10**18
        return [given_wad.get(account, 0) for account in accounts]


@EXAMPLES
@given(positions=shorts, policy=st.sampled_from([Policy.PRO_RATA, Policy.WATER_FILL]))
def test_deleverage__accounts_in_any_order__give_the_same(deployed, positions, policy):
    names = [f"short {place}" for place in range(len(positions))]
    one = taken_by(deployed, names, positions, policy)
    other = taken_by(deployed, names[::-1], positions, policy)
    assert all(abs(a - b) <= LOT_WAD for a, b in zip(one, other, strict=True))


@EXAMPLES
@given(positions=shorts, parts=st.integers(2, 4))
def test_deleverage__water_fill_and_a_split_account__gains_nothing(deployed, positions, parts):
    names = [f"short {place}" for place in range(len(positions) + parts)]
    size, margin = "-0.8", 20_000
    piece = (f"{-0.8 / parts:.4f}", margin // parts)
    whole = taken_by(deployed, names[: len(positions) + 1], [(size, margin), *positions], WATER)
    split = taken_by(deployed, names, [*[piece] * parts, *positions], WATER)
    # A piece's size and margin are rounded: to a lot each, and a unit of quote.
    assert sum(split[:parts]) >= whole[0] - 10 * parts * LOT_WAD

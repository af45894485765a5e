from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import cli
from sim.vectors.judge import Kind, judge
from sim.vectors.reference import REFERENCE
from sim.vectors.rows import Row, VectorError, read_rows

PROJECT = Path(__file__).resolve().parents[3]
OWN = PROJECT / "tests" / "data" / "vectors"
SHARED = PROJECT.parent / "shared" / "vectors"
PREMIUM = {
    "id": "mine/1",
    "venue": "Hyperliquid",
    "what": "premium_of_impact_prices",
    "inputs": {"impact_bid": "10100", "impact_ask": "10200", "index_price": "10000"},
    "expected": {"premium": "0.01"},
    "tolerance": "0",
}


def row(**changes: object) -> Row:
    entry = PREMIUM | changes
    return Row(
        id=str(entry["id"]),
        venue=str(entry["venue"]),
        what=str(entry["what"]),
        inputs=entry["inputs"],  # type: ignore[arg-type]
        expected=entry["expected"],  # type: ignore[arg-type]
        tolerance=Fraction(str(entry["tolerance"])),
    )


@pytest.mark.parametrize("one", read_rows(OWN), ids=lambda one: one.id)
def test_reference__own_copy_of_a_published_number__is_equal(one: Row):
    verdict = judge(one, REFERENCE)
    assert verdict.kind is Kind.EQUAL, verdict.reason


@pytest.mark.skipif(not SHARED.is_dir(), reason="the published vectors are not beside the project")
def test_reference__published_vectors__are_equal_all():
    verdicts = {one.id: judge(one, REFERENCE) for one in read_rows(SHARED)}
    assert len(verdicts) > 200
    assert {name: one.reason for name, one in verdicts.items() if one.kind is not Kind.EQUAL} == {}


def test_judge__number_off__is_different_by_how_much():
    verdict = judge(row(expected={"premium": "0.012"}), REFERENCE)
    assert verdict.kind is Kind.DIFFERENT
    assert verdict.off_by == Fraction(2, 1_000)
    assert verdict.reason == "premium: found 0.01, 0.012 is expected: off by 0.002"


def test_judge__within_the_tolerance__is_equal():
    changed = row(expected={"premium": "0.012"}, tolerance="0.002")
    assert judge(changed, REFERENCE).kind is Kind.EQUAL


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"venue": "Nowhere"}, "no preset of the venue 'Nowhere'"),
        ({"what": "moon_phase"}, "no rule of reference is asked for 'moon_phase'"),
        ({"inputs": {"impact_bid": "1"}}, "the input index_price is missing"),
        (
            {"inputs": {"impact_bid": "1", "index_price": "0"}},
            "its numbers divide by zero in the rule",
        ),
        (
            {"what": "total_value", "inputs": {"positions": ["x"]}},
            "the input positions has no named values",
        ),
        ({"expected": {"colour": "1"}}, "no rule gives 'colour'"),
        (
            {
                "inputs": {"impact_bid": "10100", "index_price": "10000", "moon": "full"},
                "expected": {"premium": "0.02"},
            },
            "no rule reads the input moon",
        ),
    ],
)
def test_judge__what_no_rule_speaks_of__is_not_expressible(changes, reason: str):
    verdict = judge(row(**changes), REFERENCE)
    assert verdict.kind is Kind.NOT_EXPRESSIBLE
    assert reason in verdict.reason


def test_judge__same_numbers_of_another_venue__follow_that_venues_rule():
    position = {
        "side": "long",
        "size": "1",
        "entry_price": "10",
        "leverage": "5",
        "taker_fee_rate": "0.0006",
        "maintenance_margin_rate": "0.01",
        "tiers": [{"lower": "0", "mmr": "0.01"}],
    }
    expected = {
        "Binance": Fraction(8) / Fraction("0.99"),  # of the value at mark
        "Gate": Fraction(8) / Fraction("0.9894"),  # and the fee of closing (R02)
        "Bybit": Fraction("8.1"),  # of the entry value (R03)
    }
    for venue, price in expected.items():
        changed = row(
            venue=venue,
            what="liquidation_price",
            inputs=position,
            expected={"liquidation_price": str(price)},
        )
        assert judge(changed, REFERENCE).kind is Kind.EQUAL, venue


def test_judge__payers_that_cannot_pay__leave_receivers_their_shares():
    changed = row(
        venue="Vega",
        what="funding_payments",
        inputs={
            "funding_per_position": "10",
            "payers": [{"name": "payer", "position": "4", "balance": "30"}],
            "receivers": [
                {"name": "large", "position": "-3"},
                {"name": "small", "position": "-1"},
            ],
        },
        expected={"paid_payer": "30", "received_large": "22.5", "received_small": "7.5"},
    )
    assert judge(changed, REFERENCE).kind is Kind.EQUAL


def test_judge__rate_that_grows_with_the_root_of_the_size__is_equal():
    changed = row(
        venue="Drift",
        what="margin_growing_with_size",
        inputs={
            "size": "400",
            "mark_price": "2",
            "initial_base_rate": "0.1",
            "initial_rate_per_root_base": "0.003",
        },
        expected={"initial_margin_rate": "0.14", "initial_margin": "112"},
    )
    assert judge(changed, REFERENCE).kind is Kind.EQUAL


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "only JSON is allowed"),
        ("{}", "a list of rows is allowed"),
        ("[1]", "row 1: found no mapping"),
        (json.dumps([PREMIUM | {"what": ""}]), "row 1: found '' at what; a text is allowed"),
        (json.dumps([PREMIUM | {"expected": {}}]), "(mine/1): found no mapping at expected"),
        (json.dumps([PREMIUM | {"tolerance": "-1"}]), "found '-1' at tolerance"),
        (json.dumps([PREMIUM, PREMIUM]), "the id 'mine/1' stands twice"),
        ("[]", "found no rows"),
    ],
)
def test_vectors__bad_file__is_one_sentence(tmp_path: Path, text: str, said: str):
    (tmp_path / "rows.json").write_text(text)
    with pytest.raises(VectorError) as caught:
        read_rows(tmp_path)
    assert said in str(caught.value)
    result = CliRunner().invoke(cli, ["vectors", str(tmp_path)])
    assert result.exit_code == 2
    assert result.output.count("\n") == 1


def test_vectors__a_row_that_differs__exits_with_one_and_is_in_the_json(tmp_path: Path):
    rows = [PREMIUM, PREMIUM | {"id": "mine/2", "expected": {"premium": 0.02}}]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    written = tmp_path / "out" / "verdicts.json"
    written.parent.mkdir()
    result = CliRunner().invoke(cli, ["vectors", str(tmp_path), "--json", str(written)])
    assert result.exit_code == 1
    assert "1 of 2 are EQUAL, 1 are DIFFERENT." in result.output
    assert [
        (one["id"], one["verdict"], one["off_by"]) for one in json.loads(written.read_text())
    ] == [
        ("mine/1", "EQUAL", None),
        ("mine/2", "DIFFERENT", "0.01"),
    ]


def test_vectors__own_copy__exits_with_zero():
    result = CliRunner().invoke(cli, ["vectors", str(OWN)])
    assert result.exit_code == 0, result.output

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import cli


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["margin", *arguments])


def figures(path: Path, *arguments: str) -> dict[str, str]:
    result = asked(*arguments, "--json", str(path))
    assert result.exit_code == 0, result.output
    return {row["quantity"]: row["reference"] for row in json.loads(path.read_text())}


def test_margin__position_in_the_third_bracket__has_that_brackets_rate_and_deduction(
    tmp_path: Path,
):
    found = figures(
        tmp_path / "m.json",
        *("BTCUSDT", "--venue", "binance_usdm", "--size", "25", "--entry", "60000"),
        *("--leverage", "50"),
    )
    assert found["bankruptcy price"] == "58800"
    assert found["maintenance margin"] == "8800"  # 1.5 M * .65 % - 950
    assert found["initial margin, at least"] == "20000"  # 1.5 M / 75
    # (25*60000 - 30000 - 950)/(25*(1 - .0065))
    assert found["liquidation price"] == "59146.4519376"


def test_margin__bybit_position_of_an_answer__has_the_maintenance_it_says(tmp_path: Path):
    found = figures(
        tmp_path / "m.json",
        *("BTCUSDT", "--venue", "bybit_linear", "--size", "0.001", "--entry", "60766.7"),
        *("--mark", "60822.58", "--leverage", "10"),
    )
    assert found["maintenance margin"].startswith("0.333913")


def test_margin__rule_laid_over__moves_the_price(tmp_path: Path):
    position = ("BTC-USDT", "--venue", "okx_swap", "--size", "-1", "--entry", "60000")
    position += ("--margin", "3000")
    with_fee = figures(tmp_path / "a.json", *position)
    without = figures(tmp_path / "b.json", *position, "--set", "margin.closing_fee=none")
    assert with_fee["closing fee tested beside it"] == "30"
    assert float(with_fee["liquidation price"]) < float(without["liquidation price"])


def test_margin__long_with_all_its_value_behind_it__is_never_liquidated(tmp_path: Path):
    found = figures(
        tmp_path / "m.json",
        *("BTCUSDT", "--venue", "binance_usdm", "--size", "1", "--entry", "100"),
        *("--margin", "200"),
    )
    assert found["liquidation price"] == found["bankruptcy price"] == "never"


POSITION = ("--size", "25", "--entry", "60000")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("BTCUSDT", "--venue", "ftx", *POSITION, "--leverage", "2"), "no venue 'ftx'"),
        (("XYZ", "--venue", "okx_swap", *POSITION, "--leverage", "2"), "no market 'XYZ'"),
        (
            ("BTCUSDT", "--venue", "binance_usdm", *POSITION, "--leverage", "100"),
            "found the leverage 100; the bracket of a value of 1500000 allows up to 75",
        ),
        (("BTCUSDT", "--venue", "binance_usdm", *POSITION), "one of the two is allowed"),
        (
            ("BTCUSDT", "--venue", "binance_usdm", "--size", "x", "--entry", "1"),
            "found 'x'; a decimal number is allowed",
        ),
        (
            ("BTCUSDT", "--venue", "binance_usdm", *POSITION, "--leverage", "0"),
            "one above 0 is allowed",
        ),
        (
            ("XBT", "--venue", "bitmex_inverse", *POSITION, "--leverage", "2"),
            "R05: margin and profit in the coin",
        ),
    ],
)
def test_margin__bad_input__is_one_sentence(arguments: tuple[str, ...], said: str):
    result = asked(*arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert result.output.count("\n") == 1


def test_venues__one_by_name__lists_what_is_not_exact_and_its_sources():
    result = CliRunner().invoke(cli, ["venues", "dydx_v4"])
    assert result.exit_code == 0
    assert "not exact:" in result.output
    assert "protocol/testing/genesis.sh" in result.output


def test_venues__as_json__has_a_row_for_each(tmp_path: Path):
    path = tmp_path / "venues.json"
    assert CliRunner().invoke(cli, ["venues", "--json", str(path)]).exit_code == 0
    rows = json.loads(path.read_text())
    assert len(rows) >= 10
    assert all(row["exact"] and row["not_exact"] for row in rows)

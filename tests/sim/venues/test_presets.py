from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from sim.reference.venues.margin_table import MarginTable, Tier, check_deductions
from sim.reference.venues.numbers import RuleError
from sim.venues import VenueError, keys_of, load_venue, override_venue, venue_names, venue_of
from sim.venues.load import parse_venue
from sim.venues.market import CENT

PROJECT = Path(__file__).resolve().parents[3]
PUBLISHED = PROJECT.parent / "shared" / "vectors" / "margin_tables.csv"
TEN = {
    "binance_usdm", "hyperliquid", "dydx_v4", "bybit_linear", "okx_swap",
    "drift_v2", "vega", "lighter", "synthetix_v3", "deribit_linear",
}  # fmt: skip
LEAST = """
venue: Test
product: a perpetual
exact: [nothing]
not_exact: [everything]
margin: {source: here, as_of: "2026"}
"""


def test_presets__that_ship__are_all_there_and_each_exchange_has_one():
    assert set(venue_names()) >= TEN
    exchanges = [load_venue(name).venue for name in venue_names()]
    assert len(set(exchanges)) == len(exchanges)


@pytest.mark.parametrize("name", venue_names())
def test_preset__each_part__has_a_source_and_a_day(name: str):
    venue = load_venue(name)
    parts = (
        venue.margin, venue.fees, venue.funding, venue.liquidation, venue.deleveraging,
        venue.mark, *venue.markets.values(),
    )  # fmt: skip
    for part in parts:
        if part is not None:
            assert len(part.source) > 10
            assert part.as_of == "undated" or part.as_of[:2] == "20"


def test_preset__binance_bitcoin__gives_back_every_deduction_it_was_published_with():
    table = load_venue("binance_usdm").published_table("BTCUSDT")
    assert table is not None
    assert table.deductions()[-1] == 421_481_450
    assert table.maintenance(Fraction(1_800_000_000)) == 478_518_550


def test_preset__hyperliquid_ether__holds_half_of_a_fifteenth_exactly():
    table = load_venue("hyperliquid").published_table("ETH")
    assert table is not None
    assert table.tiers[1].mmr == Fraction(1, 30)
    assert table.deductions()[1] == Fraction(4_000_000, 3)


@pytest.mark.skipif(
    not PUBLISHED.exists(), reason="the published tables are not beside the project"
)
def test_published_tables__all__load_and_give_back_their_deductions_to_the_cent():
    found: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in csv.DictReader(PUBLISHED.open(encoding="utf-8")):
        found.setdefault((row["venue"], row["symbol"], row["as_of"]), []).append(row)
    assert len(found) > 40
    for key, rows in found.items():
        if any(not row["lower_notional"] for row in rows):
            assert key[:2] == ("Gate", "BTC_USDT")  # its answer lacks a tier
            continue
        tiers = tuple(
            Tier(lower=Fraction(row["lower_notional"]), mmr=Fraction(row["mmr"])) for row in rows
        )
        given = [Fraction(row["cum"]) if row["cum"] else None for row in rows]
        check_deductions(MarginTable(tiers=tiers), given, CENT)
        shipped = venue_of(key[0])
        if shipped is not None:
            tables = [shipped[1].published_table(name) for name in shipped[1].markets]
            lowers = [tier.lower for tier in tiers]
            assert any(
                table is not None
                and [tier.lower for tier in table.tiers] == lowers
                and all(
                    abs(one.mmr - other.mmr) < Fraction(1, 10**15)
                    for one, other in zip(table.tiers, tiers, strict=True)
                )
                for table in tables
            ), key


def test_preset__gate_tier_that_lacks__is_what_the_deductions_around_it_leave():
    table = load_venue("gate_usdt").published_table("BTC_USDT")
    assert table is not None
    assert table.deductions() == (0, 250, 750, 1_500, 2_500)


def test_table_for__tiers_in_contracts__is_the_one_rate_of_that_many_contracts():
    venue = override_venue("okx_swap", keys_of(["markets.ETH-USDT.contract_size=0.1"]))
    table = venue.table_for("ETH-USDT", Fraction(-300))  # 3000 contracts: the second tier
    assert [tier.mmr for tier in table.tiers] == [Fraction(15, 1_000)]


def test_table_for__contracts_of_unknown_size__is_refused():
    with pytest.raises(RuleError, match="contract_size is needed"):
        load_venue("okx_swap").table_for("ETH-USDT", Fraction(1))


def test_override__keys_laid_over__change_the_rule_and_nothing_else():
    over = keys_of(["margin.closing_fee=none", "fees.taker_hundredths=100"])
    venue, before = override_venue("okx_swap", over), load_venue("okx_swap")
    assert venue.margin.closing_fee.value == "none"
    assert venue.fees is not None
    assert venue.fees.taker_hundredths == 100
    assert venue.funding == before.funding
    assert venue.margin.maintenance == before.margin.maintenance


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("venue: a\nvenue: b", "the key 'venue' stands twice"),
        ("- 1", "found no keys at the top"),
        ("a: [", "only YAML is allowed"),
        (LEAST + "colour: red", "has the unknown key 'colour'; allowed are venue, product"),
        (LEAST.replace("venue: Test\n", ""), "venue: found nothing; a value is needed"),
        (
            LEAST.replace('as_of: "2026"', 'as_of: "2026", closing_fee: always'),
            "margin.closing_fee: found 'always'; none, in_test, in_maintenance are allowed",
        ),
        (
            LEAST + "markets: {X: {source: s, as_of: '2026'}}",
            "tiers or growth, exactly one, is allowed",
        ),
        (
            LEAST
            + "markets: {X: {source: s, as_of: '2026', tiers: [{lower: 0, mmr: 0.01, cum: 0}, "
            + "{lower: 10, mmr: 0.02, cum: 0.2}]}}",
            "markets.X: tier 2 gives the deduction 0.2; its bounds and rates give 0.1",
        ),
        (
            LEAST + "markets: {X: {source: s, as_of: '2026', tiers: [{lower: 0, mmr: 1.5}]}}",
            "markets.X.tiers.0.mmr: found '1.5'",
        ),
        (
            LEAST + "markets: {X: {source: s, as_of: '2026', tiers: [{lower: x, mmr: 1}]}}",
            "markets.X.tiers.0.lower: found 'x'; a decimal number or a ratio is allowed",
        ),
    ],
)
def test_parse_venue__bad_preset__is_one_sentence(text: str, said: str):
    with pytest.raises(VenueError) as caught:
        parse_venue(text, label="mine.yaml")
    assert str(caught.value).startswith("mine.yaml: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_load_venue__unknown_name__names_those_that_ship():
    with pytest.raises(VenueError, match="no venue 'ftx'; allowed are binance_usdm, "):
        load_venue("ftx")


def test_keys_of__setting_without_a_value__is_refused():
    with pytest.raises(VenueError, match="found no key; key=value is allowed"):
        keys_of(["margin"])

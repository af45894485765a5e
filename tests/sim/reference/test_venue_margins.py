from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference.margin import by_brackets
from sim.reference.venues.liquidation_price import (
    ClosingFee,
    Maintenance,
    MaintenanceOf,
    bankruptcy_price,
    liquidation_price,
)
from sim.reference.venues.margin_table import (
    InitialRule,
    MaintenanceRule,
    MarginTable,
    Tier,
    check_deductions,
)
from sim.reference.venues.numbers import RuleError
from sim.reference.venues.position import Position
from sim.reference.venues.size_margin import bounded_table, linear_rate, root_rate
from sim.units import WAD

F = Fraction


@st.composite
def tables(draw: st.DrawFn) -> MarginTable:
    """Tables of 1 to 16 tiers whose rates rise in whole parts of 10 000."""
    count = draw(st.integers(1, 16))
    rates = sorted(draw(st.sets(st.integers(1, 4_000), min_size=count, max_size=count)))
    lowers = sorted(draw(st.sets(st.integers(1, 10**6), min_size=count - 1, max_size=count - 1)))
    tiers = tuple(
        Tier(lower=F(lower), mmr=F(rate, 10_000), imr=F(2 * rate, 10_000))
        for lower, rate in zip([0, *lowers], rates, strict=True)
    )
    rules = st.sampled_from(MaintenanceRule)
    return MarginTable(tiers=tiers, maintenance_rule=draw(rules))


sizes = (
    st.integers(1, 10**4)
    .map(lambda size: F(size, 10))
    .flatmap(lambda size: st.sampled_from([size, -size]))
)
entries = st.integers(1, 10**4).map(F)
leverages = st.integers(1, 60).map(F)


@given(table=tables(), notional=st.integers(0, 3 * 10**6))
def test_maintenance__of_slices__is_our_own_sum_of_brackets(table: MarginTable, notional: int):
    sliced = MarginTable(tiers=table.tiers)
    rows = [(int(one.lower) * WAD, int(one.mmr * WAD)) for one in table.tiers]
    assert sliced.maintenance(F(notional)) * WAD == by_brackets(notional * WAD, rows)


@given(table=tables(), notional=st.integers(1, 3 * 10**6).map(F))
def test_initial__by_bracket__is_never_below_by_slice(table: MarginTable, notional: Fraction):
    by_bracket = MarginTable(tiers=table.tiers, initial_rule=InitialRule.BRACKET)
    assert by_bracket.initial(notional) >= MarginTable(tiers=table.tiers).initial(notional)


def test_initial__in_the_first_bracket__is_the_same_by_either_rule():
    tiers = (Tier(lower=F(0), mmr=F(1, 200), imr=F(1, 100)), Tier(lower=F(9), mmr=F(1), imr=F(1)))
    by_bracket = MarginTable(tiers=tiers, initial_rule=InitialRule.BRACKET)
    assert by_bracket.initial(F(8)) == MarginTable(tiers=tiers).initial(F(8)) == F(8, 100)


@given(
    table=tables(),
    size=sizes,
    entry=entries,
    leverage=leverages,
    of=st.sampled_from(MaintenanceOf),
    fee=st.sampled_from([F(0), F(6, 10_000)]),
)
def test_liquidation_price__any_rule__is_where_equity_meets_what_is_asked(
    table: MarginTable, size: Fraction, entry: Fraction, leverage: Fraction, of, fee: Fraction
):
    position = Position(size=size, entry=entry, margin=abs(size) * entry / leverage)
    rule = Maintenance(table=table, of=of, closing_fee=ClosingFee.IN_TEST, taker_fee=fee)
    price = liquidation_price(position, rule)

    def room(at: Fraction) -> Fraction:
        return position.equity(at) - rule.at(position, at) - fee * abs(size) * at

    if price is None:
        assert size > 0
        assert room(F(1, 10**9)) >= 0
        return
    is_bound = any(abs(size) * price == tier.lower for tier in table.tiers)
    assert room(price) == 0 or (is_bound and rule.is_stepped)
    safer = price + (1 if size > 0 else -1) * price / 10**9
    assert room(safer) > 0


@given(size=sizes, entry=entries, leverage=leverages)
def test_bankruptcy_price__any_leverage__is_one_over_it_away_from_entry(size, entry, leverage):
    position = Position(size=size, entry=entry, margin=abs(size) * entry / leverage)
    moved = bankruptcy_price(position) / entry - 1
    assert moved == (-1 if size > 0 else 1) / leverage


def test_liquidation_price__whole_notional_jumps_at_a_bound__is_the_bound():
    tiers = (
        Tier(lower=F(0), mmr=F(1, 100), imr=F(1, 10)),
        Tier(lower=F(1_050), mmr=F(9, 100), imr=F(1, 10)),
    )
    stepped = MarginTable(tiers=tiers, maintenance_rule=MaintenanceRule.BRACKET)
    short = Position(size=F(-1), entry=F(1_000), margin=F(100))
    # At 1050 it has 50 left, of 10.5 asked below the bound and 94.5 from it on.
    assert liquidation_price(short, Maintenance(table=stepped)) == 1_050


@pytest.mark.parametrize(
    ("tiers", "said"),
    [
        ((), "found 0 tiers; 1 to 16 are allowed"),
        (tuple(Tier(lower=F(k), mmr=F(0)) for k in range(17)), "found 17 tiers"),
        ((Tier(lower=F(5), mmr=F(0)),), "the first tier starts at 5; 0 is allowed"),
        ((Tier(lower=F(0), mmr=F(1, 2), imr=F(1, 4)),), "0 <= mmr <= imr <= 1 is allowed"),
        ((Tier(lower=F(0), mmr=F(0)), Tier(lower=F(0), mmr=F(1))), "tiers must ascend"),
        ((Tier(lower=F(0), mmr=F(1)), Tier(lower=F(1), mmr=F(0))), "rates must not fall"),
    ],
)
def test_margin_table__out_of_order__is_refused_in_a_sentence(tiers, said: str):
    with pytest.raises(RuleError, match=said):
        MarginTable(tiers=tiers)


def test_check_deductions__a_cent_off__names_what_bounds_and_rates_give():
    tiers = (Tier(lower=F(0), mmr=F(1, 250)), Tier(lower=F(50_000), mmr=F(1, 200)))
    check_deductions(MarginTable(tiers=tiers), [F(0), F(50)], F(1, 100))
    with pytest.raises(RuleError, match=r"tier 2 gives the deduction 50\.01; .* give 50"):
        check_deductions(MarginTable(tiers=tiers), [F(0), F("50.01")], F(1, 100))


@given(
    growth=st.integers(1, 50).map(lambda k: F(k, 10**6)),
    largest=st.integers(1, 1_000).map(F),
    share=st.integers(0, 1_000),
    kind=st.sampled_from([linear_rate, root_rate]),
)
def test_bounded_table__any_size_below_the_largest__asks_the_rule_and_at_most_its_excess_more(
    growth, largest: Fraction, share: int, kind
):
    maintenance, initial = kind(F(1, 100), growth), kind(F(2, 100), growth)
    made = bounded_table(maintenance, initial, largest)
    size = largest * share / 1_000
    over = made.table.maintenance(size) - maintenance(size) * size
    cut = F(1, 10**15)  # a root is cut after 18 decimals
    assert -cut <= over
    if kind is linear_rate:
        step = largest / 16
        assert over <= made.excess == growth * step * step / 4


def test_bounded_table__rates_that_ask_more_than_a_unit_is_worth__is_refused():
    with pytest.raises(RuleError, match="needs more than its value"):
        bounded_table(linear_rate(F(0), F(1, 10)), linear_rate(F(0), F(1, 10)), F(9))

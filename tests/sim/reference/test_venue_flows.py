from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference.venues import closing, funding_payment, funding_rate, losses, mark, premium
from sim.reference.venues.deleveraging import haircut, haircut_wad_down
from sim.reference.venues.fees import HUNDREDTHS_PER_UNIT, trade_fees_wad
from sim.reference.venues.funding_rate import RateRule
from sim.reference.venues.funding_schedule import SamplesOf, Schedule
from sim.reference.venues.numbers import RuleError, root_down, shown

F = Fraction
amounts = st.integers(0, 10**6).map(F)
rates = st.integers(-10_000, 10_000)


@given(notional=st.integers(0, 10**30), maker=rates, taker=st.integers(0, 10_000))
def test_trade_fees__any_rebate__are_never_below_zero_in_total(notional, maker, taker):
    paid_by_maker, paid_by_taker = trade_fees_wad(
        notional, maker_hundredths=maker, taker_hundredths=taker
    )
    assert paid_by_taker >= 0
    assert paid_by_maker + paid_by_taker >= 0
    assert paid_by_taker * HUNDREDTHS_PER_UNIT >= notional * taker
    if maker >= 0:
        assert paid_by_maker * HUNDREDTHS_PER_UNIT >= notional * maker
    else:
        assert 0 >= paid_by_maker * HUNDREDTHS_PER_UNIT >= notional * maker


@pytest.mark.parametrize(("maker", "taker"), [(0, -1), (-10_001, 0), (0, 10_001)])
def test_trade_fees__rate_out_of_bounds__is_refused(maker: int, taker: int):
    with pytest.raises(RuleError, match="fee is"):
        trade_fees_wad(1, maker_hundredths=maker, taker_hundredths=taker)


@given(st.integers(-10, 10**30), st.lists(st.integers(-(10**24), 10**24), max_size=20))
def test_haircut__any_backing__pays_no_more_than_there_is_and_no_loser(backing: int, profits):
    paid = haircut_wad_down(backing, profits)
    winners = sum(max(0, profit) for profit in profits)
    assert 0 <= sum(paid) <= max(0, backing)
    assert min(max(0, backing), winners) - sum(paid) <= len(profits)
    exact = haircut(F(backing), {str(place): F(one) for place, one in enumerate(profits)})
    for place, (got, profit) in enumerate(zip(paid, profits, strict=True)):
        assert got <= max(0, profit)
        assert 0 <= exact[str(place)] - got < 1


def test_haircut__half_backed__takes_the_same_share_of_every_profit_and_closes_nobody():
    assert haircut(F(50), {"a": F(80), "b": F(20), "loser": F(-7)}) == {
        "a": 40,
        "b": 10,
        "loser": 0,
    }


@given(
    due=st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6),
    owed=st.lists(amounts, min_size=1, max_size=6),
)
def test_collect_then_pay__payers_short__hands_out_what_came_in_and_no_more(due, owed):
    payers = {str(place): one for place, (one, _) in enumerate(due)}
    purses = {str(place): had for place, (_, had) in enumerate(due)}
    receivers = {str(place): one for place, one in enumerate(owed)}
    paid, received = losses.collect_then_pay(payers, purses, receivers)
    came_in = sum(paid.values())
    assert all(paid[name] == min(payers[name], purses[name]) for name in payers)
    assert sum(received.values()) == min(came_in, sum(receivers.values()))


@given(missing=amounts, fund=amounts, gains=st.lists(st.integers(-1_000, 1_000).map(F), max_size=6))
def test_share_loss__any_fund__is_used_up_first_and_the_rest_follows_the_gains(
    missing, fund, gains
):
    named = {str(place): gain for place, gain in enumerate(gains)}
    shared = losses.share_loss(missing, fund, named)
    assert shared.fund_pays == min(fund, missing)
    assert sum(shared.losses.values()) == min(
        missing - shared.fund_pays, sum(max(F(0), gain) for gain in gains)
    )
    assert all(0 <= shared.losses[name] <= max(F(0), gain) for name, gain in named.items())


@given(
    rate=st.integers(-(10**9), 10**9).map(lambda one: F(one, 10**9)),
    longs=amounts,
    shorts=amounts,
    pool=amounts,
    taken=amounts,
)
def test_through_fee_pool__any_sides__hands_out_no_more_than_payers_and_a_third(
    rate, longs, shorts, pool, taken
):
    cut = funding_payment.Cut(quote=F(1, 10**6), rate=F(1, 10**9))
    got = funding_payment.through_fee_pool(
        rate, longs=longs, shorts=shorts, fee_pool=pool, fees_taken=taken, cut=cut
    )
    paying, receiving = (longs, shorts) if rate > 0 else (shorts, longs)
    handed_out = abs(got.short if rate > 0 else got.long) * receiving
    lendable = max(F(0), pool - taken / 2) / 3
    assert handed_out <= abs(rate) * paying + lendable + cut.quote
    assert pool - got.fee_pool <= lendable
    assert abs(got.long) <= abs(rate)
    assert abs(got.short) <= abs(rate)


@given(
    premium_=st.integers(-(10**4), 10**4).map(lambda one: F(one, 10**4)),
    interest=st.integers(-100, 100).map(lambda one: F(one, 10**4)),
    cap=st.integers(0, 100).map(lambda one: F(one, 10**3)),
)
def test_rate__caps_by_margins__holds_whatever_premium_and_interest_say(premium_, interest, cap):
    rule = RateRule(interest=interest, margin_cap=cap)
    assert abs(rule.rate(premium_)) <= cap
    wide = RateRule(interest=interest)
    assert wide.rate(premium_) == premium_ + interest


def test_rate__factor_and_asymmetric_bounds__bound_what_the_factor_made():
    rule = RateRule(factor=F(5, 2), low=F(-1, 100), high=F(3, 100))
    assert rule.rate(F(1, 100)) == F(25, 1_000)
    assert rule.rate(F(-1, 100)) == F(-1, 100)


def test_of_averages__with_interest__pulls_the_payment_within_its_clamp():
    rule = funding_payment.AveragesRule(
        interest_a_year=F(1, 10), years=F(1, 10), interest_low=F(-1, 50), interest_high=F(1, 200)
    )
    # (1 + .01)*1000 - 990 = 20, held at .5 % of 1000.
    assert rule.rate(F(990), F(1_000)) == F(-10 + 5, 1_000)


def test_velocity__two_half_days__accrue_what_one_day_does():
    def drifted(parts: int) -> funding_rate.VelocityState:
        state = funding_rate.VelocityState(rate=F(1, 100))
        for _ in range(parts):
            state = funding_rate.drift(
                state, days=F(1, parts), skew=F(-30), scale=F(100), most=F(2), price=F(2_000)
            )
        return state

    assert drifted(1) == drifted(2) == drifted(7)


def test_base_to_close__collateral_below_one__closes_more():
    def closed(price: Fraction) -> Fraction:
        return closing.base_to_close(
            shortage=F(10), mark=F(100), mmr=F(1, 10), liquidation_fee=F(0), insurance_fee=F(0),
            collateral_price=price, held=F(10),
        )  # fmt: skip

    assert closed(F(1)) == 1 < closed(F(99, 100))
    assert closed(F(1, 1_000)) == 10  # never more than is held


def test_insurance_delta__a_fund_that_is_short__pays_what_it_has():
    asked = {"fill_quote": F(5_049), "bankruptcy_quote": F(5_100), "max_fee": F(1, 200)}
    assert closing.insurance_delta(**asked) == -51
    assert closing.insurance_delta(**asked, fund=F(20)) == -20


def test_liquidation_fee_at__within_the_grace__is_the_base():
    def fee(slots: int) -> Fraction:
        return closing.liquidation_fee_at(
            slots=F(slots), grace=F(100), base=F(2, 100), most=F(5, 100), per_slot=F(1, 10**6)
        )

    assert [fee(slots) for slots in (0, 99, 10_000, 10**6)] == [
        F(2, 100), F(2, 100), F(3, 100), F(5, 100)
    ]  # fmt: skip


def test_weighted_average__later_samples__count_more():
    assert premium.weighted_average([F(0), F(3)]) == 2
    assert premium.simple_average([F(0), F(3)]) == F(3, 2)
    with pytest.raises(RuleError, match="no samples"):
        premium.weighted_average([])


def test_median_of_even__four_sources__is_the_mean_of_the_two_in_the_middle():
    assert mark.median_of_even([F(9), F(1), F(4), F(2)]) == 3
    assert mark.median_of_even([F(9), F(1), F(4)]) == 4


def test_root_down__square_of_a_ratio__is_exact_and_others_are_cut_below():
    assert root_down(F(4, 9)) == F(2, 3)
    assert root_down(F(2)) ** 2 < 2 < (root_down(F(2)) + F(1, 10**18)) ** 2


def test_shown__repeating_ratio__is_cut_to_the_digits_that_count():
    assert shown(F(1, 3)) == "0.333333333333"
    assert shown(F(40)) == "40"


EIGHT_HOURS_S, HOUR_S = 28_800, 3_600
premiums = st.integers(-100, 100).map(lambda one: F(one, 10**4))


@given(st.lists(st.lists(premiums, max_size=5), min_size=8, max_size=8))
def test_schedule__eight_hours_paid_by_the_hour__is_the_mean_of_the_eight_rates(samples):
    hourly = Schedule(
        rule=RateRule(damper=F(5, 10**4), interest=F(1, 10**4)),
        period_s=EIGHT_HOURS_S,
        interval_s=HOUR_S,
        samples_of=SamplesOf.RUNNING,
        is_paid_at_instant=True,
    )
    paid = hourly.index(samples, F(1), EIGHT_HOURS_S)
    assert paid == sum((hourly.rate(one) for one in samples), F(0)) / 8


@given(st.lists(st.lists(premiums, max_size=5), min_size=3, max_size=3), st.integers(0, 3 * HOUR_S))
def test_schedule__by_the_second_or_at_an_instant__meet_at_the_intervals_ends(samples, until_s):
    def schedule(*, is_paid_at_instant: bool) -> Schedule:
        return Schedule(
            rule=RateRule(),
            period_s=HOUR_S,
            interval_s=HOUR_S,
            is_paid_at_instant=is_paid_at_instant,
            is_rising=True,
        )

    smooth, stepped = (schedule(is_paid_at_instant=flag) for flag in (False, True))
    ended_s = until_s // HOUR_S * HOUR_S
    assert stepped.index(samples, F(7), until_s) == smooth.index(samples, F(7), ended_s)


def test_schedule__running_samples_by_the_second__is_refused():
    with pytest.raises(RuleError, match="known at its end"):
        Schedule(rule=RateRule(), period_s=1, interval_s=1, samples_of=SamplesOf.RUNNING)

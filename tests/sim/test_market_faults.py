"""Feed faults: each does what its label says, in its window, to its feeds, and is on record."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.market.fault_line import Fault, FaultLine, FaultMark, apply_faults
from sim.market.faults import (
    Bias,
    Collusion,
    Drift,
    Effect,
    FloorPrice,
    Freeze,
    Jump,
    Lag,
    Outage,
    OutOfOrder,
    Replay,
    WideConfidence,
    WrongDecimals,
)
from sim.market.reporter import Push
from sim.units import wad

BTC = "BTC-USD"
FEEDS = ("one", "two", "three")
FROM_S, UNTIL_S = 10, 20


def honest(now_s: int, feed: str = "one", market: str = BTC) -> Push:
    """A feed that pushes every 2 s a price of 100 plus the time."""
    price_wad = wad(100 + now_s + FEEDS.index(feed))
    return Push(
        feed=feed,
        market=market,
        price_wad=price_wad,
        conf_wad=price_wad // 1_000,
        observed_at=now_s,
        seq=now_s // 2 + 1,
    )


def fault(effect: Effect, *feeds: str) -> Fault:
    return Fault(
        label="the fault",
        market=BTC,
        feeds=feeds or ("one",),
        from_s=FROM_S,
        until_s=UNTIL_S,
        effect=effect,
    )


def run(effect: Effect, *, begin_s: int = 0) -> dict[int, list[Push]]:
    """What feed one sends by block, from `begin_s` until after the fault."""
    line = FaultLine(faults=(fault(effect),))
    return {now_s: line.send([honest(now_s)], now_s) for now_s in range(begin_s, 30, 2)}


def prices_in_window(effect: Effect) -> list[int]:
    return [push.price_wad for now_s in range(10, 20, 2) for push in run(effect)[now_s]]


EFFECTS: tuple[Effect, ...] = (
    Freeze(),
    Lag(lag_s=4, fresh_time=True),
    Lag(lag_s=4, fresh_time=False),
    Bias(bias_bps=100),
    Drift(bps_per_hour=36_000),
    Jump(multiplier_wad=wad(1_000)),
    WrongDecimals(places=-2),
    Outage(),
    Replay(age_s=6),
    OutOfOrder(),
    WideConfidence(conf_bps=5_000),
    Collusion(colluders=("one",), multiplier_wad=wad("1.2")),
    FloorPrice(floor_wad=wad(200)),
)
each_effect = pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: type(effect).__name__)


@each_effect
def test_send__outside_the_window__honest_to_the_letter(effect):
    sent = run(effect)
    for now_s in (*range(0, FROM_S, 2), *range(UNTIL_S, 30, 2)):
        assert sent[now_s] == [honest(now_s)]


@each_effect
def test_send__other_feed_or_market__untouched_and_in_place(effect):
    line = FaultLine(faults=(fault(effect),))
    for now_s in range(0, 30, 2):
        others = [honest(now_s, "two"), honest(now_s, "one", "ETH-USD")]
        sent = line.send([others[0], honest(now_s), others[1]], now_s)
        assert [push for push in sent if push in others] == others
        assert sent[0] == others[0]
        assert sent[-1] == others[1]


@each_effect
def test_send__every_change__is_marked_and_nothing_else(effect):
    line = FaultLine(faults=(fault(effect),))
    changed = []
    for now_s in range(0, 30, 2):
        if line.send([honest(now_s)], now_s) != [honest(now_s)]:
            changed.append(FaultMark(at_s=now_s, label="the fault", market=BTC, feed="one"))
    assert line.marks == changed
    # Drift is still 0 at its first instant; out-of-order begins with an even push and none held.
    assert len(changed) >= 4


def test_send__freeze__last_price_before_with_fresh_times():
    for now_s, sent in run(Freeze()).items():
        if FROM_S <= now_s < UNTIL_S:
            old = honest(FROM_S - 2)
            assert sent == [replace(honest(now_s), price_wad=old.price_wad, conf_wad=old.conf_wad)]


def test_send__freeze_from_the_start__first_price_stays():
    sent = run(Freeze(), begin_s=FROM_S)
    assert [sent[now_s][0].price_wad for now_s in (10, 12, 18, 20)] == [
        wad(110),
        wad(110),
        wad(110),
        wad(120),
    ]


@pytest.mark.parametrize("fresh_time", [True, False])
def test_send__lag__old_price_and_its_time_or_a_lie(fresh_time):
    sent = run(Lag(lag_s=4, fresh_time=fresh_time))
    for now_s in range(FROM_S, UNTIL_S, 2):
        (push,) = sent[now_s]
        assert (push.price_wad, push.conf_wad) == (wad(96 + now_s), wad(96 + now_s) // 1_000)
        assert push.observed_at == (now_s if fresh_time else now_s - 4)
        assert push.seq == honest(now_s).seq


def test_send__lag_from_the_start__silent_until_there_is_a_past():
    sent = run(Lag(lag_s=4, fresh_time=True), begin_s=FROM_S)
    assert [len(sent[now_s]) for now_s in (10, 12, 14, 16)] == [0, 0, 1, 1]


def test_send__bias__constant_share():
    wanted = [wad(price) * 99 // 100 for price in range(110, 120, 2)]
    assert prices_in_window(Bias(bias_bps=-100)) == wanted


def test_send__drift__grows_with_time():
    # 36,000 bps an hour are 10 bps a second.
    wanted = [wad(100 + t) * (1_000 + t - FROM_S) // 1_000 for t in range(10, 20, 2)]
    assert prices_in_window(Drift(bps_per_hour=36_000)) == wanted


def test_send__jump__a_thousand_times():
    wanted = [wad(price * 1_000) for price in range(110, 120, 2)]
    assert prices_in_window(Jump(multiplier_wad=wad(1_000))) == wanted


@pytest.mark.parametrize(("places", "factor"), [(2, "100"), (-2, "0.01")])
def test_send__wrong_decimals__shifts_price_and_confidence(places, factor):
    (push,) = run(WrongDecimals(places=places))[10]
    assert push.price_wad == wad(110) * wad(factor) // wad(1)
    assert push.conf_wad == honest(10).conf_wad * wad(factor) // wad(1)


def test_send__outage__nothing():
    assert prices_in_window(Outage()) == []


def test_send__replay__old_push_again_after_the_new():
    sent = run(Replay(age_s=6))
    assert all(sent[now_s] == [honest(now_s), honest(now_s - 6)] for now_s in range(10, 20, 2))


def test_send__out_of_order__each_odd_push_after_the_next():
    sent = run(OutOfOrder())
    # At 10 s the push has seq 6: even, and nothing was held before the fault.
    assert [[push.seq for push in sent[now_s]] for now_s in range(10, 20, 2)] == [
        [6],
        [],
        [8, 7],
        [],
        [10, 9],
    ]


def test_send__wide_confidence__price_is_right():
    for now_s in range(10, 20, 2):
        (push,) = run(WideConfidence(conf_bps=5_000))[now_s]
        assert push == replace(honest(now_s), conf_wad=wad(100 + now_s) // 2)


def test_send__floor_price__serves_the_floor_below_it_only():
    assert prices_in_window(FloorPrice(floor_wad=wad(114))) == [
        wad(price) for price in (114, 114, 114, 116, 118)
    ]


def test_send__collusion_of_two_of_three__agree_and_are_sure():
    line = FaultLine(
        faults=(fault(Collusion(colluders=("one", "three"), multiplier_wad=wad(2)), *FEEDS),)
    )
    sent = line.send([honest(10, feed) for feed in FEEDS], 10)
    assert [(push.feed, push.price_wad) for push in sent] == [
        ("one", wad(220)),
        ("two", wad(111)),
        ("three", wad(220)),
    ]
    assert [push.conf_wad for push in sent] == [0, honest(10, "two").conf_wad, 0]
    assert [mark.feed for mark in line.marks] == ["one", "three"]


def test_send__two_faults__second_acts_on_what_the_first_left():
    line = FaultLine(faults=(fault(Bias(bias_bps=-5_000)), fault(FloorPrice(floor_wad=wad(60)))))
    (push,) = line.send([honest(10)], 10)
    assert push.price_wad == wad(60)
    assert len(line.marks) == 2


@given(
    bias_bps=st.integers(-30_000, 30_000),
    places=st.integers(-40, 10),
    drift=st.integers(-(10**9), 10**9),
    now_s=st.integers(FROM_S, UNTIL_S - 1),
)
@settings(max_examples=60, deadline=None)
def test_apply_faults__any_scale__never_below_zero_nor_in_the_callers_list(
    bias_bps, places, drift, now_s
):
    effects = (Bias(bias_bps=bias_bps), WrongDecimals(places=places), Drift(bps_per_hour=drift))
    given_pushes = [honest(now_s)]
    sent, _ = apply_faults([fault(effect) for effect in effects], given_pushes, now_s, {})
    assert sent[0].price_wad >= 0
    assert sent[0].conf_wad <= sent[0].price_wad
    assert given_pushes == [honest(now_s)]
    assert apply_faults([fault(e) for e in effects], given_pushes, now_s, {})[0] == sent


@pytest.mark.parametrize(
    "change", [{"label": " "}, {"feeds": ()}, {"from_s": 20}], ids=["label", "feeds", "window"]
)
def test_fault__without_label_feed_or_time__refuses(change):
    with pytest.raises(ValueError, match="a label, a feed and a time are needed"):
        replace(fault(Outage()), **change)

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.ordering.auction import base_fee_after
from sim.types import Poke, Ratchet, Urgent
from tests.sim.ordering_wishes import GAS, Wishes, agents, ordered, sequencer, wishes

GWEI = 10**9
FULL = {"kind": "priority_fee", "gas_limit": 1_000_000}
TIPS = {"high": 3 * GWEI, "low": GWEI, "middle": 2 * GWEI}


def test_place__priority_fee__is_by_tip_and_pays_base_fee_and_tip_for_its_gas() -> None:
    block = ordered(sequencer(FULL, None, 1, TIPS), 1, wishes(["low", "high", "middle"], 1))
    assert agents(block.placed) == ["high", "middle", "low"]
    assert [one.fee_wei for one in block.placed] == [100_000 * k * GWEI for k in (4, 3, 2)]
    assert block.space.base_fee_wei == GWEI
    assert block.space.gas_used == 300_000


def test_place__equal_tips__are_by_name() -> None:
    one = sequencer(FULL, None, 1, dict.fromkeys("cab", GWEI))
    assert agents(ordered(one, 1, wishes(["c", "a", "b"], 1)).placed) == ["a", "b", "c"]


def test_place__more_than_a_block_holds__waits_for_the_next() -> None:
    one = sequencer(FULL, None, 1, TIPS)
    first = ordered(one, 1, wishes(["high", "low", "middle"], 4))
    assert agents(first.placed) == ["high"] * 4 + ["middle"] * 4 + ["low"] * 2
    assert (first.space.waiting, first.space.dropped) == (2, 0)
    second = ordered(one, 2, wishes(["high"], 1))
    assert agents(second.placed) == ["high", "low", "low"]
    assert second.space.waiting == 0


def test_place__gas_taken_before_anybodys_turn__is_not_there_for_agents() -> None:
    one = sequencer(FULL, None, 1, TIPS)
    block = ordered(one, 1, wishes(["high"], 4), reserved_gas=800_000)
    assert len(block.placed) == 2
    assert block.space.gas_used == 1_000_000


def test_place__wish_that_finds_no_room_for_its_age__is_dropped_and_counted() -> None:
    one = sequencer({**FULL, "max_age_blocks": 2}, None, 1, TIPS)
    ordered(one, 1, wishes(["low"], 1), reserved_gas=1_000_000)
    waiting = [ordered(one, block, [], reserved_gas=1_000_000).space for block in (2, 3, 4)]
    assert [(space.waiting, space.dropped) for space in waiting] == [(1, 0), (1, 0), (0, 1)]
    assert ordered(one, 5, []).placed == []


def test_place__large_action_that_does_not_fit__lets_others_by_but_not_its_own_agents() -> None:
    one = sequencer(FULL, None, 1, TIPS)
    wanted: Wishes = [
        ("high", [Ratchet(trigger_id=1), Poke(market="behind")]),
        ("low", [Poke(market="low")]),
    ]
    block = ordered(one, 1, wanted, reserved_gas=800_000)
    assert agents(block.placed) == ["low"]
    assert block.space.waiting == 2


def test_place__bid_with_a_cap__waits_while_the_base_fee_is_above_it_and_never_pays_more() -> None:
    one = sequencer({**FULL, "base_fee_gwei": 8}, None, 1)
    capped = Urgent(action=Poke(market="capped"), tip_wei=2 * GWEI, max_fee_wei=7 * GWEI)
    first = ordered(one, 1, [("capped", [capped])])  # an empty block: 8 gwei fall to 7
    assert (first.placed, first.space.base_fee_wei) == ([], 8 * GWEI)
    second = ordered(one, 2, [])
    assert second.space.base_fee_wei == 7 * GWEI
    assert [placed.fee_wei for placed in second.placed] == [100_000 * 7 * GWEI]


def test_place__urgent_action__goes_before_its_agents_usual_tip() -> None:
    one = sequencer(FULL, None, 1, {"high": 3 * GWEI})
    wanted: Wishes = [
        ("high", [Poke(market="a")]),
        ("urgent", [Urgent(action=Poke(market="b"), tip_wei=4 * GWEI)]),
    ]
    assert agents(ordered(one, 1, wanted).placed) == ["urgent", "high"]


def test_place__first_price__charges_the_bid_and_has_no_base_fee() -> None:
    one = sequencer({"kind": "first_price", "gas_limit": 1_000_000}, None, 1, TIPS)
    for block_number in (1, 2, 3):
        block = ordered(one, block_number, wishes(["low", "high"], 4))
        assert block.space.base_fee_wei == 0
        assert [one.fee_wei for one in block.placed] == [
            *[100_000 * 3 * GWEI] * 4,
            *[100_000 * GWEI] * 4,
        ]


@pytest.mark.parametrize(
    ("used", "after"),
    [(15_000_000, 1_000), (30_000_000, 1_125), (0, 875), (22_500_000, 1_062), (15_000_001, 1_001)],
)
def test_base_fee_after__blocks_by_hand__moves_by_up_to_an_eighth(used: int, after: int) -> None:
    assert base_fee_after(1_000, used, 30_000_000) == after


@given(
    base=st.integers(0, 10**15),
    used=st.integers(0, 60_000_000),
    target=st.integers(10**6, 30_000_000),
)
def test_base_fee_after__any_block__is_the_exact_rule_rounded(
    base: int, used: int, target: int
) -> None:
    used = min(used, 2 * target)
    exact = base + Fraction(base * (used - target), 8 * target)
    found = base_fee_after(base, used, 2 * target)
    if used > target:
        assert exact - 2 < found <= max(exact, base + 1)
    else:
        assert exact <= found < exact + 2
    assert found >= 0


def test_base_fee__full_and_empty_blocks_in_turn__rises_and_falls() -> None:
    one = sequencer({**FULL, "gas_limit": 1_000_000}, None, 1)
    fees = []
    for block in range(1, 21):
        reserved = 1_000_000 if block <= 10 else 0
        fees.append(ordered(one, block, [], reserved_gas=reserved).space.base_fee_wei)
    assert fees[:11] == sorted(fees[:11])
    assert fees[10] == pytest.approx(GWEI * 1.125**10)
    assert fees[10:] == sorted(fees[10:], reverse=True)


def test_gas_table__engine__knows_every_action() -> None:
    from sim.engine.action_table import ACTION_GAS
    from sim.ordering.config import ACTION_KINDS

    assert set(ACTION_GAS) == ACTION_KINDS
    assert set(GAS) <= ACTION_KINDS

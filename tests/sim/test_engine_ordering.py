from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.types import Poke, Urgent
from tests.sim.ordering_wishes import NAMES, Wishes, agents, order, sequencer, wishes
from tests.support.examples import HEAVY

KINDS = ["fifo", "shuffle", "priority_fee", "first_price", "adversarial"]
TIPS = {name: 10**9 * (place % 4) for place, name in enumerate(NAMES)}


def test_order__fifo_without_latency__is_by_name_then_number() -> None:
    found = order(sequencer("fifo"), 1, wishes(NAMES[::-1]))
    assert [action.market for _, action in found if isinstance(action, Poke)] == [
        f"{name}/{n}" for name in sorted(NAMES) for n in range(3)
    ]


def test_order__shuffle__differs_by_block_but_not_by_listing() -> None:
    first = order(sequencer("shuffle"), 1, wishes(NAMES))
    assert first == order(sequencer("shuffle"), 1, wishes(NAMES[::-1]))
    assert agents(first) != agents(order(sequencer("shuffle"), 2, wishes(NAMES)))
    assert agents(first) != agents(order(sequencer("shuffle", seed=2), 1, wishes(NAMES)))


def test_order__shuffle__keeps_each_agents_actions_together_and_in_their_order() -> None:
    found = order(sequencer("shuffle"), 3, wishes(NAMES))
    for start in range(0, len(found), 3):
        name = found[start][0]
        assert found[start : start + 3] == [(name, Poke(market=f"{name}/{n}")) for n in range(3)]


@HEAVY
@given(
    kind=st.sampled_from(KINDS),
    listing=st.permutations(NAMES),
    latency=st.booleans(),
    blocks=st.integers(1, 4),
)
def test_order__agents_listed_otherwise__is_the_same_total_order(
    kind: str, listing: list[str], latency: bool, blocks: int
) -> None:
    latency_ms = {name: 500 * place for place, name in enumerate(NAMES)} if latency else {}
    said = {"kind": kind}
    if kind in ("priority_fee", "first_price"):
        said["gas_limit"] = 1_500_000  # room for 15 of 20
    one, other = (sequencer(said, latency_ms, 1, TIPS) for _ in range(2))
    for block in range(1, blocks + 1):
        left = order(one, block, wishes(NAMES, 1))
        assert left == order(other, block, wishes(listing, 1))
        assert latency or len(set(left)) == len(left)


@pytest.mark.parametrize("kind", KINDS)
def test_order__an_agent_added__does_not_reorder_the_others(kind: str) -> None:
    before = agents(order(sequencer(kind, None, 1, TIPS), 1, wishes(NAMES)))
    after = agents(order(sequencer(kind, None, 1, TIPS), 1, wishes([*NAMES, "newcomer"])))
    assert [name for name in after if name != "newcomer"] == before


@pytest.mark.parametrize("kind", KINDS)
def test_order__one_agents_wishes__keep_their_order(kind: str) -> None:
    rising: Wishes = [
        ("eager", [Urgent(action=Poke(market=str(n)), tip_wei=n * 10**9) for n in range(4)]),
        ("calm", [Urgent(action=Poke(market="calm"), tip_wei=10**9)]),
    ]
    found = order(sequencer(kind), 1, rising)
    assert [a.market for name, a in found if name == "eager" and isinstance(a, Poke)] == [
        "0",
        "1",
        "2",
        "3",
    ]


def test_order__slow_agent__arrives_in_a_later_block_once() -> None:
    slow = sequencer("fifo", {"trader_0": 10_000})
    seen = [order(slow, 1, wishes(NAMES[:2]))]
    seen += [order(slow, block, []) for block in range(2, 12)]
    assert agents(seen[0]) == ["trader_1"] * 3
    late = [place for place, found in enumerate(seen) if "trader_0" in agents(found)]
    assert len(late) == 1
    assert 2 <= late[0] <= 7  # half to one and a half of 10 s, in blocks of 2 s


def test_order__faster_agent_in_one_block__comes_first_in_most_blocks() -> None:
    fifo = sequencer("fifo", {"a_slow": 1_200, "b_fast": 100})
    firsts = [agents(order(fifo, block, wishes(["a_slow", "b_fast"])))[0] for block in range(50)]
    assert firsts.count("b_fast") == 50

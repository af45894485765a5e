from __future__ import annotations

from sim.ordering import OrderingConfig, Sequencer
from sim.types import Action, Poke

NAMES = [f"trader_{i}" for i in range(20)]


def wishes(names: list[str]) -> list[tuple[str, list[Action]]]:
    return [(name, [Poke(market=f"{name}/{n}") for n in range(3)]) for name in names]


def sequencer(kind: str, latency_ms: dict[str, int] | None = None, seed: int = 1) -> Sequencer:
    config = OrderingConfig.model_validate({"kind": kind})
    return Sequencer(config, seed, latency_ms or {}, block_time_s=2)


def agents(ordered: list[tuple[str, Action]]) -> list[str]:
    return [name for name, _ in ordered]


def test_order__fifo_without_latency__is_by_name_then_number() -> None:
    ordered = sequencer("fifo").order(1, wishes(NAMES[::-1]))
    assert [action.market for _, action in ordered] == [
        f"{name}/{n}" for name in sorted(NAMES) for n in range(3)
    ]


def test_order__shuffle__differs_by_block_but_not_by_listing() -> None:
    first = sequencer("shuffle").order(1, wishes(NAMES))
    assert first == sequencer("shuffle").order(1, wishes(NAMES[::-1]))
    assert agents(first) != agents(sequencer("shuffle").order(2, wishes(NAMES)))
    assert agents(first) != agents(sequencer("shuffle", seed=2).order(1, wishes(NAMES)))


def test_order__shuffle__keeps_each_agents_actions_together_and_in_their_order() -> None:
    ordered = sequencer("shuffle").order(3, wishes(NAMES))
    for start in range(0, len(ordered), 3):
        name = ordered[start][0]
        assert [action.market for _, action in ordered[start : start + 3]] == [
            f"{name}/{n}" for n in range(3)
        ]


def test_order__an_agent_added__does_not_reorder_the_others() -> None:
    before = agents(sequencer("shuffle").order(1, wishes(NAMES)))
    after = agents(sequencer("shuffle").order(1, wishes([*NAMES, "newcomer"])))
    assert [name for name in after if name != "newcomer"] == before


def test_order__slow_agent__arrives_in_a_later_block_once() -> None:
    slow = sequencer("fifo", {"trader_0": 10_000})
    seen = [slow.order(1, wishes(NAMES[:2]))]
    seen += [slow.order(block, []) for block in range(2, 12)]
    assert agents(seen[0]) == ["trader_1"] * 3
    late = [place for place, ordered in enumerate(seen) if "trader_0" in agents(ordered)]
    assert len(late) == 1
    assert 2 <= late[0] <= 7  # half to one and a half of 10 s, in blocks of 2 s


def test_order__faster_agent_in_one_block__comes_first_in_most_blocks() -> None:
    fifo = sequencer("fifo", {"a_slow": 1_200, "b_fast": 100})
    firsts = [agents(fifo.order(block, wishes(["a_slow", "b_fast"])))[0] for block in range(50)]
    assert firsts.count("b_fast") == 50

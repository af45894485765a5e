"""Made-up wishes, and a sequencer to put them in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter

from sim.ordering import AnyOrdering, Ordered, OrderedAction, Sequencer
from sim.ordering.pending import BlockContext
from sim.ordering.sequencer import Terms
from sim.types import Action, ActionRequest, Poke

GAS = {"Poke": 100_000, "Ratchet": 300_000, "TradeVenue": 0}
NAMES = [f"trader_{i}" for i in range(20)]
BUILDER_ACCOUNT = 77 << 96

Wishes = list[tuple[str, Sequence[ActionRequest]]]


def wishes(names: Sequence[str], each: int = 3) -> Wishes:
    """A few pokes of every agent, each of them different."""
    return [(name, [Poke(market=f"{name}/{n}") for n in range(each)]) for name in names]


def sequencer(
    said: Mapping[str, object] | str,
    latency_ms: Mapping[str, int] | None = None,
    seed: int = 1,
    tips_wei: Mapping[str, int] | None = None,
) -> Sequencer:
    """The sequencer of an ordering as a scenario would describe it."""
    data = {"kind": said} if isinstance(said, str) else dict(said)
    config: AnyOrdering = TypeAdapter(AnyOrdering).validate_python(data)
    latency_ms, tips_wei = latency_ms or {}, tips_wei or {}
    terms = {
        name: Terms(latency_ms.get(name, 0), tips_wei.get(name, 0))
        for name in latency_ms.keys() | tips_wei.keys()
    }
    return Sequencer(config, seed, terms, 2, GAS, BUILDER_ACCOUNT)


def order(one: Sequencer, block: int, wanted: Wishes) -> list[tuple[str, Action]]:
    """Names and actions of a block."""
    return pairs(ordered(one, block, wanted))


def ordered(one: Sequencer, block: int, wanted: Wishes, reserved_gas: int = 0) -> Ordered:
    """A block, with what it says of its space."""
    return one.order(BlockContext(block=block, reserved_gas=reserved_gas), wanted)


def pairs(block: Ordered) -> list[tuple[str, Action]]:
    """Without the fees."""
    return [(name, action) for name, action, _ in block.placed]


def agents(found: Sequence[tuple[str, Action]] | Sequence[OrderedAction]) -> list[str]:
    """The names alone."""
    return [one[0] for one in found]

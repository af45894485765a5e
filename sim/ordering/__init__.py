"""In which order, in which block and at which price what agents want reaches the chain."""

from sim.ordering.config import (
    BUILDER,
    ORDERING_KINDS,
    Adversarial,
    AnyOrdering,
    Fifo,
    FirstPrice,
    PriorityFee,
    Shuffle,
)
from sim.ordering.sequencer import Sequencer
from sim.ordering.wish import Level, Ordered, Placed, Space

__all__ = [
    "BUILDER",
    "ORDERING_KINDS",
    "Adversarial",
    "AnyOrdering",
    "Fifo",
    "FirstPrice",
    "Level",
    "Ordered",
    "Placed",
    "PriorityFee",
    "Sequencer",
    "Shuffle",
    "Space",
]

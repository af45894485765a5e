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
from sim.ordering.pending import Level, Ordered, OrderedAction, Space
from sim.ordering.sequencer import Sequencer

__all__ = [
    "BUILDER",
    "ORDERING_KINDS",
    "Adversarial",
    "AnyOrdering",
    "Fifo",
    "FirstPrice",
    "Level",
    "Ordered",
    "OrderedAction",
    "PriorityFee",
    "Sequencer",
    "Shuffle",
    "Space",
]

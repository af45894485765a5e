"""The named invariants: one function each, from the facts of a block to what is wrong in it.

A function returns one sentence per violation, none if it holds; `registry` lists them all.
"""

from sim.invariants.conservation import conservation_error_wad
from sim.invariants.facts import (
    TAKEN,
    TRADES,
    AtRisk,
    Change,
    Facts,
    FundingPoint,
    MarketRules,
    RoundTrip,
    Split,
    TokenFacts,
)
from sim.invariants.page import page
from sim.invariants.registry import CHECKPOINT, EACH_BLOCK, REGISTRY, violations
from sim.invariants.trading import DEPTH

__all__ = [
    "CHECKPOINT",
    "DEPTH",
    "EACH_BLOCK",
    "REGISTRY",
    "TAKEN",
    "TRADES",
    "AtRisk",
    "Change",
    "Facts",
    "FundingPoint",
    "MarketRules",
    "RoundTrip",
    "Split",
    "TokenFacts",
    "conservation_error_wad",
    "page",
    "violations",
]

"""What a scenario may say of the order of a block."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from sim.types import Action
from sim.types.fields import NotNegativeWad, PositiveWad, Ratio, StrictModel
from sim.units import wad

BUILDER = "builder"
ORDERING_KINDS = ("fifo", "shuffle", "priority_fee", "first_price", "adversarial")
ACTION_KINDS = frozenset(action.__name__ for action in get_args(Action))
GWEI_WAD_PER_WEI = 10**9  # a WAD of gwei is 18 decimals, a gwei only 9


def _known_kind(kind: str) -> str:
    if kind not in ACTION_KINDS:
        allowed = ", ".join(sorted(ACTION_KINDS))
        raise PydanticCustomError("action", "one of {allowed} is allowed", {"allowed": allowed})
    return kind


ActionKind = Annotated[str, AfterValidator(_known_kind)]


class Fifo(StrictModel):
    """As they arrive; at once by name."""

    kind: Literal["fifo"] = "fifo"


class Shuffle(StrictModel):
    """A new order of the agents every block, drawn from seed, block and name."""

    kind: Literal["shuffle"] = "shuffle"


class _Blockspace(StrictModel):
    """A block holds so much gas; what waits longer than its age is forgotten."""

    gas_limit: Annotated[int, Field(ge=1_000_000, le=10**12)] = 30_000_000
    max_age_blocks: Annotated[int, Field(ge=0, le=10_000)] = 20


class PriorityFee(_Blockspace):
    """Highest tip first, above a base fee that moves by up to an eighth a block (EIP-1559)."""

    kind: Literal["priority_fee"]
    base_fee_gwei: NotNegativeWad = wad(1)


class FirstPrice(_Blockspace):
    """Highest bid first, and what was bid is paid; there is no base fee."""

    kind: Literal["first_price"]


class Censorship(StrictModel):
    """Whom or what the builder keeps out, from a block on, for so many blocks."""

    agents: tuple[str, ...] = ()
    actions: tuple[ActionKind, ...] = ()
    from_block: Annotated[int, Field(ge=1)] = 1
    blocks: Annotated[int, Field(ge=1, le=1_000_000)]


class Adversarial(StrictModel):
    """A builder with money of its own that orders its blocks to its own advantage.

    It sandwiches market orders whose notional is `sandwich_above` or more, takes quotes that a new
    index left behind by `stale_edge`, copies the rewarded actions in `snipes` ahead of whoever
    found them, and keeps out what `censors` says. `clip_notional` bounds one trade of its own.
    """

    kind: Literal["adversarial"]
    capital: PositiveWad = wad(1_000_000)
    clip_notional: PositiveWad = wad(500_000)
    sandwich_above: PositiveWad | None = None
    least_gain: NotNegativeWad = wad(1)
    stale_edge: Annotated[Ratio, Field(gt=0)] | None = None
    slippage: Ratio = wad("0.02")
    reach: Ratio = wad("0.045")  # within the band of ordinary fills
    snipes: tuple[Literal["Liquidate", "ExecuteTrigger"], ...] = ()
    censors: Censorship | None = None


AnyOrdering = Annotated[
    Fifo | Shuffle | PriorityFee | FirstPrice | Adversarial, Field(discriminator="kind")
]

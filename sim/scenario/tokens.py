"""Leveraged tokens of a scenario's markets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.types.fields import PositiveWad, Ratio, StrictModel

Seconds = Annotated[int, Field(ge=1, le=604_800)]


class TokenConfig(StrictModel):
    """A token that keeps its exposure at `leverage`; what is not said is the deployment's choice.

    `band` and `outer` are shares of the target, `chunk` and `ripcord_chunk` notionals in quote.
    """

    name: Annotated[str, Field(pattern=r"^[A-Z0-9]{3,5}$")]
    market: str
    leverage: Literal[3, 2, -1, -3]
    interval_s: Annotated[int, Field(ge=3_600, le=604_800)] | None = None
    cooldown_s: Seconds | None = None
    ripcord_cooldown_s: Seconds | None = None
    band: Ratio | None = None
    outer: Ratio | None = None
    slippage: Ratio | None = None
    ripcord_slippage: Ratio | None = None
    chunk: PositiveWad | None = None
    ripcord_chunk: PositiveWad | None = None
    reward_ratio: Ratio | None = None
    reward_max: PositiveWad | None = None

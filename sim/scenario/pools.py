"""Spot pools on the chain, and the feeds that read them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.types.fields import NotNegativeWad, PositiveWad, StrictModel

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=16)]
SHORTEST_S, LONGEST_S = 60, 65_535  # windows that SpotPoolFeed takes


class SpotPoolConfig(StrictModel):
    """A constant-product pool of the market's base: `quote` of liquidity a side at the start."""

    name: Name
    market: str
    quote: PositiveWad
    fee_bps: Annotated[int, Field(ge=0, le=1_000)] = 30
    min_liquidity: NotNegativeWad = 0


class PoolSource(StrictModel):
    """Which pool a feed reads: at this moment, or its mean over a window."""

    pool: str
    kind: Literal["spot", "twap", "geometric_twap"]
    window_s: Annotated[int, Field(ge=SHORTEST_S, le=LONGEST_S)] | None = None

    @model_validator(mode="after")
    def check(self) -> PoolSource:
        """A mean has a window, a spot price has none."""
        if (self.window_s is None) != (self.kind == "spot"):
            words = "a window_s for kinds twap and geometric_twap, and for them alone, is allowed"
            raise PydanticCustomError("source", words)
        return self

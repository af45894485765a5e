"""What a transaction costs those who watch the cost: a price of gas, and surges of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.prices import Time
from sim.types import GasView
from sim.types.fields import NotNegativeWad, StrictModel
from sim.units import WAD

GWEI_WAD_PER_WEI = 10**9  # a WAD of gwei is 18 decimals, a gwei only 9


class SurgeConfig(StrictModel):
    """Another price of gas from one time until another."""

    from_time: Time
    until_time: Time
    price_gwei: NotNegativeWad

    @model_validator(mode="after")
    def check(self) -> SurgeConfig:
        """Time runs forward."""
        if self.from_time >= self.until_time:
            raise PydanticCustomError("window", "a from_time before until_time is allowed")
        return self


class GasConfig(StrictModel):
    """`price_gwei` per unit of gas, and what a unit of the chain's own coin is worth in quote.

    Where places in a block are sold, the last block's base fee is the price if that is higher.
    """

    price_gwei: NotNegativeWad = 0
    native_price: NotNegativeWad = 0
    surges: Annotated[tuple[SurgeConfig, ...], Field(max_length=100)] = ()

    def view(self, time_s: int, base_fee_wei: int, used: Mapping[str, int]) -> GasView:
        """Prices at a time; of surges that overlap the last one counts."""
        price_gwei = self.price_gwei
        for surge in self.surges:
            if surge.from_time <= time_s < surge.until_time:
                price_gwei = surge.price_gwei
        price_wei = max(price_gwei // GWEI_WAD_PER_WEI, base_fee_wei)
        return GasView(
            price_wad=price_wei * self.native_price // WAD,
            native_wad=self.native_price,
            used=used,
        )

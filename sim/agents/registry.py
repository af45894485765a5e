"""The one table of strategies: a kind's name in a scenario, and how its groups are described."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.agents.arbitrageur import Arbitrageurs
from sim.agents.basket_trader import BasketTraders
from sim.agents.leveraged_trader import LeveragedLongs, LeveragedShorts
from sim.agents.liquidation_keeper import LiquidationKeepers
from sim.agents.market_maker import MarketMakers
from sim.agents.momentum_trader import MomentumTraders
from sim.agents.noise_trader import NoiseTraders
from sim.agents.scale_out_trader import ScaleOutTraders
from sim.agents.trigger_keeper import TriggerKeepers

AnyGroup = Annotated[
    Arbitrageurs
    | BasketTraders
    | LeveragedLongs
    | LeveragedShorts
    | LiquidationKeepers
    | MarketMakers
    | MomentumTraders
    | NoiseTraders
    | ScaleOutTraders
    | TriggerKeepers,
    Field(discriminator="kind"),
]

AGENT_KINDS = (
    "arbitrageur",
    "basket_trader",
    "leveraged_long",
    "leveraged_short",
    "liquidation_keeper",
    "market_maker",
    "momentum_trader",
    "noise_trader",
    "scale_out_trader",
    "trigger_keeper",
)

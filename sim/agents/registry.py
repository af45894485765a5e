"""The one table of strategies: a kind's name in a scenario, and how its groups are described."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.agents.adl_keeper import AdlKeepers
from sim.agents.arbitrageur import Arbitrageurs
from sim.agents.backstop_dumper import BackstopDumpers
from sim.agents.basis_trader import BasisTraders
from sim.agents.basket_trader import BasketTraders
from sim.agents.book_sweeper import BookSweepers
from sim.agents.funding_farmer import FundingFarmers
from sim.agents.funding_squeezer import FundingSqueezers
from sim.agents.lag_sniper import LagSnipers
from sim.agents.leveraged_trader import LeveragedLongs, LeveragedShorts
from sim.agents.liquidation_keeper import LiquidationKeepers
from sim.agents.market_maker import MarketMakers
from sim.agents.mean_reverter import MeanReverters
from sim.agents.momentum_trader import MomentumTraders
from sim.agents.noise_trader import NoiseTraders
from sim.agents.pool_staker import PoolStakers
from sim.agents.rebalance_front_runner import RebalanceFrontRunners
from sim.agents.scale_out_trader import ScaleOutTraders
from sim.agents.self_trade_pump import SelfTradePumps
from sim.agents.spoofer import Spoofers
from sim.agents.spot_arbitrageur import SpotArbitrageurs
from sim.agents.spot_pump import SpotPumps
from sim.agents.stop_hunter import StopHunters
from sim.agents.takeover_keeper import TakeoverKeepers
from sim.agents.token_holder import TokenHolders
from sim.agents.token_rebalancer import TokenRebalancers
from sim.agents.trigger_keeper import TriggerKeepers

AnyGroup = Annotated[
    AdlKeepers
    | Arbitrageurs
    | BackstopDumpers
    | BasisTraders
    | BasketTraders
    | BookSweepers
    | FundingFarmers
    | FundingSqueezers
    | LagSnipers
    | LeveragedLongs
    | LeveragedShorts
    | LiquidationKeepers
    | MarketMakers
    | MeanReverters
    | MomentumTraders
    | NoiseTraders
    | PoolStakers
    | RebalanceFrontRunners
    | ScaleOutTraders
    | SelfTradePumps
    | Spoofers
    | SpotArbitrageurs
    | SpotPumps
    | StopHunters
    | TakeoverKeepers
    | TokenHolders
    | TokenRebalancers
    | TriggerKeepers,
    Field(discriminator="kind"),
]

AGENT_KINDS = (
    "adl_keeper",
    "arbitrageur",
    "backstop_dumper",
    "basis_trader",
    "basket_trader",
    "book_sweeper",
    "funding_farmer",
    "funding_squeezer",
    "lag_sniper",
    "leveraged_long",
    "leveraged_short",
    "liquidation_keeper",
    "market_maker",
    "mean_reverter",
    "momentum_trader",
    "noise_trader",
    "pool_staker",
    "rebalance_front_runner",
    "scale_out_trader",
    "self_trade_pump",
    "spoofer",
    "spot_arbitrageur",
    "spot_pump",
    "stop_hunter",
    "takeover_keeper",
    "token_holder",
    "token_rebalancer",
    "trigger_keeper",
)

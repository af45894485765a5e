"""The markets of a scenario: the reference parameters, each of which a scenario may override."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.types import MarketSpec
from sim.types.fields import NotNegativeWad, PositiveWad, Ratio, StrictModel, Wad
from sim.units import WAD, wad

MAX_TIERS = 4
Bps = Annotated[int, Field(ge=0, le=100)]
WideBps = Annotated[int, Field(ge=1, le=100_000)]
Seconds = Annotated[int, Field(ge=1, le=31_536_000)]


class Tier(StrictModel):
    """From this notional (quote) on, this maintenance ratio; the initial one is a multiple."""

    lower: NotNegativeWad
    mmr: PositiveWad


class OracleConfig(StrictModel):
    """How a market's index is made of its feeds; what is not said is the deployment's choice."""

    method: Literal["weighted_median", "single", "mean", "trimmed_mean", "median", "ema"] = (
        "weighted_median"
    )
    stale_s: Seconds = 60
    conf_max_bps: WideBps | None = None
    outlier_bps: WideBps | None = None
    step_bps: WideBps | None = None
    window_bps: WideBps | None = None
    cooldown_s: Seconds | None = None
    grace_s: Seconds | None = None
    dead_after_s: Seconds | None = None
    smoothing_s: Seconds | None = None
    min: PositiveWad | None = None
    max: PositiveWad | None = None


class MarkConfig(StrictModel):
    """How a market's mark is made of index and book."""

    method: Literal["median3", "index", "last_trade", "book_mid"] = "median3"
    band: Ratio | None = None
    impact_notional: PositiveWad | None = None


class FundingConfig(StrictModel):
    """The premium that longs and shorts pay each other."""

    interval_s: Seconds | None = None
    max_gap_s: Seconds | None = None
    interest: Wad | None = None
    damper: NotNegativeWad | None = None
    kappa: NotNegativeWad | None = None
    cap: Ratio | None = None
    policy: Literal["premium", "velocity"] = "premium"
    scale: PositiveWad | None = None
    velocity: PositiveWad | None = None

    @model_validator(mode="after")
    def check(self) -> FundingConfig:
        """Only a rate that follows velocity has one."""
        if self.policy == "premium" and (self.scale, self.velocity) != (None, None):
            raise PydanticCustomError("policy", "scale and velocity of policy velocity are allowed")
        return self


class LiquidationConfig(StrictModel):
    """How the liquidator sizes, paces and rewards."""

    target: PositiveWad | None = None
    slippage: Ratio | None = None
    large_notional: PositiveWad | None = None
    first_clip: Ratio | None = None
    cooldown_s: Annotated[int, Field(ge=0, le=3_600)] | None = None
    reward_ratio: Ratio | None = None
    reward_cost: NotNegativeWad | None = None
    reward_min: NotNegativeWad | None = None
    reward_max: NotNegativeWad | None = None
    takeover_slope: NotNegativeWad | None = None
    takeover_spread: NotNegativeWad | None = None


class PoolConfig(StrictModel):
    """How much of the market the insurance pool takes over, loses, and unwinds at once (quote)."""

    exposure: NotNegativeWad | None = None
    loss: NotNegativeWad | None = None
    clip: PositiveWad | None = None


class MarketConfig(StrictModel):
    """Everything a market is judged by; sizes in base, notionals in quote, ratios of 1."""

    market_id: Annotated[int, Field(ge=1, le=8)]
    tick: PositiveWad = 0  # 0, as lot and oi_cap: fitted to the first price
    lot: PositiveWad = 0
    min_notional: PositiveWad = wad(10)
    fill_band: Ratio = wad("0.05")
    maker_fee_bps: Bps = 1
    taker_fee_bps: Bps = 5
    liquidation_fee_bps: Annotated[int, Field(ge=0, le=500)] = 25
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=MAX_TIERS)]
    imr_per_mmr: PositiveWad = 2 * WAD
    im_upnl_weight: Ratio = WAD
    withdraw_upnl_weight: Ratio = 0
    oi_lo: NotNegativeWad
    oi_hi: PositiveWad
    oi_cap: PositiveWad = 0
    oi_cap_quote: PositiveWad
    oracle: OracleConfig = OracleConfig()
    mark: MarkConfig = MarkConfig()
    funding: FundingConfig = FundingConfig()
    liquidation: LiquidationConfig = LiquidationConfig()
    pool: PoolConfig = PoolConfig()
    adl_policy: Literal["queue", "pro_rata", "water_fill"] = "queue"

    @model_validator(mode="after")
    def check(self) -> MarketConfig:
        """Tiers rise from 0 and leave an initial margin between maintenance and everything."""
        lowers, ratios = [t.lower for t in self.tiers], [t.mmr for t in self.tiers]
        rising = lowers == sorted(set(lowers)) and ratios == sorted(set(ratios))
        if lowers[0] != 0 or not rising:
            raise PydanticCustomError(
                "tiers", "tiers that begin at 0 and rise in both numbers are allowed"
            )
        if not self.imr_per_mmr > WAD or ratios[-1] * self.imr_per_mmr > WAD * WAD:
            raise PydanticCustomError(
                "tiers", "initial margin ratios above the maintenance ratios, up to 1, are allowed"
            )
        if self.oi_lo >= self.oi_hi:
            raise PydanticCustomError("interest", "an oi_lo below oi_hi is allowed")
        return self

    @property
    def max_leverage(self) -> int:
        """The leverage the first tier allows, whole."""
        return WAD * WAD // (self.tiers[0].mmr * self.imr_per_mmr // WAD) // WAD

    def spec(self, name: str) -> MarketSpec:
        """What agents know of the market."""
        return MarketSpec(
            name=name,
            market_id=self.market_id,
            tick_wad=self.tick,
            lot_wad=self.lot,
            min_notional_wad=self.min_notional,
            taker_fee_bps=self.taker_fee_bps,
            max_leverage=self.max_leverage,
        )


_MAJOR_TIERS = (
    {"lower": 0, "mmr": "0.005"},
    {"lower": 1_000_000, "mmr": "0.01"},
    {"lower": 5_000_000, "mmr": "0.025"},
    {"lower": 20_000_000, "mmr": "0.05"},
)
_MAJOR: Mapping[str, Any] = {
    "tiers": _MAJOR_TIERS,
    "oi_lo": 500_000_000,
    "oi_hi": 2_000_000_000,
    "oi_cap_quote": 2_000_000_000,
}
# Reference markets: SPEC 2. What a scenario does not say of a market is said here.
MARKET_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "BTC-USD": {**_MAJOR, "market_id": 1, "tick": "0.1", "lot": "0.0001", "oi_cap": 20_000},
    "ETH-USD": {**_MAJOR, "market_id": 2, "tick": "0.01", "lot": "0.001", "oi_cap": 500_000},
    "THIN-USD": {
        "market_id": 3,
        "tick": "0.0001",
        "lot": 1,
        "tiers": ({"lower": 0, "mmr": "0.05"}, {"lower": 100_000, "mmr": "0.1"}),
        "im_upnl_weight": 0,
        "oi_lo": 1_000_000,
        "oi_hi": 5_000_000,
        "oi_cap": 50_000_000,
        "oi_cap_quote": 5_000_000,
        "liquidation_fee_bps": 100,
    },
}


MAX_MARKETS = 8
MARKET_NAME = re.compile(r"[A-Z0-9]{1,12}-USD")


def with_defaults(markets: Mapping[str, Any]) -> dict[str, Any]:
    """Markets' own keys laid over their defaults; what is no mapping is left for the model.

    A market that is none of the reference has a major's terms and the first number that is free.
    """
    taken = {
        given["market_id"] if "market_id" in given else MARKET_DEFAULTS[name]["market_id"]
        for name, given in markets.items()
        if isinstance(given, Mapping) and ("market_id" in given or name in MARKET_DEFAULTS)
    }
    laid: dict[str, Any] = {}
    for name, given in markets.items():
        if not isinstance(given, Mapping):
            laid[name] = given
            continue
        own = MARKET_DEFAULTS.get(name, _MAJOR)
        if "market_id" not in given and "market_id" not in own:
            free = next(one for one in (*range(4, 9), 1, 2, 3, 0) if one not in taken)
            taken.add(free)
            own = {**own, "market_id": free}
        laid[name] = {**own, **given}
    return laid

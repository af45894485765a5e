"""What a deployment is made of: every number the contracts are given, market by market.

The fields of a class that mirrors a contract's struct stand in the struct's order.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.types.codes import AdlPolicy, FundingPolicy, IndexMethod, MarkMethod, PoolMethod
from sim.units import WAD, wad

MAX_TIERS = 4
_NO_TIER = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolReading:
    """A feed that no reporter pushes: a spot pool, at this moment or over a window."""

    pool: str
    method: PoolMethod
    window_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedConfig:
    """One source of a market's index, pushed by its reporter or read from a pool."""

    name: str
    reporter: str
    weight: int = 1
    stale_s: int = 60
    reading: PoolReading | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotPoolConfig:
    """A spot pool of a market's base token against the collateral token."""

    name: str
    market: str
    fee_bps: int = 30
    min_liquidity_wad: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What an order must conform to."""

    tick_wad: int
    lot_wad: int
    min_notional_wad: int = wad(10)
    fill_band_wad: int = wad("0.05")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Margin ratios from a notional on."""

    lower_wad: int
    mmr_wad: int
    imr_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """Trading fees and the ceiling of the liquidation penalty, of notional."""

    maker_bps: int = 1
    taker_bps: int = 5
    liquidation_bps: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInterest:
    """Where initial margin starts to rise (quote), where it reaches 100 %, and the caps."""

    lo_wad: int
    hi_wad: int
    cap_wad: int
    cap_quote_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquidation:
    """How the liquidator sizes, paces and rewards."""

    target_wad: int = wad("1.02")
    slippage_wad: int = wad("0.001")
    large_notional_wad: int = wad(100_000)
    first_clip_wad: int = wad("0.2")
    cooldown_s: int = 30
    reward_ratio_wad: int = wad("0.0002")
    reward_cost_wad: int = wad("0.5")
    reward_min_wad: int = wad("0.5")
    reward_max_wad: int = wad(500)
    takeover_slope_wad: int = WAD
    takeover_spread_wad: int = WAD


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCaps:
    """How much of a market the insurance pool takes over, loses, and unwinds at once (quote)."""

    exposure_wad: int = wad(20_000_000)
    loss_wad: int = wad(2_000_000)
    clip_wad: int = wad(250_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRules:
    """From readings to an index."""

    method: IndexMethod = IndexMethod.WEIGHTED_MEDIAN
    conf_max_bps: int = 100
    outlier_bps: int = 500
    step_bps: int = 1_000
    window_bps: int = 2_000
    cooldown_s: int = 60
    grace_s: int = 60
    dead_after_s: int = 300
    smoothing_s: int = 150
    min_wad: int
    max_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkTerms:
    """From index and book to a mark. The band leaves a fresh position at full leverage alive."""

    method: MarkMethod = MarkMethod.MEDIAN3
    impact_notional_wad: int = wad(20_000)
    band_wad: int = wad("0.0024")
    external_feed: str = "0x" + "00" * 20
    external_max_age_s: int = 0

    @property
    def solid_notional_wad(self) -> int:
        """The smallest level of a book that counts: 12 such hold the impact notional."""
        return -(-self.impact_notional_wad // 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingTerms:
    """The premium that longs and shorts pay each other."""

    interval_s: int = 28_800
    max_gap_s: int = 600
    interest_wad: int = wad("0.0001")
    damper_wad: int = wad("0.0005")
    kappa_wad: int = wad("0.75")
    cap_wad: int = wad("0.04")


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePolicy:
    """What the funding rate follows; at a premium of the scale it moves by the velocity a day."""

    kind: FundingPolicy = FundingPolicy.PREMIUM
    scale_wad: int = wad("0.002")
    velocity_wad: int = wad("0.003")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketConfig:
    """One market."""

    name: str
    market_id: int
    feeds: tuple[FeedConfig, ...]
    grid: Grid
    tiers: tuple[Tier, ...]
    open_interest: OpenInterest
    index: IndexRules
    fees: Fees = Fees()
    im_upnl_weight_wad: int = WAD
    withdraw_upnl_weight_wad: int = 0
    backstop_share_wad: int = wad("0.666666666666666666")
    liquidation: Liquidation = Liquidation()
    pool_caps: PoolCaps = PoolCaps()
    adl_policy: AdlPolicy = AdlPolicy.QUEUE
    mark: MarkTerms = MarkTerms()
    funding: FundingTerms = FundingTerms()
    rate_policy: RatePolicy = RatePolicy()

    def __post_init__(self) -> None:
        if not 1 <= len(self.tiers) <= MAX_TIERS:
            raise ValueError(f"{self.name} has {len(self.tiers)} tiers; 1 to {MAX_TIERS} allowed")

    def tier_columns(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Lower bounds, maintenance and initial ratios, padded with the zeros that end the list."""
        rows = [(tier.lower_wad, tier.mmr_wad, tier.imr_wad) for tier in self.tiers]
        rows += [(_NO_TIER, _NO_TIER, _NO_TIER)] * (MAX_TIERS - len(rows))
        lower, mmr, imr = zip(*rows, strict=True)
        return lower, mmr, imr


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenTerms:
    """When and how a leveraged token moves back to its target."""

    interval_s: int = 86_400
    cooldown_s: int = 60
    ripcord_cooldown_s: int = 10
    band_wad: int = wad("0.15")
    outer_wad: int = wad("0.4")
    slippage_wad: int = wad("0.003")
    ripcord_slippage_wad: int = wad("0.01")
    chunk_wad: int = wad(50_000)
    ripcord_chunk_wad: int = wad(250_000)
    reward_ratio_wad: int = wad("0.0001")
    reward_max_wad: int = wad(25)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenConfig:
    """A leveraged token of a market; a name has at most 5 letters, being the symbol as well."""

    name: str
    market: str
    leverage: int
    terms: TokenTerms = TokenTerms()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolConfig:
    """A whole deployment; addresses are lower-case 0x strings."""

    markets: tuple[MarketConfig, ...]
    guardian: str
    treasury: str
    tokens: tuple[TokenConfig, ...] = ()
    pool_fee_share_wad: int = wad("0.5")
    pool_drawdown_limit_wad: int = wad("0.3")
    spot_pools: tuple[SpotPoolConfig, ...] = ()
    # To whom ownership is offered at the end; the deployer's if none. With a delay a timelock is
    # the owner, and this is who proposes to it; the guardian may cancel what is proposed.
    owner: str | None = None
    timelock_delay_s: int | None = None

    def __post_init__(self) -> None:
        if self.timelock_delay_s is not None and self.owner is None:
            raise ValueError("timelock_delay_s without an owner: nobody could propose")

    def market(self, name: str) -> MarketConfig:
        """The market of that name."""
        for market in self.markets:
            if market.name == name:
                return market
        known = ", ".join(market.name for market in self.markets)
        raise KeyError(f"no market {name}; there are {known}")

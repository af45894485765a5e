# pragma version 0.4.3
"""
@title How far a leveraged token is from its target
@notice Its terms, the trade that brings it back, when that is due, and the sizes of chunks. Asks
        nobody: what a call knows of market and account comes in.
@custom:units `_wad` is 18 decimals: sizes base, the rest quote or ratios.
"""

from contracts.interfaces import IMarketParams
from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.math import fixed_point


struct Terms:
    interval_s: uint256  # between rebalancings
    cooldown_s: uint256  # between chunks
    ripcord_cooldown_s: uint256  # the same when the ripcord is pulled
    band_wad: uint256  # of the target: leverage further away is due at once
    outer_wad: uint256  # of the target: leverage that much higher lets the ripcord be pulled
    slippage_wad: uint256  # worst price of a chunk against mark
    ripcord_slippage_wad: uint256
    chunk_wad: uint256  # most notional of a chunk, quote
    ripcord_chunk_wad: uint256
    reward_ratio_wad: uint256  # of the notional traded, to the keeper
    reward_max_wad: uint256  # most reward of a call, quote


# What a call knows of market and account.
struct Snapshot:
    mark_wad: uint256
    status: uint256
    book: address
    fee_bps: uint256
    grid: IMarketParams.Grid
    nav_wad: int256
    size_wad: int256
    cash_wad: int256


LEVERAGE_WAD: public(immutable(int256))
TERMS: public(immutable(Terms))


@deploy
def __init__(leverage_wad: int256, terms: Terms):
    assert leverage_wad in [
        3 * limits.SIGNED_WAD, 2 * limits.SIGNED_WAD, -limits.SIGNED_WAD, -3 * limits.SIGNED_WAD
    ], "token: leverage not offered"
    self._check_terms(terms)
    LEVERAGE_WAD = leverage_wad
    TERMS = terms


@internal
@pure
def _check_terms(t: Terms):
    assert (
        t.interval_s >= 3_600 and t.interval_s <= 7 * limits.DAY_S
    ), "token: interval out of range"
    assert t.ripcord_cooldown_s >= 1 and t.ripcord_cooldown_s <= t.cooldown_s, "token: cooldowns"
    assert t.cooldown_s <= 3_600, "token: cooldown above an hour"
    assert (
        t.band_wad >= limits.WAD // 100 and t.band_wad < t.outer_wad
    ), "token: band outside the outer"
    assert t.outer_wad <= limits.WAD, "token: outer band above the target itself"
    assert t.slippage_wad > 0 and t.slippage_wad <= t.ripcord_slippage_wad, "token: slippages"
    assert t.ripcord_slippage_wad <= limits.WAD // 50, "token: slippage above 2 %"
    assert t.chunk_wad >= 1_000 * limits.WAD and t.chunk_wad <= t.ripcord_chunk_wad, "token: chunks"
    assert t.reward_ratio_wad <= limits.WAD // 1_000, "token: reward above 10 bps"
    assert t.reward_max_wad <= 1_000 * limits.WAD, "token: reward above 1,000"


@internal
@view
def _target_delta(snapshot: Snapshot) -> int256:
    """
    @dev (L*NAV - s*P) / (P * (1 + L*c*sgn)), towards zero to the lot: what the trade costs is
         already taken off the equity that the target is a multiple of.
    """
    gap: int256 = LEVERAGE_WAD * snapshot.nav_wad - snapshot.size_wad * convert(
        snapshot.mark_wad, int256
    )
    cost: int256 = LEVERAGE_WAD * convert(snapshot.fee_bps, int256)
    if gap < 0:
        cost = -cost
    per_base: uint256 = convert(convert(limits.WAD * limits.BPS, int256) + cost, uint256)
    size_wad: uint256 = fixed_point._mul_div_down(
        self._magnitude(gap), limits.WAD * limits.BPS, snapshot.mark_wad * per_base
    )
    return self._signed(size_wad - size_wad % snapshot.grid.lot_wad, gap > 0)


@internal
@pure
def _share_added(snapshot: Snapshot, amount_wad: int256, nav_wad: int256) -> int256:
    """
    @dev What a mint trades: the position's share that the money is of the NAV, down to the lot.
    """
    grown_wad: uint256 = fixed_point._mul_div_down(
        self._magnitude(snapshot.size_wad), convert(amount_wad, uint256), convert(nav_wad, uint256)
    )
    grown_wad -= grown_wad % snapshot.grid.lot_wad
    assert grown_wad >= self._least(snapshot), "token: too small to trade"
    return self._signed(grown_wad, snapshot.size_wad > 0)


@internal
@pure
def _share_closed(snapshot: Snapshot, tokens: uint256, supply: uint256) -> int256:
    """
    @dev What a redemption trades, up to the next lot and the smallest order: what is left is never
         more leveraged for it.
    """
    lots: uint256 = fixed_point._mul_div_up(
        self._magnitude(snapshot.size_wad), tokens, supply * snapshot.grid.lot_wad
    )
    closed_wad: uint256 = max(lots * snapshot.grid.lot_wad, self._least(snapshot))
    return self._signed(closed_wad, snapshot.size_wad < 0)


@internal
@view
def _leverage(snapshot: Snapshot) -> int256:
    if snapshot.nav_wad <= 0:
        return 0
    exposure_wad: int256 = snapshot.size_wad * convert(snapshot.mark_wad, int256)
    return fixed_point._signed_div_down(exposure_wad, snapshot.nav_wad)


@internal
@view
def _out_of_band(leverage_wad: int256) -> bool:
    away_wad: uint256 = self._magnitude(leverage_wad - LEVERAGE_WAD)
    return away_wad > fixed_point._mul_wad_down(self._magnitude(LEVERAGE_WAD), TERMS.band_wad)


@internal
@view
def _above_outer(leverage_wad: int256) -> bool:
    return self._magnitude(leverage_wad) > fixed_point._mul_wad_down(
        self._magnitude(LEVERAGE_WAD), limits.WAD + TERMS.outer_wad
    )


@internal
@view
def _is_locked(snapshot: Snapshot) -> bool:
    return snapshot.size_wad != 0 and 2 * snapshot.cash_wad < snapshot.nav_wad


@internal
@pure
def _chunk(snapshot: Snapshot, chunk_wad: uint256) -> uint256:
    lots: uint256 = fixed_point._mul_div_down(
        chunk_wad, limits.WAD, snapshot.mark_wad * snapshot.grid.lot_wad
    )
    return lots * snapshot.grid.lot_wad


@internal
@pure
def _least(snapshot: Snapshot) -> uint256:
    """
    @dev The smallest order that the book takes at this mark.
    """
    grid: IMarketParams.Grid = snapshot.grid
    lots: uint256 = fixed_point._mul_div_up(
        grid.min_notional_wad, limits.WAD, snapshot.mark_wad * grid.lot_wad
    )
    return max(lots, 1) * grid.lot_wad


@internal
@view
def _check_status(snapshot: Snapshot):
    assert snapshot.status == oracle_status.OK, "token: index not OK"


@internal
@pure
def _magnitude(x: int256) -> uint256:
    return convert(abs(x), uint256)


@internal
@pure
def _signed(size_wad: uint256, is_positive: bool) -> int256:
    signed_wad: int256 = convert(size_wad, int256)
    return signed_wad if is_positive else -signed_wad

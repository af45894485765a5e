# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Reading of a spot pool
@notice A pool's price as a source of an index, by one of three methods:
        - SPOT, UNSAFE: the price at this moment. One trade moves it anywhere, for nothing if it
          is undone in the same transaction. It is here to be beaten.
        - ARITHMETIC: mean price over the window. To move it by x in n of its N seconds takes a
          price 1 + x*N/n times as high; it can't be moved down by more than n/N.
        - GEOMETRIC: exponential of the mean logarithm. That takes (1 + x)**(N/n), up or down.
        A mean has its whole window or it is not live: with too little history, or less than the
        least liquidity at any time of the window, the price is 0. Neither mean nor its confidence
        moves in the block of a trade.
        The confidence is what the mean may be off the market: its distance from the price the
        last block left, plus the band in which the fee keeps arbitrage away from that; at most
        the price. So a mean that lags a fast market, or a pool that is being held somewhere, says
        of itself that it is not worth much, and the index drops it.
        A pool's price is an offer that stands: it is observed now, however old the last trade.
@custom:units Prices are quote per base, 18 decimals; times are unix seconds.
@custom:invariant INV-19: nothing but the pool's trades over time moves a mean.
"""

from snekmate.utils import math

from contracts.interfaces import IPriceFeed
from contracts.interfaces import ISpotPool

implements: IPriceFeed

from contracts.modules import limits
from contracts.modules.index import price_history
from contracts.modules.math import fixed_point

SPOT: constant(uint256) = 0
ARITHMETIC: constant(uint256) = 1
GEOMETRIC: constant(uint256) = 2

_MIN_WINDOW_S: constant(uint256) = 60

POOL: public(immutable(ISpotPool))
METHOD: public(immutable(uint256))
WINDOW_S: public(immutable(uint256))
_FEE_BPS: immutable(uint256)


@deploy
def __init__(pool: ISpotPool, method: uint256, window_s: uint256):
    """
    @param method 0 spot (unsafe), 1 arithmetic mean, 2 geometric mean.
    @param window_s Length of the mean, 60 s to 65,535 s; 0 for spot.
    """
    assert pool.address != empty(address), "feed: pool is zero"
    assert method <= GEOMETRIC, "feed: unknown method"
    if method == SPOT:
        assert window_s == 0, "feed: spot has no window"
    else:
        assert _MIN_WINDOW_S <= window_s, "feed: window too short"
        assert window_s <= price_history.MAX_WINDOW_S, "feed: window too long"
    POOL = pool
    METHOD = method
    WINDOW_S = window_s
    _FEE_BPS = staticcall pool.fee_bps()


@view
@external
def latest() -> IPriceFeed.Reading:
    if METHOD == SPOT:
        spot_wad: uint256 = staticcall POOL.spot_price_wad()
        return self._reading(spot_wad, spot_wad)
    averages: ISpotPool.Averages = staticcall POOL.averages(WINDOW_S)
    if not averages.is_known:
        return empty(IPriceFeed.Reading)
    if METHOD == ARITHMETIC:
        return self._reading(averages.mean_wad, averages.standing_wad)
    geometric_wad: uint256 = convert(math._wad_exp(averages.log_mean_wad), uint256)
    return self._reading(geometric_wad, averages.standing_wad)


@internal
@view
def _reading(price_wad: uint256, standing_wad: uint256) -> IPriceFeed.Reading:
    # Buying below standing/(1 - fee), or selling above standing*(1 - fee), profits nobody.
    band_wad: uint256 = fixed_point._mul_div_up(standing_wad, _FEE_BPS, limits.BPS - _FEE_BPS)
    distance_wad: uint256 = max(price_wad, standing_wad) - min(price_wad, standing_wad)
    return IPriceFeed.Reading(
        price_wad=price_wad,
        conf_wad=min(distance_wad + band_wad, price_wad),
        observed_at=block.timestamp,
    )

# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title What the insurance pool holds
@notice The pool's accounts, what may be lost in each market, and what all of it is worth to the
        stakers. Cash lies in the pool's cross account, a position in the isolated account of its
        market.
@custom:units Values quote, 18 decimals; total assets raw collateral (6 decimals).
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarkPrice
from contracts.modules import limits
from contracts.modules import oracle_status


struct Caps:
    exposure_wad: uint256  # most notional of the backstop position
    loss_wad: uint256  # most of the stakers' cash behind the position, or lost with it
    clip_wad: uint256  # most notional of one unwinding order


_CLEARINGHOUSE: immutable(IClearinghouse)
_MARK: immutable(IMarkPrice)

caps: public(HashMap[uint256, Caps])
# Stakers' cash that is behind a market's position, or was lost with it, since the cap was set. What
# came back is off again, but a profit is not below zero: it is shared out, and no reason to lose it.
at_risk_wad: public(HashMap[uint256, uint256])


@deploy
def __init__(clearinghouse: address, mark: address):
    assert empty(address) not in [clearinghouse, mark], "pool: address is zero"
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)
    _MARK = IMarkPrice(mark)


@view
@external
def equity_wad() -> int256:
    """
    @notice What all the pool's accounts are worth to it, quote: an isolated one owes at most what
            its market's loss cap still lets the pool put there.
    """
    return self._equity()


@view
@external
def spare_wad(market: uint256) -> uint256:
    """
    @notice What `restore` may still put behind a market's position; see `IInsurancePool.spare_wad`.
    """
    return self._spare(market)


@internal
@view
def _cash() -> uint256:
    return convert(max(staticcall _CLEARINGHOUSE.cash_of(self._account(0)), 0), uint256)


@internal
@view
def _left(market: uint256) -> uint256:
    """
    @dev Of the loss cap, which may have been set below what was at risk by then.
    """
    cap_wad: uint256 = self.caps[market].loss_wad
    return cap_wad - min(cap_wad, self.at_risk_wad[market])


@internal
@view
def _spare(market: uint256) -> uint256:
    return min(self._left(market), self._cash())


@internal
@view
def _equity() -> int256:
    total_wad: int256 = staticcall _CLEARINGHOUSE.cash_of(self._account(0))
    for market: uint256 in range(1, limits.MAX_MARKETS + 1):
        if self.caps[market].clip_wad == 0:
            continue
        health: IClearinghouse.Health = staticcall _CLEARINGHOUSE.health(self._account(market))
        if health.equity_wad >= 0:
            total_wad += health.equity_wad
            continue
        # Stakers bear what may still be put there: counting the rest of it would sell shares too
        # cheaply to whoever comes before the position is closed at others' cost.
        owed_wad: uint256 = min(convert(-health.equity_wad, uint256), self._left(market))
        total_wad -= convert(owed_wad, int256)
    return total_wad


@internal
@view
def _total_assets() -> uint256:
    """
    @dev Fees that a sweep would bring count: whoever trades shares sweeps first.
    """
    total_wad: int256 = self._equity() + convert(self._unswept_wad(), int256)
    return convert(max(total_wad, 0), uint256) // limits.WAD_PER_RAW


@internal
@view
def _swept_assets() -> uint256:
    """
    @dev What a drawdown is measured by: fees that wait are no gain yet.
    """
    return convert(max(self._equity(), 0), uint256) // limits.WAD_PER_RAW


@internal
@view
def _unswept_wad() -> uint256:
    return (staticcall _CLEARINGHOUSE.fees_due())[0]


@internal
@view
def _held(market: uint256) -> int256:
    return staticcall _CLEARINGHOUSE.size_of(self._account(market), market)


@internal
@view
def _account(bucket: uint256) -> uint256:
    return (convert(self, uint256) << 96) | bucket


@internal
@view
def _is_trusted() -> bool:
    for market: uint256 in range(1, limits.MAX_MARKETS + 1):
        if self.caps[market].clip_wad == 0 or self._held(market) == 0:
            continue
        if (staticcall _MARK.price(market)).status != oracle_status.OK:
            return False
    return True

# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title What the clearinghouse asks its neighbours
@notice Price, parameters and resting size of a market, and whether an action is allowed there now.
        One place for each question: decoding an answer is a good part of the code size.
@custom:units 18 decimals.
"""

from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.interfaces import IOrderBook
from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules import refusal

_PARAMS: immutable(IMarketParams)
_MARK: immutable(IMarkPrice)


@deploy
def __init__(params: address, mark: address):
    assert empty(address) not in [params, mark], "clearinghouse: peer is zero"
    _PARAMS = IMarketParams(params)
    _MARK = IMarkPrice(mark)


@internal
@view
def _allows(price: IMarkPrice.MarketPrice, r: IMarketParams.Risk, action: uint256) -> bool:
    """
    @dev Whether a market's status, the guardian and the grace after them allow an action now. What
         leans on liquidations waits for them: where nobody can be liquidated nothing opens and
         nothing is withdrawn from, or it would be an option that others have written.
    """
    mode: uint256 = oracle_status._mode(price.status, action)
    stops: uint256 = 1 << action
    leans: bool = action in [oracle_status.OPEN, oracle_status.WITHDRAW, oracle_status.LIQUIDATE]
    if leans:
        stops |= 1 << oracle_status.LIQUIDATE
    if leans or mode == oracle_status.LATER:
        if block.timestamp < max(price.liquidations_from, r.liquidations_from):
            return False
    return mode != oracle_status.NO and r.paused & stops == 0


@internal
def _poke(market: uint256) -> IMarkPrice.MarketPrice:
    return extcall _MARK.poke(market)


@internal
@view
def _price_of(market: uint256) -> IMarkPrice.MarketPrice:
    return staticcall _MARK.price(market)


@internal
@view
def _risk_of(market: uint256) -> IMarketParams.Risk:
    return staticcall _PARAMS.risk(market)


@internal
@view
def _resting(book: address, account: uint256) -> IOrderBook.OpenSize:
    return staticcall IOrderBook(book).open_size(account)


@internal
def _poke_others(active: uint256, skipped: uint256):
    for market: uint256 in range(1, limits.MAX_MARKETS + 1):
        if active >> market == 0:
            break
        if market != skipped and (active >> market) & 1 == 1:
            self._poke(market)


@internal
@pure
def _check_not_stopped(allowed: bool):
    if not allowed:
        refusal._refuse("stopped by oracle status or pause")


@view
@external
@reentrant
def may_open(market: uint256) -> bool:
    """
    @notice Whether status and guardian let positions grow in a market now.
    """
    return self._allows(self._price_of(market), self._risk_of(market), oracle_status.OPEN)

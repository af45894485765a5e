# pragma version 0.4.3
"""
@title A leveraged token's account
@notice What the token's isolated account of the clearinghouse holds and is worth, and what the
        market it trades in is like now.
@custom:units `_wad` is 18 decimals: sizes base, the rest quote.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarketParams
from contracts.interfaces import IMarkPrice
from contracts.modules.tokens import exposure

MARKET: public(immutable(uint256))
_CLEARINGHOUSE: immutable(IClearinghouse)
_PARAMS: immutable(IMarketParams)
_MARK: immutable(IMarkPrice)


@deploy
def __init__(market: uint256, clearinghouse: address, params: address, mark: address):
    MARKET = market
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)
    _PARAMS = IMarketParams(params)
    _MARK = IMarkPrice(mark)


@internal
def _snapshot() -> exposure.Snapshot:
    extcall _MARK.poke(MARKET)
    return self._snapshot_now()


@internal
@view
def _snapshot_now() -> exposure.Snapshot:
    price: IMarkPrice.MarketPrice = staticcall _MARK.price(MARKET)
    r: IMarketParams.Risk = staticcall _PARAMS.risk(MARKET)
    return self._with_account(
        exposure.Snapshot(
            mark_wad=price.mark_wad,
            status=price.status,
            book=r.book,
            fee_bps=r.taker_fee_bps,
            grid=staticcall _PARAMS.grid(MARKET),
            nav_wad=0,
            size_wad=0,
            cash_wad=0,
        )
    )


@internal
@view
def _with_account(snapshot: exposure.Snapshot) -> exposure.Snapshot:
    now: exposure.Snapshot = snapshot
    now.nav_wad = self._nav()
    now.size_wad = staticcall _CLEARINGHOUSE.size_of(self._account(), MARKET)
    now.cash_wad = self._cash()
    return now


@internal
@view
def _nav() -> int256:
    health: IClearinghouse.Health = staticcall _CLEARINGHOUSE.health(self._account())
    return health.equity_wad


@internal
@view
def _cash() -> int256:
    return staticcall _CLEARINGHOUSE.cash_of(self._account())


@internal
@view
def _account() -> uint256:
    return convert(self, uint256) << 96 | MARKET

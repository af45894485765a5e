# pragma version 0.4.3
"""
@title What a trigger asks its neighbours
@notice The market it is in, the position it guards, and where liquidation would come first.
@custom:units `_wad` is 18 decimals: prices quote per base, sizes base, everything else quote.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.modules.margin import liquidation_price
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point
from contracts.modules.triggers import trigger_rules
from contracts.modules.triggers import trigger_terms

_CLEARINGHOUSE: immutable(IClearinghouse)
_PARAMS: immutable(IMarketParams)
_MARK: immutable(IMarkPrice)


@deploy
def __init__(clearinghouse: address, params: address, mark: address):
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)
    _PARAMS = IMarketParams(params)
    _MARK = IMarkPrice(mark)


@internal
def _snapshot(market: uint256) -> trigger_terms.MarketSnapshot:
    return self._snapshot_at(market, extcall _MARK.poke(market))


@internal
@view
def _snapshot_at(market: uint256, price: IMarkPrice.MarketPrice) -> trigger_terms.MarketSnapshot:
    return trigger_terms.MarketSnapshot(
        market=market,
        price=price,
        risk=staticcall _PARAMS.risk(market),
        grid=staticcall _PARAMS.grid(market),
    )


@internal
@view
def _liquidation_price(account: uint256, snapshot: trigger_terms.MarketSnapshot) -> uint256:
    """
    @dev Where this market's mark alone would liquidate the account; see `liquidation_price`.
    """
    position: IClearinghouse.Position = staticcall _CLEARINGHOUSE.position(account, snapshot.market)
    health: IClearinghouse.Health = staticcall _CLEARINGHOUSE.health(account)
    profit_wad: int256 = risk._profit_down(position, snapshot.price.mark_wad)
    notional_wad: uint256 = fixed_point._mul_wad_up(
        convert(abs(position.size_wad), uint256), snapshot.price.mark_wad
    )
    others_wad: uint256 = health.maintenance_wad - risk._maintenance_up(notional_wad, snapshot.risk)
    rest_wad: int256 = health.equity_wad - profit_wad + position.quote_wad
    return liquidation_price._liquidation_price(
        position.size_wad, rest_wad - convert(others_wad, int256), snapshot.risk
    )


@internal
@view
def _is_alive(t: trigger_rules.Trigger) -> bool:
    return staticcall _CLEARINGHOUSE.epoch(t.account, t.market) == t.epoch


@internal
@view
def _held(t: trigger_rules.Trigger) -> uint256:
    return convert(abs(staticcall _CLEARINGHOUSE.size_of(t.account, t.market)), uint256)


@internal
@view
def _worth(t: trigger_rules.Trigger) -> int256:
    """
    @dev What trades, fees and funding move, and marks do not.
    """
    position: IClearinghouse.Position = staticcall _CLEARINGHOUSE.position(t.account, t.market)
    return staticcall _CLEARINGHOUSE.cash_of(t.account) + position.quote_wad

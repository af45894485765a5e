# pragma version 0.4.3
"""
@title The acceptance rule
@notice Whether a working copy may be stored: enough initial margin, or a position that shrank
        without changing sign and left the account no worse. A forced change is judged by the
        second half alone, and only where the account may be liquidated.
@custom:units 18 decimals.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IOrderBook
from contracts.modules import oracle_status
from contracts.modules import refusal
from contracts.modules.clearing import ledger
from contracts.modules.clearing import market_data
from contracts.modules.clearing import settlement
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point

uses: ledger


@internal
def _accepts_maker(
    c: settlement.Context, maker: settlement.Side, size_before_wad: int256, reduce_only: bool
) -> bool:
    shrank: bool = risk._shrank(size_before_wad, maker.position.size_wad)
    return (shrank or not reduce_only) and self._may_change(c, shrank) and self._accepts(c, maker)


@internal
def _check_taker(c: settlement.Context, side: settlement.Side, interest_before_wad: uint256):
    size_before_wad: int256 = ledger._load_position(side.account, c.market).size_wad
    shrank: bool = risk._shrank(size_before_wad, side.position.size_wad)
    market_data._check_not_stopped(self._may_change(c, shrank))
    if c.open_interest_wad > interest_before_wad:
        quote_wad: uint256 = fixed_point._mul_wad_up(c.open_interest_wad, c.price.index_wad)
        if c.open_interest_wad > c.risk.oi_cap_wad or quote_wad > c.risk.oi_cap_quote_wad:
            refusal._refuse("open interest at its cap")
    self._check_margin(self._accepts(c, side))


@internal
@view
def _may_change(c: settlement.Context, shrank: bool) -> bool:
    """
    @dev Whether the oracle's status and the guardian let a position shrink or grow now.
    """
    action: uint256 = oracle_status.REDUCE if shrank else oracle_status.OPEN
    return market_data._allows(c.price, c.risk, action)


@internal
@view
def _accepts(c: settlement.Context, side: settlement.Side) -> bool:
    """
    @dev The one acceptance rule (SPEC 1, 2): E_im >= IM, or smaller without changing sign and E/MM
         not lower than before. The ledger still holds what was before.
    """
    resting: IOrderBook.OpenSize = market_data._resting(c.risk.book, side.account)
    after: IClearinghouse.Health = self._with_rest(c, side, side.position, resting, risk.OPENING)
    after.equity_wad += side.cash_wad
    after.margin_equity_wad += side.cash_wad
    if after.margin_equity_wad >= convert(after.initial_wad, int256):
        return True
    before_position: IClearinghouse.Position = ledger._load_position(side.account, c.market)
    return risk._shrank(before_position.size_wad, side.position.size_wad) and not risk._ratio_fell(
        self._before(c, side), after
    )


@internal
@view
def _before(c: settlement.Context, side: settlement.Side) -> IClearinghouse.Health:
    """
    @dev From the ledger, which still holds what was, less the funding that the copy settled.
    """
    health: IClearinghouse.Health = self._with_rest(
        c,
        side,
        ledger._load_position(side.account, c.market),
        empty(IOrderBook.OpenSize),
        risk.MAINTAINING,
    )
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(side.account)
    health.equity_wad += cash_wad - side.funding_wad
    return health


@internal
@pure
def _with_rest(
    c: settlement.Context,
    side: settlement.Side,
    position: IClearinghouse.Position,
    resting: IOrderBook.OpenSize,
    purpose: uint256,
) -> IClearinghouse.Health:
    # A working copy is settled, whichever side it is on by now; the ledger's is as it was.
    price: IMarkPrice.MarketPrice = c.price
    price.funding_index_wad = position.funding_index_wad
    return risk._add(
        side.rest, risk._leg(position, price, c.risk, resting, c.open_interest_wad, purpose)
    )


@internal
@view
def _penalise(
    c: settlement.Context, side: settlement.Side, notional_wad: uint256
) -> settlement.Side:
    """
    @dev Take the liquidation fee out of what the fill left the account better off by.
    """
    room_wad: int256 = self._room(c, side)
    self._check_not_worse(room_wad)
    fined: settlement.Side = side
    fined.fee_wad = min(
        fixed_point._bps_up(notional_wad, c.risk.liquidation_fee_bps), convert(room_wad, uint256)
    )
    fined.cash_wad -= convert(fined.fee_wad, int256)
    return fined


@internal
@view
def _room(c: settlement.Context, side: settlement.Side) -> int256:
    """
    @dev Equity above the level at which E/MM would not have risen; with no maintenance left that
         level is zero equity, the bankruptcy price.
    """
    before: IClearinghouse.Health = self._before(c, side)
    after: IClearinghouse.Health = self._with_rest(
        c, side, side.position, empty(IOrderBook.OpenSize), risk.MAINTAINING
    )
    floor_wad: int256 = 0
    if after.maintenance_wad > 0:
        floor_wad = 1 + fixed_point._signed_div_down(
            before.equity_wad * convert(after.maintenance_wad, int256),
            convert(before.maintenance_wad, int256),
        )
    return after.equity_wad + side.cash_wad - floor_wad


@internal
def _check_liquidatable(c: settlement.Context, side: settlement.Side, share_wad: uint256):
    """
    @dev Equity below `share_wad` of maintenance, as `liquidation_health` judges this market. The
         copy is settled and else unchanged.
    """
    market_data._check_not_stopped(market_data._allows(c.price, c.risk, oracle_status.LIQUIDATE))
    health: IClearinghouse.Health = self._with_rest(
        c, side, side.position, empty(IOrderBook.OpenSize), risk.LIQUIDATING
    )
    if health.equity_wad + side.cash_wad >= convert(
        fixed_point._mul_wad_up(health.maintenance_wad, share_wad), int256
    ):
        refusal._refuse("account is healthy")


@internal
@pure
def _check_margin(met: bool):
    if not met:
        refusal._refuse("margin not met")


@internal
@pure
def _check_not_worse(room_wad: int256):
    if room_wad < 0:
        refusal._refuse("account left worse off")

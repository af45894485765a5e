# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title The insurance pool's positions
@notice What the pool holds in each market's isolated account, the stakers' cash behind it, and how
        much of that the caps still allow. Cash goes behind a position here and nowhere else.
@custom:units `_wad` is quote or base, 18 decimals.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.interfaces import IOrderEntry
from contracts.modules import codes
from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point


event BackstopFunded:
    market: indexed(uint256)
    amount_wad: uint256
    at_risk_wad: uint256
    mark_wad: uint256


struct Caps:
    exposure_wad: uint256  # most notional of the backstop position
    loss_wad: uint256  # most of the stakers' cash behind the position, or lost with it
    clip_wad: uint256  # most notional of one unwinding order


UNWIND_SLIPPAGE_WAD: constant(uint256) = 10**16  # worst unwinding price against mark, 1 %
_UNWIND_FILLS: constant(uint256) = 16

_CLEARINGHOUSE: immutable(IClearinghouse)
_PARAMS: immutable(IMarketParams)
_MARK: immutable(IMarkPrice)

caps: public(HashMap[uint256, Caps])
# Stakers' cash that is behind a market's position, or was lost with it, since the cap was set. What
# came back is off again, but a profit is not below zero: it is shared out, and no reason to lose it.
at_risk_wad: public(HashMap[uint256, uint256])


@deploy
def __init__(clearinghouse: address, params: address, mark: address):
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)
    _PARAMS = IMarketParams(params)
    _MARK = IMarkPrice(mark)


@external
def restore(market: uint256):
    """
    @notice Put the stakers' cash behind the backstop position, as far as it lacks margin, there is
            cash, and the loss cap lets it: what comes before the position is liquidated at anybody
            else's cost, and works where a trade would be refused. Anyone may call.
    """
    price: IMarkPrice.MarketPrice = extcall _MARK.poke(market)
    size_wad: int256 = staticcall _CLEARINGHOUSE.size_of(self._account(market), market)
    self._restore_margin(market, size_wad, price)


@view
@external
def spare_wad(market: uint256) -> uint256:
    """
    @notice What `restore` may still put behind a market's position; see `IInsurancePool.spare_wad`.
    """
    return self._spare(market)


@view
@external
def equity_wad() -> int256:
    """
    @notice What all the pool's accounts are worth to it, quote: an isolated one owes at most what
            its market's loss cap still lets the pool put there.
    """
    return self._equity()


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
def _fund(market: uint256, amount_wad: uint256, mark_wad: uint256):
    """
    @dev The only way for the stakers' cash to a position: all of it is at risk, as a gap may take
         it at once, and nothing else is, as an isolated account is liable for no more.
    """
    if amount_wad == 0:
        return
    at_risk_wad: uint256 = self.at_risk_wad[market] + amount_wad
    self.at_risk_wad[market] = at_risk_wad
    log BackstopFunded(
        market=market, amount_wad=amount_wad, at_risk_wad=at_risk_wad, mark_wad=mark_wad
    )
    extcall _CLEARINGHOUSE.pay(self._account(market), amount_wad)


@internal
def _restore_margin(market: uint256, size_wad: int256, price: IMarkPrice.MarketPrice):
    notional_wad: uint256 = fixed_point._mul_wad_up(convert(abs(size_wad), uint256), price.mark_wad)
    r: IMarketParams.Risk = staticcall _PARAMS.risk(market)
    needed_wad: uint256 = self._margin_needed(market, notional_wad, 0, price, r)
    self._fund(market, min(needed_wad, self._spare(market)), price.mark_wad)


@internal
def _reduce(market: uint256, account: uint256, size_wad: int256, mark_wad: uint256) -> uint256:
    grid: IMarketParams.Grid = staticcall _PARAMS.grid(market)
    lots: uint256 = fixed_point._mul_div_down(
        self.caps[market].clip_wad, limits.WAD, mark_wad * grid.lot_wad
    )
    lots = min(max(lots, 1), convert(abs(size_wad), uint256) // grid.lot_wad)
    # Reduce-only: the book cuts what is above the position, but takes no order below its least.
    least: uint256 = fixed_point._mul_div_up(
        grid.min_notional_wad, limits.WAD, mark_wad * grid.lot_wad
    )
    clip_wad: uint256 = max(lots, least) * grid.lot_wad
    bound_wad: uint256 = fixed_point._mul_wad_down(mark_wad, limits.WAD + UNWIND_SLIPPAGE_WAD)
    if size_wad > 0:
        bound_wad = fixed_point._mul_wad_up(mark_wad, limits.WAD - UNWIND_SLIPPAGE_WAD)
    ticks: uint256 = fixed_point._mul_div_down(bound_wad, 1, grid.tick_wad)
    if size_wad > 0:
        ticks = fixed_point._mul_div_up(bound_wad, 1, grid.tick_wad)
    order_id: uint256 = 0
    filled_wad: uint256 = 0
    book: address = (staticcall _PARAMS.risk(market)).book
    order_id, filled_wad = extcall IOrderEntry(book).place(
        account,
        IOrderEntry.NewOrder(
            is_buy=size_wad < 0,
            size_wad=clip_wad,
            price_wad=ticks * grid.tick_wad,
            kind=codes.IOC,
            reduce_only=True,
            expires_at=0,
        ),
        _UNWIND_FILLS,
    )
    return filled_wad


@internal
@view
def _margin_needed(
    market: uint256,
    notional_wad: uint256,
    equity_wad: int256,
    price: IMarkPrice.MarketPrice,
    r: IMarketParams.Risk,
) -> uint256:
    """
    @dev What the isolated account lacks to hold the joint position: its initial margin plus one
         unit a thousand of notional, so that rounding in the hand-over never makes it fail; in a
         THIN market what the worse edge takes off.
    """
    open_interest_wad: uint256 = 0
    escrow_wad: int256 = 0
    open_interest_wad, escrow_wad = staticcall _CLEARINGHOUSE.market_totals(market)
    needed_wad: uint256 = risk._initial_up(notional_wad, r, open_interest_wad, price.index_wad)
    needed_wad += notional_wad // 1000
    if price.status == oracle_status.THIN:
        needed_wad += fixed_point._mul_div_up(notional_wad, price.conf_wad, price.mark_wad)
    held: IClearinghouse.Health = staticcall _CLEARINGHOUSE.health(self._account(market))
    has_wad: int256 = held.margin_equity_wad + equity_wad
    return convert(max(convert(needed_wad, int256) - has_wad, 0), uint256)


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
def _account(bucket: uint256) -> uint256:
    return (convert(self, uint256) << 96) | bucket

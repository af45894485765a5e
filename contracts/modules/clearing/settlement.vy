# pragma version 0.4.3
"""
@title Settlement
@notice Working copies of accounts and market totals: load and settle funding, apply a trade, store.
        Nothing here judges; see `acceptance`.
@custom:units 18 decimals.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.interfaces import IOrderBook
from contracts.modules import refusal
from contracts.modules.clearing import account_health
from contracts.modules.clearing import ledger
from contracts.modules.clearing import market_data
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point

uses: ledger
uses: market_data
uses: account_health


event PositionChanged:
    account: indexed(uint256)
    market: indexed(uint256)
    kind: uint256
    size_delta_wad: int256
    price_wad: uint256
    size_wad: int256
    quote_wad: int256
    cash_wad: int256
    fee_wad: uint256
    funding_wad: int256
    mark_wad: uint256


event DustCollected:
    market: indexed(uint256)
    amount_wad: uint256


# Kinds of PositionChanged
TAKER: constant(uint256) = 0
MAKER: constant(uint256) = 1
FORCED: constant(uint256) = 2
SEIZED: constant(uint256) = 3  # and 4 for the pool, which took it
TAKEN_OVER: constant(uint256) = 5  # and 6 for the keeper, who took it
DELEVERAGED: constant(uint256) = 7  # and 8 for the counterparty


# One account's working copy in the traded market.
struct Side:
    account: uint256
    cash_wad: int256
    active: uint256
    position: IClearinghouse.Position
    rest: IClearinghouse.Health  # the account's other markets, which this call does not change
    funding_wad: int256
    fee_wad: uint256


# What a call holds constant, and the market totals it updates.
struct Context:
    market: uint256
    price: IMarkPrice.MarketPrice
    risk: IMarketParams.Risk
    open_interest_wad: uint256
    escrow_wad: int256


@internal
def _open_context(market: uint256) -> Context:
    price: IMarkPrice.MarketPrice = market_data._poke(market)
    open_interest_wad: uint256 = 0
    escrow_wad: int256 = 0
    open_interest_wad, escrow_wad = ledger._load_market(market)
    return Context(
        market=market,
        price=price,
        risk=market_data._risk_of(market),
        open_interest_wad=open_interest_wad,
        escrow_wad=escrow_wad,
    )


@internal
def _close_context(c: Context, fees_wad: uint256):
    fees: uint256 = 0
    dust: uint256 = 0
    fees, dust = ledger._load_pots()
    escrow_wad: int256 = c.escrow_wad
    if c.open_interest_wad == 0 and escrow_wad > 0:
        # Nobody is left who could be owed: what rounding left in the escrow is dust.
        dust += convert(escrow_wad, uint256)
        log DustCollected(market=c.market, amount_wad=convert(escrow_wad, uint256))
        escrow_wad = 0
    ledger._store_market(c.market, c.open_interest_wad, escrow_wad)
    if fees_wad > 0 or c.escrow_wad != escrow_wad:
        ledger._store_pots(fees + fees_wad, dust)


@internal
def _load_side(c: Context, account: uint256) -> Side:
    """
    @dev Working copy with funding settled into it; the ledger keeps what was before.
    """
    side: Side = empty(Side)
    side.account = account
    side.cash_wad, side.active = ledger._load_account(account)
    market_data._poke_others(side.active, c.market)
    side.position = ledger._load_position(account, c.market)
    index_wad: int256 = self._owing_index(c, side.position)
    side.funding_wad = risk._funding_owed_up(side.position, index_wad)
    side.position.funding_index_wad = index_wad
    side.cash_wad -= side.funding_wad
    side.rest = account_health._rest(account, side.active, c.market, risk.OPENING)
    return side


@internal
def _store_side(c: Context, side: Side, kind: uint256, delta_wad: int256, price_wad: uint256):
    active: uint256 = side.active | (1 << c.market)
    position: IClearinghouse.Position = side.position
    position.funding_index_wad = self._owing_index(c, position)
    if side.position.size_wad == 0:
        resting: IOrderBook.OpenSize = market_data._resting(c.risk.book, side.account)
        if resting.buys_wad + resting.sells_wad == 0:
            active ^= 1 << c.market
    ledger._store_account(side.account, side.cash_wad, active)
    # Who is deleveraged has given what he gained.
    ledger._store_position(side.account, c.market, position, kind < DELEVERAGED)
    log PositionChanged(
        account=side.account,
        market=c.market,
        kind=kind,
        size_delta_wad=delta_wad,
        price_wad=price_wad,
        size_wad=side.position.size_wad,
        quote_wad=side.position.quote_wad,
        cash_wad=side.cash_wad,
        fee_wad=side.fee_wad,
        funding_wad=side.funding_wad,
        mark_wad=c.price.mark_wad,
    )


@internal
@pure
def _apply(side: Side, delta_wad: int256, worth_wad: uint256, fee_wad: uint256) -> Side:
    """
    @dev Trade `delta_wad` for `worth_wad` of quote. What opens goes into the quote balance; what
         closes takes its share of the quote balance with it into cash, rounded down, so that the
         odd wei stays in the position and cash + q is conserved.
    """
    after: Side = side
    after.fee_wad = fee_wad
    after.cash_wad -= convert(fee_wad, int256)
    size_wad: int256 = side.position.size_wad
    flow_wad: int256 = convert(worth_wad, int256)
    if delta_wad > 0:
        flow_wad = -flow_wad
    after.position.size_wad = size_wad + delta_wad
    if size_wad == 0 or (size_wad > 0) == (delta_wad > 0):
        after.position.quote_wad += flow_wad
        return after

    if abs(delta_wad) <= abs(size_wad):
        removed_wad: int256 = fixed_point._signed_div_down(
            side.position.quote_wad * abs(delta_wad), abs(size_wad)
        )
        after.position.quote_wad -= removed_wad
        after.cash_wad += flow_wad + removed_wad
    else:
        closing_wad: int256 = fixed_point._signed_div_down(flow_wad * abs(size_wad), abs(delta_wad))
        after.cash_wad += closing_wad + side.position.quote_wad
        after.position.quote_wad = flow_wad - closing_wad
    return after


@internal
@view
def _owing_index(c: Context, position: IClearinghouse.Position) -> int256:
    return ledger._owing_index(c.market, position.size_wad, c.price.funding_index_wad)


@internal
def _exchange(
    c: Context, giver: Side, receiver: Side, size_wad: uint256, price_wad: uint256
) -> (Side, Side, uint256):
    """
    @dev Move `size_wad` of the giver's position at a price; the worth is rounded against the
         giver. Returns both copies and the open interest after.
    """
    if giver.account == receiver.account:
        refusal._refuse("same account")
    held_wad: int256 = giver.position.size_wad
    if size_wad == 0 or size_wad > convert(abs(held_wad), uint256):
        refusal._refuse("size outside the position")
    delta_wad: int256 = convert(size_wad, int256)
    worth_wad: uint256 = fixed_point._mul_wad_down(size_wad, price_wad)
    if held_wad < 0:
        delta_wad = -delta_wad
        worth_wad = fixed_point._mul_wad_up(size_wad, price_wad)
    longs_wad: int256 = convert(c.open_interest_wad, int256)
    longs_wad -= max(held_wad, 0) + max(receiver.position.size_wad, 0)
    less: Side = self._apply(giver, -delta_wad, worth_wad, 0)
    more: Side = self._apply(receiver, delta_wad, worth_wad, 0)
    longs_wad += max(less.position.size_wad, 0) + max(more.position.size_wad, 0)
    return less, more, convert(longs_wad, uint256)


@internal
def _store_exchange(
    c: Context, giver: Side, receiver: Side, size_wad: uint256, price_wad: uint256, kind: uint256
):
    """
    @dev Kinds come in pairs: the giver's, and one more for the receiver's.
    """
    delta_wad: int256 = convert(size_wad, int256)
    was_long: bool = ledger._load_position(giver.account, c.market).size_wad > 0
    if not was_long:
        delta_wad = -delta_wad
    settled: Context = c
    settled.escrow_wad += giver.funding_wad + receiver.funding_wad
    self._store_side(settled, giver, kind, -delta_wad, price_wad)
    self._store_side(settled, receiver, kind + 1, delta_wad, price_wad)
    self._close_context(settled, 0)

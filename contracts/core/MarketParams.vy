# pragma version 0.4.3
# pragma nonreentrancy on
# pragma optimize codesize
"""
@title Market parameters
@license MIT
@notice Every number a market is judged by: bounded, one setter each, evented. The owner sets
        (in a deployment the owner is a timelock, which is the delay); the guardian may stop an
        action, only the owner may let it go on. A market is poked before its parameters change,
        so that funding is settled at the old ones.
@custom:units `_wad` is 18 decimals (sizes in base, notionals in quote, rates as fractions);
              `_bps` is 1e-4; `_s` seconds.
@custom:invariant Tiers ascend, their ratios rise, initial exceeds maintenance; tick * lot is a
                  whole number of wei, so that a trade at a tick is exact.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams

implements: IMarketParams

from contracts.modules import limits
from contracts.modules import oracle_status

initializes: ownable
initializes: ownable_2step[ownable := ownable]

from contracts.modules.margin import market_record

initializes: market_record

exports: (
    # Ownership
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)


event MarketAdded:
    market: indexed(uint256)
    tick_wad: uint256
    lot_wad: uint256


event BookSet:
    market: indexed(uint256)
    book: address


event TiersSet:
    market: indexed(uint256)
    lower_wad: uint256[4]
    mmr_wad: uint256[4]
    imr_wad: uint256[4]


event UpnlWeightsSet:
    market: indexed(uint256)
    opening_wad: uint256
    withdrawing_wad: uint256


event FeesSet:
    market: indexed(uint256)
    maker_bps: uint256
    taker_bps: uint256
    liquidation_bps: uint256


event OpenInterestLimitsSet:
    market: indexed(uint256)
    lo_wad: uint256
    hi_wad: uint256
    cap_wad: uint256
    cap_quote_wad: uint256


event OrderLimitsSet:
    market: indexed(uint256)
    min_notional_wad: uint256
    fill_band_wad: uint256


event BackstopSet:
    market: indexed(uint256)
    share_wad: uint256


event LiquidationSet:
    market: indexed(uint256)
    liquidation: IMarketParams.Liquidation


event Paused:
    market: indexed(uint256)
    action: uint256


event Unpaused:
    market: indexed(uint256)
    action: uint256
    liquidations_from: uint256


event GuardianSet:
    guardian: indexed(address)


UNPAUSE_GRACE_S: constant(uint256) = 60  # time to act before liquidations resume

guardian: public(address)
mark: public(address)

_pauses: HashMap[uint256, uint256]  # liquidations_from 64 | action bits 64


@deploy
def __init__(guardian: address):
    """
    @param guardian May stop actions.
    """
    assert guardian != empty(address), "params: guardian is zero"
    ownable.__init__()
    ownable_2step.__init__()
    self.guardian = guardian


@external
def wire(mark: address):
    """
    @notice Name the mark price that is poked before a change, once. Only the owner.
    """
    ownable._check_owner()
    assert self.mark == empty(address), "params: already wired"
    assert mark != empty(address), "params: mark is zero"
    self.mark = mark


# Markets


@external
def add_market(market: uint256, grid: IMarketParams.Grid):
    """
    @notice Open a market's page; its book and limits are then set one by one. Only the owner.
    @param grid Tick and lot never change afterwards: resting orders are counted in them.
    """
    ownable._check_owner()
    assert market >= 1 and market <= limits.MAX_MARKETS, "params: market id out of range"
    assert not market_record._is_known(market), "params: market exists"
    assert grid.tick_wad > 0 and grid.lot_wad > 0, "params: tick or lot is zero"
    assert grid.tick_wad * grid.lot_wad % limits.WAD == 0, "params: tick times lot is not whole wei"
    self._check_order_limits(grid.min_notional_wad, grid.fill_band_wad)
    record: market_record.Record = empty(market_record.Record)
    record.grid = grid
    market_record._store(market, record)
    log MarketAdded(market=market, tick_wad=grid.tick_wad, lot_wad=grid.lot_wad)


@external
def set_book(market: uint256, book: address):
    """
    @notice Name the market's order book, once. Only the owner.
    """
    ownable._check_owner()
    record: market_record.Record = market_record._load(market)
    assert record.risk.book == empty(address), "params: market has a book"
    assert book != empty(address), "params: book is zero"
    record.risk.book = book
    market_record._store(market, record)
    log BookSet(market=market, book=book)


@external
def set_tiers(
    market: uint256,
    lower_wad: uint256[limits.TIERS],
    mmr_wad: uint256[limits.TIERS],
    imr_wad: uint256[limits.TIERS],
):
    """
    @notice Margin tiers by notional; a zero ratio ends the list. The band of the mark and the cap of
            the funding rate, which margins bound, follow at once. Only the owner.
    """
    record: market_record.Record = self._begin(market)
    has_mark: bool = self._has_mark(record)
    assert lower_wad[0] == 0 and mmr_wad[0] > 0, "params: first tier must start at 0"
    for k: uint256 in range(limits.TIERS):
        if mmr_wad[k] == 0:
            assert imr_wad[k] == 0 and lower_wad[k] == 0, "params: tier after the end"
            continue
        assert mmr_wad[k] < imr_wad[k] and imr_wad[k] <= limits.WAD, "params: ratios out of order"
        assert lower_wad[k] <= limits.LOW_128, "params: tier bound too large"
        if k > 0:
            assert mmr_wad[k - 1] > 0, "params: tier after the end"
            assert lower_wad[k] > lower_wad[k - 1], "params: tiers do not ascend"
            assert (
                mmr_wad[k] > mmr_wad[k - 1] and imr_wad[k] > imr_wad[k - 1]
            ), "params: ratios do not rise"
    record.risk.tier_lower_wad = lower_wad
    record.risk.tier_mmr_wad = mmr_wad
    record.risk.tier_imr_wad = imr_wad
    market_record._store(market, record)
    log TiersSet(market=market, lower_wad=lower_wad, mmr_wad=mmr_wad, imr_wad=imr_wad)
    if has_mark:
        extcall IMarkPrice(self.mark).follow_risk(market)


@external
def set_upnl_weights(market: uint256, opening_wad: uint256, withdrawing_wad: uint256):
    """
    @notice How much unrealised profit counts when opening and when withdrawing. Only the owner.
    """
    record: market_record.Record = self._begin(market)
    assert opening_wad <= limits.WAD and withdrawing_wad <= limits.WAD, "params: weight above 1"
    record.risk.im_upnl_weight_wad = opening_wad
    record.risk.withdraw_upnl_weight_wad = withdrawing_wad
    market_record._store(market, record)
    log UpnlWeightsSet(market=market, opening_wad=opening_wad, withdrawing_wad=withdrawing_wad)


@external
def set_backstop(market: uint256, share_wad: uint256):
    """
    @notice Share of maintenance margin below which the pool may take an account over. Only the
            owner.
    """
    record: market_record.Record = self._begin(market)
    assert share_wad <= limits.WAD, "params: backstop share above 1"
    record.risk.backstop_wad = share_wad
    market_record._store(market, record)
    log BackstopSet(market=market, share_wad=share_wad)


@external
def set_fees(market: uint256, maker_bps: uint256, taker_bps: uint256, liquidation_bps: uint256):
    """
    @notice Trading fees and the ceiling of the liquidation penalty, of notional. Only the owner.
    """
    record: market_record.Record = self._begin(market)
    assert maker_bps <= 100 and taker_bps <= 100, "params: trading fee above 100 bps"
    assert liquidation_bps <= 500, "params: liquidation fee above 500 bps"
    record.risk.maker_fee_bps = maker_bps
    record.risk.taker_fee_bps = taker_bps
    record.risk.liquidation_fee_bps = liquidation_bps
    market_record._store(market, record)
    log FeesSet(
        market=market,
        maker_bps=maker_bps,
        taker_bps=taker_bps,
        liquidation_bps=liquidation_bps,
    )


@external
def set_open_interest_limits(
    market: uint256, lo_wad: uint256, hi_wad: uint256, cap_wad: uint256, cap_quote_wad: uint256
):
    """
    @notice Where initial margin starts to rise with open interest, where it reaches 100 %, and
            the caps in base and in quote. Only the owner.
    """
    record: market_record.Record = self._begin(market)
    assert lo_wad < hi_wad and hi_wad <= limits.LOW_128, "params: open interest range out of order"
    assert max(cap_wad, cap_quote_wad) <= limits.LOW_128, "params: open interest cap too large"
    record.risk.oi_lo_wad = lo_wad
    record.risk.oi_hi_wad = hi_wad
    record.risk.oi_cap_wad = cap_wad
    record.risk.oi_cap_quote_wad = cap_quote_wad
    market_record._store(market, record)
    log OpenInterestLimitsSet(
        market=market,
        lo_wad=lo_wad,
        hi_wad=hi_wad,
        cap_wad=cap_wad,
        cap_quote_wad=cap_quote_wad,
    )


@external
def set_order_limits(market: uint256, min_notional_wad: uint256, fill_band_wad: uint256):
    """
    @notice Smallest order and the band around mark within which fills happen. Only the owner.
    """
    record: market_record.Record = self._begin(market)
    self._check_order_limits(min_notional_wad, fill_band_wad)
    record.grid.min_notional_wad = min_notional_wad
    record.grid.fill_band_wad = fill_band_wad
    market_record._store(market, record)
    log OrderLimitsSet(
        market=market, min_notional_wad=min_notional_wad, fill_band_wad=fill_band_wad
    )


@external
def set_liquidation(market: uint256, liquidation: IMarketParams.Liquidation):
    """
    @notice How the liquidator sizes, paces and rewards. Only the owner.
    """
    record: market_record.Record = self._begin(market)
    assert (
        liquidation.target_wad > limits.WAD and liquidation.target_wad <= 2 * limits.WAD
    ), "params: health target outside (1, 2]"
    assert liquidation.slippage_wad <= limits.WAD // 10, "params: slippage allowance above 10 %"
    assert liquidation.first_clip_wad <= limits.WAD, "params: first clip above 1"
    assert liquidation.cooldown_s <= 3600, "params: cool-down above an hour"
    assert liquidation.reward_ratio_wad <= limits.WAD // 100, "params: reward ratio above 1 %"
    assert (
        liquidation.reward_min_wad <= liquidation.reward_max_wad
    ), "params: least reward above the most"
    assert liquidation.takeover_slope_wad <= 10 * limits.WAD, "params: takeover slope above 10"
    assert liquidation.takeover_spread_wad <= 2 * limits.WAD, "params: takeover spread above 2"
    record.liquidation = liquidation
    market_record._store(market, record)
    log LiquidationSet(market=market, liquidation=liquidation)


# Pauses


@external
def set_guardian(guardian: address):
    """
    @notice Name the guardian. Only the owner.
    """
    ownable._check_owner()
    self.guardian = guardian
    log GuardianSet(guardian=guardian)


@external
def pause(market: uint256, action: uint256):
    """
    @notice Stop opening, withdrawing, triggers, liquidation or deleveraging in a market. Deposits
            and reductions cannot be stopped. Only the guardian or the owner.
    """
    assert msg.sender in [self.guardian, ownable.owner], "params: caller is not the guardian"
    self._check_known(market)
    assert action in [
        oracle_status.OPEN,
        oracle_status.WITHDRAW,
        oracle_status.TRIGGER,
        oracle_status.LIQUIDATE,
        oracle_status.DELEVERAGE,
    ], "params: action cannot be paused"
    self._pauses[market] |= 1 << action
    log Paused(market=market, action=action)


@external
def unpause(market: uint256, action: uint256):
    """
    @notice Let an action go on; liquidations wait for a grace period. Only the owner.
    """
    ownable._check_owner()
    self._check_known(market)
    bits: uint256 = self._pauses[market] & limits.LOW_64
    assert (bits >> action) & 1 == 1, "params: action is not paused"
    liquidations_from: uint256 = block.timestamp + UNPAUSE_GRACE_S
    self._pauses[market] = (liquidations_from << 64) | (bits ^ (1 << action))
    log Unpaused(market=market, action=action, liquidations_from=liquidations_from)


# Views


@view
@external
@reentrant
def risk(market: uint256) -> IMarketParams.Risk:
    """
    @notice What the clearinghouse judges by.
    """
    r: IMarketParams.Risk = market_record._risk(market)
    pauses: uint256 = self._pauses[market]
    r.paused = pauses & limits.LOW_64
    r.liquidations_from = pauses >> 64
    return r


@view
@external
@reentrant
def grid(market: uint256) -> IMarketParams.Grid:
    """
    @notice What an order must conform to.
    """
    return market_record._grid(market)


@view
@external
@reentrant
def liquidation(market: uint256) -> IMarketParams.Liquidation:
    """
    @notice How the liquidator sizes, paces and rewards.
    """
    return market_record._liquidation(market)


@view
@external
@reentrant
def liquidation_terms(market: uint256) -> (IMarketParams.Grid, IMarketParams.Liquidation):
    """
    @notice Grid and liquidation at once.
    """
    return market_record._liquidation_terms(market)


@internal
def _begin(market: uint256) -> market_record.Record:
    """
    @dev Authority first, then the market's funding up to now at the old parameters, which are
         returned. While a market has no margins yet it has no mark either, and nothing to settle:
         of a new market the tiers are set last.
    """
    ownable._check_owner()
    record: market_record.Record = market_record._load(market)
    if self._has_mark(record):
        extcall IMarkPrice(self.mark).poke(market)
    return record


@internal
@view
def _has_mark(record: market_record.Record) -> bool:
    return self.mark != empty(address) and record.risk.tier_mmr_wad[0] != 0


@internal
@view
def _check_known(market: uint256):
    assert market_record._is_known(market), "params: no such market"


@internal
@pure
def _check_order_limits(min_notional_wad: uint256, fill_band_wad: uint256):
    assert min_notional_wad > 0, "params: smallest order is zero"
    assert (
        fill_band_wad > 0 and fill_band_wad <= limits.WAD // 2
    ), "params: fill band outside (0, 50 %]"

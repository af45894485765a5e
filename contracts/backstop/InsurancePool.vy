# pragma version 0.4.3
# pragma nonreentrancy on
# pragma optimize codesize
"""
@title Insurance pool
@license MIT
@notice A share vault that stands behind every market. Stakers' collateral lies in the pool's
        cross account; a failing position the book could not close is taken, with its remaining
        margin, into the pool's isolated account of that market, within caps, and brought back to
        the book in bounded clips. More than the loss cap is never put behind a market: what the
        isolated account loses beyond it is no staker's, and it is liquidated like anybody's. A
        pool that has lost too much of its value per share in eight hours takes nothing more over.
        Income: penalties, a share of trading fees, dust. Shares change hands with the pool only
        while the index of every market in which it holds a position is good.
@custom:units Assets are raw collateral (6 decimals), shares 18 decimals, `_wad` quote.
@custom:invariant INV-9 the share price falls only by a recorded loss; INV-17 tokens sent here
                  move no share price, since value is read from the clearinghouse; INV-22 what is
                  lost in a market since its cap was set is at most the cap; INV-27 shares change
                  hands with the pool only at a good index.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

initializes: ownable
initializes: ownable_2step[ownable := ownable]

from snekmate.tokens import erc20

initializes: erc20[ownable := ownable]

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IInsurancePool
from contracts.interfaces import IMarketParams
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IOrderEntry

implements: IInsurancePool

from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point

from contracts.modules.math import high_water

initializes: high_water

from contracts.modules.backstop import holdings

initializes: holdings

from contracts.modules.backstop import redemption

initializes: redemption

from contracts.modules.backstop import share_vault

initializes: share_vault[
    erc20 := erc20, holdings := holdings, high_water := high_water, redemption := redemption
]

from contracts.modules.backstop import unwinding

initializes: unwinding

exports: (
    # Ownership
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
    # Shares
    erc20.name,
    erc20.symbol,
    erc20.decimals,
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.allowance,
    erc20.transfer,
    erc20.transferFrom,
    erc20.approve,
    share_vault.asset,
    share_vault.totalAssets,
    share_vault.convertToShares,
    share_vault.convertToAssets,
    share_vault.previewDeposit,
    share_vault.previewMint,
    share_vault.previewRedeem,
    share_vault.previewWithdraw,
    share_vault.maxDeposit,
    share_vault.maxMint,
    share_vault.maxRedeem,
    share_vault.maxWithdraw,
    share_vault.deposit,
    share_vault.mint,
    # Leaving
    share_vault.request_redeem,
    share_vault.cancel_redeem,
    share_vault.release,
    share_vault.claim,
    share_vault.redeem,
    share_vault.withdraw,
    redemption.requests,
    redemption.held,
    # What is held, and what was lost
    holdings.caps,
    holdings.at_risk_wad,
    holdings.equity_wad,
    holdings.spare_wad,
    share_vault.drawdown_wad,
    share_vault.drawdown_limit_wad,
)


event AccountAbsorbed:
    account: indexed(uint256)
    market: indexed(uint256)
    size_wad: int256
    notional_wad: uint256
    equity_wad: int256
    margin_wad: uint256
    mark_wad: uint256


event BackstopFunded:
    market: indexed(uint256)
    amount_wad: uint256
    at_risk_wad: uint256
    mark_wad: uint256


event BackstopUnwound:
    market: indexed(uint256)
    size_wad: uint256
    released_wad: uint256
    at_risk_wad: uint256
    mark_wad: uint256


event KeeperToppedUp:
    recipient: indexed(uint256)
    amount_wad: uint256


event CapsSet:
    market: indexed(uint256)
    exposure_wad: uint256
    loss_wad: uint256
    clip_wad: uint256
    at_risk_wad: uint256


event DrawdownLimitSet:
    limit_wad: uint256


_UNWIND_FILLS: constant(uint256) = 16

_PARAMS: immutable(IMarketParams)
_DEPLOYER: immutable(address)

liquidator: public(address)


@deploy
def __init__(
    token: address, vault: address, clearinghouse: address, params: address, mark: address
):
    """
    @param token The vault's collateral.
    """
    ownable.__init__()
    ownable_2step.__init__()
    erc20.__init__("Backstop insurance share", "BSTOP", 18, "Backstop insurance share", "1")
    holdings.__init__(clearinghouse, mark)
    share_vault.__init__(token, vault)
    assert params != empty(address), "pool: address is zero"
    _PARAMS = IMarketParams(params)
    _DEPLOYER = msg.sender


@external
def wire(liquidator: address):
    """
    @notice Name the liquidator, once. Only the deployer.
    """
    assert msg.sender == _DEPLOYER, "pool: caller is not the deployer"
    assert self.liquidator == empty(address), "pool: already wired"
    assert liquidator != empty(address), "pool: liquidator is zero"
    self.liquidator = liquidator


@external
def set_caps(market: uint256, caps: holdings.Caps):
    """
    @notice How much of a market the pool takes over and may lose on it. What it has lost by then
            is forgotten, what is still behind its position counts. Only the owner.
    """
    ownable._check_owner()
    assert market >= 1 and market <= limits.MAX_MARKETS, "pool: market id out of range"
    assert caps.clip_wad > 0, "pool: clip is zero"
    held: IClearinghouse.Health = staticcall holdings._CLEARINGHOUSE.health(
        holdings._account(market)
    )
    at_risk_wad: uint256 = convert(max(held.equity_wad, 0), uint256)
    holdings.caps[market] = caps
    holdings.at_risk_wad[market] = at_risk_wad
    log CapsSet(
        market=market,
        exposure_wad=caps.exposure_wad,
        loss_wad=caps.loss_wad,
        clip_wad=caps.clip_wad,
        at_risk_wad=at_risk_wad,
    )


@external
def set_drawdown_limit(limit_wad: uint256):
    """
    @notice How much of its value per share the pool may lose within eight hours before it takes
            nothing more over. Only the owner.
    """
    ownable._check_owner()
    assert limit_wad > 0 and limit_wad <= limits.WAD, "pool: drawdown limit outside (0, 1]"
    share_vault.drawdown_limit_wad = limit_wad
    log DrawdownLimitSet(limit_wad=limit_wad)


@external
def absorb(market: uint256, account: uint256):
    """
    @notice Take a failing position over; see `IInsurancePool.absorb`.
    """
    assert msg.sender == self.liquidator, "pool: caller is not the liquidator"
    assert account >> 96 != convert(self, uint256), "pool: account is its own"
    price: IMarkPrice.MarketPrice = extcall holdings._MARK.poke(market)
    r: IMarketParams.Risk = staticcall _PARAMS.risk(market)
    size_wad: int256 = staticcall holdings._CLEARINGHOUSE.size_of(account, market)
    health: IClearinghouse.Health = staticcall holdings._CLEARINGHOUSE.health(account)
    leg_wad: uint256 = risk._maintenance_up(
        fixed_point._mul_wad_up(convert(abs(size_wad), uint256), price.mark_wad), r
    )
    equity_wad: int256 = fixed_point._signed_div_down(
        health.equity_wad * convert(leg_wad, int256), convert(health.maintenance_wad, int256)
    )

    held_wad: int256 = holdings._held(market)
    notional_wad: uint256 = fixed_point._mul_wad_up(
        convert(abs(held_wad + size_wad), uint256), price.mark_wad
    )
    assert notional_wad <= holdings.caps[market].exposure_wad, "pool: exposure at its cap"
    # What the account owes is a part of the margin that it leaves to be put there.
    margin_wad: uint256 = self._margin_needed(market, notional_wad, equity_wad, price, r)
    assert margin_wad <= holdings._left(market), "pool: losses at their cap"
    share_vault._check_drawdown(equity_wad)

    self._fund(market, margin_wad, price.mark_wad)
    unwinding._joined(
        market, convert(abs(size_wad), uint256), convert(abs(held_wad + size_wad), uint256)
    )
    extcall holdings._CLEARINGHOUSE.seize(market, account)
    log AccountAbsorbed(
        account=account,
        market=market,
        size_wad=size_wad,
        notional_wad=notional_wad,
        equity_wad=equity_wad,
        margin_wad=margin_wad,
        mark_wad=price.mark_wad,
    )


@external
def unwind(market: uint256) -> uint256:
    """
    @notice Bring a clip of the backstop position back to the book, one a cool-down, at a bound
            that starts at mark and widens to at most 1 %, and free cash back to the stakers'
            account; first give the position the margin it has lost since, without which its trades
            would be refused. Anyone may call.
    @return Size closed.
    """
    price: IMarkPrice.MarketPrice = extcall holdings._MARK.poke(market)
    share_vault._observe(holdings._swept_assets())
    account: uint256 = holdings._account(market)
    size_wad: int256 = holdings._held(market)
    filled_wad: uint256 = 0
    self._restore_margin(market, size_wad, price)
    if size_wad != 0:
        filled_wad = self._reduce(market, account, size_wad, price.mark_wad)
    free_wad: uint256 = staticcall holdings._CLEARINGHOUSE.withdrawable(account)
    at_risk_wad: uint256 = holdings.at_risk_wad[market]
    at_risk_wad -= min(at_risk_wad, free_wad)
    holdings.at_risk_wad[market] = at_risk_wad
    log BackstopUnwound(
        market=market,
        size_wad=filled_wad,
        released_wad=free_wad,
        at_risk_wad=at_risk_wad,
        mark_wad=price.mark_wad,
    )
    if free_wad > 0:
        extcall share_vault._VAULT.move(account, holdings._account(0), free_wad)
    return filled_wad


@external
def restore(market: uint256):
    """
    @notice Put the stakers' cash behind the backstop position, as far as it lacks margin, there is
            cash, and the loss cap lets it: what comes before the position is liquidated at anybody
            else's cost, and works where a trade would be refused. Anyone may call.
    """
    price: IMarkPrice.MarketPrice = extcall holdings._MARK.poke(market)
    size_wad: int256 = staticcall holdings._CLEARINGHOUSE.size_of(holdings._account(market), market)
    self._restore_margin(market, size_wad, price)


@external
def top_up(recipient: uint256, amount_wad: uint256) -> uint256:
    """
    @notice Pay a keeper what the liquidated account could not; see `IInsurancePool.top_up`.
    """
    assert msg.sender == self.liquidator, "pool: caller is not the liquidator"
    paid_wad: uint256 = min(amount_wad, holdings._cash())
    if paid_wad > 0:
        log KeeperToppedUp(recipient=recipient, amount_wad=paid_wad)
        extcall holdings._CLEARINGHOUSE.pay(recipient, paid_wad)
    return paid_wad


@internal
def _fund(market: uint256, amount_wad: uint256, mark_wad: uint256):
    """
    @dev The only way for the stakers' cash to a position: all of it is at risk, as a gap may take
         it at once, and nothing else is, as an isolated account is liable for no more.
    """
    if amount_wad == 0:
        return
    at_risk_wad: uint256 = holdings.at_risk_wad[market] + amount_wad
    holdings.at_risk_wad[market] = at_risk_wad
    log BackstopFunded(
        market=market, amount_wad=amount_wad, at_risk_wad=at_risk_wad, mark_wad=mark_wad
    )
    extcall holdings._CLEARINGHOUSE.pay(holdings._account(market), amount_wad)


@internal
def _restore_margin(market: uint256, size_wad: int256, price: IMarkPrice.MarketPrice):
    notional_wad: uint256 = fixed_point._mul_wad_up(convert(abs(size_wad), uint256), price.mark_wad)
    r: IMarketParams.Risk = staticcall _PARAMS.risk(market)
    needed_wad: uint256 = self._margin_needed(market, notional_wad, 0, price, r)
    self._fund(market, min(needed_wad, holdings._spare(market)), price.mark_wad)


@internal
def _reduce(market: uint256, account: uint256, size_wad: int256, mark_wad: uint256) -> uint256:
    """
    @dev What is left of the clip; it starts no cool-down of its own where nobody traded.
    """
    grid: IMarketParams.Grid = staticcall _PARAMS.grid(market)
    cooldown_s: uint256 = (staticcall _PARAMS.liquidation(market)).cooldown_s
    # Reduce-only: the book cuts what is above the position, but takes no order below its least.
    least: uint256 = fixed_point._mul_div_up(
        grid.min_notional_wad, limits.WAD, mark_wad * grid.lot_wad
    )
    lots: uint256 = fixed_point._mul_div_down(
        holdings.caps[market].clip_wad, limits.WAD, mark_wad * grid.lot_wad
    )
    clip_wad: uint256 = max(max(lots, least), 1) * grid.lot_wad
    left_wad: uint256 = unwinding._clip_left(market, clip_wad, cooldown_s)
    if left_wad < max(least, 1) * grid.lot_wad:
        return 0
    order_id: uint256 = 0
    filled_wad: uint256 = 0
    order_id, filled_wad = extcall IOrderEntry((staticcall _PARAMS.risk(market)).book).place(
        account,
        IOrderEntry.NewOrder(
            is_buy=size_wad < 0,
            size_wad=left_wad,
            price_wad=unwinding._bound(
                size_wad > 0, mark_wad, unwinding._slippage_down(market), grid.tick_wad
            ),
            kind=1,  # IOC
            reduce_only=True,
            expires_at=0,
        ),
        _UNWIND_FILLS,
    )
    if filled_wad > 0:
        unwinding._closed(market, filled_wad, clip_wad, cooldown_s)
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
    open_interest_wad, escrow_wad = staticcall holdings._CLEARINGHOUSE.market_totals(market)
    needed_wad: uint256 = risk._initial_up(notional_wad, r, open_interest_wad, price.index_wad)
    needed_wad += notional_wad // 1000
    if oracle_status._mode(price.status, oracle_status.WITHDRAW) == oracle_status.EDGE:
        needed_wad += fixed_point._mul_div_up(notional_wad, price.conf_wad, price.mark_wad)
    held: IClearinghouse.Health = staticcall holdings._CLEARINGHOUSE.health(
        holdings._account(market)
    )
    has_wad: int256 = held.margin_equity_wad + equity_wad
    return convert(max(convert(needed_wad, int256) - has_wad, 0), uint256)

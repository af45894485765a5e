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
        Income: penalties, a share of trading fees, dust.
@custom:units Assets are raw collateral (6 decimals), shares 18 decimals, `_wad` quote.
@custom:invariant INV-9 the share price falls only by a recorded loss; INV-17 tokens sent here
                  move no share price, since value is read from the clearinghouse; INV-22 what is
                  lost in a market since its cap was set is at most the cap.
"""

from ethereum.ercs import IERC20

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

initializes: ownable
initializes: ownable_2step[ownable := ownable]

from snekmate.tokens import erc20

initializes: erc20[ownable := ownable]

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IInsurancePool
from contracts.interfaces import IMarginVault
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams

implements: IInsurancePool

from contracts.modules import limits
from contracts.modules.backstop import share_value
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point

from contracts.modules.math import high_water

initializes: high_water

from contracts.modules.backstop import positions

initializes: positions

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
    # Positions
    positions.caps,
    positions.at_risk_wad,
    positions.restore,
    positions.spare_wad,
    positions.equity_wad,
)


event Deposit:
    sender: indexed(address)
    owner: indexed(address)
    assets: uint256
    shares: uint256


event Withdraw:
    sender: indexed(address)
    receiver: indexed(address)
    owner: indexed(address)
    assets: uint256
    shares: uint256


event WithdrawRequested:
    owner: indexed(address)
    shares: uint256
    assets: uint256
    ready_at: uint256


event RequestCancelled:
    owner: indexed(address)
    shares: uint256


event AccountAbsorbed:
    account: indexed(uint256)
    market: indexed(uint256)
    size_wad: int256
    notional_wad: uint256
    equity_wad: int256
    margin_wad: uint256
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


struct Request:
    shares: uint256
    assets: uint256
    ready_at: uint256


COOLDOWN_S: constant(uint256) = 3 * 86_400
# How long a request that has cooled down is good for. Without an end a staker would keep one ready
# and leave at the first sign of a loss, which the others would bear.
REDEEM_WINDOW_S: constant(uint256) = 86_400

_TOKEN: immutable(IERC20)
_VAULT: immutable(IMarginVault)
_DEPLOYER: immutable(address)

liquidator: public(address)
requests: public(HashMap[address, Request])
drawdown_limit_wad: public(uint256)  # share of the value per share; 1 is no limit


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
    _TOKEN = IERC20(token)
    _VAULT = IMarginVault(vault)
    positions.__init__(clearinghouse, params, mark)
    _DEPLOYER = msg.sender
    self.drawdown_limit_wad = limits.WAD


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
def set_caps(market: uint256, caps: positions.Caps):
    """
    @notice How much of a market the pool takes over and may lose on it. What it has lost by then
            is forgotten, what is still behind its position counts. Only the owner.
    """
    ownable._check_owner()
    assert market >= 1 and market <= limits.MAX_MARKETS, "pool: market id out of range"
    assert caps.clip_wad > 0, "pool: clip is zero"
    held: IClearinghouse.Health = staticcall positions._CLEARINGHOUSE.health(
        positions._account(market)
    )
    at_risk_wad: uint256 = convert(max(held.equity_wad, 0), uint256)
    positions.caps[market] = caps
    positions.at_risk_wad[market] = at_risk_wad
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
    self.drawdown_limit_wad = limit_wad
    log DrawdownLimitSet(limit_wad=limit_wad)


# Stakers


@external
def deposit(assets: uint256, receiver: address) -> uint256:
    """
    @notice Stake collateral for shares, at the value per share now. What the pool has earned by
            then is theirs who staked before.
    """
    extcall positions._CLEARINGHOUSE.sweep_fees()
    total: uint256 = self._total_assets()
    self._observe(total)
    shares: uint256 = share_value._shares_down(assets, total, erc20.totalSupply)
    assert shares > 0, "pool: deposit too small"
    assert receiver != empty(address), "pool: receiver is zero"
    erc20._mint(receiver, shares)
    log Deposit(sender=msg.sender, owner=receiver, assets=assets, shares=shares)

    assert extcall _TOKEN.transferFrom(
        msg.sender, self, assets, default_return_value=True
    ), "pool: transfer failed"
    assert extcall _TOKEN.approve(
        _VAULT.address, assets, default_return_value=True
    ), "pool: approval failed"
    extcall _VAULT.deposit(positions._account(0), assets)
    return shares


@external
def request_redeem(shares: uint256):
    """
    @notice Ask to leave with `shares`: they are set aside now and paid within a day after the
            cool-down, at the lower of their value now and then. A new request replaces the old
            one, and cools down anew.
    """
    self._cancel_request()
    assert shares > 0, "pool: shares are zero"
    erc20._transfer(msg.sender, self, shares)
    total: uint256 = self._total_assets()
    self._observe(total)
    assets: uint256 = share_value._assets_down(shares, total, erc20.totalSupply)
    ready_at: uint256 = block.timestamp + COOLDOWN_S
    self.requests[msg.sender] = Request(shares=shares, assets=assets, ready_at=ready_at)
    log WithdrawRequested(owner=msg.sender, shares=shares, assets=assets, ready_at=ready_at)


@external
def cancel_redeem():
    """
    @notice Stay: take the shares of a request back, expired or not.
    """
    assert self.requests[msg.sender].shares > 0, "pool: nothing requested"
    self._cancel_request()


@external
def redeem(receiver: address) -> uint256:
    """
    @notice Take out a request whose cool-down has passed no longer than a day ago.
    """
    request: Request = self.requests[msg.sender]
    assert request.shares > 0, "pool: nothing requested"
    assert block.timestamp >= request.ready_at, "pool: cooling down"
    assert block.timestamp <= request.ready_at + REDEEM_WINDOW_S, "pool: request has expired"
    total: uint256 = self._total_assets()
    self._observe(total)
    assets: uint256 = min(
        request.assets, share_value._assets_down(request.shares, total, erc20.totalSupply)
    )
    self.requests[msg.sender] = empty(Request)
    erc20._burn(self, request.shares)
    log Withdraw(
        sender=msg.sender,
        receiver=receiver,
        owner=msg.sender,
        assets=assets,
        shares=request.shares,
    )
    if assets > 0:
        extcall _VAULT.withdraw(positions._account(0), assets, receiver)
    return assets


@internal
def _cancel_request():
    request: Request = self.requests[msg.sender]
    if request.shares == 0:
        return
    self.requests[msg.sender] = empty(Request)
    erc20._transfer(self, msg.sender, request.shares)
    log RequestCancelled(owner=msg.sender, shares=request.shares)


# Absorbing


@external
def absorb(market: uint256, account: uint256):
    """
    @notice Take a failing position over; see `IInsurancePool.absorb`.
    """
    assert msg.sender == self.liquidator, "pool: caller is not the liquidator"
    assert account >> 96 != convert(self, uint256), "pool: account is its own"
    price: IMarkPrice.MarketPrice = extcall positions._MARK.poke(market)
    r: IMarketParams.Risk = staticcall positions._PARAMS.risk(market)
    size_wad: int256 = staticcall positions._CLEARINGHOUSE.size_of(account, market)
    health: IClearinghouse.Health = staticcall positions._CLEARINGHOUSE.health(account)
    leg_wad: uint256 = risk._maintenance_up(
        fixed_point._mul_wad_up(convert(abs(size_wad), uint256), price.mark_wad), r
    )
    equity_wad: int256 = fixed_point._signed_div_down(
        health.equity_wad * convert(leg_wad, int256), convert(health.maintenance_wad, int256)
    )

    held_wad: int256 = staticcall positions._CLEARINGHOUSE.size_of(
        positions._account(market), market
    )
    notional_wad: uint256 = fixed_point._mul_wad_up(
        convert(abs(held_wad + size_wad), uint256), price.mark_wad
    )
    assert notional_wad <= positions.caps[market].exposure_wad, "pool: exposure at its cap"
    # What the account owes is a part of the margin that it leaves to be put there.
    margin_wad: uint256 = positions._margin_needed(market, notional_wad, equity_wad, price, r)
    assert margin_wad <= positions._left(market), "pool: losses at their cap"
    self._check_drawdown(equity_wad)

    positions._fund(market, margin_wad, price.mark_wad)
    extcall positions._CLEARINGHOUSE.seize(market, account)
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
    @notice Bring a clip of the backstop position back to the book, at most 1 % from mark, and
            free cash back to the stakers' account; first give the position the margin it has lost
            since, without which its trades would be refused. Anyone may call.
    @return Size closed.
    """
    price: IMarkPrice.MarketPrice = extcall positions._MARK.poke(market)
    self._observe(self._total_assets())
    account: uint256 = positions._account(market)
    size_wad: int256 = staticcall positions._CLEARINGHOUSE.size_of(account, market)
    filled_wad: uint256 = 0
    positions._restore_margin(market, size_wad, price)
    if size_wad != 0:
        filled_wad = positions._reduce(market, account, size_wad, price.mark_wad)
    free_wad: uint256 = staticcall positions._CLEARINGHOUSE.withdrawable(account)
    at_risk_wad: uint256 = positions.at_risk_wad[market]
    at_risk_wad -= min(at_risk_wad, free_wad)
    positions.at_risk_wad[market] = at_risk_wad
    log BackstopUnwound(
        market=market,
        size_wad=filled_wad,
        released_wad=free_wad,
        at_risk_wad=at_risk_wad,
        mark_wad=price.mark_wad,
    )
    if free_wad > 0:
        extcall _VAULT.move(account, positions._account(0), free_wad)
    return filled_wad


@external
def top_up(recipient: uint256, amount_wad: uint256) -> uint256:
    """
    @notice Pay a keeper what the liquidated account could not; see `IInsurancePool.top_up`.
    """
    assert msg.sender == self.liquidator, "pool: caller is not the liquidator"
    paid_wad: uint256 = min(amount_wad, positions._cash())
    if paid_wad > 0:
        log KeeperToppedUp(recipient=recipient, amount_wad=paid_wad)
        extcall positions._CLEARINGHOUSE.pay(recipient, paid_wad)
    return paid_wad


@internal
def _observe(total: uint256):
    high_water._observe(share_value._share_value_down(total, erc20.totalSupply))


@internal
def _check_drawdown(equity_wad: int256):
    """
    @dev Value per share, so that stakers coming and leaving are no gain or loss; with what this
         account is about to cost.
    """
    now_wad: int256 = positions._equity()
    self._observe(convert(max(now_wad, 0), uint256) // limits.WAD_PER_RAW)
    left_wad: int256 = max(now_wad + min(equity_wad, 0), 0)
    value: uint256 = share_value._share_value_down(
        convert(left_wad, uint256) // limits.WAD_PER_RAW, erc20.totalSupply
    )
    least: uint256 = fixed_point._mul_wad_up(
        high_water._peak(), limits.WAD - self.drawdown_limit_wad
    )
    assert value >= least, "pool: drawdown at its limit"


# Share vault views, as in ERC-4626


@view
@external
def asset() -> address:
    """
    @notice The collateral.
    """
    return _TOKEN.address


@view
@external
def totalAssets() -> uint256:
    """
    @notice What all the pool's accounts are worth, raw, rounded down, never below zero.
    """
    return self._total_assets()


@view
@external
def convertToShares(assets: uint256) -> uint256:
    """
    @notice Shares that `assets` are worth now.
    """
    return share_value._shares_down(assets, self._total_assets(), erc20.totalSupply)


@view
@external
def convertToAssets(shares: uint256) -> uint256:
    """
    @notice Assets that `shares` are worth now.
    """
    return share_value._assets_down(shares, self._total_assets(), erc20.totalSupply)


@view
@external
def drawdown_wad() -> uint256:
    """
    @notice Share of its value per share that the pool has lost since its highest in eight hours.
    """
    peak: uint256 = high_water._peak()
    value: uint256 = share_value._share_value_down(self._total_assets(), erc20.totalSupply)
    return 0 if value >= peak else limits.WAD - fixed_point._div_wad_down(value, peak)


@internal
@view
def _total_assets() -> uint256:
    return convert(max(positions._equity(), 0), uint256) // limits.WAD_PER_RAW

# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title The share vault of the insurance pool
@notice Stakes and leaving, with the surface of ERC-4626; shares are an ERC-20. Shares are issued
        and paid only while the index of every market in which the pool holds a position is good.
        Leaving takes a request and a cool-down, so `redeem` and `withdraw` pay requests alone.
@custom:units Assets are raw collateral (6 decimals), shares have 18.
"""

from ethereum.ercs import IERC20

from snekmate.tokens import erc20

from contracts.interfaces import IMarginVault
from contracts.interfaces import IMarkPrice
from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.math import fixed_point
from contracts.modules.math import high_water
from contracts.modules.backstop import holdings
from contracts.modules.backstop import redemption
from contracts.modules.backstop import share_math

uses: erc20
uses: holdings
uses: high_water
uses: redemption


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


_NO_BOUND: constant(uint256) = 2**128 - 1

_TOKEN: immutable(IERC20)
_VAULT: immutable(IMarginVault)

drawdown_limit_wad: public(uint256)  # share of the value per share; 1 is no limit


@deploy
def __init__(token: address, vault: address):
    assert empty(address) not in [token, vault], "pool: address is zero"
    _TOKEN = IERC20(token)
    _VAULT = IMarginVault(vault)
    self.drawdown_limit_wad = limits.WAD


@external
def deposit(assets: uint256, receiver: address) -> uint256:
    """
    @notice Stake collateral for shares, at the value per share now. What the pool has earned by
            then is theirs who staked before.
    @return Shares issued, rounded down.
    """
    total: uint256 = self._trusted_total()
    shares: uint256 = share_math._shares_down(assets, total, erc20.totalSupply)
    assert shares > 0, "pool: deposit too small"
    self._stake(assets, shares, receiver, total)
    return shares


@external
def mint(shares: uint256, receiver: address) -> uint256:
    """
    @notice Stake for an exact number of shares.
    @return Assets paid, rounded up.
    """
    total: uint256 = self._trusted_total()
    assets: uint256 = share_math._assets_up(shares, total, erc20.totalSupply)
    assert shares > 0, "pool: shares are zero"
    self._stake(assets, shares, receiver, total)
    return assets


@external
def request_redeem(shares: uint256):
    """
    @notice Ask to leave with `shares`: they are set aside now and paid within a day after the
            cool-down, at the lower of their value now and then. One request at a time.
    """
    assert shares > 0, "pool: shares are zero"
    self._release(msg.sender)
    erc20._transfer(msg.sender, self, shares)
    total: uint256 = holdings._total_assets()
    self._observe(holdings._swept_assets())
    redemption._open(msg.sender, shares, share_math._assets_down(shares, total, erc20.totalSupply))


@external
def cancel_redeem():
    """
    @notice Stay: give a request up, expired or not. Its shares are the caller's again after a
            pause of ten days.
    """
    redemption._cancel(msg.sender)


@external
def release(owner: address):
    """
    @notice Hand back shares of cancelled requests whose pause is over. Anyone may call.
    """
    assert self._release(owner) > 0, "pool: nothing to release"


@external
def claim(receiver: address) -> uint256:
    """
    @notice Take the whole of one's own request out, as `redeem` does.
    @return Assets paid.
    """
    request: redemption.Request = redemption._ready(msg.sender)
    assets: uint256 = self._payment_down(request, request.shares, self._trusted_total())
    self._leave(request, request.shares, assets, receiver, msg.sender)
    return assets


@external
def redeem(shares: uint256, receiver: address, owner: address) -> uint256:
    """
    @notice Take `shares` of a request out whose cool-down has passed no longer than a day ago.
    @return Assets paid, rounded down.
    """
    request: redemption.Request = redemption._ready(owner)
    total: uint256 = self._trusted_total()
    assets: uint256 = self._payment_down(request, shares, total)
    self._leave(request, shares, assets, receiver, owner)
    return assets


@external
def withdraw(assets: uint256, receiver: address, owner: address) -> uint256:
    """
    @notice Take exactly `assets` out of a request as `redeem` does.
    @return Shares burned, rounded up.
    """
    request: redemption.Request = redemption._ready(owner)
    total: uint256 = self._trusted_total()
    shares: uint256 = self._cost_up(request, assets, total)
    self._leave(request, shares, assets, receiver, owner)
    return shares


@internal
def _stake(assets: uint256, shares: uint256, receiver: address, total: uint256):
    assert share_math._sells(total, erc20.totalSupply), "pool: shares are worth too little"
    assert receiver != empty(address), "pool: receiver is zero"
    erc20._mint(receiver, shares)
    log Deposit(sender=msg.sender, owner=receiver, assets=assets, shares=shares)

    assert extcall _TOKEN.transferFrom(
        msg.sender, self, assets, default_return_value=True
    ), "pool: transfer failed"
    assert extcall _TOKEN.approve(
        _VAULT.address, assets, default_return_value=True
    ), "pool: approval failed"
    extcall _VAULT.deposit(holdings._account(0), assets)


@internal
def _leave(
    request: redemption.Request, shares: uint256, assets: uint256, receiver: address, owner: address
):
    if msg.sender != owner:
        erc20._spend_allowance(owner, msg.sender, shares)
    redemption._pay(owner, request, shares)
    erc20._burn(self, shares)
    log Withdraw(sender=msg.sender, receiver=receiver, owner=owner, assets=assets, shares=shares)
    if assets > 0:
        extcall _VAULT.withdraw(holdings._account(0), assets, receiver)


@internal
def _release(owner: address) -> uint256:
    shares: uint256 = redemption._release(owner)
    if shares > 0:
        erc20._transfer(self, owner, shares)
    return shares


@internal
def _trusted_total() -> uint256:
    """
    @dev Total assets, with fees swept, at an index that is good wherever the pool holds a
         position: at a stale one whoever knows the price would trade with the other stakers.
    """
    for market: uint256 in range(1, limits.MAX_MARKETS + 1):
        if holdings.caps[market].clip_wad == 0 or holdings._held(market) == 0:
            continue
        price: IMarkPrice.MarketPrice = extcall holdings._MARK.poke(market)
        assert price.status == oracle_status.OK, "pool: index is not good"
    extcall holdings._CLEARINGHOUSE.sweep_fees()
    total: uint256 = holdings._total_assets()
    self._observe(total)
    return total


@internal
@view
def _payment_down(request: redemption.Request, shares: uint256, total: uint256) -> uint256:
    """
    @dev Whoever leaves bears the losses of the wait, and has none of its gains.
    """
    now_worth: uint256 = share_math._assets_down(shares, total, erc20.totalSupply)
    return min(redemption._capped_down(request, shares), now_worth)


@internal
@view
def _cost_up(request: redemption.Request, assets: uint256, total: uint256) -> uint256:
    return max(
        redemption._capped_shares_up(request, assets),
        share_math._shares_up(assets, total, erc20.totalSupply),
    )


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
    return holdings._total_assets()


@view
@external
def convertToShares(assets: uint256) -> uint256:
    """
    @notice Shares that `assets` are worth now, rounded down.
    """
    return share_math._shares_down(assets, holdings._total_assets(), erc20.totalSupply)


@view
@external
def convertToAssets(shares: uint256) -> uint256:
    """
    @notice Assets that `shares` are worth now, rounded down.
    """
    return share_math._assets_down(shares, holdings._total_assets(), erc20.totalSupply)


@view
@external
def previewDeposit(assets: uint256) -> uint256:
    """
    @notice What `deposit` would issue.
    """
    return share_math._shares_down(assets, holdings._total_assets(), erc20.totalSupply)


@view
@external
def previewMint(shares: uint256) -> uint256:
    """
    @notice What `mint` would ask for.
    """
    return share_math._assets_up(shares, holdings._total_assets(), erc20.totalSupply)


@view
@external
def previewRedeem(shares: uint256) -> uint256:
    """
    @notice What `redeem` would pay for shares of the caller's request; without one, what they are
            worth now.
    """
    total: uint256 = holdings._total_assets()
    request: redemption.Request = redemption.requests[msg.sender]
    if request.shares == 0:
        return share_math._assets_down(shares, total, erc20.totalSupply)
    return self._payment_down(request, shares, total)


@view
@external
def previewWithdraw(assets: uint256) -> uint256:
    """
    @notice What `withdraw` would burn of the caller's request; without one, what `assets` cost now.
    """
    total: uint256 = holdings._total_assets()
    request: redemption.Request = redemption.requests[msg.sender]
    if request.shares == 0:
        return share_math._shares_up(assets, total, erc20.totalSupply)
    return self._cost_up(request, assets, total)


@view
@external
def maxDeposit(receiver: address) -> uint256:
    """
    @notice No bound but for when shares are not sold: 0 then.
    """
    return _NO_BOUND if self._sells_now() else 0


@view
@external
def maxMint(receiver: address) -> uint256:
    """
    @notice As `maxDeposit`, in shares.
    """
    return _NO_BOUND if self._sells_now() else 0


@view
@external
def maxRedeem(owner: address) -> uint256:
    """
    @notice Shares of the owner's request that are paid now, as far as the pool has cash.
    """
    return self._payable(owner)[0]


@view
@external
def maxWithdraw(owner: address) -> uint256:
    """
    @notice Assets that the owner's request is paid now.
    """
    return self._payable(owner)[1]


@internal
@view
def _sells_now() -> bool:
    return holdings._is_trusted() and share_math._sells(holdings._total_assets(), erc20.totalSupply)


@internal
@view
def _payable(owner: address) -> (uint256, uint256):
    request: redemption.Request = redemption.requests[owner]
    if not redemption._is_ready(request) or not holdings._is_trusted():
        return 0, 0
    assets: uint256 = self._payment_down(request, request.shares, holdings._total_assets())
    cash: uint256 = (
        staticcall holdings._CLEARINGHOUSE.withdrawable(holdings._account(0))
        + holdings._unswept_wad()
    ) // limits.WAD_PER_RAW
    if assets <= cash:
        return request.shares, assets
    return fixed_point._mul_div_down(cash, request.shares, assets), cash


@view
@external
def drawdown_wad() -> uint256:
    """
    @notice Share of its value per share that the pool has lost since its highest in eight hours.
    """
    peak: uint256 = high_water._peak()
    value: uint256 = share_math._value_down(holdings._swept_assets(), erc20.totalSupply)
    return 0 if value >= peak else limits.WAD - fixed_point._div_wad_down(value, peak)


@internal
def _observe(total: uint256):
    high_water._observe(share_math._value_down(total, erc20.totalSupply))


@internal
def _check_drawdown(equity_wad: int256):
    """
    @dev Value per share, so that stakers coming and leaving are no gain or loss; with what this
         account is about to cost.
    """
    now_wad: int256 = holdings._equity()
    self._observe(convert(max(now_wad, 0), uint256) // limits.WAD_PER_RAW)
    left_wad: int256 = max(now_wad + min(equity_wad, 0), 0)
    value: uint256 = share_math._value_down(
        convert(left_wad, uint256) // limits.WAD_PER_RAW, erc20.totalSupply
    )
    least: uint256 = fixed_point._mul_wad_up(
        high_water._peak(), limits.WAD - self.drawdown_limit_wad
    )
    assert value >= least, "pool: drawdown at its limit"

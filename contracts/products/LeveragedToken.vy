# pragma version 0.4.3
# pragma nonreentrancy on
# pragma optimize codesize
"""
@title Leveraged token
@license MIT
@notice An ERC-20 whose contract owns one isolated account of the clearinghouse and keeps its
        exposure at `LEVERAGE` times its equity. There is no owner and no parameter can change.

NAV is that equity as the clearinghouse counts it; nobody but this contract can put anything into
the account, so tokens sent here, to the vault or to the clearinghouse move nothing.

Who mints or redeems trades a share of the position that is there, not the way back to the target,
and pays for it: others keep their NAV at this block's mark to the wei. As the shares of position
and money are the same, what the mark says cancels out: who knows it to be wrong gains nothing
from that. Only who is alone in the token opens at the target.

What moves leverage back is `rebalance`, at known times, in chunks no larger and no worse than the
terms say; that is all a front-runner can count on, and the most it can take.

Withdrawals count no unrealised profit (SPEC 1), so a token that only ever added to a winner could
not be redeemed: `realise` closes and opens chunks of it before that happens. A token whose NAV has
come to nothing is over: nobody can mint it, and nothing is left to redeem.
@custom:units Tokens and `_wad` have 18 decimals; `_raw` is the collateral's 6. Sizes, leverage and
              what is traded are signed, positive is long.
@custom:invariant INV-16 share price * supply = equity of the account within a wei a share; INV-17
                  no donation moves it; what is minted or redeemed leaves the others' NAV a share
                  no lower.
"""

from ethereum.ercs import IERC20

from snekmate.auth import ownable

initializes: ownable

from snekmate.tokens import erc20

initializes: erc20[ownable := ownable]

from contracts.interfaces import ILeveragedToken
from contracts.interfaces import IMarginVault
from contracts.interfaces import IOrderEntry

implements: ILeveragedToken

from contracts.modules import codes
from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.math import fixed_point

from contracts.modules.tokens import exposure

initializes: exposure

from contracts.modules.tokens import token_account

initializes: token_account

exports: (
    # Terms
    exposure.LEVERAGE_WAD,
    exposure.TERMS,
    token_account.MARKET,
    erc20.name,
    erc20.symbol,
    erc20.decimals,
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.allowance,
    erc20.transfer,
    erc20.transferFrom,
    erc20.approve,
)


event TokenMinted:
    receiver: indexed(address)
    amount_raw: uint256
    tokens: uint256
    size_wad: int256  # traded
    nav_before_wad: int256
    nav_wad: int256
    supply: uint256
    mark_wad: uint256


event TokenRedeemed:
    holder: indexed(address)
    receiver: indexed(address)
    tokens: uint256
    amount_raw: uint256
    size_wad: int256  # traded
    nav_before_wad: int256
    nav_wad: int256  # after trade and payment
    supply: uint256
    mark_wad: uint256


event TokenRebalanced:
    keeper: indexed(address)
    reason: uint256
    wanted_wad: int256  # the whole way back to the target
    size_wad: int256  # traded
    leverage_before_wad: int256
    leverage_wad: int256
    nav_before_wad: int256
    nav_wad: int256  # after trade and reward
    reward_wad: uint256
    is_complete: bool
    mark_wad: uint256


event ProfitRealised:
    keeper: indexed(address)
    closed_wad: uint256
    opened_wad: uint256
    cash_before_wad: int256
    cash_wad: int256
    nav_before_wad: int256
    nav_wad: int256  # after trades and reward
    reward_wad: uint256
    mark_wad: uint256


# Why exposure was rebalanced
_BY_TIME: constant(uint256) = 0
_BY_BAND: constant(uint256) = 1
_BY_RIPCORD: constant(uint256) = 2

# Shares of the first mint that nobody owns: the supply is never so small that rounding counts.
DEAD_SHARES: constant(uint256) = 10**15
_NOBODY: constant(address) = 0x000000000000000000000000000000000000dEaD

_TOKEN: immutable(IERC20)
_VAULT: immutable(IMarginVault)

next_rebalance_at: public(uint256)
last_chunk_at: public(uint256)


@deploy
def __init__(
    name: String[25],
    symbol: String[5],
    peers: address[5],
    market: uint256,
    leverage_wad: int256,
    terms: exposure.Terms,
):
    """
    @param peers Collateral, vault, clearinghouse, market parameters, mark price.
    @param leverage_wad Target: 3, 2, -1 or -3.
    """
    ownable.__init__()
    erc20.__init__(name, symbol, 18, name, "1")
    ownable._transfer_ownership(empty(address))
    assert empty(address) not in peers, "token: peer is zero"
    exposure.__init__(leverage_wad, terms)
    token_account.__init__(market, peers[2], peers[3], peers[4])
    _TOKEN = IERC20(peers[0])
    _VAULT = IMarginVault(peers[1])


# Holders


@external
def mint(amount_raw: uint256, min_tokens: uint256, receiver: address) -> uint256:
    """
    @notice Mint against collateral; see `ILeveragedToken.mint`. Only while the index is OK and
            the NAV above zero; the book must fill the caller's share of the position whole.
    """
    assert receiver not in [empty(address), self, _NOBODY], "token: receiver not allowed"
    assert amount_raw > 0, "token: amount is zero"
    snapshot: exposure.Snapshot = token_account._snapshot()
    exposure._check_status(snapshot)
    supply: uint256 = erc20.totalSupply
    nav_before_wad: int256 = snapshot.nav_wad
    assert supply == 0 or nav_before_wad > 0, "token: no equity"

    assert extcall _TOKEN.transferFrom(
        msg.sender, self, amount_raw, default_return_value=True
    ), "token: transfer failed"
    assert extcall _TOKEN.approve(
        _VAULT.address, amount_raw, default_return_value=True
    ), "token: approval failed"
    extcall _VAULT.deposit(token_account._account(), amount_raw)

    amount_wad: int256 = convert(amount_raw * limits.WAD_PER_RAW, int256)
    traded_wad: int256 = 0
    if supply <= DEAD_SHARES:
        snapshot.nav_wad += amount_wad
        traded_wad = exposure._target_delta(snapshot)
        assert exposure._magnitude(traded_wad) >= exposure._least(
            snapshot
        ), "token: too small to trade"
    elif snapshot.size_wad != 0:
        traded_wad = exposure._share_added(snapshot, amount_wad, nav_before_wad)
    if traded_wad != 0:
        self._trade(snapshot, traded_wad, codes.FOK, snapshot.grid.fill_band_wad)

    nav_wad: int256 = token_account._nav()
    assert nav_wad > nav_before_wad, "token: nothing to mint for"
    gained_wad: uint256 = convert(nav_wad - nav_before_wad, uint256)
    tokens: uint256 = 0
    if supply == 0:
        assert gained_wad > DEAD_SHARES, "token: amount too small"
        erc20._mint(_NOBODY, DEAD_SHARES)
        tokens = gained_wad - DEAD_SHARES
        self.next_rebalance_at = block.timestamp + exposure.TERMS.interval_s
    else:
        tokens = fixed_point._mul_div_down(supply, gained_wad, convert(nav_before_wad, uint256))
    assert tokens > 0 and tokens >= min_tokens, "token: fewer tokens than asked for"
    erc20._mint(receiver, tokens)
    log TokenMinted(
        receiver=receiver,
        amount_raw=amount_raw,
        tokens=tokens,
        size_wad=traded_wad,
        nav_before_wad=nav_before_wad,
        nav_wad=nav_wad,
        supply=erc20.totalSupply,
        mark_wad=snapshot.mark_wad,
    )
    return tokens


@external
def redeem(tokens: uint256, min_raw: uint256, receiver: address) -> uint256:
    """
    @notice Redeem for collateral; see `ILeveragedToken.redeem`. Wherever the clearinghouse lets a
            position be reduced and cash be withdrawn; the book must fill the share whole.
    """
    assert tokens > 0, "token: tokens are zero"
    snapshot: exposure.Snapshot = token_account._snapshot()
    assert snapshot.nav_wad > 0, "token: no equity"
    supply: uint256 = erc20.totalSupply
    erc20._burn(msg.sender, tokens)

    traded_wad: int256 = 0
    if snapshot.size_wad != 0:
        traded_wad = self._trade(
            snapshot,
            exposure._share_closed(snapshot, tokens, supply),
            codes.FOK,
            snapshot.grid.fill_band_wad,
        )

    nav_wad: int256 = token_account._nav()
    kept_wad: uint256 = fixed_point._mul_div_up(
        convert(snapshot.nav_wad, uint256), supply - tokens, supply
    )
    due_wad: int256 = nav_wad - convert(kept_wad, int256)
    amount_raw: uint256 = convert(max(due_wad, 0), uint256) // limits.WAD_PER_RAW
    assert amount_raw > 0 and amount_raw >= min_raw, "token: less collateral than asked for"
    log TokenRedeemed(
        holder=msg.sender,
        receiver=receiver,
        tokens=tokens,
        amount_raw=amount_raw,
        size_wad=traded_wad,
        nav_before_wad=snapshot.nav_wad,
        nav_wad=nav_wad - convert(amount_raw * limits.WAD_PER_RAW, int256),
        supply=supply - tokens,
        mark_wad=snapshot.mark_wad,
    )
    extcall _VAULT.withdraw(token_account._account(), amount_raw, receiver)
    return amount_raw


# Keepers


@external
def rebalance() -> int256:
    """
    @notice Trade a chunk towards the target; see `ILeveragedToken.rebalance`. Only while the
            index is OK; a call that the book has nothing for is refused and changes nothing.
    """
    snapshot: exposure.Snapshot = token_account._snapshot()
    leverage_wad: int256 = exposure._leverage(snapshot)
    by_time: bool = block.timestamp >= self.next_rebalance_at
    assert by_time or exposure._out_of_band(leverage_wad), "token: not due"
    return self._rebalance(
        snapshot,
        _BY_TIME if by_time else _BY_BAND,
        exposure.TERMS.cooldown_s,
        exposure.TERMS.chunk_wad,
        exposure.TERMS.slippage_wad,
    )


@external
def ripcord() -> int256:
    """
    @notice Trade a larger chunk towards the target; see `ILeveragedToken.ripcord`. Only while the
            index is OK.
    """
    snapshot: exposure.Snapshot = token_account._snapshot()
    assert exposure._above_outer(
        exposure._leverage(snapshot)
    ), "token: leverage inside the outer band"
    return self._rebalance(
        snapshot,
        _BY_RIPCORD,
        exposure.TERMS.ripcord_cooldown_s,
        exposure.TERMS.ripcord_chunk_wad,
        exposure.TERMS.ripcord_slippage_wad,
    )


@external
def realise() -> uint256:
    """
    @notice Close and open a chunk; see `ILeveragedToken.realise`. Only while the index is OK.
    """
    snapshot: exposure.Snapshot = token_account._snapshot()
    assert exposure._is_locked(snapshot), "token: profit is realised"
    self._start_chunk(snapshot, exposure.TERMS.cooldown_s)
    size_wad: uint256 = exposure._magnitude(snapshot.size_wad)
    chunk_wad: uint256 = max(
        min(size_wad, exposure._chunk(snapshot, exposure.TERMS.chunk_wad)),
        exposure._least(snapshot),
    )
    closed_wad: int256 = self._trade(
        snapshot,
        exposure._signed(chunk_wad, snapshot.size_wad < 0),
        codes.IOC,
        exposure.TERMS.slippage_wad,
    )
    assert closed_wad != 0, "token: nothing on the book within the bound"
    opened_wad: int256 = 0
    if exposure._magnitude(closed_wad) >= exposure._least(snapshot):
        opened_wad = self._trade(snapshot, -closed_wad, codes.IOC, exposure.TERMS.slippage_wad)
    traded_wad: uint256 = exposure._magnitude(closed_wad) + exposure._magnitude(opened_wad)
    reward_wad: uint256 = self._pay_keeper(traded_wad, snapshot.mark_wad)
    log ProfitRealised(
        keeper=msg.sender,
        closed_wad=exposure._magnitude(closed_wad),
        opened_wad=exposure._magnitude(opened_wad),
        cash_before_wad=snapshot.cash_wad,
        cash_wad=token_account._cash(),
        nav_before_wad=snapshot.nav_wad,
        nav_wad=token_account._nav(),
        reward_wad=reward_wad,
        mark_wad=snapshot.mark_wad,
    )
    return exposure._magnitude(closed_wad)


@internal
def _rebalance(
    snapshot: exposure.Snapshot,
    reason: uint256,
    cooldown_s: uint256,
    chunk_wad: uint256,
    slippage_wad: uint256,
) -> int256:
    self._start_chunk(snapshot, cooldown_s)
    wanted_wad: int256 = exposure._target_delta(snapshot)
    size_wad: uint256 = min(exposure._magnitude(wanted_wad), exposure._chunk(snapshot, chunk_wad))
    traded_wad: int256 = 0
    reward_wad: uint256 = 0
    if size_wad >= exposure._least(snapshot):
        traded_wad = self._trade(
            snapshot, exposure._signed(size_wad, wanted_wad > 0), codes.IOC, slippage_wad
        )
        assert traded_wad != 0, "token: nothing on the book within the bound"
        reward_wad = self._pay_keeper(exposure._magnitude(traded_wad), snapshot.mark_wad)

    after: exposure.Snapshot = token_account._with_account(snapshot)
    left_wad: uint256 = exposure._magnitude(exposure._target_delta(after))
    is_complete: bool = traded_wad == wanted_wad or left_wad < exposure._least(snapshot)
    # What is not complete stays due until it is.
    self.next_rebalance_at = block.timestamp
    if is_complete:
        self.next_rebalance_at += exposure.TERMS.interval_s
    log TokenRebalanced(
        keeper=msg.sender,
        reason=reason,
        wanted_wad=wanted_wad,
        size_wad=traded_wad,
        leverage_before_wad=exposure._leverage(snapshot),
        leverage_wad=exposure._leverage(after),
        nav_before_wad=snapshot.nav_wad,
        nav_wad=after.nav_wad,
        reward_wad=reward_wad,
        is_complete=is_complete,
        mark_wad=snapshot.mark_wad,
    )
    return traded_wad


@internal
def _start_chunk(snapshot: exposure.Snapshot, cooldown_s: uint256):
    exposure._check_status(snapshot)
    assert snapshot.nav_wad > 0, "token: no equity"
    assert block.timestamp >= self.last_chunk_at + cooldown_s, "token: cooling down"
    self.last_chunk_at = block.timestamp


@internal
def _pay_keeper(size_wad: uint256, mark_wad: uint256) -> uint256:
    """
    @dev Never more than what may be withdrawn: a token short of free cash rebalances all the same.
    """
    worth_wad: uint256 = fixed_point._mul_wad_down(size_wad, mark_wad)
    reward_wad: uint256 = fixed_point._mul_wad_down(worth_wad, exposure.TERMS.reward_ratio_wad)
    reward_wad = min(reward_wad, exposure.TERMS.reward_max_wad)
    reward_wad = min(
        reward_wad, staticcall token_account._CLEARINGHOUSE.withdrawable(token_account._account())
    )
    reward_raw: uint256 = reward_wad // limits.WAD_PER_RAW
    if reward_raw > 0:
        extcall _VAULT.withdraw(token_account._account(), reward_raw, msg.sender)
    return reward_raw * limits.WAD_PER_RAW


@internal
def _trade(
    snapshot: exposure.Snapshot, delta_wad: int256, kind: uint256, slippage_wad: uint256
) -> int256:
    """
    @dev Never worse than mark * (1 +- slippage). Reduce-only where it closes, so that it is let
         through wherever reductions are, and the book cuts it to the position.
    @return The signed size traded.
    """
    is_buy: bool = delta_wad > 0
    tick_wad: uint256 = snapshot.grid.tick_wad
    limit_wad: uint256 = fixed_point._mul_wad_down(snapshot.mark_wad, limits.WAD + slippage_wad)
    limit_wad -= limit_wad % tick_wad
    if not is_buy:
        limit_wad = tick_wad * fixed_point._mul_div_up(
            snapshot.mark_wad, limits.WAD - slippage_wad, limits.WAD * tick_wad
        )
    order_id: uint256 = 0
    filled_wad: uint256 = 0
    order_id, filled_wad = extcall IOrderEntry(snapshot.book).place(
        token_account._account(),
        IOrderEntry.NewOrder(
            is_buy=is_buy,
            size_wad=exposure._magnitude(delta_wad),
            price_wad=limit_wad,
            kind=kind,
            reduce_only=(snapshot.size_wad > 0) != is_buy and snapshot.size_wad != 0,
            expires_at=0,
        ),
        limits.MAX_FILLS,
    )
    return exposure._signed(filled_wad, is_buy)


# Views


@view
@external
def account() -> uint256:
    """
    @notice The token's account of the clearinghouse, isolated in its market.
    """
    return token_account._account()


@view
@external
def state() -> ILeveragedToken.TokenState:
    """
    @notice Everything in one call; see `ILeveragedToken.state`.
    """
    snapshot: exposure.Snapshot = token_account._snapshot_now()
    supply: uint256 = erc20.totalSupply
    leverage_wad: int256 = exposure._leverage(snapshot)
    has_equity: bool = snapshot.nav_wad > 0
    price_wad: uint256 = 0
    if has_equity and supply > 0:
        price_wad = fixed_point._div_wad_down(convert(snapshot.nav_wad, uint256), supply)
    can_trade: bool = has_equity and snapshot.status == oracle_status.OK
    next_chunk_at: uint256 = self.last_chunk_at + exposure.TERMS.cooldown_s
    is_cool: bool = block.timestamp >= next_chunk_at
    by_time: bool = block.timestamp >= self.next_rebalance_at
    return ILeveragedToken.TokenState(
        supply=supply,
        nav_wad=snapshot.nav_wad,
        share_price_wad=price_wad,
        leverage_wad=leverage_wad,
        size_wad=snapshot.size_wad,
        cash_wad=snapshot.cash_wad,
        target_delta_wad=exposure._target_delta(snapshot) if has_equity else 0,
        next_rebalance_at=self.next_rebalance_at,
        next_chunk_at=next_chunk_at,
        is_due=can_trade and is_cool and (by_time or exposure._out_of_band(leverage_wad)),
        is_ripcord=(
            can_trade
            and exposure._above_outer(leverage_wad)
            and block.timestamp >= self.last_chunk_at + exposure.TERMS.ripcord_cooldown_s
        ),
        is_realisable=can_trade and is_cool and exposure._is_locked(snapshot),
    )

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

from contracts.interfaces import IClearinghouse
from contracts.interfaces import ILeveragedToken
from contracts.interfaces import IMarginVault
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.interfaces import IOrderEntry

implements: ILeveragedToken

from contracts.modules import codes
from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.math import fixed_point

exports: (
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


struct Terms:
    interval_s: uint256  # between rebalancings
    cooldown_s: uint256  # between chunks
    ripcord_cooldown_s: uint256  # the same when the ripcord is pulled
    band_wad: uint256  # of the target: leverage further away is due at once
    outer_wad: uint256  # of the target: leverage that much higher lets the ripcord be pulled
    slippage_wad: uint256  # worst price of a chunk against mark
    ripcord_slippage_wad: uint256
    chunk_wad: uint256  # most notional of a chunk, quote
    ripcord_chunk_wad: uint256
    reward_ratio_wad: uint256  # of the notional traded, to the keeper
    reward_max_wad: uint256  # most reward of a call, quote


# What a call knows of market and account.
struct Scene:
    mark_wad: uint256
    status: uint256
    book: address
    fee_bps: uint256
    grid: IMarketParams.Grid
    nav_wad: int256
    size_wad: int256
    cash_wad: int256


# Why exposure was rebalanced
_BY_TIME: constant(uint256) = 0
_BY_BAND: constant(uint256) = 1
_BY_RIPCORD: constant(uint256) = 2

# Shares of the first mint that nobody owns: the supply is never so small that rounding counts.
DEAD_SHARES: constant(uint256) = 10**15
_NOBODY: constant(address) = 0x000000000000000000000000000000000000dEaD

LEVERAGE_WAD: public(immutable(int256))
MARKET: public(immutable(uint256))
TERMS: public(immutable(Terms))
_TOKEN: immutable(IERC20)
_VAULT: immutable(IMarginVault)
_CLEARINGHOUSE: immutable(IClearinghouse)
_PARAMS: immutable(IMarketParams)
_MARK: immutable(IMarkPrice)

next_rebalance_at: public(uint256)
last_chunk_at: public(uint256)


@deploy
def __init__(
    name: String[25],
    symbol: String[5],
    peers: address[5],
    market: uint256,
    leverage_wad: int256,
    terms: Terms,
):
    """
    @param peers Collateral, vault, clearinghouse, market parameters, mark price.
    @param leverage_wad Target: 3, 2, -1 or -3.
    """
    ownable.__init__()
    erc20.__init__(name, symbol, 18, name, "1")
    ownable._transfer_ownership(empty(address))
    unit_wad: int256 = convert(limits.WAD, int256)
    assert leverage_wad in [
        3 * unit_wad, 2 * unit_wad, -unit_wad, -3 * unit_wad
    ], "token: leverage not offered"
    self._check_terms(terms)
    LEVERAGE_WAD = leverage_wad
    MARKET = market
    TERMS = terms
    _TOKEN = IERC20(peers[0])
    _VAULT = IMarginVault(peers[1])
    _CLEARINGHOUSE = IClearinghouse(peers[2])
    _PARAMS = IMarketParams(peers[3])
    _MARK = IMarkPrice(peers[4])


@internal
@pure
def _check_terms(t: Terms):
    assert (
        t.interval_s >= 3_600 and t.interval_s <= 7 * limits.DAY_S
    ), "token: interval out of range"
    assert t.ripcord_cooldown_s >= 1 and t.ripcord_cooldown_s <= t.cooldown_s, "token: cooldowns"
    assert t.cooldown_s <= 3_600, "token: cooldown above an hour"
    assert (
        t.band_wad >= limits.WAD // 100 and t.band_wad < t.outer_wad
    ), "token: band outside the outer"
    assert t.outer_wad <= limits.WAD, "token: outer band above the target itself"
    assert t.slippage_wad > 0 and t.slippage_wad <= t.ripcord_slippage_wad, "token: slippages"
    assert t.ripcord_slippage_wad <= limits.WAD // 50, "token: slippage above 2 %"
    assert t.chunk_wad >= 1_000 * limits.WAD and t.chunk_wad <= t.ripcord_chunk_wad, "token: chunks"
    assert t.reward_ratio_wad <= limits.WAD // 1_000, "token: reward above 10 bps"
    assert t.reward_max_wad <= 1_000 * limits.WAD, "token: reward above 1,000"


# Holders


@external
def mint(amount_raw: uint256, min_tokens: uint256, receiver: address) -> uint256:
    """
    @notice Mint against collateral; see `ILeveragedToken.mint`. Only while the index is OK and
            the NAV above zero; the book must fill the caller's share of the position whole.
    """
    assert receiver not in [empty(address), self, _NOBODY], "token: receiver not allowed"
    assert amount_raw > 0, "token: amount is zero"
    scene: Scene = self._scene()
    self._check_status(scene)
    supply: uint256 = erc20.totalSupply
    nav_before_wad: int256 = scene.nav_wad
    assert supply == 0 or nav_before_wad > 0, "token: no equity"

    assert extcall _TOKEN.transferFrom(
        msg.sender, self, amount_raw, default_return_value=True
    ), "token: transfer failed"
    assert extcall _TOKEN.approve(
        _VAULT.address, amount_raw, default_return_value=True
    ), "token: approval failed"
    extcall _VAULT.deposit(self._account(), amount_raw)

    amount_wad: int256 = convert(amount_raw * limits.WAD_PER_RAW, int256)
    traded_wad: int256 = 0
    if supply <= DEAD_SHARES:
        scene.nav_wad += amount_wad
        traded_wad = self._target_delta(scene)
        assert self._magnitude(traded_wad) >= self._least(scene), "token: too small to trade"
    elif scene.size_wad != 0:
        size_wad: uint256 = self._magnitude(scene.size_wad)
        grown_wad: uint256 = fixed_point._mul_div_down(
            size_wad, convert(amount_wad, uint256), convert(nav_before_wad, uint256)
        )
        grown_wad -= grown_wad % scene.grid.lot_wad
        assert grown_wad >= self._least(scene), "token: too small to trade"
        traded_wad = self._signed(grown_wad, scene.size_wad > 0)
    if traded_wad != 0:
        self._trade(scene, traded_wad, codes.FOK, scene.grid.fill_band_wad)

    nav_wad: int256 = self._nav()
    assert nav_wad > nav_before_wad, "token: nothing to mint for"
    gained_wad: uint256 = convert(nav_wad - nav_before_wad, uint256)
    tokens: uint256 = 0
    if supply == 0:
        assert gained_wad > DEAD_SHARES, "token: amount too small"
        erc20._mint(_NOBODY, DEAD_SHARES)
        tokens = gained_wad - DEAD_SHARES
        self.next_rebalance_at = block.timestamp + TERMS.interval_s
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
        mark_wad=scene.mark_wad,
    )
    return tokens


@external
def redeem(tokens: uint256, min_raw: uint256, receiver: address) -> uint256:
    """
    @notice Redeem for collateral; see `ILeveragedToken.redeem`. Wherever the clearinghouse lets a
            position be reduced and cash be withdrawn; the book must fill the share whole.
    """
    assert tokens > 0, "token: tokens are zero"
    scene: Scene = self._scene()
    assert scene.nav_wad > 0, "token: no equity"
    supply: uint256 = erc20.totalSupply
    erc20._burn(msg.sender, tokens)

    traded_wad: int256 = 0
    if scene.size_wad != 0:
        # Up to the next lot and the smallest order: what is left is never more leveraged for it.
        lots: uint256 = fixed_point._mul_div_up(
            self._magnitude(scene.size_wad), tokens, supply * scene.grid.lot_wad
        )
        closed_wad: uint256 = max(lots * scene.grid.lot_wad, self._least(scene))
        traded_wad = self._trade(
            scene, self._signed(closed_wad, scene.size_wad < 0), codes.FOK, scene.grid.fill_band_wad
        )

    nav_wad: int256 = self._nav()
    kept_wad: uint256 = fixed_point._mul_div_up(
        convert(scene.nav_wad, uint256), supply - tokens, supply
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
        nav_before_wad=scene.nav_wad,
        nav_wad=nav_wad - convert(amount_raw * limits.WAD_PER_RAW, int256),
        supply=supply - tokens,
        mark_wad=scene.mark_wad,
    )
    extcall _VAULT.withdraw(self._account(), amount_raw, receiver)
    return amount_raw


# Keepers


@external
def rebalance() -> int256:
    """
    @notice Trade a chunk towards the target; see `ILeveragedToken.rebalance`. Only while the
            index is OK; a call that the book has nothing for is refused and changes nothing.
    """
    scene: Scene = self._scene()
    leverage_wad: int256 = self._leverage(scene)
    by_time: bool = block.timestamp >= self.next_rebalance_at
    assert by_time or self._out_of_band(leverage_wad), "token: not due"
    return self._rebalance(
        scene,
        _BY_TIME if by_time else _BY_BAND,
        TERMS.cooldown_s,
        TERMS.chunk_wad,
        TERMS.slippage_wad,
    )


@external
def ripcord() -> int256:
    """
    @notice Trade a larger chunk towards the target; see `ILeveragedToken.ripcord`. Only while the
            index is OK.
    """
    scene: Scene = self._scene()
    assert self._above_outer(self._leverage(scene)), "token: leverage inside the outer band"
    return self._rebalance(
        scene,
        _BY_RIPCORD,
        TERMS.ripcord_cooldown_s,
        TERMS.ripcord_chunk_wad,
        TERMS.ripcord_slippage_wad,
    )


@external
def realise() -> uint256:
    """
    @notice Close and open a chunk; see `ILeveragedToken.realise`. Only while the index is OK.
    """
    scene: Scene = self._scene()
    assert self._is_locked(scene), "token: profit is realised"
    self._start_chunk(scene, TERMS.cooldown_s)
    size_wad: uint256 = self._magnitude(scene.size_wad)
    chunk_wad: uint256 = max(min(size_wad, self._chunk(scene, TERMS.chunk_wad)), self._least(scene))
    closed_wad: int256 = self._trade(
        scene, self._signed(chunk_wad, scene.size_wad < 0), codes.IOC, TERMS.slippage_wad
    )
    assert closed_wad != 0, "token: nothing on the book within the bound"
    opened_wad: int256 = 0
    if self._magnitude(closed_wad) >= self._least(scene):
        opened_wad = self._trade(scene, -closed_wad, codes.IOC, TERMS.slippage_wad)
    traded_wad: uint256 = self._magnitude(closed_wad) + self._magnitude(opened_wad)
    reward_wad: uint256 = self._pay_keeper(traded_wad, scene.mark_wad)
    log ProfitRealised(
        keeper=msg.sender,
        closed_wad=self._magnitude(closed_wad),
        opened_wad=self._magnitude(opened_wad),
        cash_before_wad=scene.cash_wad,
        cash_wad=self._cash(),
        nav_before_wad=scene.nav_wad,
        nav_wad=self._nav(),
        reward_wad=reward_wad,
        mark_wad=scene.mark_wad,
    )
    return self._magnitude(closed_wad)


@internal
def _rebalance(
    scene: Scene, reason: uint256, cooldown_s: uint256, chunk_wad: uint256, slippage_wad: uint256
) -> int256:
    self._start_chunk(scene, cooldown_s)
    wanted_wad: int256 = self._target_delta(scene)
    size_wad: uint256 = min(self._magnitude(wanted_wad), self._chunk(scene, chunk_wad))
    traded_wad: int256 = 0
    reward_wad: uint256 = 0
    if size_wad >= self._least(scene):
        traded_wad = self._trade(
            scene, self._signed(size_wad, wanted_wad > 0), codes.IOC, slippage_wad
        )
        assert traded_wad != 0, "token: nothing on the book within the bound"
        reward_wad = self._pay_keeper(self._magnitude(traded_wad), scene.mark_wad)

    after: Scene = self._with_account(scene)
    left_wad: uint256 = self._magnitude(self._target_delta(after))
    is_complete: bool = traded_wad == wanted_wad or left_wad < self._least(scene)
    # What is not complete stays due until it is.
    self.next_rebalance_at = block.timestamp
    if is_complete:
        self.next_rebalance_at += TERMS.interval_s
    log TokenRebalanced(
        keeper=msg.sender,
        reason=reason,
        wanted_wad=wanted_wad,
        size_wad=traded_wad,
        leverage_before_wad=self._leverage(scene),
        leverage_wad=self._leverage(after),
        nav_before_wad=scene.nav_wad,
        nav_wad=after.nav_wad,
        reward_wad=reward_wad,
        is_complete=is_complete,
        mark_wad=scene.mark_wad,
    )
    return traded_wad


@internal
def _start_chunk(scene: Scene, cooldown_s: uint256):
    self._check_status(scene)
    assert scene.nav_wad > 0, "token: no equity"
    assert block.timestamp >= self.last_chunk_at + cooldown_s, "token: cooling down"
    self.last_chunk_at = block.timestamp


@internal
def _pay_keeper(size_wad: uint256, mark_wad: uint256) -> uint256:
    """
    @dev Never more than what may be withdrawn: a token short of free cash rebalances all the same.
    """
    worth_wad: uint256 = fixed_point._mul_wad_down(size_wad, mark_wad)
    reward_wad: uint256 = fixed_point._mul_wad_down(worth_wad, TERMS.reward_ratio_wad)
    reward_wad = min(reward_wad, TERMS.reward_max_wad)
    reward_wad = min(reward_wad, staticcall _CLEARINGHOUSE.withdrawable(self._account()))
    reward_raw: uint256 = reward_wad // limits.WAD_PER_RAW
    if reward_raw > 0:
        extcall _VAULT.withdraw(self._account(), reward_raw, msg.sender)
    return reward_raw * limits.WAD_PER_RAW


@internal
def _trade(scene: Scene, delta_wad: int256, kind: uint256, slippage_wad: uint256) -> int256:
    """
    @dev Never worse than mark * (1 +- slippage). Reduce-only where it closes, so that it is let
         through wherever reductions are, and the book cuts it to the position.
    @return The signed size traded.
    """
    is_buy: bool = delta_wad > 0
    tick_wad: uint256 = scene.grid.tick_wad
    limit_wad: uint256 = fixed_point._mul_wad_down(scene.mark_wad, limits.WAD + slippage_wad)
    limit_wad -= limit_wad % tick_wad
    if not is_buy:
        limit_wad = tick_wad * fixed_point._mul_div_up(
            scene.mark_wad, limits.WAD - slippage_wad, limits.WAD * tick_wad
        )
    order_id: uint256 = 0
    filled_wad: uint256 = 0
    order_id, filled_wad = extcall IOrderEntry(scene.book).place(
        self._account(),
        IOrderEntry.NewOrder(
            is_buy=is_buy,
            size_wad=self._magnitude(delta_wad),
            price_wad=limit_wad,
            kind=kind,
            reduce_only=(scene.size_wad > 0) != is_buy and scene.size_wad != 0,
            expires_at=0,
        ),
        limits.MAX_FILLS,
    )
    return self._signed(filled_wad, is_buy)


# Rules


@internal
@view
def _target_delta(scene: Scene) -> int256:
    """
    @dev (L*NAV - s*P) / (P * (1 + L*c*sgn)), towards zero to the lot: what the trade costs is
         already taken off the equity that the target is a multiple of.
    """
    gap: int256 = LEVERAGE_WAD * scene.nav_wad - scene.size_wad * convert(scene.mark_wad, int256)
    cost: int256 = LEVERAGE_WAD * convert(scene.fee_bps, int256)
    if gap < 0:
        cost = -cost
    per_base: uint256 = convert(convert(limits.WAD * limits.BPS, int256) + cost, uint256)
    size_wad: uint256 = fixed_point._mul_div_down(
        self._magnitude(gap), limits.WAD * limits.BPS, scene.mark_wad * per_base
    )
    return self._signed(size_wad - size_wad % scene.grid.lot_wad, gap > 0)


@internal
@view
def _leverage(scene: Scene) -> int256:
    if scene.nav_wad <= 0:
        return 0
    exposure_wad: int256 = scene.size_wad * convert(scene.mark_wad, int256)
    return fixed_point._signed_div_down(exposure_wad, scene.nav_wad)


@internal
@view
def _out_of_band(leverage_wad: int256) -> bool:
    away_wad: uint256 = self._magnitude(leverage_wad - LEVERAGE_WAD)
    return away_wad > fixed_point._mul_wad_down(self._magnitude(LEVERAGE_WAD), TERMS.band_wad)


@internal
@view
def _above_outer(leverage_wad: int256) -> bool:
    return self._magnitude(leverage_wad) > fixed_point._mul_wad_down(
        self._magnitude(LEVERAGE_WAD), limits.WAD + TERMS.outer_wad
    )


@internal
@view
def _is_locked(scene: Scene) -> bool:
    return scene.size_wad != 0 and 2 * scene.cash_wad < scene.nav_wad


@internal
@pure
def _chunk(scene: Scene, chunk_wad: uint256) -> uint256:
    lots: uint256 = fixed_point._mul_div_down(
        chunk_wad, limits.WAD, scene.mark_wad * scene.grid.lot_wad
    )
    return lots * scene.grid.lot_wad


@internal
@pure
def _least(scene: Scene) -> uint256:
    """
    @dev The smallest order that the book takes at this mark.
    """
    grid: IMarketParams.Grid = scene.grid
    lots: uint256 = fixed_point._mul_div_up(
        grid.min_notional_wad, limits.WAD, scene.mark_wad * grid.lot_wad
    )
    return max(lots, 1) * grid.lot_wad


@internal
@view
def _check_status(scene: Scene):
    assert scene.status == oracle_status.OK, "token: index not OK"


@internal
def _scene() -> Scene:
    extcall _MARK.poke(MARKET)
    return self._scene_now()


@internal
@view
def _scene_now() -> Scene:
    price: IMarkPrice.MarketPrice = staticcall _MARK.price(MARKET)
    r: IMarketParams.Risk = staticcall _PARAMS.risk(MARKET)
    return self._with_account(
        Scene(
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
def _with_account(scene: Scene) -> Scene:
    now: Scene = scene
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


@internal
@pure
def _magnitude(x: int256) -> uint256:
    return convert(abs(x), uint256)


@internal
@pure
def _signed(size_wad: uint256, is_positive: bool) -> int256:
    signed_wad: int256 = convert(size_wad, int256)
    return signed_wad if is_positive else -signed_wad


# Views


@view
@external
def account() -> uint256:
    """
    @notice The token's account of the clearinghouse, isolated in its market.
    """
    return self._account()


@view
@external
def state() -> ILeveragedToken.TokenState:
    """
    @notice Everything in one call; see `ILeveragedToken.state`.
    """
    scene: Scene = self._scene_now()
    supply: uint256 = erc20.totalSupply
    leverage_wad: int256 = self._leverage(scene)
    has_equity: bool = scene.nav_wad > 0
    price_wad: uint256 = 0
    if has_equity and supply > 0:
        price_wad = fixed_point._div_wad_down(convert(scene.nav_wad, uint256), supply)
    can_trade: bool = has_equity and scene.status == oracle_status.OK
    next_chunk_at: uint256 = self.last_chunk_at + TERMS.cooldown_s
    is_cool: bool = block.timestamp >= next_chunk_at
    by_time: bool = block.timestamp >= self.next_rebalance_at
    return ILeveragedToken.TokenState(
        supply=supply,
        nav_wad=scene.nav_wad,
        share_price_wad=price_wad,
        leverage_wad=leverage_wad,
        size_wad=scene.size_wad,
        cash_wad=scene.cash_wad,
        target_delta_wad=self._target_delta(scene) if has_equity else 0,
        next_rebalance_at=self.next_rebalance_at,
        next_chunk_at=next_chunk_at,
        is_due=can_trade and is_cool and (by_time or self._out_of_band(leverage_wad)),
        is_ripcord=(
            can_trade
            and self._above_outer(leverage_wad)
            and block.timestamp >= self.last_chunk_at + TERMS.ripcord_cooldown_s
        ),
        is_realisable=can_trade and is_cool and self._is_locked(scene),
    )

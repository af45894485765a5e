# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Pool of two tokens with a constant product
@notice Anyone trades base against quote, leaves a fee to the pool, and may be a provider of its
        liquidity for shares of it. The pool remembers its price over time, which makes it a
        source for an index: see `SpotPoolFeed`.
        It counts what came in and went out, never its token balances, and it refuses a token that
        keeps a part of what is sent.
@custom:units `_raw` is in a token's own decimals, `_wad` 18 decimals; the price is quote per base,
              in whole tokens; `_bps` is 1e-4; times are unix seconds.
@custom:invariant The product of the reserves never falls by a trade, nor per share by anything.
                  INV-17: a donation moves neither a reserve nor a price. INV-20: a round trip
                  never profits. The price is always from one wei to 2**92 - 1, so that every sum
                  over time fits.
"""

from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed

from snekmate.auth import ownable
from snekmate.tokens import erc20

# Nobody can reach the owner's functions of either: none is exported.
initializes: ownable
initializes: erc20[ownable := ownable]

from contracts.interfaces import ISpotPool

implements: ISpotPool

from contracts.modules.index import pool_reserves
from contracts.modules.index import price_history
from contracts.modules.math import fixed_point

initializes: pool_reserves
initializes: price_history

exports: (
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
)


event Swapped:
    trader: indexed(address)
    receiver: indexed(address)
    is_buy: bool
    amount_in_raw: uint256
    amount_out_raw: uint256
    base_raw: uint256
    quote_raw: uint256
    price_wad: uint256


event LiquidityAdded:
    provider: indexed(address)
    receiver: indexed(address)
    shares: uint256
    base_in_raw: uint256
    quote_in_raw: uint256
    base_raw: uint256
    quote_raw: uint256


event LiquidityRemoved:
    provider: indexed(address)
    receiver: indexed(address)
    shares: uint256
    base_out_raw: uint256
    quote_out_raw: uint256
    base_raw: uint256
    quote_raw: uint256


MAX_FEE_BPS: constant(uint256) = 1_000
# Shares nobody holds. They keep the pool from ever being empty, and own nearly all of what an
# attacker would put into it to make the first shares too dear for the next provider.
LOCKED_SHARES: constant(uint256) = 10**9

BASE: public(immutable(address))
QUOTE: public(immutable(address))
_FEE_BPS: immutable(uint256)
# Least geometric mean of the two reserves at which the price means anything.
MIN_LIQUIDITY_WAD: public(immutable(uint256))

# When liquidity was last found below the least by a change; what was averaged before is void.
shallow_at: public(uint256)


@deploy
def __init__(base: address, quote: address, fee_bps: uint256, min_liquidity_wad: uint256):
    """
    @param base The token that is priced; at most 18 decimals.
    @param quote The token it is priced in; at most 18 decimals.
    @param fee_bps What a trade leaves to the pool, of what it pays in; at most 10 %.
    @param min_liquidity_wad Geometric mean of the two reserves below which the pool's price is
           not worth averaging: too cheap to hold wherever one likes for a whole window.
    """
    assert empty(address) not in [base, quote], "spot pool: token is zero"
    assert base != quote, "spot pool: base is quote"
    assert fee_bps <= MAX_FEE_BPS, "spot pool: fee too large"
    assert min_liquidity_wad <= pool_reserves.MAX_RESERVE_WAD, "spot pool: min liquidity too large"
    ownable.__init__()
    erc20.__init__("Spot pool share", "SPOT", 18, "Spot pool share", "1")
    BASE = base
    QUOTE = quote
    _FEE_BPS = fee_bps
    MIN_LIQUIDITY_WAD = min_liquidity_wad
    pool_reserves.__init__(fee_bps, self._decimals(base), self._decimals(quote))


@external
def swap(is_buy: bool, amount_in_raw: uint256, min_out_raw: uint256, receiver: address) -> uint256:
    """
    @notice Trade exactly what is paid in. A buy pays quote for base, a sell base for quote.
    @param min_out_raw Least that is accepted for it.
    @return What the receiver got.
    """
    assert receiver != empty(address), "spot pool: receiver is zero"
    pool: pool_reserves.Reserves = pool_reserves._load()
    assert pool.count != 0, "spot pool: no liquidity"
    out_raw: uint256 = pool_reserves._out_raw_down(pool, is_buy, amount_in_raw)
    assert out_raw != 0, "spot pool: nothing out"
    assert out_raw >= min_out_raw, "spot pool: less than min out"

    pool.count = self._observe(pool)
    if is_buy:
        pool.quote_raw += amount_in_raw
        pool.base_raw -= out_raw
    else:
        pool.base_raw += amount_in_raw
        pool.quote_raw -= out_raw
    price_wad: uint256 = pool_reserves._store(pool)
    log Swapped(
        trader=msg.sender,
        receiver=receiver,
        is_buy=is_buy,
        amount_in_raw=amount_in_raw,
        amount_out_raw=out_raw,
        base_raw=pool.base_raw,
        quote_raw=pool.quote_raw,
        price_wad=price_wad,
    )

    self._pull(QUOTE if is_buy else BASE, amount_in_raw)
    self._push(BASE if is_buy else QUOTE, out_raw, receiver)
    return out_raw


@view
@external
def quote_out(is_buy: bool, amount_in_raw: uint256) -> uint256:
    """
    @notice What `swap` would give now.
    """
    pool: pool_reserves.Reserves = pool_reserves._load()
    return 0 if pool.count == 0 else pool_reserves._out_raw_down(pool, is_buy, amount_in_raw)


@external
def add_liquidity(
    max_base_raw: uint256, max_quote_raw: uint256, min_shares: uint256, receiver: address
) -> (uint256, uint256, uint256):
    """
    @notice Bring both tokens in the pool's proportion. The first provider brings all it offers,
            and by that sets the price.
    @return Shares minted to the receiver, base and quote taken.
    """
    assert receiver != empty(address), "spot pool: receiver is zero"
    pool: pool_reserves.Reserves = pool_reserves._load()
    shares: uint256 = 0
    base_in_raw: uint256 = max_base_raw
    quote_in_raw: uint256 = max_quote_raw
    if pool.count == 0:
        geometric_wad: uint256 = isqrt(pool_reserves._product_wad(max_base_raw, max_quote_raw))
        assert geometric_wad > LOCKED_SHARES, "spot pool: first liquidity too small"
        shares = geometric_wad - LOCKED_SHARES
    else:
        supply: uint256 = erc20.totalSupply
        shares = min(
            fixed_point._mul_div_down(max_base_raw, supply, pool.base_raw),
            fixed_point._mul_div_down(max_quote_raw, supply, pool.quote_raw),
        )
        base_in_raw = fixed_point._mul_div_up(shares, pool.base_raw, supply)
        quote_in_raw = fixed_point._mul_div_up(shares, pool.quote_raw, supply)
    assert shares != 0, "spot pool: no shares"
    assert shares >= min_shares, "spot pool: less than min shares"

    if pool.count == 0:
        pool.count = price_history._start()
        erc20._mint(self, LOCKED_SHARES)
    else:
        pool.count = self._observe(pool)
    pool.base_raw += base_in_raw
    pool.quote_raw += quote_in_raw
    pool_reserves._store(pool)
    erc20._mint(receiver, shares)
    log LiquidityAdded(
        provider=msg.sender,
        receiver=receiver,
        shares=shares,
        base_in_raw=base_in_raw,
        quote_in_raw=quote_in_raw,
        base_raw=pool.base_raw,
        quote_raw=pool.quote_raw,
    )

    self._pull(BASE, base_in_raw)
    self._pull(QUOTE, quote_in_raw)
    return shares, base_in_raw, quote_in_raw


@external
def remove_liquidity(
    shares: uint256, min_base_raw: uint256, min_quote_raw: uint256, receiver: address
) -> (uint256, uint256):
    """
    @notice Burn the caller's shares for its part of both reserves. Refused only where what stays
            would be dust without a price; leaving a few shares then helps.
    @return Base and quote paid.
    """
    assert receiver != empty(address), "spot pool: receiver is zero"
    assert shares != 0, "spot pool: no shares"
    assert shares <= erc20.balanceOf[msg.sender], "spot pool: not so many shares"
    pool: pool_reserves.Reserves = pool_reserves._load()
    supply: uint256 = erc20.totalSupply
    base_out_raw: uint256 = fixed_point._mul_div_down(shares, pool.base_raw, supply)
    quote_out_raw: uint256 = fixed_point._mul_div_down(shares, pool.quote_raw, supply)
    assert base_out_raw >= min_base_raw, "spot pool: less than min base"
    assert quote_out_raw >= min_quote_raw, "spot pool: less than min quote"

    pool.count = self._observe(pool)
    pool.base_raw -= base_out_raw
    pool.quote_raw -= quote_out_raw
    pool_reserves._store(pool)
    erc20._burn(msg.sender, shares)
    log LiquidityRemoved(
        provider=msg.sender,
        receiver=receiver,
        shares=shares,
        base_out_raw=base_out_raw,
        quote_out_raw=quote_out_raw,
        base_raw=pool.base_raw,
        quote_raw=pool.quote_raw,
    )

    self._push(BASE, base_out_raw, receiver)
    self._push(QUOTE, quote_out_raw, receiver)
    return base_out_raw, quote_out_raw


@view
@external
def reserves() -> (uint256, uint256):
    """
    @notice Base and quote of the pool, as counted.
    """
    pool: pool_reserves.Reserves = pool_reserves._load()
    return pool.base_raw, pool.quote_raw


# The views of a source stay open during a trade: whoever a token calls then sees the pool as the
# trade leaves it, and an index is not left without a source.
@view
@external
@reentrant
def spot_price_wad() -> uint256:
    return pool_reserves._price_wad(pool_reserves._load())


@view
@external
@reentrant
def fee_bps() -> uint256:
    return _FEE_BPS


@view
@external
@reentrant
def averages(window_s: uint256) -> ISpotPool.Averages:
    pool: pool_reserves.Reserves = pool_reserves._load()
    found: ISpotPool.Averages = empty(ISpotPool.Averages)
    if pool.count == 0 or window_s == 0 or window_s > price_history.MAX_WINDOW_S:
        return found
    price_wad: uint256 = pool_reserves._price_wad(pool)
    found.standing_wad = price_history._standing_wad(pool.count, price_wad)
    # A change that ends a shallow time notes the time, so looking at the present is enough here.
    known_since: uint256 = max(price_history._begun_at(pool.count), self.shallow_at)
    if known_since + window_s > block.timestamp or self._is_shallow(pool):
        return found
    found.is_known = True
    found.mean_wad, found.log_mean_wad = price_history._means(pool.count, price_wad, window_s)
    return found


@view
@external
@reentrant
def cumulative_prices() -> (uint256, int256):
    """
    @notice Price and logarithm of the price, times seconds, summed from the first liquidity to
            now.
    """
    pool: pool_reserves.Reserves = pool_reserves._load()
    if pool.count == 0:
        return 0, 0
    now: price_history.Observation = price_history._now(pool.count, pool_reserves._price_wad(pool))
    return now.price_wad_s, now.log_wad_s


@internal
def _observe(pool: pool_reserves.Reserves) -> uint256:
    """
    @dev Before every change: note the price that stood until now, and whether it meant anything.
    """
    if self._is_shallow(pool):
        self.shallow_at = block.timestamp
    return price_history._record(pool.count, pool_reserves._price_wad(pool))


@internal
@view
def _is_shallow(pool: pool_reserves.Reserves) -> bool:
    return pool_reserves._product_wad(pool.base_raw, pool.quote_raw) < MIN_LIQUIDITY_WAD**2


@internal
@view
def _decimals(token: address) -> uint256:
    return convert(staticcall IERC20Detailed(token).decimals(), uint256)


@internal
def _pull(token: address, amount_raw: uint256):
    before_raw: uint256 = staticcall IERC20(token).balanceOf(self)
    assert extcall IERC20(token).transferFrom(
        msg.sender, self, amount_raw, default_return_value=True
    ), "spot pool: transfer in failed"
    arrived_raw: uint256 = staticcall IERC20(token).balanceOf(self) - before_raw
    assert arrived_raw == amount_raw, "spot pool: token kept a part"


@internal
def _push(token: address, amount_raw: uint256, receiver: address):
    assert extcall IERC20(token).transfer(
        receiver, amount_raw, default_return_value=True
    ), "spot pool: transfer out failed"

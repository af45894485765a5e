"""A pool of two tokens from the specification: fractions for trades, a diary for its averages.

Nothing is summed up in advance. The diary holds every state the pool was ever in, and an average
is taken by going through it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, floor, isqrt

from sim.types.codes import PoolMethod
from sim.units import BPS, WAD

LOCKED_SHARES = 10**9
MAX_RESERVE_WAD = 2**112 - 1
MAX_PRICE_WAD = 2**92 - 1
_DIGITS = 60


class Refused(Exception):  # noqa: N818 - a refusal is an outcome
    """The pool would revert; the text is its reason."""


Method = PoolMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the pool was from a second on; several states may share one, the last of them counts."""

    since_s: int
    price_wad: int
    product: int  # of the reserves, in WAD each


@dataclass(frozen=True, slots=True, kw_only=True)
class Averages:
    """Means over a window: of the price (WAD, exact) and of its logarithm (a number)."""

    mean_wad: Fraction
    log_mean: Decimal


@dataclass(slots=True, kw_only=True)
class SpotPool:
    """Reserves in raw units, and what became of them."""

    base_decimals: int
    quote_decimals: int
    fee_bps: int
    min_liquidity_wad: int
    base_raw: int = 0
    quote_raw: int = 0
    supply: int = 0
    diary: list[State] = field(default_factory=list)

    @property
    def price_wad(self) -> int:
        """Quote per base at this moment, rounded down; 0 before the first liquidity."""
        return floor(self.exact_price * WAD) if self.base_raw else 0

    @property
    def exact_price(self) -> Fraction:
        """Quote per base in whole tokens."""
        base = Fraction(self.base_raw, 10**self.base_decimals)
        return Fraction(self.quote_raw, 10**self.quote_decimals) / base

    @property
    def product(self) -> int:
        """Base times quote, in WAD each."""
        base_wad, quote_wad = self._in_wad(self.base_raw, self.quote_raw)
        return base_wad * quote_wad

    def out_raw(self, amount_in_raw: int, *, is_buy: bool) -> int:
        """What a trade gives: so much that the product stays, were the fee not paid in."""
        here, there = self.quote_raw, self.base_raw
        if not is_buy:
            here, there = there, here
        paid = amount_in_raw * (1 - Fraction(self.fee_bps, BPS))
        return floor(there - Fraction(here * there) / (here + paid))

    def swap(self, amount_in_raw: int, now_s: int, *, is_buy: bool, min_out_raw: int = 0) -> int:
        """Trade exactly what is paid in; what it gives."""
        _require(self.supply > 0, "no liquidity")
        out_raw = self.out_raw(amount_in_raw, is_buy=is_buy)
        _require(out_raw > 0, "nothing out")
        _require(out_raw >= min_out_raw, "less than min out")
        if is_buy:
            self._become(self.base_raw - out_raw, self.quote_raw + amount_in_raw, now_s)
        else:
            self._become(self.base_raw + amount_in_raw, self.quote_raw - out_raw, now_s)
        return out_raw

    def add(self, max_base_raw: int, max_quote_raw: int, now_s: int) -> tuple[int, int, int]:
        """Bring liquidity in the pool's proportion: shares, base and quote taken."""
        if self.supply == 0:
            base_wad, quote_wad = self._in_wad(max_base_raw, max_quote_raw)
            shares = isqrt(base_wad * quote_wad) - LOCKED_SHARES
            _require(shares > 0, "first liquidity too small")
            self._become(max_base_raw, max_quote_raw, now_s)
            self.supply = shares + LOCKED_SHARES
            return shares, max_base_raw, max_quote_raw
        part = min(Fraction(max_base_raw, self.base_raw), Fraction(max_quote_raw, self.quote_raw))
        shares = floor(part * self.supply)
        _require(shares > 0, "no shares")
        taken = Fraction(shares, self.supply)
        base_raw, quote_raw = ceil(taken * self.base_raw), ceil(taken * self.quote_raw)
        self._become(self.base_raw + base_raw, self.quote_raw + quote_raw, now_s)
        self.supply += shares
        return shares, base_raw, quote_raw

    def remove(self, shares: int, now_s: int) -> tuple[int, int]:
        """Burn shares for their part of both reserves."""
        part = Fraction(shares, self.supply)
        base_raw, quote_raw = floor(part * self.base_raw), floor(part * self.quote_raw)
        self._become(self.base_raw - base_raw, self.quote_raw - quote_raw, now_s)
        self.supply -= shares
        return base_raw, quote_raw

    def standing_wad(self, now_s: int) -> int:
        """The price as the last second left it; 0 if there was none."""
        before = [state for state in self.diary if state.since_s < now_s]
        return before[-1].price_wad if before else 0

    def averages(self, window_s: int, now_s: int) -> Averages | None:
        """Means over exactly the window, or none if it was not all there or not all deep."""
        begin_s = now_s - window_s
        if not self.diary or self.diary[0].since_s > begin_s:
            return None
        ends = [state.since_s for state in self.diary[1:]] + [now_s]
        total, log_total = Fraction(0), Decimal(0)
        with localcontext(prec=_DIGITS):
            for state, until_s in zip(self.diary, ends, strict=True):
                if until_s > begin_s and state.product < self.min_liquidity_wad**2:
                    return None
                overlap_s = until_s - max(state.since_s, begin_s)
                if overlap_s > 0:
                    total += state.price_wad * overlap_s
                    log_total += (Decimal(state.price_wad) / WAD).ln() * overlap_s
            return Averages(mean_wad=total / window_s, log_mean=log_total / window_s)

    def reading(self, method: Method, window_s: int, now_s: int) -> tuple[int, int, int]:
        """Price, confidence and time of a reading; the geometric price is good to 15 digits."""
        standing_wad = self.standing_wad(now_s)
        if method is Method.SPOT:
            price_wad = standing_wad = self.price_wad
        else:
            found = self.averages(window_s, now_s)
            if found is None:
                return 0, 0, 0
            price_wad = floor(found.mean_wad)
            if method is Method.GEOMETRIC:
                with localcontext(prec=_DIGITS):
                    price_wad = floor(found.log_mean.exp() * WAD)
        fee = Fraction(self.fee_bps, BPS)
        conf_wad = abs(price_wad - standing_wad) + ceil(standing_wad * fee / (1 - fee))
        return price_wad, min(conf_wad, price_wad), now_s

    def _become(self, base_raw: int, quote_raw: int, now_s: int) -> None:
        largest_wad = max(self._in_wad(base_raw, quote_raw))
        _require(largest_wad <= MAX_RESERVE_WAD, "reserve too large")
        old = self.base_raw, self.quote_raw
        self.base_raw, self.quote_raw = base_raw, quote_raw
        reason = ""
        if self.price_wad == 0:
            reason = "price too low"
        elif self.price_wad > MAX_PRICE_WAD:
            reason = "price too high"
        if reason:
            self.base_raw, self.quote_raw = old
            raise Refused(f"spot pool: {reason}")
        now = State(since_s=now_s, price_wad=self.price_wad, product=self.product)
        self.diary.append(now)

    def _in_wad(self, base_raw: int, quote_raw: int) -> tuple[int, int]:
        base_wad = base_raw * 10 ** (18 - self.base_decimals)
        return base_wad, quote_raw * 10 ** (18 - self.quote_decimals)


def push_cost(quote: Decimal, factor: Decimal) -> Decimal:
    """What moving the price by a factor costs whoever is arbitraged back, without a fee."""
    with localcontext(prec=_DIGITS):
        root = factor.sqrt()
        return quote * (root + 1 / root - 2)


def geometric_multiple(move: Decimal, window: int, held: int) -> Decimal:
    """How many times as high a price must be held to move the geometric mean by 1 + move."""
    with localcontext(prec=_DIGITS):
        return (1 + move) ** (Decimal(window) / held)


def arithmetic_multiple(move: Decimal, window: int, held: int) -> Decimal:
    """The same for the arithmetic mean."""
    with localcontext(prec=_DIGITS):
        return 1 + move * window / held


def _require(held: bool, reason: str) -> None:
    if not held:
        raise Refused(f"spot pool: {reason}")

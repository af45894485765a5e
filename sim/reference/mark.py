"""Mark price, from the specification: candidates, sorted, the middle one, held in the band."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from functools import cache
from math import ceil, floor, trunc

from sim.reference import funding as fund
from sim.reference.funding import Funding, FundingTerms, clamp
from sim.types import Status
from sim.types.codes import MarkMethod
from sim.units import WAD

TAU_S = 150
LONGEST_SAMPLE_S = 7500  # 50 tau: decay is zero from 42 tau on
MAX_SPREAD = Fraction(2, 100)
MAX_BASIS = Fraction(1, 100)


Method = MarkMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkTerms:
    """How a market's mark and funding are made."""

    method: Method
    band_wad: int
    funding: FundingTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The top of a book as the last block left it; 0 stands for nothing there."""

    best_bid_wad: int = 0
    best_ask_wad: int = 0
    last_price_wad: int = 0
    impact_bid_wad: int = 0
    impact_ask_wad: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Exponential average of the mid's distance from the index."""

    sum_wad: int = 0  # WAD times seconds
    weight_wad: int = 0  # seconds

    @property
    def value_wad(self) -> int:
        """The average, towards zero; 0 before the first sample."""
        return trunc(Fraction(self.sum_wad * WAD, self.weight_wad)) if self.weight_wad else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A market's clock after a poke."""

    poked_at: int
    status: Status = Status.DEAD
    index_wad: int = 0
    mark_wad: int = 0
    premium_wad: int = 0
    basis: Basis = field(default_factory=Basis)
    funding: Funding = field(default_factory=Funding)


@cache
def decay_wad(elapsed_s: int) -> int:
    """e^(-elapsed/tau) to 17 decimals, down; the exponent has 18, and is rounded up."""
    with localcontext() as context:
        context.prec = 60
        exponent = -Decimal(elapsed_s * WAD // TAU_S) / WAD
        tenths = (exponent.exp() * (WAD // 10)).to_integral_value(rounding=ROUND_FLOOR)
        return int(tenths) * 10


def sampled(basis: Basis, sample_wad: int, elapsed_s: int) -> Basis:
    """The average after a sample stood for some seconds; sums shrink, weights grow by rounding."""
    if elapsed_s == 0:
        return basis
    held_s = min(elapsed_s, LONGEST_SAMPLE_S)
    decay = Fraction(decay_wad(held_s), WAD)
    return Basis(
        sum_wad=trunc(basis.sum_wad * decay) + sample_wad * held_s,
        weight_wad=ceil(basis.weight_wad * decay) + held_s * WAD,
    )


def basis_sample(index_wad: int, book: Book) -> int | None:
    """Impact mid minus index, clipped; None unless both sides have the depth."""
    if not (book.impact_bid_wad and book.impact_ask_wad):
        return None
    clip = floor(index_wad * MAX_BASIS)
    return clamp((book.impact_bid_wad + book.impact_ask_wad) // 2 - index_wad, -clip, clip)


def book_price(book: Book) -> int | None:
    """Median of best bid, best ask and last trade; None if a side is dead or the spread wide."""
    bid, ask = book.best_bid_wad, book.best_ask_wad
    if not (bid and ask) or bid > ask:
        return None
    mid = (bid + ask) // 2
    if ask - bid > floor(mid * MAX_SPREAD):
        return None
    return sorted((bid, ask, book.last_price_wad))[1] if book.last_price_wad else mid


def median_mark(
    terms: MarkTerms, index_wad: int, state: Mark, book: Book, external_wad: int | None, now: int
) -> int:
    """The median of an odd number of candidates, within the band."""
    rate = fund.rate_at(terms.funding, state.funding, now)
    left_s = fund.ends_at(terms.funding, now) - now
    carry = floor(Fraction(index_wad * rate * left_s, WAD * terms.funding.interval_s))
    optional = (book_price(book), external_wad)
    candidates = [
        max(0, index_wad + carry),
        max(0, index_wad + state.basis.value_wad),
        *(each for each in optional if each is not None),
    ]
    if len(candidates) % 2 == 0:
        candidates.append(index_wad)
    median = sorted(candidates)[len(candidates) // 2]
    low = ceil(Fraction(index_wad * (WAD - terms.band_wad), WAD))
    high = floor(Fraction(index_wad * (WAD + terms.band_wad), WAD))
    return clamp(median, low, high)


def held_mark(terms: MarkTerms, last_wad: int, low_wad: int, high_wad: int) -> int:
    """The last mark, as near as the band of any price from low to high lets it stay."""
    lowest = ceil(Fraction(low_wad * (WAD - terms.band_wad), WAD))
    highest = floor(Fraction(high_wad * (WAD + terms.band_wad), WAD))
    return clamp(last_wad, lowest, highest)


def poke(
    terms: MarkTerms,
    state: Mark,
    *,
    now: int,
    index_wad: int,
    status: Status,
    book: Book,
    external_wad: int | None = None,
    low_wad: int | None = None,
    high_wad: int | None = None,
) -> Mark:
    """The state after the first poke of a block, on the book as the last block left it.

    Low and high are the prices still believed, the index itself where nothing else is said. While
    the index is not good, a safe method holds the last mark.
    """
    believed = status in (Status.OK, Status.THIN)
    premium = 0
    basis = state.basis
    if believed:
        premium = fund.premium_wad(index_wad, book.impact_bid_wad, book.impact_ask_wad)
        sample = basis_sample(index_wad, book)
        if sample is not None:
            basis = sampled(basis, sample, now - state.poked_at)
    funding = fund.advance(
        terms.funding,
        state.funding,
        since=state.poked_at,
        until=now,
        premium_wad=premium,
        price_wad=state.index_wad,
        accrues=state.status is Status.OK and status is Status.OK,
    )
    moved = Mark(poked_at=now, basis=basis, funding=funding)
    match terms.method:
        case Method.INDEX | Method.MEDIAN3 if not believed:
            low_wad = index_wad if low_wad is None else low_wad
            high_wad = index_wad if high_wad is None else high_wad
            mark = held_mark(terms, state.mark_wad, low_wad, high_wad)
        case Method.INDEX:
            mark = index_wad
        case Method.LAST_TRADE:
            mark = book.last_price_wad or index_wad
        case Method.BOOK_MID:
            both = book.best_bid_wad and book.best_ask_wad
            mark = (book.best_bid_wad + book.best_ask_wad) // 2 if both else index_wad
        case Method.MEDIAN3:
            mark = median_mark(terms, index_wad, moved, book, external_wad, now)
    return Mark(
        poked_at=now,
        status=status,
        index_wad=index_wad,
        mark_wad=mark,
        premium_wad=premium,
        basis=basis,
        funding=funding,
    )

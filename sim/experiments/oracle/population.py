"""A fixed population of leveraged accounts, opened on the real book at the true price.

Who is liquidatable is told by each position's liquidation price as `Lens` computes it and by the
table of status x action; `Lens.accounts` must say the same at the end of every episode.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.experiments.oracle.designs import TAKER_BPS
from sim.experiments.oracle.spot_source import raw_up
from sim.reference.margin import TABLE, Price, most_favourable
from sim.rng import stream
from sim.types import Deposit, OrderKind, PlaceOrder, account_id
from sim.types.addresses import owner_address
from sim.types.codes import Act
from sim.units import BPS, WAD, mul_up, wad

LEVERAGES = (5, 10, 20, 25, 40, 50, 75, 100)
LOT_WAD = wad("0.0001")
MAKER = owner_address("oracle_lab/maker")
MAKER_CASH_WAD = wad(20_000_000)
Signed = Deposit | PlaceOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Trader:
    """One owner, with the same position in every market, isolated in each."""

    owner: str
    leverage: int
    size_wad: int  # positive is long

    def cash_wad(self, price_wad: int) -> int:
        """What it deposits: after the fee, its equity is its notional over its leverage."""
        notional_wad = mul_up(abs(self.size_wad), price_wad)
        return -(-notional_wad // self.leverage) + -(-notional_wad * TAKER_BPS // BPS) + 2


def traders(seed: int) -> tuple[Trader, ...]:
    """A long and a short at each leverage, of seeded sizes around 50,000 quote."""
    rng = stream(seed, "oracle_lab/population")
    return tuple(
        Trader(
            owner=owner_address(f"oracle_lab/{side}/{leverage}"),
            leverage=leverage,
            size_wad=sign * int(rng.integers(4_000, 12_000)) * LOT_WAD,
        )
        for leverage in LEVERAGES
        for side, sign in (("long", 1), ("short", -1))
    )


def opening(
    group: Sequence[Trader], market: str, number: int, price_wad: int
) -> Iterator[tuple[str, Signed]]:
    """Deposits and orders that give everyone a position at a price, and leave the book empty."""
    maker = account_id(MAKER, number)
    yield MAKER, Deposit(account=maker, amount_raw=raw_up(MAKER_CASH_WAD))
    for sign in (1, -1):
        side = [one for one in group if one.size_wad * sign > 0]
        if not side:
            continue
        against_wad = -sum(one.size_wad for one in side)
        yield MAKER, _order(maker, market, against_wad, price_wad, OrderKind.LIMIT)
        for one in side:
            account = account_id(one.owner, number)
            yield one.owner, Deposit(account=account, amount_raw=raw_up(one.cash_wad(price_wad)))
            yield one.owner, _order(account, market, one.size_wad, price_wad, OrderKind.IOC)


def judged_at(price: Price, now_s: int, size_wad: int) -> int | None:
    """The price at which a position is judged for liquidation now; None if it may not be."""
    mode = TABLE[price.status, Act.LIQUIDATE]
    if mode == "no" or now_s < price.liquidations_from:
        return None
    return most_favourable(size_wad, price) if mode == "kind" else price.mark_wad


def is_beyond(price_wad: int, liquidation_wad: int, size_wad: int) -> bool:
    """Whether a price is on the far side of a position's liquidation price."""
    return price_wad < liquidation_wad if size_wad > 0 else price_wad > liquidation_wad


def notional(size_wad: int, price_wad: int) -> int:
    """Whole quote units of a position."""
    return abs(size_wad) * price_wad // WAD // WAD


def _order(account: int, market: str, size_wad: int, price_wad: int, kind: OrderKind) -> PlaceOrder:
    return PlaceOrder(
        account=account, market=market, size_wad=size_wad, price_wad=price_wad, kind=kind
    )

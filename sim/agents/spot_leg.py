"""The spot side of a strategy: a venue off the chain whose depth is known, or a pool on it."""

from __future__ import annotations

from math import isqrt

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from sim.types import Action, MarketView, Observation, PoolView, SwapSpot, TradeVenue
from sim.types.fields import PositiveWad, StrictModel
from sim.units import BPS, WAD, WAD_PER_RAW, div_down, mul_down


class SpotLeg(StrictModel):
    """Where spot is traded, and for how much quote in one block."""

    venue: str | None = None
    pool: str | None = None
    clip_notional: PositiveWad

    @model_validator(mode="after")
    def check(self) -> SpotLeg:
        """One place."""
        if (self.venue is None) == (self.pool is None):
            raise PydanticCustomError("leg", "exactly one of venue, pool is allowed")
        return self


def fair_price(view: MarketView) -> int:
    """The (upper) median of what the venues show; the index if none shows anything."""
    ranked = sorted(view.venues_wad)
    return ranked[len(ranked) // 2] if ranked else view.index_wad


def push(
    leg: SpotLeg, seen: Observation, account: int, view: MarketView, side: int
) -> list[Action]:
    """One clip in a direction, as far as the wallet goes."""
    if leg.venue is not None:
        size_wad = div_down(leg.clip_notional, fair_price(view))
        return _on_venue(leg.venue, account, view, side * size_wad)
    assert leg.pool is not None
    return swap(seen, account, seen.pools[leg.pool], side, leg.clip_notional)


def undo(leg: SpotLeg, seen: Observation, account: int, view: MarketView) -> list[Action]:
    """One clip back towards holding none of the base."""
    if leg.venue is not None:
        held_wad = seen.holding(account, view.spec.name).base_wad
        clip_wad = div_down(leg.clip_notional, fair_price(view))
        side = 1 if held_wad < 0 else -1
        return _on_venue(leg.venue, account, view, side * min(abs(held_wad), clip_wad))
    assert leg.pool is not None
    return swap(seen, account, seen.pools[leg.pool], -1, leg.clip_notional)


def hedge(venue: str, seen: Observation, account: int, view: MarketView) -> list[Action]:
    """The spot trade that leaves position and spot together flat, to a lot."""
    position = seen.account(account).positions.get(view.spec.name)
    held_wad = seen.holding(account, view.spec.name).base_wad
    gap_wad = -(position.size_wad if position else 0) - held_wad
    return _on_venue(venue, account, view, gap_wad) if abs(gap_wad) >= view.spec.lot_wad else []


def swap(
    seen: Observation, account: int, pool: PoolView, side: int, notional_wad: int
) -> list[Action]:
    """A swap of a notional, or of what the wallet has if that is less."""
    held = seen.wallet(account)
    if side > 0:
        amount_raw = min(notional_wad // WAD_PER_RAW, held.quote_raw)
    else:
        worth_raw = div_down(notional_wad, pool.price_wad) // WAD_PER_RAW
        amount_raw = min(worth_raw, held.base_raw.get(pool.market, 0))
    if amount_raw <= 0:
        return []
    return [SwapSpot(account=account, pool=pool.name, is_buy=side > 0, amount_in_raw=amount_raw)]


def gap_to(pool: PoolView, fair_wad: int) -> tuple[int, int]:
    """Side, and quote to trade there, that leave a pool where its fee makes a price fair.

    Side 0 is a pool that is close enough.
    """
    kept_wad = WAD * (BPS - pool.fee_bps) // BPS
    dear_wad, cheap_wad = div_down(fair_wad, kept_wad), mul_down(fair_wad, kept_wad)
    if cheap_wad <= pool.price_wad <= dear_wad:
        return 0, 0
    side, aim_wad = (1, cheap_wad) if pool.price_wad < cheap_wad else (-1, dear_wad)
    aim_raw = isqrt(pool.base_raw * pool.quote_raw * aim_wad // WAD)
    return side, abs(aim_raw - pool.quote_raw) * WAD_PER_RAW


def _on_venue(venue: str, account: int, view: MarketView, size_wad: int) -> list[Action]:
    if size_wad == 0:
        return []
    return [TradeVenue(account=account, venue=venue, market=view.spec.name, size_wad=size_wad)]

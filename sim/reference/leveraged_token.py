"""What a leveraged token does to its books: mint, redeem, rebalance, realise."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from sim.reference.books import Refused
from sim.reference.token_books import Market, Terms, Token, target_delta, trade
from sim.units import WAD, WAD_PER_RAW

DEAD_SHARES = 10**15


def mint(token: Token, market: Market, amount_raw: int, now_s: int) -> tuple[Token, int]:
    """The token after a mint, and what was minted."""
    before_wad, amount_wad = token.nav_wad(market.mark_wad), amount_raw * WAD_PER_RAW
    if token.supply and before_wad <= 0:
        raise Refused("token: no equity")
    delta_wad = 0
    if token.supply <= DEAD_SHARES:
        delta_wad = target_delta(token, market, before_wad + amount_wad)
        _check_order(delta_wad, market)
    elif token.size_wad:
        grown = Fraction(abs(token.size_wad) * amount_wad, before_wad * market.lot_wad)
        delta_wad = floor(grown) * market.lot_wad * (1 if token.size_wad > 0 else -1)
        _check_order(delta_wad, market)
    after = replace(token, cash_wad=token.cash_wad + amount_wad)
    if delta_wad:
        after, _ = trade(after, market, delta_wad, market.fill_band_wad, whole=True)
    gained_wad = after.nav_wad(market.mark_wad) - before_wad
    if gained_wad <= 0:
        raise Refused("token: nothing to mint for")
    if token.supply == 0:
        due_s = now_s + token.terms.interval_s
        return replace(after, supply=gained_wad, next_rebalance_at=due_s), gained_wad - DEAD_SHARES
    minted = floor(Fraction(token.supply * gained_wad, before_wad))
    return replace(after, supply=token.supply + minted), minted


def _check_order(delta_wad: int, market: Market) -> None:
    if abs(delta_wad) < market.least_wad:
        raise Refused("token: too small to trade")


def redeem(token: Token, market: Market, tokens: int) -> tuple[Token, int]:
    """The token after a redemption, and what was paid, raw."""
    before_wad = token.nav_wad(market.mark_wad)
    if before_wad <= 0:
        raise Refused("token: no equity")
    after = token
    if token.size_wad:
        share = Fraction(abs(token.size_wad) * tokens, token.supply * market.lot_wad)
        closed_wad = max(ceil(share) * market.lot_wad, market.least_wad)
        side = -1 if token.size_wad > 0 else 1
        after, _ = trade(token, market, side * closed_wad, market.fill_band_wad, whole=True)
    kept = before_wad * Fraction(token.supply - tokens, token.supply)
    paid_raw = floor((after.nav_wad(market.mark_wad) - kept) / WAD_PER_RAW)
    if paid_raw <= 0:
        raise Refused("token: less collateral than asked for")
    cash_wad = after.cash_wad - paid_raw * WAD_PER_RAW
    return replace(after, supply=token.supply - tokens, cash_wad=cash_wad), paid_raw


def due(token: Token, market: Market, now_s: int) -> bool:
    """Whether it is to be traded back: by time, or by leverage."""
    away = abs(token.exposure(market.mark_wad) - token.leverage)
    band = abs(token.leverage) * Fraction(token.terms.band_wad, WAD)
    return now_s >= token.next_rebalance_at or away > band


def beyond(token: Token, market: Market) -> bool:
    """Whether leverage is above its outer band."""
    outer = abs(token.leverage) * (1 + Fraction(token.terms.outer_wad, WAD))
    return abs(token.exposure(market.mark_wad)) > outer


def rebalance(
    token: Token, market: Market, now_s: int, *, ripcord: bool = False
) -> tuple[Token, int, int]:
    """The token after a chunk towards its target, what was traded, and the keeper's reward."""
    terms = token.terms
    if ripcord and not beyond(token, market):
        raise Refused("token: leverage inside the outer band")
    if not ripcord and not due(token, market, now_s):
        raise Refused("token: not due")
    if token.nav_wad(market.mark_wad) <= 0:
        raise Refused("token: no equity")
    if now_s < token.last_chunk_at + (terms.ripcord_cooldown_s if ripcord else terms.cooldown_s):
        raise Refused("token: cooling down")
    wanted_wad = target_delta(token, market)
    size_wad = min(abs(wanted_wad), _chunk(market, terms, ripcord=ripcord))
    after, traded_wad, reward_wad = token, 0, 0
    if size_wad >= market.least_wad:
        slippage_wad = terms.ripcord_slippage_wad if ripcord else terms.slippage_wad
        delta_wad = size_wad if wanted_wad > 0 else -size_wad
        after, traded_wad = trade(token, market, delta_wad, slippage_wad, whole=False)
        if traded_wad == 0:
            raise Refused("token: nothing on the book within the bound")
        after, reward_wad = _rewarded(after, market, traded_wad)
    left_wad = abs(target_delta(after, market))
    complete = traded_wad == wanted_wad or left_wad < market.least_wad
    next_s = now_s + (terms.interval_s if complete else 0)
    return replace(after, next_rebalance_at=next_s, last_chunk_at=now_s), traded_wad, reward_wad


def realise(token: Token, market: Market, now_s: int) -> tuple[Token, int, int]:
    """The token after closing and opening a chunk, what was closed, and the keeper's reward."""
    terms = token.terms
    if token.size_wad == 0 or 2 * token.cash_wad >= token.nav_wad(market.mark_wad):
        raise Refused("token: profit is realised")
    if now_s < token.last_chunk_at + terms.cooldown_s:
        raise Refused("token: cooling down")
    side = -1 if token.size_wad > 0 else 1
    chunk_wad = min(abs(token.size_wad), _chunk(market, terms, ripcord=False))
    order_wad = side * max(chunk_wad, market.least_wad)
    after, closed_wad = trade(token, market, order_wad, terms.slippage_wad, whole=False)
    if closed_wad == 0:
        raise Refused("token: nothing on the book within the bound")
    opened_wad = 0
    if abs(closed_wad) >= market.least_wad:
        after, opened_wad = trade(after, market, -closed_wad, terms.slippage_wad, whole=False)
    after, reward_wad = _rewarded(after, market, abs(closed_wad) + abs(opened_wad))
    return replace(after, last_chunk_at=now_s), closed_wad, reward_wad


def _chunk(market: Market, terms: Terms, *, ripcord: bool) -> int:
    notional_wad = terms.ripcord_chunk_wad if ripcord else terms.chunk_wad
    lots = Fraction(notional_wad * WAD, market.mark_wad * market.lot_wad)
    return floor(lots) * market.lot_wad


def _rewarded(token: Token, market: Market, traded_wad: int) -> tuple[Token, int]:
    """A ratio of the notional, at most the clamp, cut to what a transfer can carry."""
    worth_wad = floor(Fraction(abs(traded_wad) * market.mark_wad, WAD))
    reward_wad = floor(Fraction(worth_wad * token.terms.reward_ratio_wad, WAD))
    paid_wad = min(reward_wad, token.terms.reward_max_wad) // WAD_PER_RAW * WAD_PER_RAW
    return replace(token, cash_wad=token.cash_wad - paid_wad), paid_wad

"""What the reference makes of a picture: the same account judged from the specification alone."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from sim.audit.picture import Leg, Picture
from sim.engine.reference_terms import price_of, rules_of
from sim.reference import margin
from sim.reference.liquidation import Clip, liquidation_price
from sim.reference.margin import Health, Risk, Tier
from sim.reference.target import Target, book_limit, clipped_size, marginal_rate, takeover_price
from sim.types.codes import Act, Purpose
from sim.units import WAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """One tier's slice of a notional, and the maintenance it asks for, not yet rounded."""

    lower_wad: int
    rate_wad: int
    slice_wad: int
    need: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class LegOpinion:
    """A market's part, term by term."""

    value: Fraction  # size times mark, before it is rounded down
    health: Health
    brackets: tuple[Bracket, ...]
    liquidation_price_wad: int
    wanted_wad: int  # what a liquidation would ask of the book; 0: it would be refused
    limit_wad: int
    takeover_wad: int
    below_backstop: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """The reference's judgement of an account."""

    health: Health  # at mark
    judged: Health  # as a liquidation judges it
    liquidatable: bool
    legs: tuple[LegOpinion, ...]


def risk_of(leg: Leg) -> Risk:
    """A market's terms as the reference wants them."""
    r = leg.risk
    rows = zip(r.tier_lower_wad, r.tier_mmr_wad, r.tier_imr_wad, strict=True)
    return Risk(
        tiers=tuple(Tier(lower_wad=low, mmr_wad=m, imr_wad=i) for low, m, i in rows if m),
        im_upnl_weight_wad=r.im_upnl_weight_wad,
        withdraw_upnl_weight_wad=r.withdraw_upnl_weight_wad,
        oi_lo_wad=r.oi_lo_wad,
        oi_hi_wad=r.oi_hi_wad,
        oi_cap_wad=r.oi_cap_wad,
        oi_cap_quote_wad=r.oi_cap_quote_wad,
        maker_bps=r.maker_fee_bps,
        taker_bps=r.taker_fee_bps,
        liquidation_bps=r.liquidation_fee_bps,
        backstop_wad=r.backstop_wad,
        paused=frozenset(act for act in Act if r.paused >> act & 1),
        liquidations_from=r.liquidations_from,
    )


def opinion(picture: Picture) -> Opinion:
    """Judge an account afresh, from what the contracts store and nothing they conclude."""
    at_mark = Health(equity_wad=picture.cash_wad)
    for leg in picture.legs:
        at_mark += _judged(leg, Purpose.MAINTAINING)
    below = {leg.market: _is_below(_judged_in(picture, leg)) for leg in picture.legs}
    may = {leg.market: below[leg.market] and allows(leg, picture.time_s) for leg in picture.legs}
    return Opinion(
        health=at_mark,
        judged=_judged_in(picture, picture.legs[0]) if picture.legs else at_mark,
        liquidatable=any(may.values()),
        legs=tuple(_leg(leg, at_mark, may[leg.market], picture.time_s) for leg in picture.legs),
    )


def _judged_in(picture: Picture, here: Leg) -> Health:
    """What an account is judged by in a market: only there doubt speaks for it."""
    total = Health(equity_wad=picture.cash_wad)
    for leg in picture.legs:
        total += _judged(leg, Purpose.LIQUIDATING if leg is here else Purpose.MAINTAINING)
    return total


def _is_below(health: Health) -> bool:
    return health.equity_wad < health.maintenance_wad


def allows(leg: Leg, now_s: int) -> bool:
    """Whether positions in a market may be liquidated now."""
    risk, price = risk_of(leg), price_of(leg.price)
    later_s = max(price.liquidations_from, risk.liquidations_from)
    allowed = margin.TABLE[price.status, Act.LIQUIDATE] != "no"
    return allowed and Act.LIQUIDATE not in risk.paused and now_s >= later_s


def _judged(leg: Leg, purpose: Purpose) -> Health:
    position = leg.position
    return margin.leg(
        *(risk_of(leg), price_of(leg.price), purpose),
        size_wad=position.size_wad,
        quote_wad=position.quote_wad,
        owed_wad=leg.owed_wad,
    )


def _leg(leg: Leg, total: Health, may: bool, now_s: int) -> LegOpinion:
    risk, rules, size_wad = risk_of(leg), rules_of(leg.rules), int(leg.position.size_wad)
    own = _judged(leg, Purpose.MAINTAINING)
    rest_wad = total.equity_wad - own.equity_wad + leg.position.quote_wad - leg.owed_wad
    others_wad = total.maintenance_wad - own.maintenance_wad
    share_wad = ceil(Fraction(total.maintenance_wad * risk.backstop_wad, WAD))
    target = Target(
        size_wad=size_wad,
        mark_wad=int(leg.price.mark_wad),
        notional_wad=own.notional_wad,
        leg_wad=own.maintenance_wad,
        rate_wad=marginal_rate(own.notional_wad, risk),
        health=total,
        risk=risk,
        grid=leg.grid,
        below_backstop=total.equity_wad < share_wad,
    )
    clip = Clip(at_s=leg.clip.at, left_wad=leg.clip.left_wad) if leg.clip.at else None
    return LegOpinion(
        value=Fraction(size_wad * target.mark_wad, WAD),
        health=own,
        brackets=_brackets(own.notional_wad, risk),
        liquidation_price_wad=liquidation_price(size_wad, rest_wad - others_wad, risk),
        wanted_wad=clipped_size(target, rules, clip, now_s)[0] if may else 0,
        limit_wad=book_limit(target, rules) if may else 0,
        takeover_wad=takeover_price(target, rules) if may else 0,
        below_backstop=target.below_backstop,
    )


def _brackets(notional_wad: int, risk: Risk) -> tuple[Bracket, ...]:
    uppers = [*(one.lower_wad for one in risk.tiers[1:]), notional_wad]
    found = []
    for tier, upper_wad in zip(risk.tiers, uppers, strict=True):
        slice_wad = max(0, min(notional_wad, upper_wad) - tier.lower_wad)
        need = Fraction(slice_wad * tier.mmr_wad, WAD)
        found.append(
            Bracket(lower_wad=tier.lower_wad, rate_wad=tier.mmr_wad, slice_wad=slice_wad, need=need)
        )
    return tuple(found)


def disagreements(picture: Picture, found: Opinion) -> list[str]:
    """Where contract and reference differ, figure by figure; none if they agree to the wei."""
    pairs = [
        ("equity", picture.health.equity_wad, found.health.equity_wad),
        ("maintenance", picture.health.maintenance_wad, found.health.maintenance_wad),
        ("equity as judged", picture.judged.equity_wad, found.judged.equity_wad),
        ("maintenance as judged", picture.judged.maintenance_wad, found.judged.maintenance_wad),
        ("liquidatable", picture.liquidatable, found.liquidatable),
    ]
    for leg, own in zip(picture.legs, found.legs, strict=True):
        pairs += [
            (f"{leg.market}: notional", leg.lens.notional_wad, own.health.notional_wad),
            (f"{leg.market}: maintenance", leg.lens.maintenance_wad, own.health.maintenance_wad),
            (f"{leg.market}: size asked", leg.asked[0], own.wanted_wad),
            (f"{leg.market}: worst price", leg.asked[1], own.limit_wad),
            (f"{leg.market}: takeover price", leg.takeover_wad, own.takeover_wad),
            (
                f"{leg.market}: liquidation price",
                leg.lens.liquidation_price_wad,
                own.liquidation_price_wad,
            ),
        ]
    return [f"{name}: contract {a}, reference {b}" for name, a, b in pairs if a != b]

"""What moves the cumulative funding of a market."""

from __future__ import annotations

from sim.invariants.facts import Facts, FundingPoint, MarketRules
from sim.types import Status
from sim.types.codes import FundingPolicy
from sim.units import WAD


def inv_30_funding_moves_only_by_its_rate(facts: Facts) -> list[str]:
    """From poke to poke the index of funding moves by rate x price x time, and only while OK.

    Exactly, rounded down, where the rate is that of the interval both pokes are in or of the next;
    between the two rates where it drifts, and within the cap where whole intervals were slept over.
    """
    found = []
    for poked in facts.named("MarketPoked"):
        name = facts.market(poked.market)
        last, rules = facts.funding.get(name), facts.rules[name]
        now = FundingPoint(
            time_s=facts.time_s,
            is_good=poked.status == Status.OK,
            price_wad=poked.index_wad,
            rate_wad=poked.funding_rate_wad,
            index_wad=poked.funding_index_wad,
        )
        facts.funding[name] = now
        if last is None:
            continue
        moved_wad = now.index_wad - last.index_wad
        least_wad, most_wad = _reach(last, now, rules)
        if not least_wad <= moved_wad <= most_wad:
            bounds = f"{least_wad} to {most_wad}"
            found.append(f"funding of {name} moved by {moved_wad} in place of {bounds}")
    for changed in (*facts.named("FundingTermsSet"), *facts.named("RatePolicySet")):
        facts.funding.pop(facts.market(changed.market), None)  # from here on by other terms
    return found


def _reach(last: FundingPoint, now: FundingPoint, rules: MarketRules) -> tuple[int, int]:
    if not (last.is_good and now.is_good):
        return 0, 0
    interval_s, elapsed_s = rules.funding_interval_s, now.time_s - last.time_s
    ends_s = last.time_s - last.time_s % interval_s + interval_s
    if rules.funding_policy is FundingPolicy.VELOCITY:
        # Its rates are rounded down, and what is between them drifts from one to the other.
        low, high = sorted((last.rate_wad, now.rate_wad))
        return _moved(low * elapsed_s, last, rules), _moved((high + 1) * elapsed_s, last, rules) + 1
    if now.time_s < ends_s + interval_s:
        before_s = min(elapsed_s, ends_s - last.time_s)
        area = last.rate_wad * before_s + now.rate_wad * (elapsed_s - before_s)
        exact_wad = _moved(area, last, rules)
        return exact_wad, exact_wad
    cap = rules.rate_cap_wad * elapsed_s
    return _moved(-cap, last, rules), _moved(cap, last, rules) + 1


def _moved(rate_seconds: int, last: FundingPoint, rules: MarketRules) -> int:
    """Quote per base that a rate comes to over some seconds, down."""
    return rate_seconds * last.price_wad // (rules.funding_interval_s * WAD)

"""What may be believed while an index is in doubt, and what may stand on it meanwhile."""

from __future__ import annotations

from sim.invariants.facts import OPENING, TRADES, Facts
from sim.types.codes import Act
from sim.units import BPS


def inv_24_belief_stays_within_a_step(facts: Facts) -> list[str]:
    """No price is believed beyond the step around the last good index, nor beyond [min, max].

    By what the index says of its doubt, which reaches to the farther end of what it believes: the
    nearer of the two ends that this allows must lie within the bounds.
    """
    found = []
    for refreshed in facts.named("IndexRefreshed"):
        name = facts.market(refreshed.market)
        if refreshed.status in OPENING:
            facts.good_wad[name] = refreshed.price_wad
            continue
        good_wad, rules = facts.good_wad.get(name, 0), facts.rules[name]
        if not good_wad:
            continue
        low_wad = max(-(-good_wad * (BPS - rules.step_bps) // BPS), rules.min_wad)
        high_wad = min(good_wad * (BPS + rules.step_bps) // BPS, rules.max_wad)
        price_wad, doubt_wad = refreshed.price_wad, refreshed.conf_wad
        if price_wad - doubt_wad < low_wad and price_wad + doubt_wad > high_wad:
            found.append(f"{name} believes {doubt_wad} around {price_wad}, last good {good_wad}")
    for told in facts.named("RangeBelieved"):
        rules = facts.rules[facts.market(told.market)]
        ends = (told.low_wad, told.high_wad)
        if any(abs(end - told.good_wad) * BPS > told.good_wad * rules.step_bps for end in ends):
            found.append(f"market {told.market} believes {ends}, last good {told.good_wad}")
    return found


def inv_07_nothing_opens_unless_it_can_be_liquidated(facts: Facts) -> list[str]:
    """No trade opens in a market where liquidations wait, or the guardian has stopped them."""
    found = []
    for change in facts.named("PositionChanged"):
        name = facts.market(change.market)
        before_wad = change.size_wad - change.size_delta_wad
        shrank = abs(change.size_wad) < abs(before_wad) and change.size_wad * before_wad >= 0
        waits = facts.time_s < facts.states[name].liquidations_from
        if change.kind in TRADES and not shrank and (waits or change.market in facts.stopped):
            found.append(f"account {change.account:#x} opened in {name}, which liquidates nobody")
    for _, event, values in facts.events:
        if event in ("Paused", "Unpaused") and values.action == Act.LIQUIDATE:
            # In the block itself either order is possible.
            (facts.stopped.add if event == "Paused" else facts.stopped.discard)(values.market)
    return found

"""What index and mark may say, and who may make them."""

from __future__ import annotations

from sim.invariants.facts import OPENING, Facts
from sim.types import Status
from sim.units import WAD


def inv_06_mark_stays_in_its_band(facts: Facts) -> list[str]:
    """|P/I - 1| <= band; while sources dispute the index, around what is believed of it."""
    found = []
    told = {one.market: (one.low_wad, one.high_wad) for one in facts.named("RangeBelieved")}
    for poked in facts.named("MarketPoked"):
        name = facts.market(poked.market)
        band_wad = facts.rules[name].band_wad
        if band_wad is None:
            continue
        low_wad = high_wad = poked.index_wad
        if poked.status == Status.DISPUTED:
            low_wad, high_wad = told.get(poked.market, (low_wad, high_wad))
        below_wad, above_wad = low_wad - poked.mark_wad, poked.mark_wad - high_wad
        if below_wad * WAD > band_wad * low_wad or above_wad * WAD > band_wad * high_wad:
            found.append(f"mark {poked.mark_wad} of {name} is off its index {poked.index_wad}")
    return found


def inv_18_index_lies_inside_its_inputs(facts: Facts) -> list[str]:
    """A good index is between the lowest and the highest price its feeds say or allow."""
    for contract, name, values in facts.events:
        if name == "PricePushed":
            facts.readings[contract] = (values.price_wad, values.conf_wad, values.observed_at)
    found = []
    for refreshed in facts.named("IndexRefreshed"):
        name = facts.market(refreshed.market)
        oldest_s = facts.time_s - facts.rules[name].stale_s
        live = [
            (price_wad, conf_wad)
            for contract, (price_wad, conf_wad, at_s) in facts.readings.items()
            if contract.startswith(f"PriceFeed.{name}.") and at_s >= oldest_s
        ]
        if refreshed.status not in OPENING or not live:
            continue
        live += facts.pool_readings.get(name, ())
        low_wad = min(price - conf for price, conf in live)
        high_wad = max(price + conf for price, conf in live)
        if not low_wad <= refreshed.price_wad <= high_wad:
            found.append(f"index {refreshed.price_wad} of {name} outside {low_wad} to {high_wad}")
    return found


def inv_19_only_reporters_push(facts: Facts) -> list[str]:
    """Each price of a feed was pushed by the reporter that the feed had then."""
    found = []
    for contract, name, values in facts.events:
        if name == "ReporterReplaced" and contract in facts.reporters:
            facts.reporters[contract] = values.reporter
        if name != "PricePushed" or contract not in facts.reporters:
            continue
        if values.reporter.lower() != facts.reporters[contract].lower():
            found.append(f"{contract} took a price from {values.reporter}")
    return found

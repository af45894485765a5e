"""What was measured against the snapshot and against the budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.chain.itemised import Bill

# Names and the most they may cost: what the protocol promises its users and keepers.
BUDGETS: Mapping[str, int] = {
    "poke": 150_000,
    "poke_behind_dust": 250_000,
    "deposit": 100_000,
    "place_existing_level": 150_000,
    "place_empty_level": 150_000,
    "cancel": 60_000,
    "cancel_first_of_book": 60_000,
    "market_order_1_fill": 350_000,
    "market_order_further_fill": 120_000,
    "liquidate_1_fill": 600_000,
    "liquidate_sweeps": 3_000_000,
    "deleverage_per_counterparty": 150_000,
}
TOLERANCE_PERCENT = 2


def differences(
    new: Mapping[str, int], old: Mapping[str, int], tolerance_percent: int = TOLERANCE_PERCENT
) -> list[str]:
    """A sentence for each name that came, went, or moved by more than the tolerance."""
    found = [
        f"{name}: measured {new[name]:,}, not in the snapshot" for name in new if name not in old
    ]
    found += [
        f"{name}: {old[name]:,} in the snapshot, not measured" for name in old if name not in new
    ]
    for name in (one for one in new if one in old):
        if 100 * abs(new[name] - old[name]) > tolerance_percent * old[name]:
            found.append(f"{name}: {old[name]:,} in the snapshot, {new[name]:,} measured")
    return found


def over_budget(gas: Mapping[str, int]) -> dict[str, int]:
    """By how much a budget is missed, for those that are."""
    return {name: gas[name] - limit for name, limit in BUDGETS.items() if gas[name] > limit}


def markdown(bills: Mapping[str, Bill], kinds: Sequence[str]) -> str:
    """What the gas of whole transactions went on, as a table."""
    heads = ("", "gas", "budget", *kinds)
    lines = [_row(heads), "|---|" + "---:|" * (len(heads) - 1)]
    for name, parts in bills.items():
        budget = f"{BUDGETS[name]:,}" if name in BUDGETS else ""
        total = sum(parts.values())
        lines.append(
            _row((f"`{name}`", f"{total:,}", budget, *(f"{parts[kind]:,}" for kind in kinds)))
        )
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

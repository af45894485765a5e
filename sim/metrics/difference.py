"""What differs between two runs: where they part, and every figure of both side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from sim.metrics.money import pnl_by_kind
from sim.records.folder import Run

WALL_CLOCK = frozenset({"wall_s", "evm_s", "tx_per_s"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """The first event that only one run has, or that reads differently; None where it is over."""

    block: int
    place: int
    left: str | None
    right: str | None


def parting(left: Run, right: Run) -> Parting | None:
    """Where two runs part; None if their events are the same."""
    pairs = [_by_event(run.events) for run in (left, right)]
    for place, (one, other) in enumerate(zip(*pairs, strict=False)):
        if one != other:
            return Parting(block=_block(one, other), place=place, left=_say(one), right=_say(other))
    longer = max(pairs, key=len)
    if len(pairs[0]) == len(pairs[1]):
        return None
    place = min(map(len, pairs))
    said = [_say(rows[place]) if len(rows) > place else None for rows in pairs]
    return Parting(block=int(longer[place]["block"]), place=place, left=said[0], right=said[1])


def figures(left: Mapping[str, object], right: Mapping[str, object]) -> list[dict[str, object]]:
    """Every number of two summaries with its difference; wall-clock times left out."""
    rows: list[dict[str, object]] = []
    for name in left:
        one, other = left[name], right.get(name)
        if name in WALL_CLOCK or isinstance(one, str) or isinstance(other, str):
            continue
        is_number = isinstance(one, int | float) and isinstance(other, int | float)
        apart = other - one if is_number else None  # type: ignore[operator]
        rows.append({"measure": name, "left": one, "right": other, "difference": apart})
    return rows


def profits(left: Run, right: Run) -> list[dict[str, object]]:
    """Profit of each kind of agent in both runs, in quote."""
    tables = [pnl_by_kind(run.accounts).set_index("kind")["pnl"] for run in (left, right)]
    kinds = sorted({*tables[0].index, *tables[1].index})
    pairs = [tuple(float(table.get(kind, 0.0)) for table in tables) for kind in kinds]
    return [
        {"measure": kind, "left": one, "right": other, "difference": other - one}
        for kind, (one, other) in zip(kinds, pairs, strict=True)
    ]


def _by_event(events: pd.DataFrame) -> list[dict[str, str]]:
    """Each event as its words, in order; arguments that are foreign to it left out."""
    columns = [str(name) for name in events.columns if name not in ("tx", "log")]
    rows = zip(*(events[name].tolist() for name in columns), strict=True)
    return [
        {name: str(value) for name, value in zip(columns, row, strict=True) if value is not None}
        for row in rows
    ]


def _block(one: Mapping[str, str], other: Mapping[str, str]) -> int:
    return min(int(one["block"]), int(other["block"]))


def _say(event: Mapping[str, str]) -> str:
    words = (
        f"{name.removeprefix('arg_')}={value}"
        for name, value in event.items()
        if name.startswith("arg_")
    )
    where = f"{event['contract']} {event['instance']}".rstrip()
    return f"block {event['block']}: {where} {event['event']}({', '.join(words)})"

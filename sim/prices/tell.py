"""What was read of price files, in one line a venue and as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from sim.prices.clock import iso
from sim.prices.join import FeedQuality
from sim.prices.series import Counts, Stamp

# What is told of counts only where there are any.
_COUNTED = (
    ("duplicates", "{} exact repeats dropped"),
    ("empty", "{} rows without a price left out"),
    ("unfinished", "{} unfinished bars left out"),
    ("outside_range", "{} opens or closes OUTSIDE low..high"),
    ("short_bars", "{} bars that closed early kept to their end"),
    ("disordered", "{} late ticks put in order"),
    ("footers", "{} lines that are no rows passed over"),
    ("other_symbols", "{} rows of other symbols left out"),
    ("without_rate", "{} rows before the first rate left out"),
)


def quality_line(one: FeedQuality) -> str:
    """One venue's files in a sentence."""
    default = " by default" if one.market_by_default else ""
    files = f" in {len(one.sources)} files" if len(one.sources) > 1 else ""
    words = [
        f"{one.venue} ({one.market}{default})",
        f"{one.format or 'prices'}{f' of {one.symbol}' if one.symbol else ''}",
        f"{one.counts.rows:,} rows{files}",
        bar_told(one),
        f"known {iso(one.first_s)} to {iso(one.last_s)} UTC",
        gaps_told(one),
        *counts_told(one.counts),
    ]
    words += ["newest first, turned round"] if one.newest_first else []
    words += [f"{one.carried_steps:,} steps carried"] if one.carried_steps else []
    words += [f"{one.absent_steps:,} steps without a price"] if one.absent_steps else []
    return ", ".join(words)


def bar_told(one: FeedQuality) -> str:
    """Bars and their stamp, or prices at their own times."""
    if one.stamp != Stamp.INSTANT:
        return f"bars of {one.bar_s} s stamped at their {_STAMPED[Stamp(one.stamp)]}"
    return f"at their own times, each for {one.bar_s} s" if one.bar_s else "at their own times"


_STAMPED = {Stamp.OPEN: "opening", Stamp.CLOSE: "closing"}


def gaps_told(one: FeedQuality) -> str:
    """Gaps, and the longest of them."""
    if not one.gaps:
        return "no gaps"
    missing = f" ({one.missing_bars:,} bars)" if one.missing_bars else ""
    return f"{one.gaps:,} gaps{missing}, the longest {one.longest_gap_s:,} s"


def counts_told(counts: Counts) -> list[str]:
    """What was met besides prices."""
    return [
        words.format(f"{count:,}") for name, words in _COUNTED if (count := getattr(counts, name))
    ]


def quality_row(one: FeedQuality) -> dict[str, object]:
    """One venue's files as a flat row."""
    row = asdict(one)
    row.update(row.pop("counts"))
    row["sources"] = list(one.sources)
    return row


def manifest_line(row: Mapping[str, Any]) -> str:
    """The sentence of a row that a manifest keeps."""
    counts = Counts(**{one.name: row[one.name] for one in fields(Counts)})
    own: dict[str, Any] = {
        one.name: row[one.name] for one in fields(FeedQuality) if one.name != "counts"
    }
    own["sources"] = tuple(row["sources"])
    return quality_line(FeedQuality(**own, counts=counts))

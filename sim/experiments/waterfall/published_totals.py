"""The sixteen rounds of 10 October 2025 as published: totals a round, no accounts."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from sim.units import RAW_PER_UNIT, WAD, to_float

TOTALS, POLICIES = "two_pass_equity_delta_by_wave.csv", "policy_per_wave_metrics.csv"


class RoundsError(ValueError):
    """One sentence: the file, what was found, what is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRound:
    """One round; money in raw collateral (6 decimals).

    `needed_raw` is what winners had to give up, `taken_raw` what production took from them; the
    shares are the largest part of its capacity that any one winner lost.
    """

    wave: int
    needed_raw: int
    taken_raw: int
    equity_raw: int
    profit_raw: int
    worst_production: float
    worst_pro_rata: float


def read_rounds(folder: Path) -> list[PublishedRound]:
    """Every round of a folder of tables, in order."""
    shares = {row.get("wave"): row for row in _rows(folder / POLICIES)}
    found = []
    for row in _rows(folder / TOTALS):
        try:
            of_policies = shares[row["wave"]]
            found.append(
                PublishedRound(
                    wave=int(row["wave"]),
                    needed_raw=_scaled(row["budget_needed_usd"], RAW_PER_UNIT),
                    taken_raw=_scaled(row["budget_prod_usd"], RAW_PER_UNIT),
                    equity_raw=_scaled(row["winners_equity_start_usd"], RAW_PER_UNIT),
                    profit_raw=_scaled(row["winners_pnl_start_usd"], RAW_PER_UNIT),
                    worst_production=to_float(_scaled(of_policies["max_pct_prod"], WAD)),
                    worst_pro_rata=to_float(_scaled(of_policies["max_pct_pr"], WAD)),
                )
            )
        except (KeyError, ValueError) as error:
            raise RoundsError(
                f"{folder}: round {len(found) + 1} has {error!r}; {TOTALS} and {POLICIES} of the "
                "published analysis are needed"
            ) from error
    return found


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from csv.DictReader(file)
    except OSError as error:
        raise RoundsError(f"cannot read {path}: {error.strerror}") from error


def _scaled(text: str, scale: int) -> int:
    return round(Fraction(text) * scale)

"""What the waterfall promises, held against the rows of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.experiments.claims import Claim
from sim.experiments.waterfall.score import Row
from sim.units import WAD_PER_RAW

SMALL_PERCENT, LARGE_PERCENT = 1, 20  # gaps at which all rungs together must have acted
RUNGS = ("on_book", "taken_over", "absorbed", "rounds", "at_mark", "spreads")


def judge(rows: Sequence[Row]) -> list[Claim]:
    """Every claim that these rows can test."""
    claims = [
        _each(
            "what each party gained and bore sums to zero to the wei, in all and by liquidation",
            rows,
            lambda row: row["error_wei"] != "0" or row["errors_each_wei"] != "0",
        ),
        _each(
            "events alone tell of every account what its balance says, to the wei",
            rows,
            lambda row: row["unexplained_wei"] != "0",
        ),
        _each("every named invariant holds in every block", rows, lambda row: row["violations"]),
        _each(
            "whose loss others bore has nothing left itself: margin goes first",
            rows,
            lambda row: int(row["kept_wei"]) >= WAD_PER_RAW,
        ),
        _each(
            "nothing closes at mark and no loss is spread before winners gave all they could",
            rows,
            lambda row: row["hasty"],
        ),
        _each(
            "where no debt is left, everybody can take out all that is withdrawable",
            [row for row in rows if not row["left"]],
            lambda row: row["unpaid"],
        ),
    ]
    ample = [row for row in rows if row["pool"] == "ample"]
    if ample:
        claims.append(
            _each(
                "with an ample pool no winner gives up anything and nothing is left",
                ample,
                lambda row: row["rounds"] or row["spreads"] or row["left"],
            )
        )
    return claims + _reached(rows)


def _reached(rows: Sequence[Row]) -> list[Claim]:
    """A laboratory that reaches no rung shows nothing of it."""
    gaps = {abs(row["gap_percent"]) for row in rows}
    places = {(row["book"], row["pool"]) for row in rows}
    whole = {(book, pool) for book in ("thin", "thick") for pool in ("none", "small", "ample")}
    if not (min(gaps, default=0) <= SMALL_PERCENT and max(gaps, default=0) >= LARGE_PERCENT):
        return []
    if not whole <= places:
        return []
    missing = tuple(f"{rung}: never" for rung in RUNGS if not any(row[rung] for row in rows))
    return [Claim("the gaps reach every rung of the ladder", missing)]


def _each(sentence: str, rows: Sequence[Row], is_broken: Callable[[Row], object]) -> Claim:
    return Claim(sentence, tuple(_name(row) for row in rows if is_broken(row)))


def _name(row: Row) -> str:
    wrong = [str(one) for one in (*row["violations"], *row["unpaid"])][:1]
    at = f"{row['gap_percent']:g} %, {row['book']}, pool {row['pool']}, {row['policy']}"
    return ": ".join([at, *wrong])

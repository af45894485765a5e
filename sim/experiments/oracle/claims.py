"""What the default design promises, held against the rows of a run."""

from __future__ import annotations

from collections.abc import Sequence

from sim.experiments.claims import Claim
from sim.experiments.oracle.designs import DEFAULT
from sim.experiments.oracle.fault_catalogue import FLOOR, OUTAGE
from sim.experiments.oracle.score import Row

LOST_BPS = 1_000  # an index this far off is lost


def judge(rows: Sequence[Row]) -> list[Claim]:
    """Every claim that these rows can test; rows of designs or faults left out test nothing."""
    tables: dict[str, list[Row]] = {"faults": [], "attacks": [], "alarms": [], "marks": []}
    for row in rows:
        tables[str(row["table"])].append(row)
    faults = tables["faults"]
    return (
        _default(faults) + _naive(faults) + _attacked(tables["attacks"]) + _marks(tables["marks"])
    )


def _default(rows: Sequence[Row]) -> list[Claim]:
    default = [row for row in rows if row["method"] == DEFAULT]
    few = [row for row in default if _is_few(row)]
    floor = [row for row in default if row["fault"] == FLOOR and _int(row, "corrupted")]
    out = [row for row in default if row["fault"] == OUTAGE and _is_survivable(row)]
    claims = []
    if few:
        bad = _where(few, "outside_honest_bps_max")
        sentence = "with fewer than half of the feeds corrupted, the index served as good stays "
        claims.append(Claim(sentence + "inside what the honest feeds say", bad))
    if floor:
        bad = _where(floor, "missed_alarm_s") + tuple(
            f"{_name(row)}: never halted" for row in floor if not row["halted_s"]
        )
        claims.append(Claim("feeds stuck at a floor price halt the market, never serve it", bad))
    if out:
        silent = tuple(
            f"{_name(row)}: not OK for {_total(row) - _int(row, 'ok_s')} s"
            for row in out
            if row["ok_s"] != _total(row)
        )
        bad = silent + _where(out, "outside_honest_bps_max")
        claims.append(
            Claim("outages that leave a quorum leave the index OK and inside the rest", bad)
        )
    return claims


def _naive(rows: Sequence[Row]) -> list[Claim]:
    """The laboratory can break what is breakable, or it shows nothing."""
    claims = []
    for method in ("SINGLE", "MEAN"):
        one = [row for row in rows if row["method"] == method and row["corrupted"] == 1]
        if not any(row["fault"] in ("jump", "wrong_decimals") for row in one):
            continue
        lost = [row for row in one if _number(row, "good_index_error_bps_max") > LOST_BPS]
        against = () if lost else (f"{method} was never more than {LOST_BPS} bp off",)
        claims.append(Claim(f"one corrupted feed takes {method} away from the price", against))
    return claims


def _attacked(rows: Sequence[Row]) -> list[Claim]:
    few = [row for row in rows if row["method"] == DEFAULT and _is_few(row)]
    paid = tuple(
        f"{_name(row)}, {row['push_bps']} bp: profit {row['attacker_profit']}"
        for row in few
        if _number(row, "attacker_profit") > _number(row, "attacker_cost")
    )
    sentence = "pushing fewer than half of the feeds, by any amount, costs more than it brings"
    return [Claim(sentence, paid)] if few else []


def _marks(rows: Sequence[Row]) -> list[Claim]:
    claims = []
    for method, safe in (("MEDIAN3", True), ("LAST_TRADE", False)):
        for row in rows:
            if row["mark_method"] != method:
                continue
            struck = bool(row["long_liquidatable"]), bool(row["short_liquidatable"])
            against = () if (not any(struck) if safe else all(struck)) else (f"{row}",)
            what = "liquidates no" if safe else "liquidates a"
            claims.append(
                Claim(f"a sweep of the book {what} fresh 100x position under {method}", against)
            )
    return claims


def _is_few(row: Row) -> bool:
    """Whether some, but fewer than half, of the feeds are corrupted."""
    return 0 < 2 * _int(row, "corrupted") < _int(row, "feeds")


def _is_survivable(row: Row) -> bool:
    """Whether a quorum is left: three feeds, with 60 % of the weight."""
    left, feeds = _int(row, "feeds") - _int(row, "corrupted"), _int(row, "feeds")
    return _int(row, "corrupted") > 0 and left >= 3 and 5 * left >= 3 * feeds


def _where(rows: Sequence[Row], key: str) -> tuple[str, ...]:
    return tuple(f"{_name(row)}: {key} is {row[key]}" for row in rows if row[key])


def _name(row: Row) -> str:
    return f"{row['fault']}, {row['corrupted']} of {row['feeds']}"


def _total(row: Row) -> int:
    return sum(
        _int(row, f"{name}_s") for name in ("ok", "thin", "disputed", "halted", "stale", "dead")
    )


def _int(row: Row, key: str) -> int:
    value = row[key]
    assert isinstance(value, int), f"{key} is a whole number"
    return value


def _number(row: Row, key: str) -> float:
    value = row[key]
    assert isinstance(value, int | float), f"{key} is a number"
    return value

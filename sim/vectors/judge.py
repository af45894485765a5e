"""A row against a column: EQUAL, DIFFERENT by how much, or NOT EXPRESSIBLE and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol

from sim.reference.venues.numbers import RuleError, shown
from sim.vectors.inputs import Inputs, NotExpressibleError
from sim.vectors.rows import Row
from sim.venues import Venue, venue_of


@dataclass(frozen=True, slots=True)
class Either:
    """Values between which a row's inputs do not decide; each counts."""

    values: tuple[Fraction, ...]


Output = Fraction | str | bool | None | Either | Sequence[Fraction]
Outputs = Mapping[str, Output]


class Adapter(Protocol):
    """Reads one input layout under a venue's preset and gives every number it can."""

    def __call__(self, inputs: Inputs, venue: Venue) -> Outputs: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One statement of the rules: an adapter for each input layout it can be asked about."""

    name: str
    adapters: Mapping[str, Adapter]


class Kind(StrEnum):
    """What comes of a row."""

    EQUAL = "EQUAL"
    DIFFERENT = "DIFFERENT"
    NOT_EXPRESSIBLE = "NOT EXPRESSIBLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a row in a column, and in words why it is not EQUAL."""

    kind: Kind
    reason: str = ""
    preset: str = ""
    off_by: Fraction | None = None


def judge(row: Row, column: Column) -> Verdict:
    """Hold one row against one column under its venue's preset."""
    found = venue_of(row.venue)
    if found is None:
        return Verdict(kind=Kind.NOT_EXPRESSIBLE, reason=f"no preset of the venue {row.venue!r}")
    preset, venue = found
    adapter = column.adapters.get(row.what)
    if adapter is None:
        reason = f"no rule of {column.name} is asked for {row.what!r}"
        return Verdict(kind=Kind.NOT_EXPRESSIBLE, reason=reason, preset=preset)
    inputs = Inputs(row.inputs)
    try:
        outputs = adapter(inputs, venue)
    except (NotExpressibleError, RuleError) as error:
        return Verdict(kind=Kind.NOT_EXPRESSIBLE, reason=str(error), preset=preset)
    except ZeroDivisionError:
        reason = "its numbers divide by zero in the rule"
        return Verdict(kind=Kind.NOT_EXPRESSIBLE, reason=reason, preset=preset)
    return _compared(row, outputs, inputs.unread(), preset)


def _compared(row: Row, outputs: Outputs, unread: Sequence[str], preset: str) -> Verdict:
    differences: list[str] = []
    off_by: Fraction | None = None
    for key, expected in row.expected.items():
        if key not in outputs:
            reason = f"no rule gives {key!r} for {row.what!r}"
            return Verdict(kind=Kind.NOT_EXPRESSIBLE, reason=reason, preset=preset)
        difference, off = _difference(expected, outputs[key], row.tolerance)
        if difference:
            differences.append(f"{key}: {difference}")
            off_by = off if off_by is None else max(off_by, off or off_by)
    if not differences:
        return Verdict(kind=Kind.EQUAL, preset=preset)
    reason = "; ".join(differences)
    if unread:
        named = ", ".join(unread)
        return Verdict(
            kind=Kind.NOT_EXPRESSIBLE,
            reason=f"no rule reads the input {named} ({reason})",
            preset=preset,
        )
    return Verdict(kind=Kind.DIFFERENT, reason=reason, preset=preset, off_by=off_by)


def _difference(expected: Any, got: Output, tolerance: Fraction) -> tuple[str, Fraction | None]:
    """In words how a value is off, and by how much where it is a number; "" if it is not."""
    if isinstance(expected, list):
        if not isinstance(got, Sequence) or isinstance(got, str) or len(got) != len(expected):
            return f"found {_shown(got)}, {len(expected)} numbers are expected", None
        parts = [
            _difference(one, other, tolerance) for one, other in zip(expected, got, strict=True)
        ]
        worst = [part for part in parts if part[0]]
        return max(worst, key=lambda part: part[1] or Fraction(0)) if worst else ("", None)
    wanted = _as_number(expected)
    if wanted is None:
        same = got == expected
        return ("" if same else f"found {_shown(got)}, {expected} is expected"), None
    candidates = got.values if isinstance(got, Either) else (got,)
    numbers = [one for one in candidates if isinstance(one, Fraction)]
    if not numbers:
        return f"found {_shown(got)}, {expected} is expected", None
    off = min(abs(one - wanted) for one in numbers)
    if off <= tolerance:
        return "", None
    return f"found {_shown(got)}, {expected} is expected: off by {shown(off)}", off


def _as_number(value: Any) -> Fraction | None:
    if not isinstance(value, str):
        return None
    try:
        return Fraction(value)
    except (ValueError, ZeroDivisionError):
        return None


def _shown(value: Output) -> str:
    """A value as a person reads it."""
    if isinstance(value, Either):
        return " or ".join(shown(one) for one in value.values)
    if isinstance(value, Fraction):
        return shown(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(shown(one) for one in value) + "]"
    return "nothing" if value is None else str(value)

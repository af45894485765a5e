"""Lengths of bars: what names and columns say, and what the steps between rows show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.prices.series import NS

UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_SPELLINGS = {
    "s": "s sec secs second seconds",
    "m": "m min mins minute minutes",
    "h": "h hr hour hours",
    "d": "d day days",
    "w": "w week weeks",
}
_UNIT_OF = {word: unit for unit, words in _SPELLINGS.items() for word in words.split()}
_ALONE = {
    "minute": 60, "minutely": 60, "hourly": 3_600, "hour": 3_600, "daily": 86_400,
    "second": 1, "secondly": 1, "weekly": 604_800,
}  # fmt: skip
_ADVICE = "--bar SECONDS says which"


class Interval(NamedTuple):
    """A length of bars, who says so, and whether that one is to be trusted over the steps."""

    seconds: int
    said_by: str
    is_sure: bool


class IntervalError(ValueError):
    """Lengths of bars that contradict each other, or none that can be told."""


def seconds_of(text: str) -> int | None:
    """The seconds of `1m`, `5min`, `1HOUR`, `PT1M`; None where no unit is said."""
    found = re.fullmatch(r"(?:PT?)?(\d*)([A-Za-z]+)", text.strip())
    if not found or text.strip() in ("M", "1M", "3M"):
        return None  # a month
    unit = _UNIT_OF.get(found.group(2).lower())
    alone = _ALONE.get(found.group(2).lower())
    if not found.group(1):
        return alone
    return int(found.group(1)) * UNITS_S[unit] if unit and int(found.group(1)) else None


def in_name(stem: str) -> list[Interval]:
    """The lengths of bars that the words of a file's name speak of."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", stem) if word]
    found = [seconds_of(word) for word in words]
    return [
        Interval(seconds, f"the name's {word!r}", False)
        for word, seconds in zip(words, found, strict=True)
        if seconds is not None
    ]


def bar_ns(steps: NDArray[np.int64], said: Sequence[Interval], asked_s: int | None) -> int:
    """The length of bars in nanoseconds; `steps` between their times are above zero."""
    least, common = int(steps.min()), majority(steps)
    if asked_s is not None:
        if least < asked_s * NS:
            raise IntervalError(f"--bar is {asked_s}; rows stand {_s(least)} s apart")
        return asked_s * NS
    if not said:
        return _by_steps(steps, least, common)
    fits = {
        one.seconds
        for one in said
        if (steps % (one.seconds * NS) == 0).all() and (one.is_sure or least == one.seconds * NS)
    }
    sure = {one.seconds for one in said if one.is_sure}
    fits = {one for one in fits if not sure or one in sure}
    if common is not None and len(fits) > 1:
        fits &= {common // NS}
    if len(fits) != 1 or (sure and len(sure) > 1):
        told = " and ".join(dict.fromkeys(f"{one.said_by} says {one.seconds} s" for one in said))
        step = f"most rows stand {_s(common)} s apart" if common else _steps_told(steps)
        raise IntervalError(f"{told}, but {step} and some {_s(least)} s; {_ADVICE}")
    return fits.pop() * NS


def majority(steps: NDArray[np.int64]) -> int | None:
    """The step that more than half of all are."""
    values, counts = np.unique(steps, return_counts=True)
    place = int(np.argmax(counts))
    return int(values[place]) if 2 * counts[place] > len(steps) else None


def _by_steps(steps: NDArray[np.int64], least: int, common: int | None) -> int:
    if common is None:
        raise IntervalError(f"no bar can be told: {_steps_told(steps)}; {_ADVICE}")
    if least < common:
        raise IntervalError(
            f"most rows stand {_s(common)} s apart, but some {_s(least)} s; {_ADVICE}"
        )
    return common


def _steps_told(steps: NDArray[np.int64]) -> str:
    values, counts = np.unique(steps, return_counts=True)
    most = values[np.argsort(-counts, kind="stable")][:3]
    return f"rows stand {', '.join(_s(int(one)) for one in most)} s apart"


def _s(ns: int) -> str:
    return f"{ns / NS:g}"

"""A name that is none, and the one that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LIKENESS = 0.6  # of 1; below it a guess misleads


def did_you_mean(found: str, allowed: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the name nearest to what was found, or nothing."""
    nearest = get_close_matches(found, list(allowed), n=1, cutoff=LIKENESS)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""

"""How many examples a property gets that takes a second for twenty-five of them, or more."""

from __future__ import annotations

from hypothesis import settings

_DEV, _CI = 25, 100


def heavy_examples() -> int:
    """As many as the profile asks for, but no more in CI than on one's own machine."""
    asked = settings().max_examples
    return asked if asked > _CI else min(asked, _DEV)


HEAVY = settings(max_examples=heavy_examples())

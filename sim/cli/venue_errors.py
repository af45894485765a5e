"""What the rooms of other venues refuse, as one sentence; loads none of the laboratory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sim.cli.errors import Refused
from sim.reference.venues.numbers import RuleError
from sim.vectors.rows import VectorError
from sim.venues import VenueError


@contextmanager
def venue_refusals() -> Iterator[None]:
    """Turn what presets, rules and rows of worked numbers refuse into one sentence."""
    try:
        yield
    except (VenueError, VectorError, RuleError) as error:
        raise Refused(str(error)) from error

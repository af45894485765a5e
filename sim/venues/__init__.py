"""Venues as named presets: their rules and numbers as data, each with its source and date."""

from sim.venues.load import (
    VenueError,
    keys_of,
    load_venue,
    override_venue,
    venue_names,
    venue_of,
)
from sim.venues.model import Venue

__all__ = [
    "Venue",
    "VenueError",
    "keys_of",
    "load_venue",
    "override_venue",
    "venue_names",
    "venue_of",
]

"""Reading a preset from YAML, with keys laid over it; what is wrong is said in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from sim.reference.venues.numbers import RuleError
from sim.venues.model import Venue

PRESETS = Path(__file__).resolve().parent / "presets"
SHOWN_CHARACTERS = 60


class VenueError(ValueError):
    """One sentence: the preset, the key, what was found, what is allowed."""


class _Loader(yaml.BaseLoader):
    """YAML whose scalars stay text, so that numbers are exact, and whose keys stand once."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in found:
            raise VenueError(f"line {key_node.start_mark.line + 1}: the key {key!r} stands twice")
        found[key] = loader.construct_object(value_node, deep=True)
    return found


def _sequence(loader: _Loader, node: yaml.SequenceNode) -> tuple[Any, ...]:
    return tuple(loader.construct_object(child, deep=True) for child in node.value)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:seq", _sequence)


def venue_names() -> tuple[str, ...]:
    """The presets that ship, by name."""
    return tuple(sorted(path.stem for path in PRESETS.glob("*.yaml")))


def _text(name: str) -> str:
    path = PRESETS / f"{name}.yaml" if name in venue_names() else Path(name)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise VenueError(f"no venue {name!r}; allowed are {', '.join(venue_names())}") from None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise VenueError(f"{name!r}: not readable ({why}); a text file is allowed") from error


@cache
def load_venue(name: str) -> Venue:
    """A preset that ships, or the one in a file."""
    return override_venue(name, {})


def override_venue(name: str, over: Mapping[str, Any]) -> Venue:
    """A preset with a tree of keys laid over it, as a scenario does that names one."""
    return parse_venue(_text(name), label=name, over=over)


def keys_of(settings: Sequence[str]) -> dict[str, Any]:
    """`key=value` settings with dotted keys, as the tree they lay over a preset."""
    tree: dict[str, Any] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        parts = key.split(".")
        if not equals or not all(parts):
            raise VenueError(f"--set {setting}: found no key; key=value is allowed")
        branch: Any = value
        for part in reversed(parts):
            branch = {part: branch}
        tree = laid_over(tree, branch)
    return tree


def parse_venue(text: str, *, label: str, over: Mapping[str, Any] | None = None) -> Venue:
    """The venue a YAML text describes, with a tree of keys laid over it."""
    try:
        data = yaml.load(text, Loader=_Loader)
    except VenueError as error:
        raise VenueError(f"{label}: {error}; each key once is allowed") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise VenueError(f"{label}: {place}{problem}; only YAML is allowed") from None
    if not isinstance(data, Mapping):
        raise VenueError(f"{label}: found no keys at the top; a mapping of keys is allowed")
    try:
        venue = Venue.model_validate(laid_over(data, over or {}))
        for market in venue.markets:
            _check_market(venue, market, label)
    except ValidationError as error:
        raise VenueError(f"{label}: {_sentence(error)}") from None
    return venue


def laid_over(data: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A tree of keys with another laid over it, key by key; anything but a mapping replaces."""
    made = dict(data)
    for key, value in over.items():
        below = made.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            made[key] = laid_over(below, value)
        else:
            made[key] = value
    return made


@cache
def venue_of(exchange: str) -> tuple[str, Venue] | None:
    """The preset of an exchange by the name it goes by, and that preset's own name."""
    for name in venue_names():
        venue = load_venue(name)
        if venue.venue.casefold() == exchange.casefold():
            return name, venue
    return None


def _check_market(venue: Venue, market: str, label: str) -> None:
    try:
        venue.published_table(market)
    except RuleError as error:
        raise VenueError(f"{label}: markets.{market}: {error}") from None


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    message = first["msg"][:1].lower() + first["msg"][1:]
    if first["type"] == "missing":
        return f"{path}: found nothing; a value is needed"
    if first["type"] == "unknown_key":
        return f"{path + ' ' if path else ''}{first['msg']}"
    found = repr(first["input"])[:SHOWN_CHARACTERS]
    return f"{path}: found {found}; {message.removeprefix('input should be ')}"

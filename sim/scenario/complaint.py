"""What is wrong with a scenario in one sentence: which file and line, what, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import yaml
from pydantic import ValidationError

from sim.agents.registry import AGENT_KINDS
from sim.ordering import ORDERING_KINDS
from sim.types.fields import ExactDecimal
from sim.types.near import did_you_mean
from sim.units import to_text

PRICE_KINDS = ("constant", "gbm_jumps", "mean_reversion", "heston", "regime", "anchored", "replay")
TAGS = frozenset({*AGENT_KINDS, *PRICE_KINDS, *ORDERING_KINDS})
SHOWN_CHARACTERS = 60
DECIMALS_SEEN = 10**9  # no plain number's lower bound is as large, nor a share's bound as small
BOUNDS = {
    "greater_than": ("gt", "a number above {} is allowed"),
    "greater_than_equal": ("ge", "a number from {} is allowed"),
    "less_than": ("lt", "a number below {} is allowed"),
    "less_than_equal": ("le", "a number up to {} is allowed"),
}


def sentence(error: ValidationError, data: Any) -> tuple[tuple[str, ...], str]:
    """The first complaint about what a scenario says: the keys down to it, and it in words."""
    first = error.errors(include_url=False, include_context=True)[0]
    keys = tuple(
        str(part)
        for at, part in enumerate(first["loc"])
        if not (part in TAGS and at and first["loc"][at - 1] != "name")
    )
    path, kind, message, context = ".".join(keys), first["type"], first["msg"], first.get("ctx", {})
    if kind == "missing":
        return keys, f"{path}: found nothing; a value is needed"
    if kind == "scenario":  # it names its own path
        return tuple(message.partition(":")[0].split(".")), message
    if kind == "unknown_key":
        unknown = str(context["key"]).strip("'")
        return (*keys, unknown), f"{path + ' ' if path else ''}{message}"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        found = first["input"].get("kind") if isinstance(first["input"], Mapping) else None
        allowed = str(context.get("expected_tags", ", ".join(AGENT_KINDS)))
        guess = did_you_mean(str(found), re.findall(r"\w+", allowed))
        return (*keys, "kind"), f"{path}.kind: found {found!r}{guess or ';'} allowed are {allowed}"
    written = _at(data, keys, first["input"])
    if kind in BOUNDS:
        name, words = BOUNDS[kind]
        bound = _in_unit(context[name], first["input"])
        return keys, f"{path}: found {_shown(written)}; {words.format(bound)}"
    return keys, f"{path}: found {_shown(written)}; {_allowed(message)}"


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """The line of a YAML text where dotted keys stand, or the deepest of them that does."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    line = None
    for key in keys:
        below = None
        if isinstance(node, yaml.MappingNode):
            below = next((pair for pair in node.value if pair[0].value == key), None)
        elif isinstance(node, yaml.SequenceNode) and key.isdecimal():
            item = node.value[int(key)] if int(key) < len(node.value) else None
            below = item and (item, item)
        if below is None:
            return line
        line, node = below[0].start_mark.line + 1, below[1]
    return line


def _at(data: Any, keys: Sequence[str], otherwise: Any) -> Any:
    """What was written at dotted keys; what stands there by default was not."""
    for key in keys:
        if isinstance(data, Mapping) and key in data:
            data = data[key]
        elif isinstance(data, list | tuple) and key.isdecimal() and int(key) < len(data):
            data = data[int(key)]
        else:
            return otherwise
    return data


def _in_unit(bound: object, found: Any) -> str:
    """A bound as one writes it: money is judged in 18 decimals, and is not written so.

    Where the number as it was written keeps to the bound, it was not judged as it was written.
    """
    if isinstance(bound, int):
        is_money = abs(bound) >= DECIMALS_SEEN and Decimal(str(found)) <= bound
        return to_text(bound) if is_money else f"{bound:_}"
    return f"{bound:g}"


def _shown(found: Any) -> str:
    """What was found, short: a number as it was written, of a mapping or a list what it is."""
    if isinstance(found, ExactDecimal):
        return found.text
    if isinstance(found, Mapping):
        return "a mapping"
    if isinstance(found, list | tuple):
        return f"a list of {len(found)}"
    shown = repr(found)
    return shown if len(shown) <= SHOWN_CHARACTERS else f"{shown[: SHOWN_CHARACTERS - 3]}..."


def _allowed(message: str) -> str:
    """A pydantic message as what is allowed, in the words of YAML."""
    if not message.startswith(_SHOULD_BE):
        return message[:1].lower() + message[1:]
    allowed = re.sub(r" or instance of \w+", "", message.removeprefix(_SHOULD_BE))
    allowed = re.sub(r"an instance of \w+", "a mapping", allowed).replace("a valid ", "a ")
    for python, written in _YAML_WORDS:
        allowed = allowed.replace(python, written)
    return f"{allowed} is allowed"


_SHOULD_BE = "Input should be "
_YAML_WORDS = (
    ("a dictionary", "a mapping"),
    ("a tuple", "a list"),
    ("a integer", "an integer"),
    ("a string", "text"),
    ("a boolean", "true or false"),
)

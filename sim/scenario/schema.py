"""What a scenario may say, read off the models that read it: for people and for editors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sim.agents.base import Group
from sim.scenario.model import Scenario
from sim.scenario.prices import to_unix
from sim.scenario.words import SAYS
from sim.types.fields import Distribution, StrictModel, to_wad
from sim.units import to_text

ANY = "*"  # in a key: an item of a list, or a name of one's own
UNITS = {
    "_bps": "basis points",
    "_bps_per_hour": "basis points an hour",
    "_s": "seconds",
    "_ms": "milliseconds",
    "_blocks": "blocks",
    "_gwei": "gwei",
    "_wei": "wei",
    "_per_year": "a year",
    "_per_day": "a day",
    "notional": "quote",
    "_quote": "quote",
    "capital": "quote",
    "insurance": "quote",
    "_cash": "quote",
    "wallet": "quote",
    "wallet_base": "base",
}
SIGNS = {"gt": "above", "ge": "from", "lt": "below", "le": "up to"}
JSON_SIGNS = {
    "gt": "exclusiveMinimum",
    "ge": "minimum",
    "lt": "exclusiveMaximum",
    "le": "maximum",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What may stand at a place: its type, bounds as one writes them, and what is below it."""

    word: str = "anything"
    bounds: tuple[tuple[str, str], ...] = ()
    lengths: Mapping[str, int] = field(default_factory=dict)
    is_money: bool = False
    choices: tuple[Any, ...] = ()
    model: type[StrictModel] | None = None
    kinds: Mapping[str, Node] = field(default_factory=dict)
    item: Node | None = None  # of a list, or under any name of a mapping


@cache
def node_of(annotation: Any, *metadata: Any) -> Node:
    """The node of an annotation, with what surrounds it said of it."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return node_of(args[0], *args[1:], *metadata)
    if origin in (Union, UnionType):
        some = tuple(one for one in args if one is not NoneType)
        if len(some) == 1:
            return node_of(some[0], *metadata)
        made = tuple(node_of(one) for one in some)
        return Node(word="one of kinds", kinds={_kind(one): one for one in made})
    if origin is Literal:
        return Node(word="one of", choices=args)
    if origin is tuple:
        ends = args[-1] is Ellipsis
        item = node_of(args[0])
        lengths = (
            _lengths(_flat(metadata)) if ends else {"minItems": len(args), "maxItems": len(args)}
        )
        return Node(word="list", item=item, lengths=lengths)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return Node(word="mapping", item=node_of(args[1]), lengths=_lengths(_flat(metadata)))
    if annotation is Distribution:
        return Node(word="number or draw", model=Distribution)
    if isinstance(annotation, type) and issubclass(annotation, StrictModel):
        return Node(word="mapping", model=annotation)
    return _plain(annotation, _flat(metadata))


def _plain(annotation: Any, said: tuple[Any, ...]) -> Node:
    """The node of a value that has nothing below it."""
    read_by = {one.func for one in said if isinstance(one, BeforeValidator)}
    if to_unix in read_by:
        return Node(word="time")
    is_money = to_wad in read_by
    names = {bool: "true or false", int: "integer", float: "number", str: "text"}
    bounds = tuple(
        (sign, to_text(bound) if is_money else f"{bound:_}" if type(bound) is int else f"{bound:g}")
        for one in said
        for sign in SIGNS
        if (bound := getattr(one, sign, None)) is not None
    )
    last = dict(bounds)  # what is said further out counts
    plain = "decimal" if is_money else names.get(annotation, "anything")
    return Node(word=plain, bounds=tuple(last.items()), is_money=is_money)


def _flat(metadata: tuple[Any, ...]) -> tuple[Any, ...]:
    flat: list[Any] = []
    for one in metadata:
        flat += one.metadata if isinstance(one, FieldInfo) else [one]
    return tuple(flat)


def _lengths(said: tuple[Any, ...]) -> dict[str, int]:
    lengths = {}
    for one in said:
        for name, end in (("min_length", "minItems"), ("max_length", "maxItems")):
            if (length := getattr(one, name, None)) is not None:
                lengths[end] = length
    return lengths


def _kind(node: Node) -> str:
    assert node.model is not None, "kinds are of models"
    return str(get_args(node.model.model_fields["kind"].annotation)[0])


def field_node(info: FieldInfo) -> Node:
    """The node of a model's field."""
    return node_of(info.annotation, *info.metadata)


def rows() -> Iterator[dict[str, str]]:
    """A row for each key a scenario may say: key, type, unit, default, allowed, says."""
    yield from _model_rows(Scenario, ())


def _model_rows(model: type[StrictModel], path: tuple[str, ...]) -> Iterator[dict[str, str]]:
    is_group = issubclass(model, Group) and model is not Group
    for name, info in model.model_fields.items():
        node = field_node(info)
        is_tag = name == "kind" and len(node.choices) == 1
        if is_tag or (is_group and name in Group.model_fields):
            continue
        yield _row((*path, name), info, node)
        yield from _below(node, (*path, name))


def _below(node: Node, path: tuple[str, ...]) -> Iterator[dict[str, str]]:
    if node.item is not None:
        if node.item.model is not None or node.item.kinds:
            path = (*path, ANY)
        yield from _below(node.item, path)
    elif node.kinds:
        if all(one.model and issubclass(one.model, Group) for one in node.kinds.values()):
            yield _head((*path,), "mapping", _doc(Group))
            yield from _model_rows(Group, path)
        for kind, one in node.kinds.items():
            assert one.model is not None
            at = (*path[:-1], kind) if path[-1] == ANY else (*path, kind)
            yield _head(at, "mapping", _doc(one.model))
            yield from _model_rows(one.model, at)
    elif node.model is not None and node.model is not Distribution:
        if path[-1] == ANY:
            yield _head(path, "mapping", _doc(node.model))
        yield from _model_rows(node.model, path)


def _head(path: tuple[str, ...], kind: str, says: str) -> dict[str, str]:
    empty = {"unit": "", "default": "", "allowed": ""}
    return {"key": ".".join(path), "type": kind, **empty, "says": says}


def _row(path: tuple[str, ...], info: FieldInfo, node: Node) -> dict[str, str]:
    name = path[-1]
    unit = next((unit for end, unit in reversed(UNITS.items()) if name.endswith(end)), "")
    listed = f"list of {node.item.word}" if node.word == "list" and node.item else node.word
    return {
        "key": ".".join(path),
        "type": listed,
        "unit": unit,
        "default": _default(info, node),
        "allowed": allowed(node),
        "says": SAYS.get(".".join(path)) or (_doc(node.model) if node.model else ""),
    }


def allowed(node: Node) -> str:
    """What a node's bounds, choices or kinds allow, in words."""
    if node.choices:
        return ", ".join(map(str, node.choices))
    if node.kinds:
        return ", ".join(node.kinds)
    if node.item is not None and node.item.kinds:
        return f"of the kinds {', '.join(node.item.kinds)}"
    return ", ".join(f"{SIGNS[sign]} {bound}" for sign, bound in node.bounds)


def _default(info: FieldInfo, node: Node) -> str:
    value = info.default
    if value is PydanticUndefined:
        return "needed"
    if value is None:
        return "unset"
    if isinstance(value, Distribution):
        return f"{value.constant:g}" if value.constant is not None else "a draw"
    if isinstance(value, StrictModel):
        return str(getattr(value, "kind", "see below"))
    if isinstance(value, tuple):
        return ", ".join(str(getattr(one, "name", one)) for one in value) or "none"
    if node.is_money:
        return to_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:_}" if type(value) is int else str(value) or "empty"


def _doc(model: type[StrictModel]) -> str:
    return " ".join((model.__doc__ or "").split()).replace("`", "")


def matching(asked: str) -> list[dict[str, str]]:
    """The rows at and below a dotted key; a number or a name stands for any, an end is enough."""
    every, parts = list(rows()), tuple(asked.split("."))
    found = [row for row in every if _starts(tuple(row["key"].split(".")), parts)]
    if found:
        return found
    return [row for row in every if _ends(tuple(row["key"].split(".")), parts)]


def _starts(key: tuple[str, ...], asked: tuple[str, ...]) -> bool:
    same = zip(key, asked, strict=False)
    return len(key) >= len(asked) and all(a in (b, ANY) or (b.isdecimal()) for a, b in same)


def _ends(key: tuple[str, ...], asked: tuple[str, ...]) -> bool:
    named = tuple(part for part in key if part != ANY)
    return named[-len(asked) :] == asked


def known_words() -> set[str]:
    """Every part of every key."""
    return {part for row in rows() for part in row["key"].split(".")} - {ANY}


def json_schema() -> dict[str, Any]:
    """The same as a JSON schema (draft 2020-12) for editors of YAML."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Backstop scenario"}
    return head | _json_model(Scenario)


def _json_model(model: type[StrictModel], kind: str | None = None) -> dict[str, Any]:
    # A market's reference terms and a group's place in the list fill in what models need.
    optional = model.__name__ == "MarketConfig"
    fields = model.model_fields
    properties = {name: _json_node(field_node(info)) for name, info in fields.items()}
    if kind is not None:
        properties["kind"] = {"const": kind}
    needed = [name for name, info in fields.items() if info.is_required() and not optional]
    return {
        "type": "object",
        "description": _doc(model),
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }


def _json_node(node: Node) -> dict[str, Any]:
    if node.choices:
        return {"enum": list(node.choices)}
    if node.kinds:
        return {
            "oneOf": [_json_model(one.model, kind) for kind, one in node.kinds.items() if one.model]
        }
    if node.model is Distribution:
        return {"oneOf": [{"type": "number"}, _json_model(Distribution)]}
    if node.model is not None:
        return _json_model(node.model)
    if node.item is not None:
        below = _json_node(node.item)
        if node.word == "list":
            return {"type": "array", "items": below, **node.lengths}
        return {"type": "object", "additionalProperties": below}
    bounds = {JSON_SIGNS[sign]: json.loads(bound.replace("_", "")) for sign, bound in node.bounds}
    return {**_JSON_TYPES.get(node.word, {}), **bounds}


_JSON_TYPES: dict[str, dict[str, Any]] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "decimal": {"type": ["number", "string"]},
    "time": {"type": ["integer", "string"]},
    "text": {"type": "string"},
    "true or false": {"type": "boolean"},
}

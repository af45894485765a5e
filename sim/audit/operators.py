"""Mutation operators on expressions: what a programmer gets wrong inside a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from sim.audit.mutant import Mutant
from sim.audit.vyper_source import Source


class Edit(NamedTuple):
    """A replacement of a span of the text."""

    start: int
    end: int
    new: str


Operator = Callable[[Source], Iterator[Edit]]
RELATIONS = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "in": ("not in",),
    "not in": ("in",),
}
ARITHMETIC = {"+": "-", "-": "+", "*": "//", "//": "*", "%": "//", "**": "*"}
BITWISE = {"<<": ">>", ">>": "<<", "&": "|", "|": "&", "^": "|"}
UNSAFE = {
    "unsafe_add": "unsafe_sub",
    "unsafe_sub": "unsafe_add",
    "unsafe_mul": "unsafe_div",
    "unsafe_div": "unsafe_mul",
}


def relational(source: Source) -> Iterator[Edit]:
    """A comparison moved by its border, or turned round."""
    for node in source.nodes("Compare"):
        start, end = source.between(node.left, node.right)
        yield from _swapped(source, start, end, RELATIONS)


def arithmetic(source: Source) -> Iterator[Edit]:
    """Another operation on the same two values."""
    table = {old: (new,) for old, new in ARITHMETIC.items()}
    for node in source.nodes("BinOp"):
        yield from _swapped(source, *source.between(node.left, node.right), table)


def bitwise(source: Source) -> Iterator[Edit]:
    """A shift the other way, a mask that adds."""
    table = {old: (new,) for old, new in BITWISE.items()}
    for node in source.nodes("BinOp"):
        yield from _swapped(source, *source.between(node.left, node.right), table)


def connective(source: Source) -> Iterator[Edit]:
    """`and` for `or`."""
    table = {"and": ("or",), "or": ("and",)}
    for node in source.nodes("BoolOp"):
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from _swapped(source, *source.between(left, right), table)


def negation(source: Source) -> Iterator[Edit]:
    """A condition turned round, or a `not` forgotten."""
    for node in source.nodes("If", "IfExp"):
        if source.is_whole(node.test):
            start, end = source.span(node.test)
            yield Edit(start, end, f"not ({source.of(node.test)})")
    for node in source.nodes("UnaryOp"):
        text = source.of(node)
        if text.startswith("not ") and source.is_whole(node):
            start, end = source.span(node)
            yield Edit(start, end, f"({text.removeprefix('not ')})")


def condition(source: Source) -> Iterator[Edit]:
    """A branch always, or never, taken."""
    for node in source.nodes("If"):
        if source.is_whole(node.test):
            for always in ("True", "False"):
                yield Edit(*source.span(node.test), always)


def sign(source: Source) -> Iterator[Edit]:
    """A minus forgotten."""
    for node in source.nodes("UnaryOp"):
        text = source.of(node)
        if text.startswith("-") and source.is_whole(node) and len(text) > 1:
            yield Edit(*source.span(node), text[1:])


def constant(source: Source) -> Iterator[Edit]:
    """A whole number off by one."""
    declared = [one.value for one in source.constants() if type(one.value).__name__ == "Int"]
    for node in [*source.nodes("Int"), *declared]:
        text = source.of(node)
        if not re.fullmatch(r"\d[\d_]*", text) or int(text.replace("_", "")) != node.value:
            continue
        start, end = source.span(node)
        yield Edit(start, end, str(node.value + 1))
        if node.value > 0:
            yield Edit(start, end, str(node.value - 1))


def boolean(source: Source) -> Iterator[Edit]:
    """A flag the other way round."""
    for node in source.nodes("NameConstant"):
        text = source.of(node)
        if text in ("True", "False"):
            yield Edit(*source.span(node), "False" if text == "True" else "True")


def extreme(source: Source) -> Iterator[Edit]:
    """`min` for `max`, and either without one of its sides."""
    for node in source.nodes("Call"):
        name = getattr(node.func, "id", "")
        if name in ("min", "max") and source.is_name(node.func):
            yield Edit(*source.span(node.func), "max" if name == "min" else "min")
            if source.is_whole(node):
                for kept in node.args:
                    yield Edit(*source.span(node), source.of(kept))


def rounding(source: Source) -> Iterator[Edit]:
    """Rounded to the other side."""
    for node in source.nodes("Call"):
        text = source.of(node.func)
        for old, new in (("_down", "_up"), ("_up", "_down")):
            if text.endswith(old) and source.is_name(node.func):
                yield Edit(*source.span(node.func), text.removesuffix(old) + new)


def unchecked(source: Source) -> Iterator[Edit]:
    """Another of the operations that do not look."""
    for node in source.nodes("Call"):
        name = getattr(node.func, "id", "")
        if name in UNSAFE and source.is_name(node.func):
            yield Edit(*source.span(node.func), UNSAFE[name])


def swapped_arguments(source: Source) -> Iterator[Edit]:
    """Two neighbours changed places; the compiler lets those of one type pass."""
    for node in source.nodes("Call"):
        for one, two in zip(node.args, node.args[1:], strict=False):
            first, second = source.of(one), source.of(two)
            if first != second and source.is_whole(one) and source.is_whole(two):
                start, end = source.span(one)[0], source.span(two)[1]
                gap = source.text[source.span(one)[1] : source.span(two)[0]]
                if gap.strip() == ",":
                    yield Edit(start, end, second + gap + first)


def swapped_branches(source: Source) -> Iterator[Edit]:
    """The two values of a ternary changed places."""
    for node in source.nodes("IfExp"):
        parts = (node.body, node.test, node.orelse)
        if all(map(source.is_whole, parts)) and source.is_whole(node):
            yes, test, no = map(source.of, parts)
            yield Edit(*source.span(node), f"{no} if {test} else {yes}")


def _swapped(
    source: Source, start: int, end: int, table: Mapping[str, tuple[str, ...]]
) -> Iterator[Edit]:
    gap = source.text[start:end]
    found = re.fullmatch(r"([\s)\\]*)([^\s()\\]+(?: in)?)([\s(\\]*)", gap)
    if found and found[2] in table:
        at = start + len(found[1])
        for new in table[found[2]]:
            yield Edit(at, at + len(found[2]), new)


def mutant_of(source: Source, operator: str, edit: Edit) -> Mutant:
    """An edit with everything it is known by."""
    return Mutant(
        file=source.path,
        operator=operator,
        line=source.line_of(edit.start),
        start=edit.start,
        end=edit.end,
        old=source.text[edit.start : edit.end],
        new=edit.new,
    )

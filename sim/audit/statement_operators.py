"""Mutation operators on statements and names: what is left out, and what is taken for another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from sim.audit import operators as on
from sim.audit.mutant import Mutant
from sim.audit.operators import Edit, Operator, mutant_of
from sim.audit.vyper_source import Node, Source

NONE: Mapping[str, str] = {}
# Words that are taken for each other; within a name, between underscores.
CONFUSED = (
    *(("mark", "index"), ("low", "high"), ("bid", "ask"), ("maker", "taker"), ("long", "short")),
    *(("initial", "maintenance"), ("equity", "margin_equity"), ("imr", "mmr"), ("lo", "hi")),
    *(("buy", "sell"), ("sender", "recipient"), ("before", "after"), ("size", "notional")),
    *(("borrow", "supply"), ("debt", "collateral"), ("shares", "assets"), ("owner", "receiver")),
)
_REMOVED = {
    "removed_assert": ("Assert",),
    "removed_log": ("Log",),
    "removed_write": ("Assign", "AugAssign"),
    "removed_call": ("Expr",),
}


def removed(operator: str) -> Operator:
    """A kind of statement left out."""

    def remove(source: Source) -> Iterator[Edit]:
        for node in source.nodes(*_REMOVED[operator]):
            if operator == "removed_write" and not _is_state(source, node):
                continue
            if operator == "removed_call" and type(node.value).__name__ not in ("Call", "ExtCall"):
                continue
            if source.is_whole(node):
                yield Edit(*source.span(node), "pass")

    return remove


def assignment(source: Source) -> Iterator[Edit]:
    """Taken away instead of added, or set instead of either."""
    for node in source.nodes("AugAssign"):
        start, end = source.between(node.target, node.value)
        gap = source.text[start:end]
        for old, new in (("+=", "-="), ("-=", "+=")):
            if gap.strip() == old:
                at = start + gap.index(old)
                yield Edit(at, at + 2, new)
                yield Edit(at, at + 2, "=")


def early_return(source: Source) -> Iterator[Edit]:
    """A function that does nothing, and returns nothing."""
    for function in source.functions:
        body = [one for one in function.body if type(one).__name__ != "DocStr"]
        if not body or function.name == "__init__":
            continue
        value = ""
        if function.returns is not None:
            kinds = getattr(function.returns, "elements", [function.returns])
            if not all(map(source.is_whole, kinds)):
                continue
            value = " " + ", ".join(f"empty({source.of(one)})" for one in kinds)
        start = source.span(body[0])[0]
        inside = source.indent(body[0])
        yield Edit(start, start, f"if True:\n{inside}    return{value}\n{inside}")


def loop_control(source: Source) -> Iterator[Edit]:
    """`break` for `continue`."""
    for kind, new in (("Break", "continue"), ("Continue", "break")):
        for node in source.nodes(kind):
            if source.of(node) == kind.lower():
                yield Edit(*source.span(node), new)


def confused_name(source: Source) -> Iterator[Edit]:
    """The wrong price, side or margin: a name whose one word is another."""
    for node in source.nodes("Name", "Attribute"):
        name = str(getattr(node, "id", None) or getattr(node, "attr", ""))
        if not source.is_name(node):
            continue
        end = source.span(node)[1]
        for pair in CONFUSED:
            for old, new in (pair, pair[::-1]):
                if f"_{old}_" in f"_{name}_" and not (new in name and len(new) > len(old)):
                    other = f"_{name}_".replace(f"_{old}_", f"_{new}_")[1:-1]
                    if _may_be_there(source, node, other):
                        yield Edit(end - len(name), end, other)


def _may_be_there(source: Source, node: Node, name: str) -> bool:
    """A field may be declared in another file; everything else stands somewhere in this one."""
    value = getattr(node, "value", None)
    if value is not None and getattr(value, "id", "") not in ("self", "msg", "block", "tx"):
        return True
    return re.search(rf"\b{name}\b", source.text) is not None


def wrong_side(source: Source) -> Iterator[Edit]:
    """A side or a direction turned round on its way into a call."""
    for node in source.nodes("Call"):
        for one in node.args:
            name = getattr(one, "id", "") or getattr(one, "attr", "")
            if str(name).startswith(("is_", "_is_")) and source.is_name(one):
                yield Edit(*source.span(one), f"not {source.of(one)}")


def wrong_column(source: Source) -> Iterator[Edit]:
    """Another constant than the one meant: the next in the file that declares it."""
    following = {**source.neighbours, **dict(next_constants(source))}
    for node in source.nodes("Name", "Attribute"):
        text = source.of(node)
        if text in following and source.is_name(node):
            yield Edit(*source.span(node), following[text])


def next_constants(source: Source) -> Iterator[tuple[str, str]]:
    """Each constant with the next of its type, the last with the first."""
    groups: dict[str, list[str]] = {}
    for node in source.constants():
        groups.setdefault(source.of(node.annotation), []).append(node.target.id)
    for names in groups.values():
        for one, two in zip(names, [*names[1:], *names[:1]], strict=True):
            if one != two:
                yield one, two


def _is_state(source: Source, node: Node) -> bool:
    """Whether an assignment's target is of the contract, or of a module's storage."""
    target = node.target
    while type(target).__name__ == "Subscript":
        target = target.value
    while type(target).__name__ in ("Attribute", "Subscript"):
        target = target.value
    root = getattr(target, "id", "")
    return root == "self" or root in _modules(source)


def _modules(source: Source) -> set[str]:
    return {alias for alias, _ in source.imports()}


OPERATORS: dict[str, Callable[[Source], Iterator[Edit]]] = {
    **{
        one.__name__: one
        for one in (
            *(on.relational, on.arithmetic, on.bitwise, on.connective, on.negation, on.condition),
            *(on.sign, on.constant, on.boolean, on.extreme, on.rounding, on.unchecked),
            *(on.swapped_arguments, on.swapped_branches),
            *(assignment, early_return, loop_control, confused_name, wrong_side, wrong_column),
        )
    },
    **{name: removed(name) for name in _REMOVED},
}


def mutants_of(path: str, text: str, neighbours: Mapping[str, str] = NONE) -> list[Mutant]:
    """Every mutant of a file, in the order of its text, each text once.

    `neighbours` are the constants of other files as this one writes them, each with the next.
    """
    source = Source(path, text, neighbours)
    found: dict[tuple[int, int, str], Mutant] = {}
    for name, operator in OPERATORS.items():
        for edit in operator(source):
            mutant = mutant_of(source, name, edit)
            if mutant.new != mutant.old:
                found.setdefault((mutant.start, mutant.end, mutant.new), mutant)
    return [found[key] for key in sorted(found)]


def mutants_under(root: Path, files: Sequence[str]) -> list[Mutant]:
    """Every mutant of some files of a tree."""
    return [
        one
        for file in files
        for one in mutants_of(file, (root / file).read_text(), _imported(root, file))
    ]


def _imported(root: Path, file: str) -> dict[str, str]:
    found = {}
    for alias, dotted in Source(file, (root / file).read_text()).imports():
        path = root / (dotted.replace(".", "/") + ".vy")
        if path.is_file():
            for one, two in next_constants(Source(dotted, path.read_text())):
                found[f"{alias}.{one}"] = f"{alias}.{two}"
    return found

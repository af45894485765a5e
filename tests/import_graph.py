"""Who imports whom, module by module; what stands under TYPE_CHECKING counts like the rest."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

Graph = Mapping[str, frozenset[str]]


def import_graph(sources: Iterable[tuple[str, str]]) -> Graph:
    """Modules and those of the same sources that each imports, from (path, text)."""
    texts = {_module(path): text for path, text in sources}
    return {name: _imported(text, texts.keys()) - {name} for name, text in texts.items()}


def circles(graph: Graph) -> list[list[str]]:
    """Sets of modules that reach each other: what is left when whoever imports none is taken out.

    A module that only leads into a circle is no part of it, so leaves are taken from both ends.
    """
    left = {name: set(imported) & graph.keys() for name, imported in graph.items()}
    while True:
        named = {one for imported in left.values() for one in imported}
        ends = {name for name, imported in left.items() if not imported or name not in named}
        if not ends:
            break
        left = {name: imported - ends for name, imported in left.items() if name not in ends}
    found = []
    while left:
        start = min(left)
        circle = sorted(
            _reached(left, start) & {one for one in left if start in _reached(left, one)}
        )
        if circle:
            found.append(circle)
        left = {name: imported - {start, *circle} for name, imported in left.items()}
        for name in {start, *circle}:
            del left[name]
    return found


def floors(graph: Graph) -> dict[str, int]:
    """How many modules stand on each other below each, itself counted; the graph has no circle."""
    high: dict[str, int] = {}
    while len(high) < len(graph):
        ready = {
            name: 1 + max((high[one] for one in imported), default=0)
            for name, imported in graph.items()
            if name not in high and imported <= high.keys()
        }
        if not ready:
            raise ValueError("a graph with a circle has no floors")
        high |= ready
    return high


def within(graph: Graph, room: str) -> Graph:
    """The part of a graph that lies in one package."""
    inside = {name for name in graph if name == room or name.startswith(f"{room}.")}
    return {name: graph[name] & inside for name in inside}


def rooms(graph: Graph) -> Graph:
    """The same graph between the packages right under the top one."""
    found: dict[str, set[str]] = {}
    for name, imported in graph.items():
        others = {_room(one) for one in imported} - {_room(name)}
        found.setdefault(_room(name), set()).update(others)
    return {name: frozenset(others) for name, others in found.items()}


def _reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    """Everything that `start` imports, and what that imports, and so on."""
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph[name]
    return seen


def _room(name: str) -> str:
    return ".".join(name.split(".")[:2])


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imported(source: str, modules: Iterable[str]) -> frozenset[str]:
    known, found = set(modules), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{each.name}" for each in node.names}
            found |= {node.module, *inner} if not inner <= known else inner
    return frozenset(found & known)

"""A Vyper source with the place of every node of its syntax tree.

The compiler's parser rewrites keywords before Python parses, so that on a line with `log`,
`extcall` or `staticcall` a column may be off. Nothing is edited where the text is not what the
node says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import localcontext
from functools import cached_property
from itertools import accumulate
from typing import Any

with localcontext():  # the compiler sets the context of whoever imports it
    from vyper import ast as vy_ast

Node = Any  # the compiler's nodes carry their fields dynamically


class Source:
    """One file: its text, its tree, and spans of the text."""

    def __init__(self, path: str, text: str, neighbours: Mapping[str, str] | None = None) -> None:
        """`neighbours`: constants of other files as this one writes them, each with the next."""
        self.path, self.text = path, text
        self.neighbours = neighbours or {}
        self.tree: Node = vy_ast.parse_to_ast(text)
        lengths = (len(line) for line in text.splitlines(keepends=True))
        self._starts = list(accumulate(lengths, initial=0))

    def at(self, line: int, column: int) -> int:
        """Offset of a line, counted from 1, and a column, counted from 0."""
        return self._starts[line - 1] + column

    def line_of(self, offset: int) -> int:
        """The line, counted from 1, that an offset lies in."""
        return self.text.count("\n", 0, offset) + 1

    def span(self, node: Node) -> tuple[int, int]:
        """Where a node begins and ends."""
        end = self.at(node.end_lineno, node.end_col_offset)
        return self.at(node.lineno, node.col_offset), end

    def of(self, node: Node) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def indent(self, node: Node) -> str:
        """The white space before a statement."""
        return " " * int(node.col_offset)

    @cached_property
    def functions(self) -> tuple[Node, ...]:
        """Every function of the file."""
        return tuple(self.tree.get_children(vy_ast.FunctionDef))

    def nodes(self, *kinds: str) -> Iterator[Node]:
        """The nodes of some kinds inside functions, docstrings left out."""
        wanted = tuple(getattr(vy_ast, kind) for kind in kinds)
        for function in self.functions:
            for node in function.get_descendants(wanted):
                if node.end_lineno is not None and not _in_signature(function, node):
                    yield node

    def constants(self) -> Iterator[Node]:
        """The declarations of constants."""
        for node in self.tree.get_children(vy_ast.VariableDecl):
            if node.is_constant:
                yield node

    def imports(self) -> Iterator[tuple[str, str]]:
        """Alias and dotted name of everything imported, relative dots left out."""
        for node in self.tree.get_children((vy_ast.Import, vy_ast.ImportFrom)):
            origin = f"{getattr(node, 'module', None) or ''}.{node.name}".strip(".")
            yield node.alias or node.name.rpartition(".")[2], origin

    def between(self, left: Node, right: Node) -> tuple[int, int]:
        """From the end of one node to the beginning of another."""
        return self.span(left)[1], self.span(right)[0]

    def is_name(self, node: Node) -> bool:
        """Whether a name's or an attribute's place in the text is what the tree says."""
        name = getattr(node, "id", None) or getattr(node, "attr", None)
        return bool(name) and self.of(node).endswith(str(name))

    def is_whole(self, node: Node) -> bool:
        """Whether an expression's text closes what it opens, and so was found whole."""
        text = re.sub(r'"[^"\n]*"', '""', self.of(node))
        pairs = (("(", ")"), ("[", "]"))
        closed = all(text.count(a) == text.count(b) for a, b in pairs)
        return closed and bool(text.strip()) and text[0] not in ")], " and text[-1] not in "([,. "


def _in_signature(function: Node, node: Node) -> bool:
    body = function.body
    return not body or (node.lineno, node.col_offset) < (body[0].lineno, body[0].col_offset)

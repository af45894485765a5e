"""Lines and branches of Vyper sources that executed code came from, by the source map."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, localcontext
from pathlib import Path
from typing import Any

from sim.audit.vyper_project import COMPILER_DIGITS, Project, packages
from sim.audit.vyper_source import Source

JUMPI = 0x57
# Statements and expressions whose conditional jumps are a branch somebody wrote.
BRANCHING = frozenset({"If", "IfExp", "Assert", "BoolOp"})
STATEMENTS = (
    *("Assert", "Assign", "AnnAssign", "AugAssign", "Expr", "For", "If", "Log", "Raise"),
    *("Return", "Break", "Continue"),
)
_NO_LINE = frozenset({"Module", "FunctionDef", "arg", "arguments"})

Traces = Mapping[bytes, frozenset[int]]


@dataclass(slots=True)
class FileCoverage:
    """One source: lines that have code, lines reached, and branches with the ways gone."""

    lines: set[int] = field(default_factory=set)
    hit: set[int] = field(default_factory=set)
    coded: set[int] = field(default_factory=set)  # lines that any contract has code of
    branches: dict[tuple[int, int], set[bool]] = field(default_factory=dict)  # line, column

    @property
    def missed(self) -> list[int]:
        """Lines with code that nothing reached."""
        return sorted(self.lines - self.hit)

    @property
    def ways(self) -> int:
        """Ways gone at branches, of two at each."""
        return sum(map(len, self.branches.values()))


def traces(folder: Path) -> Traces:
    """What the processes of a test command have written, put together: places by code.

    A place below zero is a conditional jump before it that was taken.
    """
    found: dict[bytes, set[int]] = defaultdict(set)
    for path in sorted(folder.glob("*.json")):
        for code, places in json.loads(path.read_text()).items():
            found[bytes.fromhex(code)] |= set(places)
    return {code: frozenset(places) for code, places in found.items()}


def coverage(project: Project, files: Sequence[str], seen: Traces) -> dict[str, FileCoverage]:
    """Coverage of the files, by every contract of the project that they are compiled into."""
    found = {file: FileCoverage() for file in files}
    targets = {by for file in files for by in project.importers(file)}
    for contract in sorted(targets):
        compiled = _compiled(project, contract)
        if compiled is None:
            continue
        code, nodes = compiled
        # What a constructor left behind the code are its immutables.
        mine = [places for found_in, places in seen.items() if found_in.startswith(code)]
        places = frozenset[int]().union(*mine)
        for file, place, node in _in_files(project, nodes, found):
            _mark(found[file], code, place, node, places)
    for file in files:
        _declare(project.root / file, found[file])
    return found


def _declare(path: Path, into: FileCoverage) -> None:
    """What can be reached: statements with code; all of a function that no contract has."""
    source = Source(path.name, path.read_text())
    for function in source.functions:
        nodes = function.get_descendants(_kinds())
        begins = {one.lineno for one in nodes if _says_something(one)}
        if function.name != "__init__":  # runs once, in code that is gone when it is done
            into.lines |= begins & into.coded or begins


def _kinds() -> tuple[type, ...]:
    from vyper import ast as vy_ast

    return tuple(getattr(vy_ast, one) for one in STATEMENTS)


def _says_something(node: Any) -> bool:
    return type(getattr(node, "value", None)).__name__ not in ("Ellipsis", "Str", "DocStr")


def _mark(into: FileCoverage, code: bytes, place: int, node: Any, places: frozenset[int]) -> None:
    statement = _statement(node)
    if statement is None:
        return
    line = statement.lineno
    into.coded.add(line)
    is_hit = place in places
    if is_hit:
        into.hit.add(line)
    if type(node).__name__ in BRANCHING and code[place] == JUMPI:
        ways = into.branches.setdefault((node.lineno, node.col_offset), set())
        if is_hit and place + 1 in places:
            ways.add(False)
        if -(place + 1) in places:
            ways.add(True)


def _statement(node: Any) -> Any:
    """The statement that a node is part of; none for a signature or a whole function."""
    while node is not None and type(node).__name__ not in STATEMENTS:
        node = None if type(node).__name__ in _NO_LINE else node.get_ancestor()
    return node


def _in_files(
    project: Project, nodes: Mapping[int, Any], found: Mapping[str, FileCoverage]
) -> Iterator[tuple[str, int, Any]]:
    for place, node in nodes.items():
        module = getattr(node, "module_node", None)
        path = Path(getattr(module, "resolved_path", "") or "")
        try:
            file = path.resolve().relative_to(project.root).as_posix()
        except ValueError:
            continue
        if file in found:
            yield file, place, node


def _compiled(project: Project, contract: str) -> tuple[bytes, Mapping[int, Any]] | None:
    from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle
    from vyper.compiler.phases import CompilerData
    from vyper.compiler.settings import Settings
    from vyper.exceptions import VyperException
    from vyper.ir import compile_ir

    path = project.root / contract
    bundle = FilesystemInputBundle([*packages(), project.root, path.parent])
    source = FileInput(-1, Path(contract), path, path.read_text())
    with localcontext(Context(prec=COMPILER_DIGITS)):
        try:
            data = CompilerData(source, bundle, Settings(evm_version=project.evm_version))
            code, maps = compile_ir.assembly_to_evm(data.assembly_runtime, compiler_metadata=None)
        except VyperException:
            return None
    return code, maps["pc_raw_ast_map"]

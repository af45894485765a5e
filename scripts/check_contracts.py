"""Holds every contract to the house rules and prints what each costs in bytes."""

import json
import re
import site
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click
import vyper.builtins.interfaces
from rich.console import Console
from rich.table import Table
from vyper import ast as vy_ast
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import Settings
from vyper.exceptions import VyperException, VyperInternalException

ROOT = Path(__file__).resolve().parent.parent
CODE_LIMIT_BYTES = 24_576  # EIP-170
RESERVE_BYTES = CODE_LIMIT_BYTES // 10
LINE_BUDGET = {"deployable": 400, "module": 200}
VERSION_PRAGMA = "# pragma version 0.4.3"
LOCK_PRAGMA = "# pragma nonreentrancy on"
TAGS = {
    "deployable": ("title", "notice", "custom:units", "custom:invariant"),
    "mock": ("title", "notice"),
    "module": ("title", "notice", "custom:units"),
    "interface": ("title", "notice"),
}
STANDARD_INTERFACES = Path(vyper.builtins.interfaces.__path__[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one source costs; only what is deployed has a size."""

    contract: str
    kind: str
    lines: int
    runtime_bytes: int | None
    limit_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A row of the table, the rules it breaks and the budgets it is over."""

    row: Row
    offences: tuple[str, ...]
    warnings: tuple[str, ...]


def kind_of(path: Path) -> str:
    """Kind of a source, from its folder and the case of its name alone."""
    if path.suffix == ".vyi":
        return "interface"
    if not re.fullmatch(r"(?:[A-Z][a-z0-9]*)+", path.stem):
        return "module"
    return "mock" if path.parent.name == "mocks" else "deployable"


def name_offences(path: Path, kind: str) -> Iterator[str]:
    """The case of a file name tells deployables from modules; the folder must agree."""
    if kind == "interface":
        if not re.fullmatch(r"I(?:[A-Z][A-Za-z0-9]*)", path.stem):
            yield "an interface is named I and then PascalCase"
    elif kind == "module":
        if not re.fullmatch(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", path.stem):
            yield "a name is PascalCase (deployed) or snake_case (module)"
        elif "modules" not in path.parent.parts:
            yield "a snake_case module belongs in contracts/modules"
    elif "modules" in path.parent.parts:
        yield "contracts/modules holds snake_case modules, never a deployable"


def pragma_offences(source: str, kind: str) -> Iterator[str]:
    """The exact compiler on line 1; the reentrancy lock on line 2 of what is deployed."""
    first, second, *_ = [*source.splitlines(), "", ""]
    if first != VERSION_PRAGMA:
        yield f"line 1 is {first!r}, not {VERSION_PRAGMA!r}"
    if kind == "deployable" and second != LOCK_PRAGMA:
        yield f"line 2 is {second!r}, not {LOCK_PRAGMA!r}"


def tag_offences(docstring: str, kind: str) -> Iterator[str]:
    """The docstring has every tag its kind owes."""
    for tag in TAGS[kind]:
        if not re.search(rf"^\s*@{tag}\s+\S", docstring, re.MULTILINE):
            yield f"the docstring has no @{tag}"


def doc_of(node: vy_ast.Module | vy_ast.FunctionDef) -> str:
    """Docstring of a module or function, or nothing."""
    docstring = getattr(node, "doc_string", None)  # the compiler sets it only where there is one
    return "" if docstring is None else docstring.value


def has_notice(function: vy_ast.FunctionDef) -> bool:
    """Whether a function's docstring says what it is for."""
    return re.search(r"^\s*@notice\s+\S", doc_of(function), re.MULTILINE) is not None


def documented_elsewhere(module: vy_ast.Module, root: Path) -> set[str]:
    """Functions documented by an interface the source implements, or by a standard."""
    files = {
        node.alias or node.name: (node.module, f"{node.name}.vyi")
        for node in module.get_children(vy_ast.ImportFrom)
    }
    names: set[str] = set()
    for promise in module.get_children(vy_ast.ImplementsDecl):
        package, file = files.get(promise.annotation.id, ("", ""))
        standard = package == "ethereum.ercs"
        folder = STANDARD_INTERFACES if standard else root / package.replace(".", "/")
        if file and (folder / file).is_file():
            interface = vy_ast.parse_to_ast((folder / file).read_text(encoding="utf8"))
            functions = interface.get_children(vy_ast.FunctionDef)
            names |= {each.name for each in functions if standard or has_notice(each)}
    return names


def notice_offences(module: vy_ast.Module, root: Path) -> Iterator[str]:
    """Every way in from outside says what it is for, here or in its interface."""
    elsewhere = documented_elsewhere(module, root)
    for function in module.get_children(vy_ast.FunctionDef):
        external = any(getattr(each, "id", "") == "external" for each in function.decorator_list)
        if external and function.name not in elsewhere and not has_notice(function):
            yield (
                f"line {function.lineno}: external {function.name} has no @notice, "
                "here or in an interface it implements"
            )


def compiled(path: Path, root: Path) -> CompilerData:
    """The compiler's view of one source, imports resolved from `root` and site-packages."""
    bundle = FilesystemInputBundle([*map(Path, site.getsitepackages()), root])
    return CompilerData(
        bundle.load_file(path.relative_to(root)), bundle, settings=Settings(evm_version="cancun")
    )


def deployed_bytes(data: CompilerData) -> int:
    """Bytes a deployment leaves on chain: the runtime code and its immutables."""
    module_type = data.annotated_vyper_module._metadata["type"]
    return len(data.bytecode_runtime) + int(module_type.immutable_section_bytes)


def examine(path: Path, root: Path) -> Verdict:
    """Judge one source by every rule of its kind."""
    source = path.read_text(encoding="utf8")
    kind = kind_of(path)
    place = path.relative_to(root)
    name = str(place)
    lines = len(source.splitlines())
    offences, warnings = [*name_offences(place, kind), *pragma_offences(source, kind)], []
    size = None
    try:
        data = compiled(path, root)
        module = data.annotated_vyper_module
        offences += tag_offences(doc_of(module), kind)
        if kind in ("deployable", "module"):
            offences += notice_offences(module, root)
        if kind in ("deployable", "mock"):
            size = deployed_bytes(data)
    except (VyperException, VyperInternalException) as error:
        found = re.search(r'contract "([^"]+)"', str(error))
        where = f" ({found[1]})" if found else ""
        reason = str(error).strip().splitlines()[0]
        offences.append(f"does not compile{where}: {type(error).__name__}: {reason}")
    if size is not None and size >= CODE_LIMIT_BYTES:
        offences.append(f"{size} bytes of code, the limit is {CODE_LIMIT_BYTES}")
    elif size is not None and size > CODE_LIMIT_BYTES - RESERVE_BYTES:
        warnings.append(f"{size} bytes of code, inside the 10 % reserve below {CODE_LIMIT_BYTES}")
    if lines > LINE_BUDGET.get(kind, lines):
        warnings.append(f"{lines} lines, the budget of a {kind} is {LINE_BUDGET[kind]}")
    percent = None if size is None else round(100 * size / CODE_LIMIT_BYTES, 1)
    row = Row(contract=name, kind=kind, lines=lines, runtime_bytes=size, limit_percent=percent)
    return Verdict(row=row, offences=tuple(offences), warnings=tuple(warnings))


def show(verdicts: list[Verdict]) -> None:
    """Print the table of sizes, then the budgets that are over."""
    table = Table("contract", "lines", "runtime bytes", "% of limit", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for verdict in verdicts:
        row = verdict.row
        if row.runtime_bytes is not None:
            near = " *" if row.runtime_bytes > CODE_LIMIT_BYTES - RESERVE_BYTES else "  "
            cells = (f"{row.lines}", f"{row.runtime_bytes:,}", f"{row.limit_percent}{near}")
            table.add_row(row.contract, *cells)
    console = Console(width=100, highlight=False)
    console.print(table)
    for verdict in verdicts:
        for warning in verdict.warnings:
            console.print(f"note: {verdict.row.contract}: {warning}", soft_wrap=True, markup=False)


@click.command()
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the table here.")
def cli(json_file: Path | None) -> None:
    """Check pragmas, documentation, names and code size of every contract."""
    paths = sorted(
        each for each in (ROOT / "contracts").rglob("*") if each.suffix in (".vy", ".vyi")
    )
    with ProcessPoolExecutor() as pool:
        # `ape run` loads scripts under a name that a worker process cannot import.
        each = pool.map if __name__ == "__main__" else map
        verdicts = list(each(partial(examine, root=ROOT), paths))
    show(verdicts)
    if json_file is not None:
        rows = [asdict(each.row) for each in verdicts]
        json_file.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf8")
    offences = [f"{each.row.contract}: {text}" for each in verdicts for text in each.offences]
    for offence in offences:
        click.echo(offence, err=True)
    click.echo(f"{len(paths)} sources, {len(offences)} offences")
    sys.exit(1 if offences else 0)


if __name__ == "__main__":
    cli()

"""The arrows between packages, and the house rules that no linter knows.

A checker takes a path relative to the project and the source found there, and returns offences.
"""

from __future__ import annotations

import ast
import re
import site
from collections.abc import Callable, Iterator
from pathlib import Path

from vyper import ast as vy_ast
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import Settings
from vyper.exceptions import VyperException

ROOT = Path(__file__).resolve().parent.parent

Checker = Callable[[str, str], list[str]]

NOTHING: frozenset[str] = frozenset()
VALUES = frozenset({"units", "portable", "types"})
EVM = frozenset({"abi", "chain", "protocol"})
COMPILING = EVM | {"audit"}  # the audit reads sources as the compiler does
ROOMS = EVM | {"agents", "market", "prices", "reference"}

# Package of sim/ -> the packages it may import besides itself.
SIM_ARROWS = {
    "version": NOTHING,
    "units": NOTHING,
    "portable": NOTHING,
    "rng": NOTHING,
    "places": NOTHING,
    "types": frozenset({"units", "portable"}),
    "abi": VALUES | {"places"},
    "chain": VALUES | {"abi", "places"},
    "protocol": VALUES | {"abi", "chain"},
    "agents": VALUES | {"rng"},
    "prices": VALUES,
    "market": VALUES | {"rng", "prices"},
    "ordering": VALUES | {"rng"},
    "mirror": VALUES,
    "reference": VALUES,
    "records": VALUES,
    "invariants": VALUES | {"reference", "mirror"},
    "venues": VALUES | {"reference"},
    "vectors": VALUES | {"reference", "venues"},
    "metrics": VALUES | {"rng", "records"},
    "scenario": VALUES | {"agents", "market", "prices", "ordering"},
    "engine": VALUES | ROOMS | {"rng", "records", "scenario", "ordering", "mirror", "invariants"},
    "report": VALUES | {"records", "metrics"},
    "api": VALUES | {"agents", "prices", "records", "scenario", "engine", "metrics"},
    "experiments": VALUES
    | ROOMS
    | {"rng", "records", "scenario", "engine", "metrics", "report", "api"},
    "audit": VALUES
    | ROOMS
    | {"rng", "places", "records", "mirror", "invariants", "scenario", "engine", "metrics"},
    "cli": VALUES
    | ROOMS
    | {"version", "places", "records", "scenario", "engine", "metrics", "report", "api"}
    | {"experiments", "venues", "vectors", "audit", "invariants"},
    "__main__": frozenset({"cli"}),
    "__init__": frozenset({"version", "api", "experiments"}),
}
SCRIPT_ARROWS = frozenset({"cli", "invariants"})
CHAIN_LIBRARIES = {"ape", "eth", "eth_abi", "eth_account", "pyrevm", "vyper", "web3"}
FLOAT_HOMES = ("sim/market/", "sim/prices/", "sim/metrics/", "sim/report/", "sim/units.py")
# Functions whose last bits depend on the processor, the C library or numpy: sim/portable.py has
# its own. Of a sum only a count is allowed (`int(values.sum())`) and pandas' grouped one, which
# is compensated in the order of the rows.
PORTABLE_HOME = "sim/portable.py"
UNPORTABLE = {"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "power", "cbrt"}
UNPORTABLE |= {"float_power", "logaddexp", "sin", "cos", "tan", "tanh", "sinh", "cosh", "hypot"}
UNPORTABLE |= {"arcsin", "arccos", "arctan", "atan", "atan2", "erf", "erfc", "gamma", "lgamma"}
UNPORTABLE |= {"average", "percentile", "interp", "nansum", "nanmean", "nanstd", "nanvar"}
UNPORTABLE |= {"nanpercentile", "nanquantile", "corrcoef", "inner", "outer", "vdot", "matmul"}
UNPORTABLE |= {"einsum", "trapz", "polyfit", "linalg", "fft", "convolve", "correlate"}
UNPORTABLE_METHODS = {"sum", "mean", "std", "var", "quantile", "prod", "dot", "corr", "cov"}
UNPORTABLE_METHODS |= {"rolling", "ewm"}
NUMERIC_MODULES = ("np", "numpy", "math", "statistics")
# Where `**` is not of whole numbers alone: decimals, which have one result in every context.
EXACT_POWERS = ("sim/reference/spot_pool.py",)

# Folder of contracts/ -> the folders it may import besides itself. Within modules/ the rooms have
# arrows of their own; above, "modules" stands for all of them.
VYPER_ARROWS = {
    "interfaces": NOTHING,
    "modules": NOTHING,
    "modules/math": {"modules"},
    "modules/index": {"modules", "modules/math", "interfaces"},
    "modules/mark": {"modules", "modules/math", "interfaces"},
    "modules/margin": {"modules", "modules/math", "interfaces"},
    "modules/book": {"modules", "modules/math", "interfaces"},
    "modules/triggers": {
        *("modules", "modules/math", "modules/margin", "modules/book"),
        "interfaces",
    },
    "modules/adl": {"modules", "modules/math", "modules/margin", "interfaces"},
    "modules/backstop": {"modules", "modules/math", "modules/margin", "interfaces"},
    "modules/tokens": {"modules", "modules/math", "interfaces"},
    "modules/liquidation": {"modules", "modules/math", "modules/margin", "interfaces"},
    "modules/clearing": {"modules", "modules/math", "modules/margin", "interfaces"},
    "oracle": {"modules", "interfaces"},
    "core": {"modules", "interfaces"},
    "backstop": {"core", "modules", "interfaces"},
    "venues": {"core", "modules", "interfaces"},
    "products": {"venues", "core", "modules", "interfaces"},
    "mocks": {"modules", "interfaces"},
}
BELOW_VENUES = ("modules", "oracle", "core")
# IOrderBook alone may be named from below: the mark samples the book, the judge asks what rests
# in it. Everything else about a venue is an address and a kind.
_UNNAMED = ("Liquidator", "Deleverager", "TriggerOrders")
VENUES = {"OrderBook", *_UNNAMED, *(f"I{name}" for name in _UNNAMED)}
FIXED_POINT = "contracts/modules/math/fixed_point.vy"
UNFINISHED = re.compile(r"\b(T[O]DO|F[I]XME)\b")  # spelt so that this line is not one of them


def imports(source: str) -> Iterator[tuple[int, list[str]]]:
    """Line and dotted name of every import, wherever in the file it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name.split(".")) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = (node.module or "").split(".")
            yield from ((node.lineno, [*origin, each.name]) for each in node.names)


def python_arrows(path: str, source: str) -> list[str]:
    """Imports that no arrow allows from a file of sim/ or scripts/."""
    folder, _, rest = path.partition("/")
    package = rest.split("/")[0].removesuffix(".py")
    if folder == "sim" and package not in SIM_ARROWS:
        return [f"sim.{package} has no row in SIM_ARROWS"]
    allowed = {"sim": SIM_ARROWS.get(package, NOTHING) | {package}, "scripts": SCRIPT_ARROWS}
    offences = []
    for line, (top, *names) in imports(source):
        if folder in allowed and top == "sim" and not {*names[:1]} <= allowed[folder]:
            offences.append(f"{line}: {package} may not import {'.'.join(['sim', *names])}")
        if folder == "sim" and package not in COMPILING and top in CHAIN_LIBRARIES:
            offences.append(f"{line}: only {', '.join(sorted(COMPILING))} may import {top}")
    return offences


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a chain of attributes, or nothing."""
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return node.id if isinstance(node, ast.Name) else ""


def global_randomness(path: str, source: str) -> list[str]:
    """Randomness that comes from no named stream; naming the type of a generator draws nothing."""
    if path == "sim/rng.py":
        return []
    used = [(line, ".".join(names)) for line, names in imports(source)]
    chains = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute))
    used += [(node.lineno, dotted(node)) for node in chains]
    draw = re.compile(r"(np|numpy)\.random\.(?!Generator\b)|numpy\.random$|random(\.|$)")
    return [f"{line}: {name} outside sim/rng.py" for line, name in used if draw.match(name)]


def calls(source: str, function: str) -> list[int]:
    """Lines that call the builtin `function`."""
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [node.lineno for node in nodes if dotted(node.func) == function]


def stray_floats(path: str, source: str) -> list[str]:
    """Conversions to float where money is exact."""
    if not path.startswith("sim/") or path.startswith(FLOAT_HOMES):
        return []
    return [f"{line}: float() outside {', '.join(FLOAT_HOMES)}" for line in calls(source, "float")]


def unportable_floats(path: str, source: str) -> list[str]:
    """Float functions whose result depends on the machine; sim/portable.py has the others."""
    if not path.startswith("sim/") or path in (PORTABLE_HOME, *EXACT_POWERS):
        return []
    nodes = list(ast.walk(ast.parse(source)))
    counting = [n for n in nodes if isinstance(n, ast.Call) and dotted(n.func) == "int"]
    counts = {id(part) for call in counting for part in ast.walk(call)}
    offences = []
    for node in nodes:
        if isinstance(node, ast.Attribute) and _is_unportable(node, id(node) in counts):
            offences.append(f"{node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.ImportFrom) and node.module in NUMERIC_MODULES:
            taken = (UNPORTABLE | UNPORTABLE_METHODS) & {alias.name for alias in node.names}
            offences += [f"{node.lineno}: {name} of {node.module}" for name in sorted(taken)]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            offences.append(f"{node.lineno}: a product of matrices")
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and not _is_whole(node):
            offences.append(f"{node.lineno}: {ast.unparse(node)}")
    return offences


def _is_unportable(node: ast.Attribute, counts: bool) -> bool:
    """Whether an attribute is such a function of a module, or such a method of an array."""
    if dotted(node.value) in NUMERIC_MODULES:
        return node.attr in UNPORTABLE | UNPORTABLE_METHODS
    if ".groupby(" in ast.unparse(node.value) or (counts and node.attr == "sum"):
        return False
    return node.attr in UNPORTABLE_METHODS


def _is_whole(node: ast.BinOp) -> bool:
    """Whether a power is one of whole numbers: of a literal, or of what is named as one."""
    if isinstance(node.left, ast.Constant):
        return isinstance(node.left.value, int)
    whole = isinstance(node.right, ast.Constant) and isinstance(node.right.value, int)
    name = dotted(node.left).rpartition(".")[2]
    return whole and name.endswith(("_wad", "_GWEI", "_PX", "scale"))


def stray_prints(path: str, source: str) -> list[str]:
    """Printing by anything but the command line."""
    if not path.startswith("sim/") or path.startswith("sim/cli"):
        return []
    return [f"{line}: print() outside sim/cli" for line in calls(source, "print")]


def bare_excepts(_path: str, source: str) -> list[str]:
    """Handlers that would swallow an interrupt as well."""
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ExceptHandler))
    return [f"{node.lineno}: bare except" for node in nodes if node.type is None]


def unnamed_actors(path: str, source: str) -> list[str]:
    """Tests whose actors are persons or numbers instead of roles."""
    if not path.startswith("tests/"):
        return []
    offences = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and re.search(r"\baccounts\[\d", ast.unparse(node)):
            offences.append(f"{node.lineno}: {ast.unparse(node)} is a number, not a role")
        for field in ("id", "arg", "name", "attr"):
            name = getattr(node, field, None)
            if isinstance(name, str) and {"alice", "bob"} & set(name.lower().split("_")):
                offences.append(f"{node.lineno}: {name} is a person, not a role")
    return offences


def unfinished(_path: str, source: str) -> list[str]:
    """Work left for later in the source."""
    lines = enumerate(source.splitlines(), start=1)
    return [f"{number}: {found[0]}" for number, text in lines if (found := UNFINISHED.search(text))]


def room_of(*folders: str) -> str:
    """A folder of contracts/ as VYPER_ARROWS names it: the second name counts within modules/."""
    return "/".join(folders[:2] if folders[0] == "modules" else folders[:1])


def vyper_arrows(path: str, source: str) -> list[str]:
    """Imports that no arrow allows from a file of contracts/."""
    folder = room_of(*path.split("/")[1:-1])
    if folder not in VYPER_ARROWS:
        return [f"contracts/{folder} has no row in VYPER_ARROWS"]
    allowed = {folder, *VYPER_ARROWS[folder]}
    everywhere = not folder.startswith("modules") and "modules" in allowed
    offences = []
    for node in vy_ast.parse_to_ast(source).get_children((vy_ast.Import, vy_ast.ImportFrom)):
        origin = f"{getattr(node, 'module', None) or ''}.{node.name}".lstrip(".")
        top, *rest = origin.split(".")
        if getattr(node, "level", 0):
            offences.append(f"{node.lineno}: {origin} is imported relatively")
        elif top == "contracts" and not (
            (room_of(*rest[:-1]) in allowed) or (everywhere and rest[0] == "modules")
        ):
            offences.append(f"{node.lineno}: {folder} may not import {origin}")
        elif folder == "interfaces" and top not in ("contracts", "ethereum"):
            offences.append(f"{node.lineno}: an interface may import interfaces, not {origin}")
    return offences


def venue_names(path: str, source: str) -> list[str]:
    """Venues named in the code below them."""
    if path.split("/")[1] not in BELOW_VENUES:
        return []
    offences = []
    for node in vy_ast.parse_to_ast(source).get_descendants():
        names = {getattr(node, field, None) for field in ("id", "attr", "name", "alias")}
        offences += [f"{node.lineno}: names {name}" for name in names & VENUES]
    return offences


def is_signed(node: vy_ast.VyperNode) -> bool:
    """Whether the compiler gave an expression a signed type."""
    return bool(getattr(node._metadata.get("type"), "is_signed", False))


def signed_divisions(path: str, source: str) -> list[str]:
    """Divisions of signed values whose direction is left to the compiler."""
    divides = "//" in source or "unsafe_div" in source  # asking the compiler is slow
    if path == FIXED_POINT or path.endswith(".vyi") or not divides:
        return []
    bundle = FilesystemInputBundle([*map(Path, site.getsitepackages()), ROOT])
    data = CompilerData(source, bundle, settings=Settings(evm_version="cancun"))
    try:
        module = data.annotated_vyper_module
    except VyperException as error:
        return [f"does not compile: {str(error).strip().splitlines()[0]}"]
    offences = []
    for node in module.get_descendants((vy_ast.BinOp, vy_ast.AugAssign)):
        left = node.left if isinstance(node, vy_ast.BinOp) else node.target
        if isinstance(node.op, vy_ast.FloorDiv) and is_signed(left):
            offences.append(f"{node.lineno}: `//` on a signed value outside fixed_point")
    for node in module.get_descendants(vy_ast.Call):
        if getattr(node.func, "id", "") == "unsafe_div" and is_signed(node.args[0]):
            offences.append(f"{node.lineno}: unsafe_div on a signed value outside fixed_point")
    return offences


PYTHON_CHECKERS: tuple[Checker, ...] = (
    *(python_arrows, global_randomness, stray_floats, unportable_floats, stray_prints),
    *(bare_excepts, unnamed_actors, unfinished),
)
VYPER_CHECKERS: tuple[Checker, ...] = (vyper_arrows, venue_names, signed_divisions, unfinished)

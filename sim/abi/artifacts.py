"""Contracts compiled by name, cached on disk until a source they import changes."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Context, localcontext
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.abi.events import EventReader, event_readers
from sim.abi.methods import Method, constructor, methods
from sim.places import CONTRACTS, ROOT, cache_folder

if TYPE_CHECKING:
    from vyper.compiler.phases import CompilerData

CACHE = cache_folder() / "vyper"
EVM_VERSION = "cancun"  # the newest that every engine here executes
_NOT_DEPLOYED = ("interfaces", "mocks", "modules")
_COMPILER_DIGITS = 78  # of its decimals: every whole number of 256 bits
_FORMAT = "1"  # part of every cache entry: raise it when the entry's layout changes


class ContractError(Exception):
    """A contract that is missing or does not compile, in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A compiled contract, and its codecs: built when first asked for, once in a process."""

    name: str
    abi: Sequence[Mapping[str, Any]]
    initcode: bytes
    runtime: bytes

    @cached_property
    def methods(self) -> Mapping[str, Method]:
        """Its functions by name."""
        return methods(self.name, self.abi)

    @cached_property
    def constructor(self) -> Method:
        """What its arguments are encoded by, behind the initcode."""
        return constructor(self.name, self.abi)

    @cached_property
    def events(self) -> Sequence[EventReader]:
        """Its events, each with what reads it."""
        return event_readers(self.abi)


def contract_path(name: str) -> Path:
    """Where `<name>.vy` lies under contracts/."""
    found = sorted(CONTRACTS.rglob(f"{name}.vy"))
    if len(found) != 1:
        places = ", ".join(str(path.relative_to(ROOT)) for path in found) or "no file"
        raise ContractError(f"{name}.vy should be one file under contracts/, found {places}")
    return found[0]


def any_compiled() -> bool:
    """Whether the cache holds anything; without it, compiling takes a minute."""
    return CACHE.is_dir()


def deployables() -> list[str]:
    """The names of all contracts of the protocol; mocks are none."""
    folders = (folder for folder in CONTRACTS.iterdir() if folder.name not in _NOT_DEPLOYED)
    return sorted(file.stem for folder in folders for file in folder.rglob("*.vy"))


@cache
def artifact(name: str) -> Artifact:
    """The compiled contract `name`, from the cache if none of its sources changed."""
    path = contract_path(name)
    entry = CACHE / f"{name}.json"
    cached = _read_entry(entry)
    if cached is not None:
        return _artifact(name, cached)
    with localcontext(_compilers()):
        compiled = _compile(path)
        sources = [path, *_imported(compiled)]
        record = _record(compiled) | {
            "toolchain": _toolchain(),
            "sources": {_portable(source): _digest(source) for source in sources},
        }
    _write_entry(entry, record)
    return _artifact(name, record)


def compile_source(name: str, text: str) -> Artifact:
    """Compile a contract given as text, for tests; nothing is cached."""
    with localcontext(_compilers()):
        return _artifact(name, _record(_compile_text(name, text, ROOT / f"{name}.vy")))


def _compilers() -> Context:
    """The decimal context the compiler sets when it is imported; the caller keeps its own."""
    return Context(prec=_COMPILER_DIGITS)


def _artifact(name: str, record: Mapping[str, Any]) -> Artifact:
    return Artifact(
        name=name,
        abi=record["abi"],
        initcode=bytes.fromhex(record["initcode"]),
        runtime=bytes.fromhex(record["runtime"]),
    )


def _compile(path: Path) -> CompilerData:
    return _compile_text(str(path.relative_to(ROOT)), path.read_text(), path)


def _compile_text(label: str, text: str, path: Path) -> CompilerData:
    # The compiler takes a second to import: only a cache miss pays for it.
    from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle
    from vyper.compiler.phases import CompilerData
    from vyper.compiler.settings import Settings
    from vyper.exceptions import VyperException

    bundle = FilesystemInputBundle([_site_packages(), ROOT])
    source = FileInput(-1, Path(label), path, text)
    compiled = CompilerData(source, bundle, Settings(evm_version=EVM_VERSION))
    try:
        _ = compiled.bytecode
    except VyperException as error:
        raise ContractError(f"{label} does not compile: {_sentence(error)}") from error
    return compiled


def _sentence(error: Exception) -> str:
    """The compiler's complaint without its page of context."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # "contract "path:line", function ..." names the place; the caret drawing around it is left out.
    place = next((line for line in lines if line.startswith("contract ")), "")
    first = lines[0] if lines else "no reason given"
    return f"{type(error).__name__}: {first}" + (f" ({place.rstrip(',')})" if place else "")


def _record(compiled: CompilerData) -> dict[str, Any]:
    from vyper.compiler.output import build_abi_output

    return {
        "abi": build_abi_output(compiled),
        "initcode": compiled.bytecode.hex(),
        "runtime": compiled.bytecode_runtime.hex(),
    }


def _imported(compiled: CompilerData) -> list[Path]:
    inputs = compiled.resolved_imports.compiler_inputs
    return sorted(path for one in inputs if (path := Path(one.resolved_path)).is_file())


@cache
def _site_packages() -> Path:
    spec = find_spec("snekmate")
    if spec is None or not spec.submodule_search_locations:
        raise ContractError(
            "snekmate is not installed: `pip install` Backstop, or `make env` in a checkout"
        )
    return Path(next(iter(spec.submodule_search_locations))).resolve().parent


@cache
def _toolchain() -> str:
    from importlib.metadata import version

    return f"vyper {version('vyper')} {EVM_VERSION} {_FORMAT}"


def _portable(path: Path) -> str:
    """A source's name that holds in another clone: relative to the repository or to packages."""
    for base, prefix in ((_site_packages(), "packages:"), (ROOT, "root:")):
        if path.is_relative_to(base):
            return prefix + path.relative_to(base).as_posix()
    return path.as_posix()


def _locate(portable: str) -> Path:
    prefix, _, rest = portable.partition(":")
    if prefix == "packages":
        return _site_packages() / rest
    return ROOT / rest if prefix == "root" else Path(portable)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_entry(entry: Path) -> dict[str, Any] | None:
    """The cached record, or None if there is none or one of its sources is no longer the same."""
    try:
        record: dict[str, Any] = json.loads(entry.read_text())
        fresh = record["toolchain"] == _toolchain() and all(
            _digest(_locate(name)) == digest for name, digest in record["sources"].items()
        )
    except (OSError, ValueError, KeyError):
        return None
    return record if fresh else None


def _write_entry(entry: Path, record: Mapping[str, Any]) -> None:
    with suppress(OSError):  # the cache saves time; where nothing may be written, compile again
        _replace_entry(entry, record)


def _replace_entry(entry: Path, record: Mapping[str, Any]) -> None:
    entry.parent.mkdir(parents=True, exist_ok=True)
    (CACHE.parent / ".gitignore").write_text("*\n")
    handle, name = tempfile.mkstemp(dir=entry.parent, suffix=".tmp")
    with os.fdopen(handle, "w") as file:
        json.dump(record, file, separators=(",", ":"))
    os.replace(name, entry)  # whole or not at all, also when two processes compile at once

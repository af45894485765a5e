"""Anybody's Vyper project: its sources, who imports whom, and whether a change of one compiles."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from decimal import Context, localcontext
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path

from sim.audit.vyper_source import Source

COMPILER_DIGITS = 78
# Folders that a copy does without, or that it links to because nothing writes to them.
LEFT_OUT = (".git", "runs", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis")
LINKED = (".venv", "node_modules", "venv")


class ProjectError(ValueError):
    """One sentence about a tree that cannot be worked on."""


class Project:
    """A tree of Vyper sources."""

    def __init__(self, root: Path, evm_version: str = "cancun") -> None:
        if not root.is_dir():
            raise ProjectError(f"{root} is not a folder; the root of a Vyper project is needed")
        self.root, self.evm_version = root.resolve(), evm_version
        self._imports: dict[str, set[str]] = {}
        self._compiling: dict[str, str | None] = {}
        self.plain: dict[str, str] = {}  # bytecode of each contract without a fault, hashed

    def files(self, patterns: Sequence[str] = ()) -> list[str]:
        """Sources by path relative to the root, those of a pattern if one is given."""
        found = []
        for path in sorted(self.root.rglob("*.vy")):
            name = path.relative_to(self.root).as_posix()
            hidden = any(part.startswith(".") for part in Path(name).parts)
            if hidden or {*LEFT_OUT, *LINKED} & {*Path(name).parts}:
                continue
            if not patterns or any(fnmatch(name, one) for one in patterns):
                found.append(name)
        if not found:
            asked = ", ".join(patterns) or "*.vy"
            raise ProjectError(f"{self.root}: found no source that matches {asked}")
        return found

    def importers(self, file: str) -> list[str]:
        """The file itself and all that import it: those nobody imports first, then the shortest."""
        if not self._imports:
            self._imports = {one: self._imported(one) for one in self.files()}
        found, waiting = {file}, [file]
        while waiting:
            one = waiting.pop()
            more = {by for by, its in self._imports.items() if one in its} - found
            found |= more
            waiting += sorted(more)
        used = set().union(*self._imports.values())
        return sorted(found, key=lambda one: (one in used, (self.root / one).stat().st_size, one))

    def _imported(self, file: str) -> set[str]:
        text = (self.root / file).read_text()
        paths = (dotted.replace(".", "/") + ".vy" for _, dotted in Source(file, text).imports())
        near = Path(file).parent
        both = (base for path in paths for base in (path, (near / path).as_posix()))
        return {one for one in both if (self.root / one).is_file()}

    def compiled_in(self, file: str) -> str | None:
        """The shortest contract that compiles and has a file in it; None if there is none."""
        if file not in self._compiling:
            self._compiling[file] = None
            for one in self.importers(file):
                bytecode = self.bytecode(one)
                if bytecode:
                    self._compiling[file], self.plain[one] = one, bytecode
                    break
        return self._compiling[file]

    def bytecode(self, contract: str, file: str = "", text: str = "") -> str:
        """A hash of what a contract compiles to, with a file changed; "" if it does not compile."""
        changed = self.root / file if file else None
        was = changed.read_text() if changed else ""
        try:
            if changed:
                changed.write_text(text)
            return self._compile(contract)
        finally:
            if changed:
                changed.write_text(was)

    def _compile(self, contract: str) -> str:
        from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle
        from vyper.compiler.phases import CompilerData
        from vyper.compiler.settings import Settings
        from vyper.exceptions import VyperException

        path = self.root / contract
        bundle = FilesystemInputBundle([*packages(), self.root, path.parent])
        source = FileInput(-1, Path(contract), path, path.read_text())
        with localcontext(Context(prec=COMPILER_DIGITS)):
            try:
                # Without the checksum of the sources that the compiler puts at the end.
                settings = Settings(evm_version=self.evm_version)
                data = CompilerData(source, bundle, settings, no_bytecode_metadata=True)
                return hashlib.sha256(data.bytecode).hexdigest()
            except (VyperException, Exception):  # a mutant may crash the compiler too
                return ""


def packages() -> list[Path]:
    """Where installed Vyper libraries lie, if there are any."""
    spec = find_spec("snekmate")
    places = spec.submodule_search_locations if spec is not None else None
    return [Path(next(iter(places))).parent] if places else []


def copy_of(root: Path, to: Path) -> Path:
    """A copy to break things in; what is installed is linked, history is left behind."""
    to.mkdir(parents=True)
    for one in sorted(root.iterdir()):
        if one.name in LEFT_OUT:
            continue
        if one.name in LINKED or one.is_symlink():
            (to / one.name).symlink_to(one.resolve())
        elif one.is_dir():
            shutil.copytree(one, to / one.name, ignore=shutil.ignore_patterns(*LEFT_OUT))
        else:
            shutil.copy2(one, to / one.name)
    return to

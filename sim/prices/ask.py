"""What the caller says of a file, over what the file says of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.prices.errors import PriceFileError
from sim.prices.series import Stamp

ROLES = ("time", "close_time", "price", "open", "high", "low", "bid", "ask")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How one file is to be read; empty where the file itself says it."""

    name: str | None = None  # of the venue
    symbol: str | None = None
    stamp: Stamp | None = None
    bar_s: int | None = None
    format: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)  # part of a row -> column
    only: Mapping[str, str] = field(default_factory=dict)  # column -> the one value taken
    coins: tuple[str, ...] | None = None  # of a file of many coins; all of them if None
    volumes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Options as they were written, each for all files or, as `NAME=...`, for those of a name."""

    symbol: tuple[str, ...] = ()
    stamp: tuple[str, ...] = ()
    bar: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    column: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    rate: tuple[str, ...] = ()
    start_s: int | None = None  # of the window
    end_s: int | None = None

    def told(self) -> dict[str, object]:
        """What was said, for a manifest."""
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in kept.items() if value not in ((), None)}

    @classmethod
    def from_told(cls, told: Mapping[str, object]) -> Said:
        """What a manifest keeps."""
        lists = {name: tuple(one) for name, one in told.items() if isinstance(one, list | tuple)}
        times = {name: one for name, one in told.items() if isinstance(one, int)}
        return cls(**lists, **times)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file, and the venue it was named for."""

    name: str | None
    path: Path

    def __str__(self) -> str:
        return f"{self.name}={self.path}" if self.name else str(self.path)


def named_file(text: str | Path) -> NamedFile:
    """`NAME=FILE` or a file; a file whose own name has an equals sign is that file."""
    name, equals, path = str(text).partition("=")
    if (isinstance(text, Path) and text.exists()) or not equals or Path(text).exists():
        return NamedFile(None, Path(text))
    if not _NAME.fullmatch(name) or not path:
        raise PriceFileError(
            f"--prices {text}: found the name {name!r}; NAME=FILE with letters, digits, . _ - or "
            "a file is allowed"
        )
    return NamedFile(name, Path(path))


def ask_for(name: str | None, said: Said, coins: tuple[str, ...] | None = None) -> Ask:
    """What the options say of the files of a name."""
    bar = _one(said.bar, name)
    stamp = _one(said.stamp, name)
    return Ask(
        name=name,
        symbol=_one(said.symbol, name),
        stamp=None if stamp is None else _stamp(stamp),
        bar_s=None if bar is None else _bar(bar),
        format=_one(said.format, name),
        columns=dict(_column(text) for text in _own(said.column, name)),
        only=dict(_pair("--only", text) for text in _own(said.only, name)),
        coins=coins,
    )


def _one(texts: Sequence[str], name: str | None) -> str | None:
    """The last of what is said for all files, or for those of the name."""
    found = None
    for text in texts:
        own, equals, value = text.partition("=")
        if not equals:
            found = text
        elif own == name:
            found = value
    return found


def _own(texts: Sequence[str], name: str | None) -> list[str]:
    """What is said for all files or, after `NAME:`, for those of the name."""
    found = []
    for text in texts:
        own, colon, rest = text.partition(":")
        if not colon or "=" in own:
            found.append(text)
        elif own == name:
            found.append(rest)
    return found


def _column(text: str) -> tuple[str, str]:
    role, equals, column = text.partition("=")
    if not equals:
        return "price", text
    if role not in ROLES or not column:
        raise PriceFileError(
            f"--column {text}: found {role!r}; COLUMN, or COLUMN after one of "
            f"{', '.join(ROLES)} and = is allowed"
        )
    return role, column


def _pair(option: str, text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not equals or not column:
        raise PriceFileError(f"{option} {text}: COLUMN=VALUE is allowed")
    return column, value


def _stamp(text: str) -> Stamp:
    if text not in tuple(Stamp):
        raise PriceFileError(f"--stamp {text}: {', '.join(Stamp)} are allowed")
    return Stamp(text)


def _bar(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,7}", text):
        raise PriceFileError(f"--bar {text}: whole seconds from 1 on are allowed")
    return int(text)


def names_said(said: Said) -> set[str]:
    """The names for which something is said, so that a misspelt one can be refused."""
    plain = [*said.symbol, *said.stamp, *said.bar, *said.format]
    prefixed = [text.partition(":")[0] for text in (*said.column, *said.only)]
    return {text.partition("=")[0] for text in plain if "=" in text} | {
        one
        for one, text in zip(prefixed, (*said.column, *said.only), strict=True)
        if one != text and "=" not in one
    }

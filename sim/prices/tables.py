"""A table of any make: named or numbered columns, read only when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

INDEX = "index"  # what a column without a name is called


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What stands around a table and says something of it."""

    symbol: str | None = None
    interval: str | None = None
    format: str | None = None  # the envelope of one venue's answers


@dataclass(slots=True, kw_only=True)
class Table:
    """Columns by place. `first` is the first row as text, `names` None if there is no header."""

    label: str
    carrier: str  # csv, json or columns
    names: tuple[str, ...] | None
    width: int
    first: tuple[str, ...]
    load: Callable[[Sequence[int]], list[pa.ChunkedArray]]
    line_of: Callable[[int], int] = field(default=lambda row: row + 1)
    passed_over: Callable[[], int] = field(default=lambda: 0)  # lines that are no rows
    hints: Hints = field(default_factory=Hints)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns' names as the table of formats writes them, or their numbers."""
        if self.names is None:
            return tuple(map(str, range(self.width)))
        return tuple(key_of(name) for name in self.names)

    def shown(self) -> str:
        """The columns, for a refusal."""
        return ",".join(self.names if self.names is not None else self.first)[:100]


def key_of(name: str) -> str:
    """A column's name in lower case without anything but letters and digits; one letter stays."""
    plain = re.sub(r"[^A-Za-z0-9]", "", name)
    if not plain or re.fullmatch(r"(?i)unnamed\d*|indexlevel0|level0", plain):
        return INDEX
    return plain if len(plain) == 1 else plain.lower()

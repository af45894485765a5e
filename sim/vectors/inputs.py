"""A row's inputs as an adapter reads them: exact, and it is remembered which were read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any


class NotExpressibleError(ValueError):
    """A row that no rule speaks of: the rule or the input that is missing."""


class Inputs:
    """Named values of one row, or of one item of a list in it."""

    def __init__(
        self, values: Mapping[str, Any], *, path: str = "", read: set[str] | None = None
    ) -> None:
        self._values = values
        self._path = path
        self._read = set[str]() if read is None else read

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def unread(self) -> list[str]:
        """The inputs that nothing asked for."""
        return [key for key in self._values if self._path + key not in self._read]

    def raw(self, key: str) -> Any:
        """A value as it stands."""
        self._read.add(self._path + key)
        if key not in self._values:
            raise NotExpressibleError(f"the input {self._path + key} is missing")
        return self._values[key]

    def number(self, key: str, default: Fraction | None = None) -> Fraction:
        """An exact number."""
        if key not in self._values and default is not None:
            return default
        return _number(self.raw(key), self._path + key)

    def optional(self, key: str) -> Fraction | None:
        """An exact number, or None where the row has none."""
        return self.number(key) if key in self._values else None

    def whole(self, key: str) -> int:
        """A whole number."""
        found = self.number(key)
        if found.denominator != 1:
            raise NotExpressibleError(f"the input {self._path + key} is no whole number")
        return found.numerator

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        if key not in self._values:
            return default
        value = self.raw(key)
        if not isinstance(value, bool):
            raise NotExpressibleError(f"the input {self._path + key} is neither true nor false")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A word."""
        if key not in self._values and default is not None:
            return default
        return str(self.raw(key))

    def numbers(self, key: str) -> list[Fraction]:
        """A list of numbers."""
        return [_number(value, self._path + key) for value in self._list(key)]

    def texts(self, key: str) -> list[str]:
        """A list of words."""
        return [str(value) for value in self._list(key)]

    def lists(self, key: str) -> list[list[str]]:
        """A list of lists of words."""
        return [[str(word) for word in value] for value in self._list(key)]

    def items(self, key: str) -> list[Inputs]:
        """A list of named values."""
        return [self._named(value, key) for value in self._list(key)]

    def item(self, key: str) -> Inputs:
        """Named values within the row."""
        return self._named(self.raw(key), key)

    def _named(self, value: Any, key: str) -> Inputs:
        if not isinstance(value, Mapping):
            raise NotExpressibleError(f"the input {self._path + key} has no named values")
        return Inputs(value, path=f"{self._path}{key}.")

    def _list(self, key: str) -> list[Any]:
        value = self.raw(key)
        if not isinstance(value, list):
            raise NotExpressibleError(f"the input {self._path + key} is no list")
        return value


def _number(value: Any, where: str) -> Fraction:
    if isinstance(value, str):
        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError):
            pass
    raise NotExpressibleError(f"the input {where} is {value!r}, which is no number")

"""Methods of a contract: arguments to calldata, return data to values.

`Any` is in these signatures because the ABI, not Python, knows the type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eth_hash.auto import keccak

from sim.abi.abi_types import abi_type, sequence


class Method:
    """A function (or constructor) of a contract: arguments to calldata, return data to values."""

    __slots__ = ("_arguments", "_inputs", "_results", "label", "name", "selector")

    def __init__(self, contract: str, entry: Mapping[str, Any]) -> None:
        self.name: str = entry.get("name", "__init__")
        self.label = f"{contract}.{self.name}"
        self._arguments = [(one["name"], abi_type(one)) for one in entry["inputs"]]
        inputs = sequence([kind for _, kind in self._arguments], tuple)
        is_function = entry["type"] == "function"
        self.selector = keccak((self.name + inputs.signature).encode())[:4] if is_function else b""
        self._inputs = inputs
        self._results = sequence([abi_type(one) for one in entry.get("outputs", ())], tuple)

    def encode(self, *arguments: Any) -> bytes:
        """Calldata for these arguments; says which one does not fit its type."""
        try:
            return self.selector + self._inputs.encode(arguments)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._explained(arguments) from error

    def arguments(self, calldata: bytes) -> tuple[Any, ...]:
        """The arguments that calldata of this function was made from."""
        return tuple(self._inputs.decode(calldata[len(self.selector) :], 0))

    def decode(self, data: bytes) -> Any:
        """The value returned; a tuple if there are several, None if there are none."""
        try:
            values = self._results.decode(data, 0)
        except Exception as error:
            raise ValueError(f"{self.label} returned what its ABI cannot read: {error}") from error
        return values[0] if len(values) == 1 else (values or None)

    def _explained(self, arguments: Sequence[Any]) -> ValueError:
        if len(arguments) != len(self._arguments):
            wanted = ", ".join(name for name, _ in self._arguments) or "nothing"
            return ValueError(f"{self.label} takes {wanted}; got {len(arguments)} arguments")
        for (name, kind), value in zip(self._arguments, arguments, strict=True):
            try:
                kind.encode(value)
            except Exception:
                return ValueError(f"{self.label}: {name} = {value!r} is not {kind.signature}")
        raise AssertionError(f"{self.label}: every argument encodes alone")


def methods(contract: str, abi: Iterable[Mapping[str, Any]]) -> dict[str, Method]:
    """Every function by name; of overloads (default arguments) the one with most arguments."""
    found: dict[str, Method] = {}
    functions = [entry for entry in abi if entry["type"] == "function"]
    for entry in sorted(functions, key=lambda one: len(one["inputs"])):
        found[entry["name"]] = Method(contract, entry)
    return found


def constructor(contract: str, abi: Iterable[Mapping[str, Any]]) -> Method:
    """The constructor, whose encoding follows the initcode."""
    empty = {"type": "constructor", "inputs": []}
    return Method(contract, next((one for one in abi if one["type"] == "constructor"), empty))

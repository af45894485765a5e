"""Logs to events and reverts to reasons: the one place where what the EVM wrote is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

from eth_hash.auto import keccak

from sim.chain.abi_types import abi_type, sequence, struct_class
from sim.chain.port import RawLog

_ERROR = keccak(b"Error(string)")[:4]
_PANIC = keccak(b"Panic(uint256)")[:4]
_ERROR_BODY = sequence([abi_type({"type": "string"})], tuple)


class Event(NamedTuple):
    """A decoded log; `values` is a named tuple in the order of the declaration."""

    contract: str  # the instance's name, as registered
    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSchema:
    """The fields of one event and their ABI types, in the order of the declaration."""

    name: str
    fields: tuple[str, ...]
    types: tuple[str, ...]


class EventDecoder:
    """Knows the contracts by address, turns their logs into events, and digests what it saw."""

    def __init__(self) -> None:
        self._readers: dict[tuple[str, bytes], tuple[str, str, _Reader]] = {}
        self._names: dict[str, str] = {}
        self._prefixes: dict[str, bytes] = {}
        self._hash = blake2b(digest_size=32)
        self.schemas: dict[str, dict[str, EventSchema]] = {}

    def register(self, name: str, address: str, abi: Iterable[Mapping[str, Any]]) -> None:
        """Read logs of `address` as those of the contract instance `name`."""
        taken = self._names.setdefault(address, name)
        if taken != name:
            raise ValueError(f"{address} is registered as {taken} already, not {name}")
        self._prefixes[address] = _framed(name.encode())
        self.schemas[name] = {}
        for entry in (one for one in abi if one["type"] == "event"):
            schema, topic, read = _compile(entry)
            self.schemas[name][schema.name] = schema
            self._readers[address, topic] = (name, schema.name, read)

    def decode(self, block_number: int, logs: Iterable[RawLog]) -> list[Event]:
        """The events of these logs, in order; each log enters the digest once."""
        block = block_number.to_bytes(8, "big")
        events = []
        for address, topics, data in logs:
            try:
                name, event, read = self._readers[address, topics[0]]
            except (KeyError, IndexError):
                raise ValueError(self._unknown(address, topics)) from None
            events.append(Event(name, event, read(topics, data)))
            self._hash.update(
                b"".join(
                    (
                        block,
                        self._prefixes[address],
                        len(topics).to_bytes(1, "big"),
                        *topics,
                        len(data).to_bytes(8, "big"),
                        data,
                    )
                )
            )
        return events

    @property
    def digest(self) -> str:
        """A fingerprint of every log so far: block, contract, topics and data, in order."""
        return self._hash.hexdigest()

    def _unknown(self, address: str, topics: Sequence[bytes]) -> str:
        name = self._names.get(address)
        if name is None:
            return f"a log came from {address}, which is not a registered contract"
        topic = topics[0].hex() if topics else "no topic"
        return f"{name} logged an event that its ABI does not declare ({topic})"


_Reader = Callable[[Sequence[bytes], bytes], tuple[Any, ...]]


def _compile(entry: Mapping[str, Any]) -> tuple[EventSchema, bytes, _Reader]:
    inputs = entry["inputs"]
    kinds = [abi_type(one) for one in inputs]
    fields = tuple(one["name"] for one in inputs)
    types = tuple(kind.signature for kind in kinds)
    indexed = [place for place, one in enumerate(inputs) if one["indexed"]]
    plain = [place for place, one in enumerate(inputs) if not one["indexed"]]
    words = [kinds[place].word for place in indexed]
    body = sequence([kinds[place] for place in plain], list).decode
    places = indexed + plain
    # Where each declared field stands among indexed-then-plain; none if that is the order already.
    order = [places.index(place) for place in range(len(inputs))]
    rearranged = order != sorted(order)
    make = struct_class(fields)._make  # type: ignore[attr-defined]

    def read(topics: Sequence[bytes], data: bytes) -> tuple[Any, ...]:
        # The topic of an indexed array or text is only its hash: it stays as bytes.
        values = [word(raw) if word else raw for word, raw in zip(words, topics[1:], strict=True)]
        values += body(data, 0)
        found: tuple[Any, ...] = make([values[at] for at in order] if rearranged else values)
        return found

    schema = EventSchema(name=entry["name"], fields=fields, types=types)
    return schema, keccak(f"{schema.name}({','.join(types)})".encode()), read


def _framed(raw: bytes) -> bytes:
    """Bytes with their length in front, so that neighbours in a digest cannot run together."""
    return len(raw).to_bytes(2, "big") + raw


def revert_reason(output: bytes) -> str:
    """Why a call reverted, in words, from the data it reverted with."""
    if not output:
        return "reverted without a reason"
    selector, body = output[:4], output[4:]
    try:
        if selector == _ERROR:
            text: str = _ERROR_BODY.decode(body, 0)[0]
            return text
    except ValueError:  # not text after all
        return f"reverted with 0x{output.hex()}"
    if selector == _PANIC and len(body) == 32:
        return f"panicked with code {int.from_bytes(body, 'big'):#x}"
    return f"reverted with 0x{output.hex()}"

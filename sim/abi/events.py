"""Logs to events and reverts to reasons: the one place where what the EVM wrote is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct
from typing import Any, NamedTuple

from eth_hash.auto import keccak

from sim.abi.abi_types import AbiType, abi_type, sequence, struct_class

_ERROR = keccak(b"Error(string)")[:4]
_PANIC = keccak(b"Panic(uint256)")[:4]
_TOP, _ALL = 1 << 255, 1 << 256  # a word of at least the first is negative where signs count
_ERROR_BODY = sequence([abi_type({"type": "string"})], tuple)


class RawLog(NamedTuple):
    """An event as the EVM wrote it."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


class _Sizes(dict[int, bytes]):
    """Lengths of data met so far, as they enter a digest."""

    def __missing__(self, size: int) -> bytes:
        written = self[size] = size.to_bytes(8, "big")
        return written


_SIZES = _Sizes()


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


_Reader = Callable[[Sequence[bytes], bytes], tuple[Any, ...]]


class EventReader(NamedTuple):
    """One event of an ABI: its first topic, how many it has, and what reads a log of it."""

    schema: EventSchema
    topic: bytes
    topics: int
    read: _Reader


def event_readers(abi: Iterable[Mapping[str, Any]]) -> list[EventReader]:
    """A reader of every event of an ABI."""
    return [_compile(entry) for entry in abi if entry["type"] == "event"]


class EventDecoder:
    """Knows the contracts by address, turns their logs into events, and digests what it saw."""

    def __init__(self) -> None:
        self._readers: dict[tuple[str, bytes], tuple[str, str, _Reader, bytes]] = {}
        self._names: dict[str, str] = {}
        self._hash = blake2b(digest_size=32)
        self.schemas: dict[str, dict[str, EventSchema]] = {}

    def register(self, name: str, address: str, events: Iterable[EventReader]) -> None:
        """Read logs of `address` as those of the contract instance `name`."""
        taken = self._names.setdefault(address, name)
        if taken != name:
            raise ValueError(f"{address} is registered as {taken} already, not {name}")
        self.schemas[name] = {}
        framed = _framed(name.encode())
        for schema, topic, topics, read in events:
            self.schemas[name][schema.name] = schema
            self._readers[address, topic] = (name, schema.name, read, framed + bytes([topics]))

    def decode(self, block_number: int, logs: Iterable[RawLog]) -> list[Event]:
        """The events of these logs, in order; each log enters the digest once."""
        block = block_number.to_bytes(8, "big")
        readers, sizes, new = self._readers, _SIZES, tuple.__new__
        events: list[Event] = []
        seen: list[bytes] = []
        keep = events.append
        for address, topics, data in logs:
            try:
                name, event, read, head = readers[address, topics[0]]
            except (KeyError, IndexError):
                raise ValueError(self._unknown(address, topics)) from None
            keep(new(Event, (name, event, read(topics, data))))
            seen += (block, head, *topics, sizes[len(data)], data)
        self._hash.update(b"".join(seen))
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


def _compile(entry: Mapping[str, Any]) -> EventReader:
    inputs = entry["inputs"]
    kinds = [abi_type(one) for one in inputs]
    fields = tuple(one["name"] for one in inputs)
    types = tuple(kind.signature for kind in kinds)
    indexed = [place for place, one in enumerate(inputs) if one["indexed"]]
    plain = [place for place, one in enumerate(inputs) if not one["indexed"]]
    cls = struct_class(fields)
    if all(kind.word for kind in kinds):
        read = _words_reader(cls, kinds, indexed, plain)
    else:
        read = _any_reader(cls, kinds, indexed, plain)
    schema = EventSchema(name=entry["name"], fields=fields, types=types)
    topic = keccak(f"{schema.name}({','.join(types)})".encode())
    return EventReader(schema, topic, 1 + len(indexed), read)


def _words_reader(
    cls: type[tuple[Any, ...]],
    kinds: Sequence[AbiType],
    indexed: Sequence[int],
    plain: Sequence[int],
) -> _Reader:
    """A reader of an event of single words, written out: a run reads them by the hundred thousand.

    For `Moved(address indexed to, uint256 amount)` it is
    `_, t0 = topics; d1, = split(data); return new(cls, (r0(t0), uint(d1), ))`.
    """
    names = {place: f"t{place}" for place in indexed} | {place: f"d{place}" for place in plain}
    heads = "".join(f", {names[place]}" for place in indexed)
    words = "".join(f"{names[place]}, " for place in plain)
    values = "".join(f"{_reading(kind, place, names[place])}, " for place, kind in enumerate(kinds))
    source = (
        "def read(topics, data):\n"
        f"    _{heads} = topics\n"
        f"    {words and f'{words}= split(data)'}\n"
        f"    return new(cls, ({values}))\n"
    )
    known: dict[str, Any] = {
        "new": tuple.__new__,
        "cls": cls,
        "uint": int.from_bytes,
        "top": _TOP,
        "all": _ALL,
        "split": Struct("32s" * len(plain)).unpack_from,
        **{f"r{place}": kind.word for place, kind in enumerate(kinds)},
    }
    exec(source, known)
    made: _Reader = known["read"]
    return made


def _reading(kind: AbiType, place: int, name: str) -> str:
    """The expression that reads a word; numbers are read in place, which saves a call each."""
    if kind.signature.startswith("uint"):
        return f"uint({name})"
    if kind.signature.startswith("int"):
        return f"(v if (v := uint({name})) < top else v - all)"
    return f"r{place}({name})"


def _any_reader(
    cls: type[tuple[Any, ...]],
    kinds: Sequence[AbiType],
    indexed: Sequence[int],
    plain: Sequence[int],
) -> _Reader:
    """A reader of an event with arrays or texts in it."""
    words = [kinds[place].word for place in indexed]
    body = sequence([kinds[place] for place in plain], list).decode
    places = [*indexed, *plain]
    # Where each declared field stands among indexed-then-plain.
    order = [places.index(place) for place in range(len(kinds))]
    make = cls._make  # type: ignore[attr-defined]

    def read(topics: Sequence[bytes], data: bytes) -> tuple[Any, ...]:
        # The topic of an indexed array or text is only its hash: it stays as bytes.
        values = [word(raw) if word else raw for word, raw in zip(words, topics[1:], strict=True)]
        values += body(data, 0)
        found: tuple[Any, ...] = make([values[at] for at in order])
        return found

    return read


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

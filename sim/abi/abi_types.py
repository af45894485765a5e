"""ABI types, each compiled once into a pair of plain functions: a few C-level calls a word.

Calls and logs pass here by the million, and the EVM needs only tens of microseconds for one,
so nothing about a type is worked out twice. Values are `int`, `bool`,
`bytes`, `str` (text, or a lower-case 0x address), tuples for arrays, named tuples for structs.
`Any` is in these signatures because the ABI, not Python, knows the type.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from struct import Struct
from typing import Any, NamedTuple

_WORD = 32
_DECODE_UINT: Callable[[bytes], Any] = (
    int.from_bytes
)  # big-endian is its default, and a partial would cost as much again
_DECODE_INT = partial(int.from_bytes, byteorder="big", signed=True)
_BOOL_WORDS = {False: bytes(32), True: bytes(31) + b"\x01"}
_BOOL_VALUES = {word: value for value, word in _BOOL_WORDS.items()}
_ARRAY = re.compile(r"^(.*)\[(\d*)\]$")


class AbiType(NamedTuple):
    """How one ABI type is written and read; `word` reads it alone when it is a single word."""

    signature: str
    size: int  # bytes in the head when static
    dynamic: bool
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes, int], Any]
    word: Callable[[bytes], Any] | None


class _AddressWords(dict[str, bytes]):
    """Words of the addresses met so far: a run knows few and repeats them endlessly."""

    def __missing__(self, address: str) -> bytes:
        if len(address) != 42 or not address.startswith("0x"):
            raise ValueError(f"{address!r} is not an address")
        word = self[address] = bytes(12) + bytes.fromhex(address[2:])
        return word


class _AddressTexts(dict[bytes, str]):
    """The same, the other way round."""

    def __missing__(self, word: bytes) -> str:
        text = self[word] = "0x" + word[12:].hex()
        return text


address_word: Callable[[str], bytes] = _AddressWords().__getitem__
_address_text: Callable[[bytes], str] = _AddressTexts().__getitem__


def abi_type(entry: Mapping[str, Any]) -> AbiType:
    """The codec of one ABI parameter."""
    return _parse(entry["type"], entry.get("components", ()))


def _parse(name: str, components: Sequence[Mapping[str, Any]]) -> AbiType:
    if array := _ARRAY.match(name):
        element = _parse(array[1], components)
        return _fixed_array(element, int(array[2])) if array[2] else _dynamic_array(element)
    if name == "tuple":
        struct = struct_class(tuple(one["name"] for one in components))
        return sequence([abi_type(one) for one in components], struct._make)  # type: ignore[attr-defined]
    if name in ("bytes", "string"):
        return _blob(name)
    return _single_word(name)


@cache
def struct_class(fields: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """The named tuple of a struct with these fields; the same fields give the same class."""
    return namedtuple("Struct", fields, rename=True)


@cache
def _single_word(name: str) -> AbiType:
    encode, decode = _word_codec(name)
    return AbiType(name, _WORD, False, encode, lambda data, at: decode(data[at : at + 32]), decode)


def _word_codec(name: str) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    if name == "address":
        return address_word, _address_text
    if name == "bool":
        return _BOOL_WORDS.__getitem__, _BOOL_VALUES.__getitem__
    kind = re.fullmatch(r"(uint|int|bytes)(\d+)", name)
    if kind is None:
        raise ValueError(f"the ABI type {name!r} is not supported")
    if kind[1] == "bytes":
        return _fixed_bytes(int(kind[2]))
    signed, width = kind[1] == "int", int(kind[2]) // 8
    decode: Callable[[bytes], Any] = _DECODE_UINT
    if signed:
        decode = _DECODE_INT
    if width == _WORD:
        return partial(int.to_bytes, length=32, byteorder="big", signed=signed), decode

    def encode(value: int) -> bytes:
        value.to_bytes(width, "big", signed=signed)  # refuses what the narrow type cannot hold
        return value.to_bytes(32, "big", signed=signed)

    return encode, decode


def _fixed_bytes(length: int) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    def encode(value: bytes) -> bytes:
        if len(value) != length:
            raise ValueError(f"{len(value)} bytes where {length} are needed")
        return value + bytes(_WORD - length)

    return encode, lambda word: word[:length]


def sequence(kinds: Sequence[AbiType], make: Callable[[Iterable[Any]], Any]) -> AbiType:
    """A tuple: heads in order, then the tails of its dynamic members."""
    signature = "(" + ",".join(kind.signature for kind in kinds) + ")"
    heads = [_WORD if kind.dynamic else kind.size for kind in kinds]
    dynamic = any(kind.dynamic for kind in kinds)
    words = [kind.word for kind in kinds if kind.word]
    if dynamic:
        encode: Callable[[Any], bytes] = partial(_encode_dynamic, kinds, sum(heads))
    else:
        encode = _static_encoder(kinds)
    if len(words) == len(kinds):
        decode = _words_decoder(words, make)
    else:
        starts = [sum(heads[:index]) for index in range(len(heads))]
        decode = _members_decoder(kinds, starts, make)
    return AbiType(signature, sum(heads), dynamic, encode, decode, None)


def _static_encoder(kinds: Sequence[AbiType]) -> Callable[[Sequence[Any]], bytes]:
    """An encoder written out: a run packs orders by the ten thousand.

    For (bool, uint256) it is `v0, v1, = values; return join((e0(v0), v1.to_bytes(32, "big"), ))`.
    """
    names = "".join(f"v{place}, " for place in range(len(kinds)))
    parts = "".join(f"{_packing(kind, place)}, " for place, kind in enumerate(kinds))
    unpacked = f"{names}= values" if names else "() = values"
    known: dict[str, Any] = {f"e{place}": kind.encode for place, kind in enumerate(kinds)}
    known["join"] = b"".join
    exec(f"def encode(values):\n    {unpacked}\n    return join(({parts}))\n", known)
    made: Callable[[Sequence[Any]], bytes] = known["encode"]
    return made


def _packing(kind: AbiType, place: int) -> str:
    """The expression that packs a value; whole words are packed in place, which saves a call."""
    if kind.signature == "uint256":
        return f'v{place}.to_bytes(32, "big")'
    return f"e{place}(v{place})"


def _encode_dynamic(kinds: Sequence[AbiType], head_size: int, values: Sequence[Any]) -> bytes:
    heads, tails, end = [], [], head_size
    for kind, value in zip(kinds, values, strict=True):
        encoded = kind.encode(value)
        if kind.dynamic:
            heads.append(end.to_bytes(32, "big"))
            tails.append(encoded)
            end += len(encoded)
        else:
            heads.append(encoded)
    return b"".join(heads + tails)


def _words_decoder(
    words: Sequence[Callable[[bytes], Any]], make: Callable[[Iterable[Any]], Any]
) -> Callable[[bytes, int], Any]:
    split = Struct("32s" * len(words)).unpack_from
    return lambda data, at: make([word(raw) for word, raw in zip(words, split(data, at))])  # noqa: B905 - lengths are equal by construction


def _members_decoder(
    kinds: Sequence[AbiType], starts: Sequence[int], make: Callable[[Iterable[Any]], Any]
) -> Callable[[bytes, int], Any]:
    members = [
        (kind.decode, start, kind.dynamic) for kind, start in zip(kinds, starts, strict=True)
    ]

    def decode(data: bytes, at: int) -> Any:
        return make(
            [
                read(data, at + (_uint_at(data, at + start) if dynamic else start))
                for read, start, dynamic in members
            ]
        )

    return decode


def _uint_at(data: bytes, at: int) -> int:
    if at + _WORD > len(data):
        raise ValueError(f"a word at {at} lies beyond the {len(data)} bytes there are")
    return int.from_bytes(data[at : at + _WORD], "big")


def _fixed_array(element: AbiType, length: int) -> AbiType:
    body = sequence([element] * length, tuple)
    return body._replace(signature=f"{element.signature}[{length}]")


def _dynamic_array(element: AbiType) -> AbiType:
    def encode(values: Sequence[Any]) -> bytes:
        head = len(values).to_bytes(32, "big")
        if element.dynamic:
            kinds = [element] * len(values)
            return head + _encode_dynamic(kinds, _WORD * len(values), values)
        return head + b"".join([element.encode(value) for value in values])

    def decode(data: bytes, at: int) -> tuple[Any, ...]:
        count, start = _uint_at(data, at), at + _WORD
        size = _WORD if element.dynamic else element.size
        if start + count * size > len(data):
            raise ValueError(f"an array of {count} elements in {len(data)} bytes")
        places = range(start, start + count * size, size)
        if element.dynamic:
            return tuple([element.decode(data, start + _uint_at(data, at)) for at in places])
        return tuple([element.decode(data, at) for at in places])

    return AbiType(f"{element.signature}[]", _WORD, True, encode, decode, None)


def _blob(name: str) -> AbiType:
    def encode(value: Any) -> bytes:
        raw: bytes = value.encode() if name == "string" else bytes(memoryview(value))
        return len(raw).to_bytes(32, "big") + raw + bytes(-len(raw) % _WORD)

    def decode(data: bytes, at: int) -> Any:
        length, start = _uint_at(data, at), at + _WORD
        raw = data[start : start + length]
        if len(raw) != length:
            raise ValueError(f"{length} bytes promised, {len(raw)} there")
        return raw.decode() if name == "string" else raw

    return AbiType(name, _WORD, True, encode, decode, None)

from __future__ import annotations

import pytest
from eth_hash.auto import keccak

from sim.abi.events import EventDecoder, RawLog, revert_reason
from tests.sim.chain_fixtures import STRANGER, tiny

ADDRESS = "0x" + "ab" * 20
ELSEWHERE = "0x" + "cd" * 20


def word(value: int) -> bytes:
    return value.to_bytes(32, "big", signed=value < 0)


def topic(signature: str) -> bytes:
    return keccak(signature.encode())


COUNTED = RawLog(
    ADDRESS,
    (topic("Counted(address,uint256,int256)"), bytes(12) + bytes.fromhex(STRANGER[2:])),
    word(5) + word(-2),
)
PLACED = RawLog(
    ADDRESS, (topic("Placed(uint256,uint256,bool)"), word(9)), word(7 * 10**18) + word(1)
)


@pytest.fixture
def decoder() -> EventDecoder:
    decoder = EventDecoder()
    decoder.register("Tiny-1", ADDRESS, tiny().events)
    return decoder


def test_decode__indexed_first__gives_named_values(decoder):
    (event,) = decoder.decode(1, [COUNTED])
    assert (event.contract, event.name) == ("Tiny-1", "Counted")
    assert event.values == (STRANGER, 5, -2)
    assert event.values.change == -2


def test_decode__indexed_field_in_the_middle__keeps_the_declared_order(decoder):
    (event,) = decoder.decode(1, [PLACED])
    assert event.values._asdict() == {"price_wad": 7 * 10**18, "account": 9, "is_buy": True}


def test_register__events__are_in_the_schemas(decoder):
    schema = decoder.schemas["Tiny-1"]["Placed"]
    assert schema.fields == ("price_wad", "account", "is_buy")
    assert schema.types == ("uint256", "uint256", "bool")


def test_decode__unknown_contract_or_event__is_refused_by_name(decoder):
    with pytest.raises(
        ValueError, match=f"came from {ELSEWHERE}, which is not a registered contract"
    ):
        decoder.decode(1, [COUNTED._replace(address=ELSEWHERE)])
    with pytest.raises(ValueError, match="Tiny-1 logged an event that its ABI does not declare"):
        decoder.decode(1, [COUNTED._replace(topics=(word(1), word(2)))])


def test_register__address_taken__is_refused(decoder):
    with pytest.raises(ValueError, match=f"{ADDRESS} is registered as Tiny-1 already, not Tiny-2"):
        decoder.register("Tiny-2", ADDRESS, tiny().events)


def digest(*blocks: tuple[int, list[RawLog]], name: str = "Tiny-1", address: str = ADDRESS) -> str:
    decoder = EventDecoder()
    decoder.register(name, address, tiny().events)
    for number, logs in blocks:
        decoder.decode(number, [log._replace(address=address) for log in logs])
    return decoder.digest


def test_digest__same_events_at_another_address__is_the_same():
    blocks = [(1, [COUNTED, PLACED]), (2, [COUNTED])]
    assert digest(*blocks) == digest(*blocks, address=ELSEWHERE)


def test_digest__one_block_decoded_in_two_pieces__is_the_same():
    assert digest((1, [COUNTED, PLACED])) == digest((1, [COUNTED]), (1, [PLACED]))


@pytest.mark.parametrize(
    "other",
    [
        [(1, [PLACED, COUNTED])],
        [(2, [COUNTED, PLACED])],
        [(1, [COUNTED]), (2, [PLACED])],
        [(1, [COUNTED])],
        [(1, [COUNTED._replace(data=word(5) + word(-3)), PLACED])],
        [(1, [COUNTED, PLACED._replace(topics=(PLACED.topics[0], word(8)))])],
    ],
    ids=["order", "block", "split", "missing", "data", "topic"],
)
def test_digest__anything_else__differs(other):
    assert digest(*other) != digest((1, [COUNTED, PLACED]))


def test_digest__another_contract_name__differs():
    assert digest((1, [COUNTED])) != digest((1, [COUNTED]), name="Tiny-2")


def error(text: str) -> bytes:
    raw = text.encode()
    padded = raw + bytes(-len(raw) % 32)
    return bytes.fromhex("08c379a0") + word(32) + word(len(raw)) + padded


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (error("book: size is not a whole lot"), "book: size is not a whole lot"),
        (b"", "reverted without a reason"),
        (bytes.fromhex("4e487b71") + word(0x11), "panicked with code 0x11"),
        (bytes.fromhex("deadbeef00"), "reverted with 0xdeadbeef00"),
        (error("cut off")[:50], "reverted with 0x" + error("cut off")[:50].hex()),
    ],
)
def test_revert_reason__any_output__is_said_in_words(output, reason):
    assert revert_reason(output) == reason

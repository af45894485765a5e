from __future__ import annotations

import eth_abi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.abi.methods import Method, constructor, methods

WORDS = {
    "uint256": st.integers(0, 2**256 - 1),
    "uint24": st.integers(0, 2**24 - 1),
    "int256": st.integers(-(2**255), 2**255 - 1),
    "int128": st.integers(-(2**127), 2**127 - 1),
    "bool": st.booleans(),
    "address": st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    "bytes32": st.binary(min_size=32, max_size=32),
    "bytes4": st.binary(min_size=4, max_size=4),
    "bytes": st.binary(max_size=80),
    "string": st.text(alphabet="a\u00e9\u6f22\U0001f40b", max_size=30),
}


def parameter(name: str, kind: str, components: tuple = ()) -> dict:
    entry = {"name": name, "type": kind}
    return entry | {"components": list(components)} if components else entry


def function(inputs: list[dict], outputs: list[dict] | None = None) -> dict:
    outputs = inputs if outputs is None else outputs
    return {"type": "function", "name": "place", "inputs": inputs, "outputs": outputs}


def canonical(entry: dict) -> str:
    if not entry["type"].startswith("tuple"):
        return entry["type"]
    inside = ",".join(canonical(one) for one in entry["components"])
    return f"({inside})" + entry["type"].removeprefix("tuple")


@st.composite
def parameters_with_values(draw: st.DrawFn, depth: int = 2) -> tuple[dict, object]:
    """A random ABI parameter and a value of its type."""
    shape = draw(
        st.sampled_from(["word", "word", "array", "fixed", "struct"] if depth else ["word"])
    )
    if shape == "word":
        kind = draw(st.sampled_from(sorted(WORDS)))
        return parameter("x", kind), draw(WORDS[kind])
    if shape == "struct":
        members = draw(st.lists(parameters_with_values(depth=depth - 1), min_size=1, max_size=4))
        names = [entry | {"name": f"member_{at}"} for at, (entry, _) in enumerate(members)]
        return parameter("x", "tuple", tuple(names)), tuple(value for _, value in members)
    entry, value = draw(parameters_with_values(depth=depth - 1))
    length = draw(st.integers(1 if shape == "fixed" else 0, 3))
    brackets = f"[{length}]" if shape == "fixed" else "[]"
    return entry | {"type": entry["type"] + brackets}, (value,) * length


@given(st.lists(parameters_with_values(), max_size=4))
def test_encode__any_arguments__matches_eth_abi(drawn):
    method = Method("Any", function([entry for entry, _ in drawn]))
    values = [value for _, value in drawn]
    expected = eth_abi.encode([canonical(entry) for entry, _ in drawn], values)
    assert method.encode(*values) == method.selector + expected


@given(st.lists(parameters_with_values(), min_size=2, max_size=4))
def test_decode__any_values__matches_eth_abi(drawn):
    kinds, values = [canonical(entry) for entry, _ in drawn], [value for _, value in drawn]
    method = Method("Any", function([], [entry for entry, _ in drawn]))
    encoded = eth_abi.encode(kinds, values)
    assert method.decode(encoded) == eth_abi.decode(kinds, encoded) == tuple(values)


def test_selector__known_function__is_the_published_one():
    inputs = [parameter("to", "address"), parameter("amount", "uint256")]
    entry = {"type": "function", "name": "transfer", "inputs": inputs, "outputs": []}
    assert Method("Token", entry).selector.hex() == "a9059cbb"


def test_decode__struct_returned__fields_have_names():
    fields = (parameter("size_wad", "int256"), parameter("quote_wad", "int256"))
    method = Method("Book", function([], [parameter("", "tuple", fields)]))
    position = method.decode(eth_abi.encode(["(int256,int256)"], [(-3, 4)]))
    assert (position.size_wad, position.quote_wad) == (-3, 4)
    assert position == (-3, 4)


def test_decode__nothing_returned__is_none():
    assert Method("Book", function([], [])).decode(b"") is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint256", -1),
        ("uint256", 2**256),
        ("uint256", 1.0),
        ("uint24", 2**24),
        ("int256", 2**255),
        ("int128", -(2**127) - 1),
        ("bool", 2),
        ("address", "0x00"),
        ("address", 0),
        ("bytes32", b"short"),
    ],
)
def test_encode__value_outside_its_type__names_argument_and_type(kind, value):
    method = Method("Book", function([parameter("fine", "uint256"), parameter("price_wad", kind)]))
    with pytest.raises(ValueError, match=rf"^Book\.place: price_wad = .* is not {kind}$"):
        method.encode(1, value)


def test_encode__wrong_number_of_arguments__says_which_are_taken():
    method = Method("Book", function([parameter("account", "uint256")]))
    with pytest.raises(ValueError, match=r"^Book\.place takes account; got 2 arguments$"):
        method.encode(1, 2)


@pytest.mark.parametrize("kind", ["uint256", "uint256[2]", "uint256[]", "bytes", "string"])
def test_decode__truncated_data__is_refused(kind):
    method = Method("Book", function([], [parameter("", kind)]))
    whole = eth_abi.encode(
        [kind], [{"uint256": 1, "bytes": b"abc", "string": "abc"}.get(kind, [1, 2])]
    )
    with pytest.raises(ValueError, match=r"^Book\.place returned what its ABI cannot read"):
        method.decode(whole[:-1] if kind.startswith("u") else whole[:-32])


def test_methods__default_arguments__the_fullest_overload_wins():
    one, two = parameter("a", "uint256"), parameter("b", "uint256")
    found = methods("Book", [function([one, two]), function([one])])
    assert len(found["place"].encode(1, 2)) == 4 + 64


def test_constructor__absent__encodes_to_nothing():
    assert constructor("Book", []).encode() == b""

"""Every deployable refuses the zero address for whatever it is given an address of."""

from __future__ import annotations

from typing import Any

import pytest

from sim.abi.artifacts import artifact
from sim.chain.port import CallReverted
from tests.support.contracts import address_of, bare_driver, put

NOBODY = "0x" + "00" * 20
SOMEBODY = address_of("somebody")
TICK, LOT = 10**17, 10**14
# What each is given; an address is filled in where there is a type, the rest is what it takes.
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "ChainlinkAdapter": (SOMEBODY, 10, 1, 10**30),
    "Clearinghouse": (SOMEBODY, SOMEBODY, 0),
    "Lens": (SOMEBODY,) * 6,
    "MarginVault": (SOMEBODY,) * 2,
    "MarkPrice": (SOMEBODY,) * 2,
    "MarketParams": (SOMEBODY,),
    "PriceFeed": (SOMEBODY, "a feed"),
    "SpotPool": (SOMEBODY, address_of("another"), 30, 0),
    "SpotPoolFeed": (SOMEBODY, 0, 0),
    "Timelock": (SOMEBODY,),
}
CASES = [
    (name, place)
    for name, given in ARGUMENTS.items()
    for place, value in enumerate(given)
    if isinstance(value, str) and value.startswith("0x")
]


@pytest.mark.parametrize(("name", "place"), CASES, ids=[f"{one}-{at}" for one, at in CASES])
def test_create__one_address_is_zero__is_refused_by_name(name: str, place: int) -> None:
    given = list(ARGUMENTS[name])
    given[place] = NOBODY
    with pytest.raises(CallReverted, match=r" is zero$"):
        put(bare_driver(), name, *given)


def test_arguments__every_deployable_with_an_address__is_listed() -> None:
    for name in ARGUMENTS:
        (constructor,) = [one for one in artifact(name).abi if one["type"] == "constructor"]
        types = [one["type"] for one in constructor["inputs"]]
        places = [place for place, kind in enumerate(types) if kind == "address"]
        assert [at for one, at in CASES if one == name] == places

"""A tiny contract that does what engines must get right, so that no protocol contract is needed."""

from __future__ import annotations

from functools import cache

from sim.abi.artifacts import Artifact, compile_source
from sim.abi.methods import Method

OWNER = "0x" + "11" * 20
STRANGER = "0x" + "22" * 20

_TINY = """
# pragma version 0.4.3
event Counted:
    who: indexed(address)
    count: uint256
    change: int256

event Placed:
    price_wad: uint256
    account: indexed(uint256)
    is_buy: bool

count: public(uint256)
kept: public(HashMap[uint256, uint256])
scratch: transient(uint256)
LIMIT: immutable(uint256)

@deploy
def __init__(limit: uint256):
    assert limit != 0, "tiny: limit is zero"
    LIMIT = limit

@external
def add(change: int256):
    self.count = convert(convert(self.count, int256) + change, uint256)
    assert self.count <= LIMIT, "tiny: over the limit"
    log Counted(who=msg.sender, count=self.count, change=change)

@external
def place(account: uint256):
    log Placed(price_wad=7, account=account, is_buy=True)
    log Counted(who=msg.sender, count=self.count, change=0)

@external
def keep(slot: uint256, content: uint256):
    self.kept[slot] = content

@external
def fail_silently():
    self.count += 1
    raise

@external
def scratch_once() -> uint256:
    self.scratch += 1
    self.kept[999] = self.scratch
    return self.scratch

@external
def clone(target: address) -> address:
    return create_minimal_proxy_to(target)

@view
@external
def clock() -> (uint256, uint256):
    return block.number, block.timestamp

@view
@external
def limit() -> uint256:
    return LIMIT
"""


@cache
def tiny() -> Artifact:
    """The compiled contract; its constructor takes the limit of its counter."""
    return compile_source("Tiny", _TINY)


@cache
def tiny_methods() -> dict[str, Method]:
    """Its functions by name."""
    return tiny().methods


def tiny_initcode(limit: int) -> bytes:
    """What to deploy for a counter with this limit."""
    return tiny().initcode + tiny().constructor.encode(limit)

"""Whom a deployment is handed to at its end: an owner, or a timelock that an owner proposes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from sim.abi.artifacts import artifact

MAX_CALLS = 32  # in one operation of the timelock
_NO_SALT = bytes(32)

# What the timelock executes: where, and with which calldata.
TimelockCall = tuple[str, bytes]


class Builder(Protocol):
    """The deployment as it is built: instances by name."""

    @property
    def instances(self) -> Mapping[str, tuple[str, str]]:
        """Contract and address of each instance."""
        ...

    def send(self, name: str, method: str, *arguments: Any) -> None:
        """Call an instance."""
        ...


def timelock_call(contract: str, address: str, method: str, *arguments: Any) -> TimelockCall:
    """A call as the timelock takes it."""
    return address, artifact(contract).methods[method].encode(*arguments)


def offer_ownership(build: Builder, owner: str) -> None:
    """Offer whatever can be owned to an owner, who has yet to accept."""
    for name in _owned(build):
        build.send(name, "transfer_ownership", owner)


def give_to_timelock(build: Builder, proposer: str, delay_s: int) -> None:
    """Let the timelock own whatever can be owned; then the proposer's delay begins, for good."""
    contract, timelock = build.instances["Timelock"]
    offer_ownership(build, timelock)
    accepts = [timelock_call(*build.instances[name], "accept_ownership") for name in _owned(build)]
    for start in range(0, len(accepts), MAX_CALLS):
        _at_once(build, accepts[start : start + MAX_CALLS])
    last = (("set_delay", delay_s), ("set_proposer", proposer))
    _at_once(build, [timelock_call(contract, timelock, *each) for each in last])


def _owned(build: Builder) -> Iterator[str]:
    """Instances that have an owner, by the fact that they can have another."""
    for name, (contract, _) in build.instances.items():
        if "transfer_ownership" in artifact(contract).methods:
            yield name


def _at_once(build: Builder, calls: list[TimelockCall]) -> None:
    """The deployer's delay is none."""
    build.send("Timelock", "schedule", tuple(calls), _NO_SALT)
    build.send("Timelock", "execute", tuple(calls), _NO_SALT)

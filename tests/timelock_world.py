"""The protocol in the hands of a timelock that a governor proposes to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sim.abi.events import Event
from sim.protocol.ownership import TimelockCall, timelock_call
from tests.liquidation_world import LiquidationWorld
from tests.support.contracts import address_of
from tests.world import reference_world_config

DELAY_S = 2 * 86_400
NO_SALT = bytes(32)


class TimelockWorld(LiquidationWorld):
    """Knows how a change of parameters gets to where it takes effect."""

    def __init__(self) -> None:
        config = reference_world_config()
        governed = {"owner": address_of("governor"), "timelock_delay_s": DELAY_S}
        super().__init__(replace(config, **governed))

    def call_of(self, name: str, method: str, *arguments: Any) -> TimelockCall:
        """A call as the timelock takes it."""
        contract, address = self.deployed.instances[name]
        return timelock_call(contract, address, method, *arguments)

    def schedule(
        self, *calls: TimelockCall, salt: bytes = NO_SALT, role: str = "governor"
    ) -> tuple[bytes, int]:
        """Announce calls; their id and when they are ready."""
        (event,) = self.send(role, "Timelock", "schedule", calls, salt)
        assert tuple(tuple(each) for each in event.values.calls) == calls
        return event.values.id, event.values.ready_at

    def execute(
        self, *calls: TimelockCall, salt: bytes = NO_SALT, role: str = "stranger"
    ) -> list[Event]:
        """Make them."""
        return self.send(role, "Timelock", "execute", calls, salt)

    def wait_until(self, time_s: int, price: int | str) -> None:
        """Let time pass to a moment; the feeds go on."""
        self.index(price, seconds=time_s - self.now_s)

"""The protocol deployed for a run, or left by an earlier one here that asked the same."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from sim.chain.engines import open_chain
from sim.chain.port import Chain
from sim.protocol.config import ProtocolConfig
from sim.protocol.deployment import Deployed, deploy_on_chain
from sim.types.addresses import DEPLOYER

MOST_IDLE = 4  # chains kept for a next run, some megabytes each


@runtime_checkable
class Renewable(Protocol):
    """A chain that can hand over to another which begins where this one was told to keep."""

    def keep(self) -> None:
        """Mark the state to begin again from."""
        ...

    def begin_again(self) -> Chain | None:
        """The other chain, if there is still what it needs."""
        ...


class Asked(NamedTuple):
    """What two deployments have in common that are the same to the bit."""

    engine: str
    config: ProtocolConfig
    timestamp_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A chain in whose first block the protocol was deployed, and where everything is."""

    asked: Asked
    chain: Chain
    deployed: Deployed

    def let_go(self, *, is_sound: bool) -> None:
        """Close the chain, or keep it for a run like this one if nothing went wrong in it."""
        chain = self.chain
        if is_sound and isinstance(chain, Renewable) and (again := chain.begin_again()) is not None:
            _idle[self.asked] = Deployment(asked=self.asked, chain=again, deployed=self.deployed)
            _idle.move_to_end(self.asked)
            while len(_idle) > MOST_IDLE:
                _idle.popitem(last=False)
        chain.close()


_idle: OrderedDict[Asked, Deployment] = OrderedDict()


def deployment(
    engine: str, rpc_url: str | None, config: ProtocolConfig, timestamp_s: int
) -> Deployment:
    """The protocol on a chain of its own; whoever asks lets it go."""
    asked = Asked(engine, config, timestamp_s)
    if (idle := _idle.pop(asked, None)) is not None:
        return idle
    chain = open_chain(engine, rpc_url)
    deployed = deploy_on_chain(chain, config, sender=DEPLOYER, number=1, timestamp_s=timestamp_s)
    if isinstance(chain, Renewable):
        chain.keep()
    return Deployment(asked=asked, chain=chain, deployed=deployed)

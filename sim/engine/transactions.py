"""Actions to transactions, by the table of actions."""

from __future__ import annotations

from typing import Any, NamedTuple

from sim.chain.port import Call
from sim.engine.action_table import ACTION_TABLE
from sim.engine.agent_checks import AgentError
from sim.engine.members import Member
from sim.protocol.deployment import Deployed
from sim.protocol.views import method
from sim.types import Action, PushPrice
from sim.types.addresses import reporter_address


class Translator:
    """Knows addresses and encodings; remembers nothing else."""

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        self._ids = {one.name: one.market_id for one in deployed.config.markets}

    def call(self, owner: str, action: Action) -> Call:
        """The transaction that does what the action asks, sent by its agent's owner."""
        row = ACTION_TABLE[type(action)]
        contract, address = self._deployed.instances[row.instance.format(action)]
        sender = reporter_address(action.feed) if type(action) is PushPrice else owner
        arguments = row.arguments(action, _SentBy(sender, self))
        return Call(sender, address, method(contract, row.method).encode(*arguments))

    def system_call(self, sender: str, name: str, function: str, *arguments: Any) -> Call:
        """A call of any contract that no action stands for: minting, staking, upkeep."""
        contract, address = self._deployed.instances[name]
        return Call(sender, address, method(contract, function).encode(*arguments))

    def market_id(self, market: str) -> int:
        """The number of a market."""
        return self._ids[market]

    def address(self, name: str) -> str:
        """Where a contract is."""
        return self._deployed.address(name)


class _SentBy(NamedTuple):
    """Whom the table asks about an action."""

    owner: str
    translator: Translator

    def market_id(self, market: str) -> int:
        return self.translator.market_id(market)

    def address(self, name: str) -> str:
        return self.translator.address(name)


def call_for(translate: Translator, member: Member, block: int, action: Action) -> Call:
    """The transaction an action stands for; one that no contract could read is refused."""
    try:
        return translate.call(member.sender(action), action)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        is_name = isinstance(error, KeyError)
        message = f"the run has no {error}" if is_name else str(error)
        raise AgentError(member.agent.name, block, f"{type(action).__name__}: {message}") from error

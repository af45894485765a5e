"""Whose turn it is: agents asked in the blocks that they named, by name where several are due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sim.engine.agent_checks import AgentError, check_next, check_wanted
from sim.engine.members import Member
from sim.engine.observation import Observed
from sim.market.desk import VenueBroker
from sim.types import ActionRequest, TradeVenue
from sim.types.addresses import OWNER_SHIFT


class Activation:
    """Asks who is due what it wants; each then says when its next turn is."""

    def __init__(self, members: Mapping[str, Member], desk: VenueBroker) -> None:
        self._members = members
        self._desk = desk
        self._due: defaultdict[int, list[str]] = defaultdict(list)  # by block; every one is asked
        self._due[1] = list(members)

    def wishes(self, block: int, seen: Observed) -> list[tuple[str, Sequence[ActionRequest]]]:
        """What those whose turn it is want done on the chain."""
        found: list[tuple[str, Sequence[ActionRequest]]] = []
        for name in sorted(self._due.pop(block, ())):
            agent = self._members[name].agent
            try:
                wanted = check_wanted(name, block, agent.act(seen), seen.markets)
                due = check_next(name, block, agent.next_block(block))
            except AgentError:
                raise
            except Exception as error:
                error.add_note(f"raised by the agent {name} in block {block}")
                raise
            if wanted and (on_chain := self._on_chain(name, block, wanted)):
                found.append((name, on_chain))
            self._due[due].append(name)
        return found

    def _on_chain(
        self, name: str, block: int, wanted: Sequence[ActionRequest]
    ) -> list[ActionRequest]:
        """What a sequencer sees; trades off the chain, with money of one's own, go to the desk."""
        for one in wanted:
            if isinstance(one, TradeVenue):
                if one.account >> OWNER_SHIFT not in self._members[name].owners:
                    message = (
                        f"TradeVenue.account: found {one.account:#x}; one of its own is allowed"
                    )
                    raise AgentError(name, block, message)
                self._desk.ask(name, one)
        return [one for one in wanted if not isinstance(one, TradeVenue)]

"""A keeper of leveraged tokens: trades them back when they are due, the ripcord first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, Strategy
from sim.types import Action, Observation, RealiseToken, RebalanceToken, Ripcord, TokenView


class TokenRebalancers(Group):
    """Calls for every token of its market, `delay_blocks` after it became due.

    A token asked for is left alone for `retry_blocks`. One that only pulls the ripcord leaves
    the daily work to others.
    """

    kind: Literal["token_rebalancer"]
    renamed_keys: ClassVar[Mapping[str, str]] = {"patience_blocks": "retry_blocks"}
    delay_blocks: Annotated[int, Field(ge=0, le=10_000)] = 0
    retry_blocks: Annotated[int, Field(ge=1)] = 1
    ripcord_only: bool = False

    def build(self, context: AgentContext) -> Strategy:
        """A keeper that has seen nothing due yet."""
        return TokenRebalancer(name=context.name, market=context.market.name, config=self)


@dataclass(slots=True, kw_only=True)
class TokenRebalancer:
    """One keeper; it remembers since when a token is due, and when it asked for it."""

    name: str
    market: str
    config: TokenRebalancers
    due_since: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    def next_block(self, block: int) -> int:
        """A keeper watches every block."""
        return block + 1

    def act(self, seen: Observation) -> Sequence[Action]:
        """At most one call for each token."""
        wanted: list[Action] = []
        for name, token in seen.tokens.items():
            call = self._call(token) if token.market == self.market else None
            if call is None:
                self.due_since.pop(name, None)
                continue
            since = self.due_since.setdefault(name, seen.block)
            last = self.asked.get(name, -self.config.retry_blocks)
            if (
                seen.block - since >= self.config.delay_blocks
                and seen.block - last >= self.config.retry_blocks
            ):
                self.asked[name] = seen.block
                wanted.append(call)
        return wanted

    def _call(self, token: TokenView) -> Action | None:
        if token.is_ripcord:
            return Ripcord(token=token.name)
        if self.config.ripcord_only:
            return None
        if token.is_due:
            return RebalanceToken(token=token.name)
        return RealiseToken(token=token.name) if token.is_realisable else None

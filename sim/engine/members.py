"""The agents of a run: each with a name, an owner's address, an account and a stream of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.agents.base import NEVER, AgentContext, Group, Strategy
from sim.agents.custom import CustomAgent
from sim.engine.agent_checks import check_custom_agent, made
from sim.ordering import BUILDER, Adversarial
from sim.ordering.config import GWEI_WAD_PER_WEI
from sim.rng import stream
from sim.scenario import Scenario, ScenarioError
from sim.types import (
    CROSS,
    Action,
    ActionRequest,
    Agent,
    MoveCash,
    Observation,
    OpenWithBracket,
    account_id,
)
from sim.types.addresses import OWNER_SHIFT, owner_address
from sim.units import wad


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One agent and what it comes with; `capital_wad` is what each of its accounts brings.

    One that `stakes` brings it to the insurance pool instead.
    """

    agent: Strategy
    kind: str
    owner: str
    account: int
    capital_wad: int
    latency_ms: int
    accounts: tuple[int, ...]
    owners: Mapping[int, str]  # addresses by number
    market: str
    wallet_wad: int = 0
    wallet_base_wad: int = 0
    venue_cash_wad: int = 0
    tip_wei: int = 0
    stakes: bool = False

    def sender(self, action: Action) -> str:
        """Who sends an action: the owner of the account it is for, if that is one of its own."""
        match action:
            case OpenWithBracket():
                account = action.order.account
            case MoveCash():
                account = action.sender
            case _:
                account = getattr(action, "account", self.account)
        return self.owners.get(account >> OWNER_SHIFT, self.owner)


@dataclass(frozen=True, slots=True)
class _EveryBlock:
    """An agent that does not say when it wants to be asked again, asked every block."""

    agent: Agent

    @property
    def name(self) -> str:
        """The agent's own."""
        return self.agent.name

    def act(self, seen: Observation) -> Sequence[ActionRequest]:
        """What the agent wants."""
        return self.agent.act(seen)

    def next_block(self, block: int) -> int:
        """The next one."""
        return block + 1


def populate(scenario: Scenario, seed: int, custom: Sequence[CustomAgent] = ()) -> list[Member]:
    """Every agent, in order of name; none depends on another, or on how groups are listed."""
    members = [_custom_member(scenario, seed, one) for one in custom]
    for group in scenario.agents:
        config = scenario.markets[group.market]
        bucket = config.market_id if group.margin == "isolated" else CROSS
        for number in range(group.count):
            name = f"{group.name or group.kind}_{number + 1:04d}"
            rng = stream(seed, f"agent/{name}")
            capital_wad = group.capital.draw_wad(rng)
            owners = _owners(name, group.accounts)
            account, *others = (account_id(one, bucket) for one in owners)
            context = AgentContext(
                name=name,
                account=account,
                others=tuple(others),
                rng=rng,
                capital_wad=capital_wad,
                market=config.spec(group.market),
                block_time_s=scenario.block_time_s,
            )
            members.append(
                Member(
                    agent=group.build(context),
                    kind=group.kind,
                    owner=owners[0],
                    account=context.account,
                    capital_wad=capital_wad,
                    latency_ms=group.latency_ms,
                    accounts=context.accounts,
                    owners={int(one, 16): one for one in owners},
                    market=group.market,
                    wallet_wad=group.wallet,
                    wallet_base_wad=group.wallet_base,
                    venue_cash_wad=group.venue_cash,
                    tip_wei=_tip_wei(group, seed, name),
                    stakes=group.stakes,
                )
            )
    if isinstance(scenario.ordering, Adversarial):
        members.append(_builder(scenario.ordering, next(iter(scenario.markets))))
    names = [member.agent.name for member in members]
    for name in names:
        if names.count(name) > 1:
            raise ScenarioError(f"agents: found the name {name!r} twice; names that differ")
    return sorted(members, key=lambda member: member.agent.name)


def _tip_wei(group: Group, seed: int, name: str) -> int:
    """A member's own tip, from a stream of its own: no other number of its depends on it."""
    if group.priority_fee_gwei.constant == 0:
        return 0
    gwei_wad = group.priority_fee_gwei.draw_wad(stream(seed, f"priority_fee/{name}"))
    return gwei_wad // GWEI_WAD_PER_WEI


@dataclass(frozen=True, slots=True)
class _Idle:
    """An agent that never asks for anything itself."""

    name: str

    def act(self, seen: Observation) -> Sequence[ActionRequest]:
        """Nothing."""
        return ()

    def next_block(self, block: int) -> int:
        """Never."""
        return NEVER


def _builder(config: Adversarial, market: str) -> Member:
    """Who orders the blocks; what it trades it adds while ordering."""
    owner = owner_address(BUILDER)
    return Member(
        agent=_Idle(BUILDER),
        kind=BUILDER,
        owner=owner,
        account=account_id(owner),
        capital_wad=config.capital,
        latency_ms=0,
        accounts=(account_id(owner),),
        owners={int(owner, 16): owner},
        market=market,
    )


def _custom_member(scenario: Scenario, seed: int, asked: CustomAgent) -> Member:
    check_custom_agent(scenario, asked)
    config = scenario.markets[asked.market]
    owners = _owners(asked.name, asked.accounts)
    bucket = config.market_id if asked.margin == "isolated" else CROSS
    account, *others = (account_id(one, bucket) for one in owners)
    context = AgentContext(
        name=asked.name,
        account=account,
        others=tuple(others),
        rng=stream(seed, f"agent/{asked.name}"),
        capital_wad=wad(asked.capital),
        market=config.spec(asked.market),
        block_time_s=scenario.block_time_s,
    )
    agent = made(asked, context)
    return Member(
        agent=agent if isinstance(agent, Strategy) else _EveryBlock(agent),
        kind=type(agent).__name__,
        owner=owners[0],
        account=context.account,
        capital_wad=context.capital_wad,
        latency_ms=asked.latency_ms,
        accounts=context.accounts,
        owners={int(one, 16): one for one in owners},
        market=asked.market,
        wallet_wad=wad(asked.wallet),
        wallet_base_wad=wad(asked.wallet_base),
        venue_cash_wad=wad(asked.venue_cash),
    )


def _owners(name: str, count: int) -> list[str]:
    """The owners of an agent's accounts: addresses that nothing ties together."""
    return [owner_address(name), *(owner_address(f"{name}/{k}") for k in range(2, count + 1))]

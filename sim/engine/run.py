"""The run: a world, a chain, agents and a recorder, stepped block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

from sim.chain.port import Call
from sim.engine.action_table import ACTION_GAS
from sim.engine.activation import Activation
from sim.engine.adl_rounds import Rounds
from sim.engine.backstop_view import BackstopReader, BackstopSnapshot
from sim.engine.blocks import OpenBlock, RunResult
from sim.engine.collector import few_collections
from sim.engine.deployments import deployment
from sim.engine.genesis import SetupError, funding_blocks, mirror_of, system_accounts
from sim.engine.invariant_checker import Checker
from sim.engine.leveraged_tokens import Tokens
from sim.engine.market_setup import market_spec, protocol_config
from sim.engine.members import populate
from sim.engine.observation import LensReader, Observed, OffVaultBalances, market_view
from sim.engine.price_bounds import need_within_bounds
from sim.engine.recording import RunRecorder
from sim.engine.run_request import RunRequest
from sim.engine.spot_pools import Pools, liquidity
from sim.engine.transactions import Translator, call_for
from sim.engine.upkeep import upkeep_calls
from sim.ordering import BUILDER, Level, OrderedAction, Sequencer
from sim.ordering.pending import BlockContext
from sim.ordering.sequencer import Terms
from sim.records.rows import UPKEEP, Recorder, RunEnd, Sent
from sim.scenario.fitted import fitted
from sim.scenario.world import build_world
from sim.types import Deleverage, PushPrice, account_id
from sim.types.addresses import owner_address

SETUP_S = 86_400


class BrokenInvariantError(RuntimeError):
    """The run was told to stop at the first broken invariant, and met one."""

    def __init__(self, block: int, violations: Sequence[str]) -> None:
        super().__init__(f"block {block}: {'; '.join(violations)}")
        self.block = block


class Simulation:
    """One run; `step` is the block of the architecture, line by line."""

    def __init__(self, request: RunRequest, recorder: Recorder) -> None:
        began_s = perf_counter()
        self.seed, self.recorder = request.seed, recorder
        world = build_world(request.scenario, self.seed, request.prices)
        self.scenario = scenario = fitted(request.scenario, world.start_prices)
        blocks = min(request.blocks or world.blocks, world.blocks)
        self.world = replace(world, blocks=blocks)
        members = populate(scenario, self.seed, request.agents)
        self.members = {one.agent.name: one for one in members}
        config = protocol_config(scenario, self.world.feeds)
        need_within_bounds(scenario, config, self.world)
        # Setup takes blocks of its own, a second each, all before the first block's time.
        deployed_s = self.world.start_s - SETUP_S
        self._deployment = deployment(request.engine, request.rpc_url, config, deployed_s)
        self.chain, self.deployed = self._deployment.chain, self._deployment.deployed
        self.specs = {one.name: market_spec(scenario, one) for one in config.markets}
        self.system_accounts = system_accounts(self.deployed)
        self.mirror = mirror_of(self.specs, self.deployed, self.system_accounts)
        self.translate = Translator(self.deployed)
        self.decoder = self.deployed.decoder()
        self.open_block = OpenBlock(
            self.chain, self.decoder, 1, deployed_s, keep_calls=request.keep_calls
        )
        self.lens = LensReader(self.chain, self.deployed, self.specs)
        self.pools = Pools(self.chain, self.deployed)
        self.tokens = Tokens(self.chain, self.deployed)
        self.backing = BackstopReader(self.chain, self.deployed, self.mirror)
        self.rounds = Rounds(self.chain, self.deployed, self.translate, self.mirror)
        self.checker = Checker(self)
        self.run_recorder = RunRecorder(self)
        self.sequencer = Sequencer(
            scenario.ordering,
            self.seed,
            {name: Terms(one.latency_ms, one.tip_wei) for name, one in self.members.items()},
            scenario.block_time_s,
            ACTION_GAS,
            account_id(owner_address(BUILDER)),
        )
        self._base_fee_wei, self._has_finished = 0, False
        self.turns = Activation(self.members, self.world.desk)
        self.shown: dict[str, tuple[int, ...]] = {}  # what each market's venues show now
        self._setup_wall_s = perf_counter() - began_s

    def set_up(self) -> None:
        """Bring the money in and tell the recorder how things stand before the first block."""
        began_s = perf_counter()
        members = list(self.members.values())
        funding = funding_blocks(
            *(self.translate, self.deployed, members, self.scenario.insurance),
            liquidity(self.scenario, self.world),
        )
        for member in members:
            self.world.desk.fund(member.account, member.venue_cash_wad)
        for calls in funding:
            self.open_block.begin(self.open_block.time_s + 1)
            self.open_block.submit(calls)
            for receipt, events in self.open_block.seal():
                if not receipt.ok:
                    raise SetupError(f"{self.scenario.name}: setup refused: {receipt.error}")
                self.mirror.apply(events)
        self._setup_wall_s += perf_counter() - began_s
        self.open_block.evm_wall_s = 0.0
        self.run_recorder.start()

    def run(self) -> RunResult:
        """Every block, from the first to the last, and the record closed."""
        with few_collections():
            for block in range(1, self.world.blocks + 1):
                self.step(block)
            return self.finish()

    def step(self, block: int) -> None:
        """One block: world, reporters, one read, agents, sequencer, chain, mirror, record."""
        began_s, evm_before_s = perf_counter(), self.open_block.evm_wall_s
        time_s = self.world.start_s + block * self.scenario.block_time_s
        trades = self.world.desk.advance(time_s)
        self.open_block.begin(time_s)
        pushes = self.world.pushes(time_s)
        self.open_block.submit([self.translate.call("", push) for push in pushes])
        seen, states = self._observe(block, time_s)
        reserved_gas = len(pushes) * ACTION_GAS[PushPrice.__name__]
        scene = BlockContext(block=block, reserved_gas=reserved_gas, seen=seen, depth=self._depth)
        placed, space = self.sequencer.order(scene, self.turns.wishes(block, seen))
        self._base_fee_wei = space.base_fee_wei
        upkeep: list[Call] = []
        if block % self.scenario.sweep_every_blocks == 0:
            upkeep = upkeep_calls(self.translate, self.mirror, self.system_accounts)
        done = self._act(block, placed)
        self.open_block.submit(upkeep)
        sent: list[Sent] = [(push.feed, push, 0) for push in pushes]
        sent += [*done, *[(UPKEEP, None, 0)] * len(upkeep)]
        with self.open_block.in_engine():
            self.checker.look(block)
        sealed = self.open_block.seal()
        events = [event for _, found in sealed for event in found]
        self.mirror.apply(events)
        facts = self.checker.check(block, time_s, events, states)
        self.run_recorder.block(
            block,
            time_s,
            seen,
            sent,
            sealed,
            facts,
            space,
            trades=trades,
            evm_s=self.open_block.evm_wall_s - evm_before_s,
            began_s=began_s,
        )
        if self.scenario.stop_on_violation and self.checker.violations:
            raise BrokenInvariantError(block, self.checker.violations)

    def _depth(self, market: str, is_buy: bool) -> list[Level]:
        """What rests in a book for an order of that side to take."""
        return [Level(*level) for level in self.checker.levels(market, not is_buy)]

    def close(self) -> None:
        """Let the chain go; what was read of it stays."""
        self._deployment.let_go(is_sound=self._has_finished)

    def finish(self) -> RunResult:
        """Close the record and hand back what a caller may want to look at."""
        digest = self.decoder.digest
        self._has_finished = True
        self.recorder.end(
            RunEnd(digest=digest, blocks=self.world.blocks, setup_wall_s=self._setup_wall_s)
        )
        return RunResult(
            digest=digest,
            blocks=self.world.blocks,
            sent=self.run_recorder.sent,
            reverted=self.run_recorder.reverted,
            violations=tuple(self.run_recorder.violations),
            setup_wall_s=self._setup_wall_s,
            evm_wall_s=self.open_block.evm_wall_s,
            deployed=self.deployed,
            journal=tuple(self.open_block.journal),
        )

    def is_checkpoint(self, block: int) -> bool:
        """Whether the block is one after which everything is checked."""
        return block % self.scenario.check_every_blocks == 0 or block == self.world.blocks

    def _observe(self, block: int, time_s: int) -> tuple[Observed, dict[str, Any]]:
        with self.open_block.in_engine():
            states = self.lens.markets()
        self.shown = {name: self.world.venue_prices(name, time_s) for name in states}
        views = {}
        for name, state in states.items():
            shown = self.shown[name]
            if self.scenario.observe_true_price:
                shown = (self.world.board.true_price_wad(name, time_s),)
            views[name] = market_view(self.specs[name], state, shown)
        purses = OffVaultBalances(
            pools=self.pools.look(),
            tokens=self.tokens.look(),
            mirror=self.mirror,
            desk=self.world.desk,
        )
        gas = self.scenario.gas.view(time_s, self._base_fee_wei, ACTION_GAS)
        standing = BackstopSnapshot(self.backing, views)
        return Observed(block, time_s, views, states, self.mirror, purses, standing, gas), states

    def _act(self, block: int, placed: list[OrderedAction]) -> list[Sent]:
        """Submit actions in order; whose and what each transaction is, for some are several."""
        sent: list[Sent] = []
        calls: list[Call] = []
        for name, action, fee_wei in placed:
            member = self.members[name]
            if isinstance(action, Deleverage):
                self.open_block.submit(calls)  # a round is made of what all before it have left
                calls = self.rounds.calls(member.sender(action), action)
                sent += [(name, action, fee_wei)] * len(calls)
            else:
                calls.append(call_for(self.translate, member, block, action))
                sent.append((name, action, fee_wei))
        self.open_block.submit(calls)
        return sent

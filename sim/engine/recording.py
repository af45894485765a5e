"""Turns what happened into the recorder's rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sim.abi.artifacts import artifact
from sim.invariants import Facts, conservation_error_wad
from sim.market.desk import VenueTrade
from sim.ordering import Space
from sim.records.rows import (
    REPORTER,
    UPKEEP,
    AccountRecord,
    BlockRecord,
    EventRecord,
    EventSchema,
    MarketRecord,
    RunStart,
    Sent,
    TxRecord,
    VenueTradeRecord,
)

if TYPE_CHECKING:
    from sim.engine.observation import Observed
    from sim.engine.run import Simulation


class Teller:
    """Knows the recorder and what it wants to know."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._instances = {name: _instance(name) for name in simulation.deployed.instances}
        self._owner_of = {
            account: name for name, one in simulation.members.items() for account in one.accounts
        }
        self._feeds_wad = {
            market: {feed.name: 0 for feed in feeds}
            for market, feeds in simulation.world.feeds.items()
        }
        self.sent = self.reverted = 0
        self.violations: list[str] = []

    def start(self) -> None:
        """Everything known before the first block, and the accounts as funded."""
        simulation, scenario = self._simulation, self._simulation.scenario
        world, config = simulation.world, simulation.deployed.config
        simulation.recorder.start(
            RunStart(
                scenario=scenario.name,
                scenario_sha256=scenario.sha256(),
                scenario_text=scenario.text,
                seed=simulation.seed,
                engine=simulation.chain.name,
                blocks=world.blocks,
                markets=tuple(simulation.specs.values()),
                venues=world.venues,
                feeds={
                    market.name: tuple(feed.name for feed in market.feeds)
                    for market in config.markets
                },
                agents=self.kinds(),
                contracts_sha256=self.contracts_sha256(),
                schema=self._schema(),
                pools={pool.name: pool.market for pool in config.spot_pools},
                price_quality={
                    source: {"rows": one.rows, "gaps": one.gaps, "missing_bars": one.missing_bars}
                    for one in world.quality
                    for source in one.sources
                },
            )
        )
        simulation.recorder.accounts(self._accounts(0))

    def block(
        self,
        block: int,
        time_s: int,
        seen: Observed,
        sent: Sequence[Sent],
        sealed: Sequence[tuple[Any, Sequence[Any]]],
        facts: Facts,
        space: Space,
        *,
        trades: Sequence[VenueTrade],
        evm_s: float,
        began_s: float,
    ) -> None:
        """One sealed block, and at checkpoints every account."""
        simulation = self._simulation
        txs: list[TxRecord] = []
        rows: list[EventRecord] = []
        reverts = 0
        instances, new = self._instances, tuple.__new__
        for position, ((agent, action, fee_wei), (receipt, events)) in enumerate(
            zip(sent, sealed, strict=True)
        ):
            ok, error, _, gas_used = receipt
            reverts += not ok
            name = type(action).__name__ if action is not None else "Upkeep"
            market = getattr(action, "market", "")
            txs.append(TxRecord(block, position, agent, name, market, ok, error, gas_used, fee_wei))
            for contract, event, values in events:
                kind, instance = instances[contract]
                row = (block, position, len(rows), kind, instance, event, values)
                rows.append(new(EventRecord, row))
                if event == "PricePushed":
                    market, _, feed = instance.partition("/")
                    self._feeds_wad[market][feed] = values[1]
        wrong = simulation.checker.violations
        self.sent, self.reverted = self.sent + len(txs), self.reverted + reverts
        self.violations += [f"block {block}: {one}" for one in wrong]
        record = BlockRecord(
            block=block,
            time_s=time_s,
            txs=len(txs),
            reverts=reverts,
            insurance_wad=simulation.checker.system.pool_equity_wad,
            conservation_error_wad=conservation_error_wad(facts),
            violations=tuple(wrong),
            digest=simulation.decoder.digest,
            base_fee_wei=space.base_fee_wei,
            gas_reckoned=space.gas_used,
            waiting=space.waiting,
            dropped=space.dropped,
            evm_wall_s=evm_s,
            wall_s=perf_counter() - began_s,
            markets=tuple(self._market(block, time_s, name, seen) for name in seen.markets),
            venue_trades=tuple(VenueTradeRecord(block, *trade) for trade in trades),
        )
        simulation.recorder.block(record, txs, rows)
        if simulation.is_checkpoint(block):
            simulation.recorder.accounts(self._accounts(block))

    def _market(self, block: int, time_s: int, name: str, seen: Observed) -> MarketRecord:
        """Prices as the block's agents saw them, open interest as they left it."""
        view, simulation = seen.markets[name], self._simulation
        for feed, price_wad in simulation.pools.readings(name).items():
            self._feeds_wad[name][feed] = price_wad
        return MarketRecord(
            block=block,
            time_s=time_s,
            market=name,
            true_wad=simulation.world.board.true_price_wad(name, time_s),
            venues_wad=simulation.shown[name],
            feeds_wad=tuple(self._feeds_wad[name].values()),
            index_wad=view.index_wad,
            conf_wad=view.conf_wad,
            mark_wad=view.mark_wad,
            status=int(view.status),
            funding_rate_wad=view.funding_rate_wad,
            best_bid_wad=view.best_bid_wad,
            best_ask_wad=view.best_ask_wad,
            last_price_wad=view.last_price_wad,
            open_interest_wad=simulation.mirror.markets[name].long_wad,
        )

    def _accounts(self, block: int) -> list[AccountRecord]:
        simulation, mirror = self._simulation, self._simulation.mirror
        marks_wad = {name: totals.mark_wad for name, totals in mirror.markets.items()}
        roles = simulation.system_accounts | simulation.tokens.roles
        rows = []
        for account, held in mirror.accounts.items():
            name = self._owner_of.get(account)
            role = roles.get(account, "unknown")
            kind = simulation.members[name].kind if name else role
            equity_wad, maintenance_wad = mirror.health(account, marks_wad)
            rows.append(
                AccountRecord(
                    block,
                    account,
                    name or role,
                    kind,
                    held.cash_wad,
                    equity_wad,
                    maintenance_wad,
                    held.paid_in_wad,
                )
            )
        return rows

    def _schema(self) -> EventSchema:
        schema = {}
        for instance, events in self._simulation.decoder.schemas.items():
            kind, _ = self._instances[instance]
            for event in events.values():
                pairs = tuple(zip(event.fields, event.types, strict=True))
                schema[kind, event.name] = pairs
        return schema

    def kinds(self) -> dict[str, str]:
        """Everybody who sends transactions, by name, and what they are."""
        simulation = self._simulation
        kinds = {name: one.kind for name, one in simulation.members.items()}
        feeds = simulation.world.feeds.values()
        kinds |= {feed.name: REPORTER for configs in feeds for feed in configs}
        return kinds | {UPKEEP: UPKEEP}

    def contracts_sha256(self) -> str:
        """A fingerprint of the bytecode deployed."""
        kinds = sorted({kind for kind, _ in self._simulation.deployed.instances.values()})
        made = hashlib.sha256()
        for kind in kinds:
            made.update(kind.encode() + b"\0" + artifact(kind).initcode)
        return made.hexdigest()


def _instance(name: str) -> tuple[str, str]:
    """The type of a contract, and which one: "OrderBook.BTC-USD" is the book of "BTC-USD"."""
    kind, _, which = name.partition(".")
    return kind, which.replace(".", "/")

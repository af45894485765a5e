"""What happened in a run, as the recorder's rows."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from sim.engine.observation import Observed
from sim.engine.run_facts import Recorded, run_start, type_and_instance
from sim.invariants import Facts, conservation_error_wad
from sim.market.desk import VenueTrade
from sim.ordering import Space
from sim.records.rows import (
    AccountRecord,
    BlockRecord,
    EventRecord,
    MarketRecord,
    Sent,
    TxRecord,
    VenueTradeRecord,
)


class RunRecorder:
    """Turns each block of a run into rows, and hands them to the run's recorder."""

    def __init__(self, simulation: Recorded) -> None:
        self._simulation = simulation
        self._instances = {name: type_and_instance(name) for name in simulation.deployed.instances}
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
        recorder = self._simulation.recorder
        recorder.start(run_start(self._simulation))
        recorder.accounts(self._accounts(0))

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
        roles = {**simulation.system_accounts, **simulation.tokens.roles}
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

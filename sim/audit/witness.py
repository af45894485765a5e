"""Follows one account through a run done again: each block, each of its events, each attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.audit.picture import Camera, Picture
from sim.chain.port import Call
from sim.engine import Simulation
from sim.engine.replay import Watch
from sim.protocol.views import method
from sim.records.rows import BlockRecord, EventRecord, EventSchema, RunStart, TxRecord

# Contract and function of a transaction against an account; account and market come first.
ATTEMPTS = (
    ("Liquidator", "liquidate"),
    ("Liquidator", "take_over"),
    ("Deleverager", "deleverage"),
)
WORD = 32
_NAMING = frozenset({"account", "taker", "counterparty", "recipient"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event that names the account."""

    block: int
    tx: int
    contract: str
    instance: str
    event: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The account at the end of a block, as the contracts judge it."""

    block: int
    time_s: int
    cash_wad: int
    equity_wad: int
    maintenance_wad: int
    sizes_wad: Mapping[str, int]
    marks_wad: Mapping[str, int]
    liquidatable: bool


@dataclass(slots=True, kw_only=True)
class Attempt:
    """A transaction that wanted to liquidate or deleverage the account."""

    block: int
    tx: int
    function: str
    market_id: int
    before: Picture | None  # None where only the block asked for is pictured
    agent: str = ""
    ok: bool = False
    error: str = ""
    events: list[Told] = field(default_factory=list)


class Witness(Watch):
    """A recorder of one account; `at_block` alone is pictured in full, or else what matters."""

    def __init__(self, at_block: int | None) -> None:
        super().__init__()
        self.at_block = at_block
        self.timeline: list[Moment] = []
        self.told: list[Told] = []
        self.attempts: list[Attempt] = []
        self.worst: Picture | None = None  # at the end of the block where E/MM was least
        self.asked: Picture | None = None  # at the end of the block asked for
        self._schema: EventSchema = {}
        self._account = 0
        self._pending: list[Attempt] = []

    def attach(self, simulation: Simulation, account: int) -> None:
        """Look on at every call from now on."""
        self._simulation, self._account = simulation, account
        self.camera = Camera(simulation, account)
        self._targets = {
            (simulation.deployed.address(contract), method(contract, name).selector): name
            for contract, name in ATTEMPTS
        }
        self._names = {one.market_id: one.name for one in simulation.deployed.config.markets}
        simulation.open_block.onlooker = self.before_call

    def before_call(self, place: int, call: Call) -> None:
        """Take a picture of the moment before somebody comes for the account."""
        if place == 0:
            self.camera.look_at_books()
        name = self._targets.get((call.to, call.data[:4]))
        if name is None or _word(call.data, 0) != self._account:
            return
        block = len(self.timeline) + 1
        wanted = self.at_block in (None, block)
        before = None
        if wanted:
            time_s = self._simulation.open_block.time_s
            before = self.camera.take(block, time_s, f"before transaction {place}")
        attempt = Attempt(
            block=block, tx=place, function=name, market_id=_word(call.data, 1), before=before
        )
        self._pending.append(attempt)

    def start(self, run: RunStart) -> None:
        """Keep what events are made of."""
        self._schema = run.schema

    def block(
        self, block: BlockRecord, txs: Sequence[TxRecord], events: Sequence[EventRecord]
    ) -> None:
        """Sort out a sealed block, and look at the account as it left it."""
        super().block(block, txs, events)
        self.told += (mine := [told for one in events if (told := self._mine(one))])
        for attempt in self._pending:
            tx = txs[attempt.tx]
            attempt.agent, attempt.ok, attempt.error = tx.agent, tx.ok, tx.error
            attempt.events = [one for one in mine if one.tx == attempt.tx]
        for event in events:
            if event.event == "MarketPoked":
                values = self._named(event)
                self.camera.basis_wad[self._names[values["market"]]] = values["basis_wad"]
        for attempt in self._pending:
            if attempt.before is not None:
                attempt.before = self.camera.with_basis(attempt.before)
        self.attempts += self._pending
        self._pending = []
        self._look(block.block, block.time_s)

    def _look(self, block: int, time_s: int) -> None:
        camera = self.camera
        state = camera.ask("Lens", "accounts", [self._account])[0]
        sizes, marks = {}, {}
        for number, name in self._names.items():
            if size_wad := camera.ask("Clearinghouse", "size_of", self._account, number):
                sizes[name] = size_wad
                marks[name] = camera.ask("MarkPrice", "price", number).mark_wad
        now = Moment(
            block=block,
            time_s=time_s,
            cash_wad=state.cash_wad,
            equity_wad=state.equity_wad,
            maintenance_wad=state.maintenance_wad,
            sizes_wad=sizes,
            marks_wad=marks,
            liquidatable=state.liquidatable,
        )
        least = min((one for one in self.timeline if one.maintenance_wad), key=ratio, default=None)
        self.timeline.append(now)
        moment = "at the end of the block"
        if self.at_block == block:
            self.asked = camera.take(block, time_s, moment)
        is_worst = now.maintenance_wad and (least is None or ratio(now) < ratio(least))
        if self.at_block is None and is_worst:
            self.worst = camera.take(block, time_s, moment)

    def _mine(self, event: EventRecord) -> Told | None:
        values = self._named(event)
        if not any(values.get(name) == self._account for name in _NAMING):
            return None
        return Told(
            block=event.block,
            tx=event.tx,
            contract=event.contract,
            instance=event.instance,
            event=event.event,
            values=values,
        )

    def _named(self, event: EventRecord) -> dict[str, Any]:
        names = self._schema[event.contract, event.event]
        return {name: value for (name, _), value in zip(names, event.values, strict=True)}


def ratio(moment: Moment) -> tuple[int, int]:
    """What moments are ordered by: E/MM in 1e-18, and the equity."""
    return moment.equity_wad * 10**18 // moment.maintenance_wad, moment.equity_wad


def _word(data: bytes, place: int) -> int:
    return int.from_bytes(data[4 + WORD * place : 4 + WORD * (place + 1)], "big")

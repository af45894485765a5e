"""A whole reference exchange beside a recorded run: each call goes to both, all is compared.

Prices of a block enter the reference as the contracts say them; whatever is done at them has to be
the same to the wei and the word: refusals, books' events in order, and at the end of each block
every account's cash and positions, open interest, escrows and pots.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sim.audit.twin_asked import Asked, Bookkeeping, Told
from sim.audit.twin_rules import FOLLOWED, JUDGED
from sim.chain.port import Call, CallReverted
from sim.engine import Simulation
from sim.engine.reference_terms import exchange_of, price_of
from sim.engine.replay import Watch, replay_to, replayed, target_of
from sim.protocol.views import ask, method
from sim.records.folder import Run
from sim.records.rows import BlockRecord, EventRecord, EventSchema, RunStart, TxRecord
from sim.reference.exchange import Refusals
from sim.reference.margin import Price
from sim.reference.orders import Cancelled, Filled, Placed
from sim.types import account_id

PAGE = 64
BOOK_EVENTS = {Placed: "OrderPlaced", Filled: "OrderFilled", Cancelled: "OrderCancelled"}


class TwinError(ValueError):
    """One sentence: what of a run has no twin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Where contract and reference went apart."""

    block: int
    tx: int | None  # None: at the end of the block
    what: str
    contract: str
    reference: str


@dataclass(slots=True, kw_only=True)
class _Pending:
    asked: Asked
    prices: dict[int, Price]


class Twin(Watch):
    """The reference exchange, told of every call by the run that it watches."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.mismatches: list[Mismatch] = []
        self.counts: Counter[str] = Counter()
        self._pending: list[_Pending | None] = []
        self._schema: EventSchema = {}
        self._has_begun = False

    def attach(self, simulation: Simulation) -> None:
        """Look on at every call from now on."""
        self._simulation, deployed = simulation, simulation.deployed
        self.x = exchange_of(deployed)
        markets = {one.market_id: one for one in deployed.config.markets}
        self._ids = {one.name: number for number, one in markets.items()}
        self._targets = {at: (name, kind) for name, (kind, at) in deployed.instances.items()}
        self._keeping = Bookkeeping(
            markets=markets,
            pool=account_id(deployed.address("InsurancePool")),
            venue=account_id(deployed.address("TriggerOrders")),
            treasury=account_id(deployed.config.treasury),
            pool_share_wad=deployed.config.pool_fee_share_wad,
            numbers={number: {} for number in markets},
        )
        self._functions = {
            (kind, method(kind, name).selector): name for kind, name in (*JUDGED, *FOLLOWED)
        }
        simulation.open_block.onlooker = self.before_call

    def start(self, run: RunStart) -> None:
        """The money is in: begin with everybody's cash."""
        self._schema, self._has_begun = run.schema, True
        self._pending = []
        for account in self._simulation.mirror.accounts:
            self.x.house.cash[account] = self._ask("Clearinghouse", "cash_of", account)

    def before_call(self, place: int, call: Call) -> None:
        """Note a call, the prices it is judged at, and what it depends on beside them."""
        if not self._has_begun:
            return
        name, kind = self._targets.get(call.to, ("", ""))
        function = self._functions.get((kind, call.data[:4]))
        if function is None:
            raise TwinError(f"a call of {name or call.to} has no rule in the reference exchange")
        asked = Asked(
            contract=kind,
            function=function,
            market=self._ids.get(name.partition(".")[2], 0),
            arguments=method(kind, function).arguments(call.data),
            keeper=account_id(call.sender),
        )
        if kind == "Liquidator":
            asked.facts = self._of_target(*asked.arguments[:2])
        if (kind, function) == ("TriggerOrders", "execute"):
            asked.facts = self._of_trigger(*asked.arguments)
        assert place == len(self._pending), "every call of a block is seen"
        self._pending.append(_Pending(asked=asked, prices=self._prices()))

    def block(
        self, block: BlockRecord, txs: Sequence[TxRecord], events: Sequence[EventRecord]
    ) -> None:
        """Do the block's calls in the reference, and compare."""
        super().block(block, txs, events)
        by_tx: dict[int, list[EventRecord]] = {}
        for event in events:
            by_tx.setdefault(event.tx, []).append(event)
        for tx, pending in zip(txs, self._pending, strict=True):
            if pending is not None and len(self.mismatches) < self.most:
                self._do(block, tx, pending, by_tx.get(tx.tx, []))
        self._pending = []
        if len(self.mismatches) < self.most:
            self._compare_state(block.block)

    def _do(
        self, block: BlockRecord, tx: TxRecord, pending: _Pending, events: list[EventRecord]
    ) -> None:
        asked = pending.asked
        asked.events = [Told(event=one.event, values=self._named(one)) for one in events]
        self.x.judge_at(pending.prices, block.time_s)
        self.x.show()
        key = (asked.contract, asked.function)
        is_judged = key in JUDGED
        self.counts["judged" if is_judged else "followed"] += 1
        if not is_judged and not tx.ok:
            return
        trial, words = self.x.copy(), ""
        try:
            (JUDGED.get(key) or FOLLOWED[key])(trial, asked, self._keeping)
        except Refusals as refusal:
            words = str(refusal)
        if words != tx.error:
            self._differ(block.block, tx.tx, f"{tx.action} of {tx.agent}", tx.error, words)
        if not tx.ok:
            self.counts["refused"] += 1
            return
        trial.show()
        self.x = trial
        self._compare_books(block.block, tx.tx, events)

    def _compare_books(self, block: int, tx: int, events: Sequence[EventRecord]) -> None:
        """The books told what the reference's did, in the same order."""
        for name, market in self._ids.items():
            told = [
                (one.event, *one.values)
                for one in events
                if one.contract == "OrderBook" and one.instance == name
            ]
            ids = {number: one for one, number in self._keeping.numbers[market].items()}
            expected = []
            for place, happening in enumerate(self.x.books[market].happenings):
                words: list[Any] = list(happening)
                number = words.pop(0)
                if isinstance(happening, Placed):
                    new = happening.order
                    number = new.number
                    words = [new.account, new.is_buy, new.price_wad, new.size_wad]
                    words += [new.reduce_only, new.expires_at]
                    if place < len(told):
                        ids[number] = order_id = int(told[place][1])
                        self._keeping.numbers[market][order_id] = number
                expected.append((BOOK_EVENTS[type(happening)], ids.get(number), *words))
            self.counts["events"] += len(told)
            if told != expected:
                self._differ(block, tx, f"events of the {name} book", str(told), str(expected))

    def _compare_state(self, block: int) -> None:
        accounts = list(self._simulation.mirror.accounts)
        house = self.x.house
        for name, market in self._ids.items():
            found = self._ask("Clearinghouse", "market_totals", market)
            wanted = (house.open_interest(market), house.escrow.get(market, 0))
            self._equal(block, f"{name}: open interest and escrow", tuple(found), wanted)
            for start in range(0, len(accounts), PAGE):
                page = accounts[start : start + PAGE]
                for account, entry in zip(
                    page, self._ask("Lens", "ledger", page, market), strict=True
                ):
                    held = house.held(account, market)
                    mine = (house.cash.get(account, 0), held.size_wad, held.quote_wad)
                    self._equal(block, f"{name}: {account}: cash, size, quote", tuple(entry), mine)
        pots = tuple(self._ask("Clearinghouse", "pots"))
        self._equal(block, "fees and dust", pots, (house.fees_wad, house.dust_wad))

    def _equal(self, block: int, what: str, contract: object, reference: object) -> None:
        self.counts["balances"] += 1
        if contract != reference:
            self._differ(block, None, what, str(contract), str(reference))

    def _differ(self, block: int, tx: int | None, what: str, contract: str, reference: str) -> None:
        if len(self.mismatches) < self.most:
            self.mismatches.append(
                Mismatch(block=block, tx=tx, what=what, contract=contract, reference=reference)
            )

    def _of_target(self, account: int, market: int) -> dict[str, Any]:
        orders = {
            number: [
                one.order_id
                for one in self._ask("OrderBook", "orders_of", account, at=f"OrderBook.{name}")
            ]
            for name, number in self._ids.items()
        }
        return {"orders": orders}

    def _of_trigger(self, trigger_id: int) -> dict[str, Any]:
        try:
            return {"trigger": self._ask("TriggerOrders", "trigger", trigger_id)}
        except CallReverted:
            return {}

    def _prices(self) -> dict[int, Price]:
        return {market: self._price(market) for market in self._ids.values()}

    def _price(self, market: int) -> Price:
        return price_of(self._ask("MarkPrice", "price", market))

    def _ask(self, contract: str, name: str, *arguments: Any, at: str = "") -> Any:
        where = self._simulation.deployed.address(at or contract)
        return ask(self._simulation.chain, contract, where, name, *arguments)

    def _named(self, event: EventRecord) -> dict[str, Any]:
        names = self._schema[event.contract, event.event]
        return {name: value for (name, _), value in zip(names, event.values, strict=True)}


def twin(run: Run, block: int | None, most: int) -> Twin:
    """Execute a recorded run again with the reference exchange beside it."""
    found = Twin(most)
    with replayed(run, "revm", watch=found) as (simulation, _):
        found.attach(simulation)
        replay_to(target_of(run, block), run, simulation, found)
    return found

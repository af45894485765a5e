"""The deployed exchange and its reference, driven together: each call goes to both.

What the contracts are asked and told enters the reference as it is (prices of the block, what the
pool answered); what they do with it has to be what the reference does, to the wei and the word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sim.abi.events import Event
from sim.chain.port import CallReverted
from sim.engine.reference_terms import grid_of, price_of, risk_of
from sim.invariants import Change
from sim.mirror import Mirror, MirrorNames
from sim.protocol.config import MarketConfig
from sim.reference.backstop import LossCap
from sim.reference.books import ClearingState
from sim.reference.exchange import Exchange, Refusals, opened
from sim.reference.margin import Price, Risk
from sim.reference.orders import Cancelled, Filled, Placed
from sim.types import DEFICIT, MarketSpec, account_id
from sim.types.codes import CashMove
from sim.units import WAD, wad
from tests.stateful.exchange_changes import accepted
from tests.support.contracts import address_of
from tests.world import World

MARKETS = {1: "BTC-USD", 2: "ETH-USD", 3: "THIN-USD"}
OPENING_PRICES = {1: wad(60_000), 2: wad(3_000), 3: wad(2)}
USERS = {"maker": (0,), "rival": (0,), "bull": (0, 1), "bear": (0, 2), "scalper": (0, 3)}
HOLDERS = tuple((role, bucket) for role, buckets in USERS.items() for bucket in buckets)
TIPPED = CashMove.TIPPED
_EVENT_NAMES = {Placed: "OrderPlaced", Filled: "OrderFilled", Cancelled: "OrderCancelled"}

Expected = Callable[[Exchange, Sequence[Event]], Any]


def holder(place: int) -> tuple[str, int]:
    """A user's role and account."""
    role, bucket = HOLDERS[place]
    return role, account_id(address_of(role), bucket)


def role_of(account: int) -> str:
    """Who owns a user's account."""
    return next(role for role in USERS if account >> 96 == int(address_of(role), 16))


def named(events: Sequence[Event], name: str) -> list[Any]:
    """The values of the events of one name."""
    return [event.values for event in events if event.name == name]


class Life:
    """Contracts, the reference beside them, and the mirror of what the contracts told."""

    def __init__(self) -> None:
        self.world = World()
        config = self.world.deployed.config
        self.configs = {one.market_id: one for one in config.markets}
        at = self.world.deployed.address
        self.pool = account_id(at("InsurancePool"))
        self.venue = account_id(at("TriggerOrders"))
        liquidator, treasury = account_id(at("Liquidator")), account_id(config.treasury)
        self.system = {self.pool, self.pool + DEFICIT, self.venue, liquidator, treasury}
        self.system |= {self.pool + market for market in MARKETS}
        people = {account_id(address_of(role)) for role in ("keeper", "whale", "prober")}
        users = {holder(place)[1] for place in range(len(HOLDERS))}
        self.accounts = sorted(self.system | people | users)
        self.traders = sorted(users | {self.pool + market for market in MARKETS})
        risks = {market: risk_of(one) for market, one in self.configs.items()}
        house = ClearingState(risks=risks, prices={}, now_s=self.world.now_s)
        self.twin = opened(house, {one: grid_of(self.configs[one]) for one in MARKETS}, liquidator)
        self.twin.loss_caps = {
            market: LossCap(cap_wad=one.pool_caps.loss_wad) for market, one in self.configs.items()
        }
        self.ids: dict[int, dict[int, int]] = {market: {} for market in MARKETS}
        self.index_wad = dict(OPENING_PRICES)
        self.told: list[Event] = []  # since the deployment: what a mirror is made from
        self.seen = 0  # how many of them have been checked
        self.counts: Counter[str] = Counter()
        self._changes: list[Change] = []
        self.look: Callable[[], object] = self.new_events  # at what a block has told
        self.tiers = {name: _rates(risks[market]) for market, name in MARKETS.items()}
        self.mirror = self._new_mirror()

    # One call, on both sides

    def call(
        self, role: str, name: str, method: str, *arguments: Any, expected: Expected | None = None
    ) -> list[Event] | None:
        """Let an actor call a contract; its events, None if it refused as the reference does."""
        self.judge()
        events, error = self.send(role, name, method, *arguments)
        trial = self.twin.copy()
        if expected is not None:
            words = ""
            try:
                expected(trial, events)
            except Refusals as refusal:
                words = str(refusal)
            assert error == words, f"{name}.{method} said {error!r}, the reference {words!r}"
        if error:
            self.counts["refused"] += 1
            self.counts[error] += 1
            return None
        self._adopt(trial, events)
        return events

    def tell(self, role: str, name: str, method: str, *arguments: Any, then: Expected) -> Any:
        """The same where only the contract knows whether it refuses."""
        self.judge()
        events, error = self.send(role, name, method, *arguments)
        if error:
            self.counts["refused"] += 1
            self.counts[error] += 1
            return None
        trial = self.twin.copy()
        then(trial, events)
        self._adopt(trial, events)
        return events

    def _adopt(self, trial: Exchange, events: Sequence[Event]) -> None:
        trial.show()
        self._changes += accepted(self.world, self.twin.house, trial.house, events)
        self.twin = trial
        self._compare_books(events)

    def take_changes(self) -> list[Change]:
        """The changes of positions since they were last taken."""
        found, self._changes = self._changes, []
        return found

    def send(self, role: str, name: str, method: str, *arguments: Any) -> tuple[list[Event], str]:
        """Call the contract alone; its events and the reason if it refused."""
        try:
            events = self.world.send(role, name, method, *arguments)
        except CallReverted as reverted:
            return [], str(reverted)
        self.told += events
        self.counts.update(event.name for event in events)
        return events, ""

    def judge(self) -> None:
        """Give the reference the prices of this block."""
        self.twin.judge_at({one: self.price(one) for one in MARKETS}, self.world.now_s)
        self.twin.show()

    def price(self, market: int) -> Price:
        """What a market is judged at in this block."""
        return price_of(self.world.read("MarkPrice", "price", market))

    def _compare_books(self, events: Sequence[Event]) -> None:
        """The books told what the reference's did, in the same order."""
        for market, book in self.twin.books.items():
            seen = [event for event in events if event.contract == f"OrderBook.{MARKETS[market]}"]
            told, ids = book.happenings, self.ids[market]
            assert [event.name for event in seen] == [_EVENT_NAMES[type(one)] for one in told]
            for event, happening in zip(seen, told, strict=True):
                number, *words = happening
                if isinstance(happening, Placed):
                    order = happening.order
                    number, words = order.number, _placed_words(order)
                    ids[number] = event.values.order_id
                assert tuple(event.values) == (ids[number], *words)

    # One step: what was told since the last

    def new_events(self) -> list[Event]:
        """The events of this step, which the mirror has taken in."""
        events = self.told[self.seen :]
        self.seen = len(self.told)
        self.mirror.apply(events)
        return events

    def _new_mirror(self) -> Mirror:
        specs = [_spec(one) for one in self.configs.values()]
        books = {f"OrderBook.{name}": name for name in MARKETS.values()}
        names = MirrorNames(clearinghouse="Clearinghouse", mark="MarkPrice", books=books)
        return Mirror(specs, self.tiers, names, unscreened=self.system)

    # Going back

    def snapshot(self) -> tuple[Any, ...]:
        """Remember everything, for one `revert`."""
        ids = {market: dict(known) for market, known in self.ids.items()}
        script = (ids, dict(self.index_wad), list(self.told), dict(self.tiers))
        return self.world.snapshot(), self.twin.copy(), script

    def revert(self, snapshot: tuple[Any, ...]) -> None:
        """Return to a snapshot."""
        state, self.twin, script = snapshot
        self.world.revert(state)
        self.ids, self.index_wad, self.told, self.tiers = script
        self.mirror, self.seen = self._new_mirror(), 0
        self.counts = Counter()
        self._changes = []
        self.look = self.new_events
        self.new_events()


def _rates(risk: Risk) -> list[tuple[int, int]]:
    return [(one.lower_wad, one.mmr_wad) for one in risk.tiers]


def with_risk(life: Life, market: int, **changes: Any) -> None:
    """What the owner changed, in the reference and in what the mirror measures by."""
    risk = replace(life.twin.house.risks[market], **changes)
    life.twin.house.risks[market] = risk
    life.tiers[MARKETS[market]] = _rates(risk)


def _spec(market: MarketConfig) -> MarketSpec:
    return MarketSpec(
        name=market.name,
        market_id=market.market_id,
        tick_wad=market.grid.tick_wad,
        lot_wad=market.grid.lot_wad,
        min_notional_wad=market.grid.min_notional_wad,
        taker_fee_bps=market.fees.taker_bps,
        max_leverage=WAD // market.tiers[0].imr_wad,
    )


def _placed_words(order: Any) -> list[Any]:
    terms = (order.is_buy, order.price_wad, order.size_wad, order.reduce_only, order.expires_at)
    return [order.account, *terms]

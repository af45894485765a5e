"""The exchange put together: a sorted book a market, over one house that judges what they propose.

A refused call may leave it half changed: try it on a copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sim.reference import clearing
from sim.reference.backstop import LossCap
from sim.reference.books import ClearingState, Refused
from sim.reference.liquidation import Clip, Rewards
from sim.reference.margin import Price
from sim.reference.matching import Book
from sim.reference.orders import BookError, Grid, MakerFill
from sim.reference.resting import RestingOrders
from sim.reference.unwinding import Pace
from sim.types.codes import Act
from sim.units import WAD

_BUCKETS = 2**96
Refusals = (BookError, Refused)


@dataclass(slots=True, kw_only=True)
class MarketClearing:
    """The house as one market's book asks it; the house in turn sees what rests in that book."""

    house: ClearingState
    market: int
    liquidator: int
    resting: RestingOrders

    def fill(
        self, *, taker: int, is_buy: bool, forced: bool, fills: Sequence[MakerFill]
    ) -> tuple[frozenset[int], int]:
        """Trade; the places of the refused makers, and the penalty taken."""
        self.show()
        proposed = [
            clearing.MakerFill(
                account=one.account,
                size_wad=one.size_wad,
                price_wad=one.price_wad,
                reduce_only=one.reduce_only,
            )
            for one in fills
        ]
        liquidator = self.liquidator if forced else None
        made = clearing.fill(
            self.house, self.market, taker, is_buy, proposed, liquidator=liquidator
        )
        refused = frozenset(place for place in range(len(fills)) if made.refused >> place & 1)
        return refused, made.penalty_wad

    def admit(self, account: int) -> None:
        """Refuse what rests for an account if its margin does not carry it."""
        self.show()
        clearing.admit(self.house, self.market, account)

    def size_of(self, account: int) -> int:
        """Signed position."""
        return self.house.held(account, self.market).size_wad

    def may_open(self) -> bool:
        """Whether positions may grow now."""
        return self.house.allows(self.market, Act.OPEN)

    def show(self) -> None:
        """Let the house see what rests for whom."""
        others = {key: size for key, size in self.house.resting.items() if key[1] != self.market}
        accounts = {order.account for order in self.resting.orders}
        mine = {(one, self.market): self.resting.open_size(one) for one in accounts}
        self.house.resting = others | mine


@dataclass(slots=True, kw_only=True)
class Exchange:
    """Books by market, and the house behind all of them."""

    house: ClearingState
    books: dict[int, Book]
    liquidator: int = 0  # whose account takes the penalties
    rewards: dict[tuple[int, int], Rewards] = field(default_factory=dict)  # account, market
    clips: dict[tuple[int, int], Clip] = field(default_factory=dict)  # likewise
    loss_caps: dict[int, LossCap] = field(default_factory=dict)  # of the insurance pool, by market
    paces: dict[int, Pace] = field(default_factory=dict)  # at which it unwinds, likewise

    def copy(self) -> Exchange:
        """The same exchange, to try something on; its books have told nothing yet."""
        house = self.house.copy()
        house.risks, house.prices = dict(house.risks), dict(house.prices)
        house.resting = dict(house.resting)
        books = {}
        for market, book in self.books.items():
            desk = book.clearing
            assert isinstance(desk, MarketClearing)
            resting = RestingOrders(orders=list(book.resting.orders))
            books[market] = replace(
                book,
                clearing=replace(desk, house=house, resting=resting),
                resting=resting,
                happenings=[],
            )
        rewards = {at: replace(one) for at, one in self.rewards.items()}
        return Exchange(
            house=house,
            books=books,
            liquidator=self.liquidator,
            rewards=rewards,
            clips=dict(self.clips),
            loss_caps=dict(self.loss_caps),
            paces=dict(self.paces),
        )

    def judge_at(self, prices: Mapping[int, Price], now_s: int) -> None:
        """From now on everything is judged at these prices and this time."""
        self.house.prices, self.house.now_s = dict(prices), now_s
        for market, book in self.books.items():
            book.mark_wad, book.now_s = prices[market].mark_wad, now_s

    def show(self) -> None:
        """Let the house see what rests in every book."""
        for book in self.books.values():
            assert isinstance(book.clearing, MarketClearing)
            book.clearing.show()

    def move(self, sender: int, recipient: int, amount_wad: int, *, tips: int = 0) -> None:
        """Withdrawable cash to another account of the owner, or as a tip to that one account."""
        if sender == recipient:
            raise Refused("clearinghouse: accounts are the same")
        if sender // _BUCKETS != recipient // _BUCKETS and recipient != tips:
            raise Refused("clearinghouse: accounts have different owners")
        clearing.withdraw(self.house, sender, amount_wad)
        clearing.deposit(self.house, recipient, amount_wad)


def opened(house: ClearingState, grids: Mapping[int, Grid], liquidator: int) -> Exchange:
    """An exchange with empty books."""
    books = {}
    for market, grid in grids.items():
        resting = RestingOrders()
        desk = MarketClearing(house=house, market=market, liquidator=liquidator, resting=resting)
        books[market] = Book(grid=grid, clearing=desk, resting=resting)
    return Exchange(house=house, books=books, liquidator=liquidator)


def is_below_maintenance(house: ClearingState, account: int, market: int) -> bool:
    """E < MM at prices that liquidation in a market may use now."""
    health = house.judged(account, market)
    return health.equity_wad < health.maintenance_wad


def is_below_backstop(house: ClearingState, account: int, market: int) -> bool:
    """Equity at mark is below the backstop share of maintenance."""
    health, share_wad = house.health(account), house.risks[market].backstop_wad
    return health.equity_wad < -(-health.maintenance_wad * share_wad // WAD)

"""What rests on an order book: one flat list, sorted by price and arrival when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from sim.reference.orders import MAX_SOLID_WALKED, Resting
from sim.units import WAD


@dataclass(slots=True, kw_only=True)
class RestingOrders:
    """The orders of a book, and everything that can be seen of them."""

    orders: list[Resting] = field(default_factory=list)
    solid_wad: int = 1  # notional of the smallest level that counts in impact prices

    def find(self, number: int) -> Resting | None:
        """An order by its number, if it still rests."""
        return next((order for order in self.orders if order.number == number), None)

    def of(self, account: int) -> list[Resting]:
        """The orders of an account."""
        return [order for order in self.orders if order.account == account]

    def side(self, is_buy: bool) -> list[Resting]:
        """The orders of a side, first to be filled first."""
        best_first = -1 if is_buy else 1
        mine = [order for order in self.orders if order.is_buy == is_buy]
        return sorted(mine, key=lambda order: (best_first * order.price_wad, order.number))

    def levels(self, is_buy: bool, *, firm: bool = False) -> list[tuple[int, int]]:
        """Price and total size of each level, best first.

        `firm` counts neither reduce-only orders nor such with an expiry.
        """
        totals: dict[int, int] = {}
        for order in self.side(is_buy):
            soft = order.reduce_only or order.expires_at
            counted = 0 if firm and soft else order.size_wad
            totals[order.price_wad] = totals.get(order.price_wad, 0) + counted
        return list(totals.items())

    def solid(self, is_buy: bool) -> list[tuple[int, int]]:
        """The levels that count in impact prices: firm, and not dust."""
        firm = self.levels(is_buy, firm=True)
        return [(price, size) for price, size in firm if size * price >= self.solid_wad * WAD]

    def best(self, is_buy: bool) -> int:
        """Best price of a side; 0 if it is empty."""
        return next((price for price, _ in self.levels(is_buy)), 0)

    def open_size(self, account: int) -> tuple[int, int]:
        """Resting buys and sells that could open a position."""
        firm = [each for each in self.of(account) if not each.reduce_only]
        buys = sum(each.size_wad for each in firm if each.is_buy)
        return buys, sum(each.size_wad for each in firm) - buys

    def impact_price(self, is_buy: bool, notional_wad: int) -> int:
        """Average price to buy or sell a notional from solid levels; 0 if those read lack it.

        Rounded against the trader: up for a buy, down for a sell.
        """
        base = quote = Fraction(0)
        solid = self.solid(not is_buy)
        begins_at_best = solid[:1] != [] and solid[0][0] == self.best(not is_buy)
        most = MAX_SOLID_WALKED + begins_at_best
        for price_wad, size_wad in solid[:most]:
            here = Fraction(size_wad * price_wad, WAD)
            if quote + here >= notional_wad:
                base += (notional_wad - quote) * WAD / price_wad
                average = Fraction(notional_wad * WAD) / base if base else Fraction(price_wad)
                return -(-average.numerator // average.denominator) if is_buy else int(average)
            base, quote = base + size_wad, quote + here
        return 0

    def shrink(self, order: Resting, size_wad: int) -> None:
        """Take some of an order's size off, all of it to remove it."""
        place = self.orders.index(order)
        left_wad = order.size_wad - size_wad
        self.orders[place : place + 1] = [replace(order, size_wad=left_wad)] if left_wad else []

    def remove(self, order: Resting) -> None:
        """Take off whatever is left of an order."""
        self.orders = [each for each in self.orders if each.number != order.number]

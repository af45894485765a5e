"""Who bears what of a liquidation, by what the venues say they did: prices, penalties, shares.

Each rung moves worth at mark between parties and makes none: every entry sums to zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from sim.units import WAD

BOOK, TAKEOVER = 0, 1


def against_mark(size_delta_wad: int, price_wad: int, mark_wad: int) -> Fraction:
    """What trading a signed size at a price instead of at mark gains."""
    return Fraction(size_delta_wad * (mark_wad - price_wad), WAD)


@dataclass(slots=True)
class Ledger:
    """Running totals by party, in wei; positive gained, negative bore."""

    totals: dict[str, Fraction] = field(default_factory=dict)

    def move(self, giver: str, receiver: str, amount: Fraction | int) -> None:
        """Worth from one party to another."""
        self.totals[giver] = self.totals.get(giver, Fraction(0)) - amount
        self.totals[receiver] = self.totals.get(receiver, Fraction(0)) + amount

    def on_book(
        self,
        *,
        size_delta_wad: int,
        notional_wad: int,
        mark_wad: int,
        penalty_wad: int,
        reward_wad: int,
    ) -> None:
        """Makers get the slippage, the pool the penalty, the keeper its reward out of that."""
        got_wad = notional_wad if size_delta_wad < 0 else -notional_wad
        gained = got_wad + Fraction(size_delta_wad * mark_wad, WAD)
        self.move("trader", "book", -gained)
        self.move("trader", "insurance", penalty_wad)
        self.move("insurance", "keeper", reward_wad)

    def taken_over(self, *, size_delta_wad: int, notional_wad: int, mark_wad: int) -> None:
        """The keeper gets the discount."""
        got_wad = notional_wad if size_delta_wad < 0 else -notional_wad
        self.move("trader", "keeper", -(got_wad + Fraction(size_delta_wad * mark_wad, WAD)))

    def absorbed(self, *, share_wad: int, reward_wad: int) -> None:
        """The pool gets the account's share of equity, or bears it, and pays the keeper."""
        self.move("trader", "insurance", share_wad)
        self.move("insurance", "keeper", reward_wad)

    def deleveraged(self, *, size_wad: int, was_long: bool, price_wad: int, mark_wad: int) -> None:
        """A counterparty trades at the bankruptcy price instead of at mark."""
        delta_wad = size_wad if was_long else -size_wad
        gained = against_mark(delta_wad, price_wad, mark_wad)
        self.move("trader", "counterparties", gained)

    def socialised(self, *, loss_wad: int) -> None:
        """Whoever holds a position there."""
        self.move("socialised", "trader", loss_wad)

    def error(self) -> Fraction:
        """What was made out of nothing: 0."""
        return sum(self.totals.values(), Fraction(0))


def tell(ledger: Ledger, events: Iterable[tuple[str, object]]) -> None:
    """Enter what liquidator, pool and deleverager said, in order."""
    share_wad, was_long = 0, True
    for name, one in events:
        if name == "AccountAbsorbed":
            share_wad = _word(one, "equity_wad")
        elif name == "AccountLiquidated":
            _liquidated(ledger, one, share_wad)
        elif name == "RoundOpened":
            was_long = _word(one, "size_wad") > 0
        elif name == "CounterpartyDeleveraged":
            ledger.deleveraged(
                size_wad=_word(one, "size_wad"),
                was_long=was_long,
                price_wad=_word(one, "price_wad"),
                mark_wad=_word(one, "mark_wad"),
            )
        elif name == "LossSocialised":
            ledger.socialised(loss_wad=_word(one, "loss_wad"))
        elif name == "DebtLeft":
            ledger.move("left", "trader", _word(one, "debt_wad"))


def _liquidated(ledger: Ledger, one: object, share_wad: int) -> None:
    rung = _word(one, "rung")
    names = ("size_delta_wad", "notional_wad", "mark_wad")
    traded = {name: _word(one, name) for name in names}
    if rung == BOOK:
        paid = {name: _word(one, name) for name in ("penalty_wad", "reward_wad")}
        ledger.on_book(**traded, **paid)
    elif rung == TAKEOVER:
        ledger.taken_over(**traded)
    else:
        ledger.absorbed(share_wad=share_wad, reward_wad=_word(one, "reward_wad"))


def _word(one: object, name: str) -> int:
    found: int = getattr(one, name)
    return found

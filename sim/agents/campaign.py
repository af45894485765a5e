"""What all manipulators share: when they begin and end, and how they are flat in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.agents.base import Group
from sim.agents.orders import limit_order, market_order, size_for
from sim.types import (
    Action,
    CancelOrders,
    MarketView,
    Observation,
    OrderKind,
    PlaceOrder,
    Withdraw,
)
from sim.types.fields import Ratio
from sim.units import WAD_PER_RAW, mul_up, wad

MAX_CANCELS = 32


class Campaign(Group):
    """From `starts_at_block` on it manipulates; from `exits_at_block` on it only gets out.

    Getting out is: take orders back, close what is open within `slippage` of the mark, withdraw.
    """

    starts_at_block: Annotated[int, Field(ge=1)] = 2
    exits_at_block: Annotated[int, Field(ge=2)]
    slippage: Ratio = wad("0.04")

    @model_validator(mode="after")
    def check(self) -> Campaign:
        """It begins before it ends, with as many accounts as its kind of trick takes."""
        if self.starts_at_block >= self.exits_at_block:
            raise PydanticCustomError(
                "blocks", "a starts_at_block before exits_at_block is allowed"
            )
        if self.accounts < self.least_accounts():
            words = f"at least {self.least_accounts()} accounts are allowed for this kind"
            raise PydanticCustomError("accounts", words)
        return self

    def least_accounts(self) -> int:
        """How many accounts the trick takes."""
        return 1


def next_turn(config: Campaign, block: int) -> int:
    """Every block from its first one on."""
    return max(block + 1, config.starts_at_block)


def size_of(seen: Observation, account: int, market: str) -> int:
    """The account's position; 0 if it is flat."""
    position = seen.account(account).positions.get(market)
    return position.size_wad if position else 0


def worth(seen: Observation, account: int, view: MarketView) -> int:
    """Notional of the account's position at mark, unsigned, rounded up."""
    return mul_up(abs(size_of(seen, account, view.spec.name)), view.mark_wad)


def pull(seen: Observation, account: int, market: str) -> list[Action]:
    """Cancels of everything that rests."""
    ids = tuple(one.order_id for one in seen.account(account).orders if one.market == market)
    return [
        CancelOrders(account=account, market=market, order_ids=ids[i : i + MAX_CANCELS])
        for i in range(0, len(ids), MAX_CANCELS)
    ]


def take(
    account: int, view: MarketView, side: int, notional_wad: int, slippage_wad: int
) -> list[Action]:
    """An immediate order for a notional; none where that is too little for the market."""
    size_wad = size_for(notional_wad, view.mark_wad, view.spec)
    if size_wad == 0:
        return []
    return [market_order(account, view, side * size_wad, slippage_wad)]


def wash_trade(
    buyer: int, seller: int, view: MarketView, size_wad: int, price_wad: int, *, rests: int
) -> list[Action]:
    """A trade of two own accounts at a price: `rests` is the account whose order waits there.

    Whatever of other people stands in between is taken first.
    """
    sides = {buyer: size_wad, seller: -size_wad}
    other = seller if rests == buyer else buyer
    resting = limit_order(rests, view, sides[rests], price_wad, kind=OrderKind.POST_ONLY)
    taking = PlaceOrder(
        account=other,
        market=view.spec.name,
        size_wad=sides[other],
        price_wad=resting.price_wad,
        kind=OrderKind.IOC,
    )
    return [resting, taking]


def close(seen: Observation, account: int, view: MarketView, slippage_wad: int) -> list[Action]:
    """An order that closes the account's position, if it has one."""
    size_wad = size_of(seen, account, view.spec.name)
    if size_wad == 0:
        return []
    return [market_order(account, view, -size_wad, slippage_wad, reduce_only=True)]


def ask_for(seen: Observation, account: int, amount_wad: int) -> list[Action]:
    """A withdrawal of so much of the cash as there is; what the margin refuses is refused."""
    amount_raw = min(amount_wad, seen.account(account).cash_wad) // WAD_PER_RAW
    return [Withdraw(account=account, amount_raw=amount_raw)] if amount_raw > 0 else []


@dataclass(slots=True, kw_only=True)
class Till:
    """Takes cash out of an account that has a position: all of it, or half of what was refused."""

    asked_wad: int = 0
    had_wad: int = 0

    def ask(self, seen: Observation, account: int) -> list[Action]:
        """The next withdrawal to try; it starts over with all there is when one went through."""
        cash_wad = seen.account(account).cash_wad
        refused = self.asked_wad and cash_wad >= self.had_wad
        self.asked_wad = self.asked_wad // 2 if refused else cash_wad
        self.had_wad = cash_wad
        return ask_for(seen, account, self.asked_wad)


def leave(
    seen: Observation, accounts: Sequence[int], view: MarketView, slippage_wad: int
) -> list[Action]:
    """Orders back, positions closed, and the cash of accounts that are flat withdrawn."""
    actions: list[Action] = []
    for account in accounts:
        actions += pull(seen, account, view.spec.name)
        if size_of(seen, account, view.spec.name):
            actions += close(seen, account, view, slippage_wad)
        else:
            actions += ask_for(seen, account, seen.account(account).cash_wad)
    return actions

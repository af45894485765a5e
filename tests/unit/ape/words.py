"""What tests through Ape say often: accounts, orders, the market they are about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.types import OrderKind, account_id
from sim.units import wad

MARKET, NAME = 1, "BTC-USD"
ENTRY = 60_000
RAW = 10**6
LIMIT, IOC, FOK, POST_ONLY = (
    OrderKind.LIMIT,
    OrderKind.IOC,
    OrderKind.FOK,
    OrderKind.POST_ONLY,
)


def account_of(owner: Any, bucket: int = 0) -> int:
    """The number of an owner's account."""
    return account_id(str(owner.address).lower(), bucket)


def buy(size: int | str, price: int | str, *, kind: int = LIMIT, **fields: Any) -> dict[str, Any]:
    """An order to buy."""
    return _order(True, size, price, kind, fields)


def sell(size: int | str, price: int | str, *, kind: int = LIMIT, **fields: Any) -> dict[str, Any]:
    """An order to sell."""
    return _order(False, size, price, kind, fields)


# How to send a transaction that waits for others of its block.
PENDING = {"required_confirmations": 0, "gas_limit": 2_000_000}


@contextmanager
def one_block(chain: Any) -> Iterator[list[Any]]:
    """Mine what is sent inside in one block; what was returned becomes its receipts."""
    sent: list[Any] = []
    chain.provider.auto_mine = False
    try:
        yield sent
        chain.mine()
    finally:
        chain.provider.auto_mine = True
    sent[:] = [chain.provider.get_receipt(each.txn_hash) for each in sent]


def _order(
    is_buy: bool, size: int | str, price: int | str, kind: int, fields: dict[str, Any]
) -> dict[str, Any]:
    order = {
        "is_buy": is_buy,
        "size_wad": wad(size),
        "price_wad": wad(price),
        "kind": int(kind),
        "reduce_only": False,
        "expires_at": 0,
    }
    return order | fields

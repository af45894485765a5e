"""Leveraged tokens on the deployed protocol, and the reference's books of one beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

import pytest

from sim.abi.events import Event
from sim.chain.port import CallReverted
from sim.protocol.config import Fees, FundingTerms, ProtocolConfig, TokenConfig, TokenTerms
from sim.reference.token_books import Market, Terms, Token
from sim.types import account_id
from sim.units import WAD, wad
from tests.support.contracts import address_of
from tests.world import World, reference_world_config

MARKET, NAME, BOOK = 1, "BTC-USD", "OrderBook.BTC-USD"
PRICE = 60_000
RAW = 10**6
LOT_WAD, TICK_WAD, LEAST_WAD = WAD // 10_000, WAD // 10, 10 * WAD
FILL_BAND_WAD = wad("0.05")
DAY_S = 86_400
TERMS = TokenTerms()
LEVERAGES = {"BTC3L": 3, "BTC2L": 2, "BTC1S": -1, "BTC3S": -3}
HOLDERS = ("taker", "whale", "stranger")


def token_config(
    *, terms: TokenTerms = TERMS, taker_bps: int = 5, calm: bool = True
) -> ProtocolConfig:
    """The reference markets with four tokens of the first; no funding if it is to be calm."""
    config = reference_world_config()
    fees = Fees(maker_bps=min(1, taker_bps), taker_bps=taker_bps)
    markets = tuple(replace(one, fees=fees) for one in config.markets)
    if calm:
        markets = tuple(replace(one, funding=FundingTerms(cap_wad=0)) for one in markets)
    tokens = tuple(
        TokenConfig(name=name, market=NAME, leverage=leverage, terms=terms)
        for name, leverage in LEVERAGES.items()
    )
    return replace(config, markets=markets, tokens=tokens)


class TokenWorld(World):
    """Verbs for holders, keepers, makers and prices of one token."""

    def __init__(
        self,
        name: str = "BTC3L",
        *,
        terms: TokenTerms = TERMS,
        taker_bps: int = 5,
        calm: bool = True,
    ) -> None:
        super().__init__(token_config(terms=terms, taker_bps=taker_bps, calm=calm))
        self.use(name)
        self.fee_bps, self.terms = taker_bps, terms
        for role in ("maker", "keeper"):
            self.deposit(role, 500_000_000 * RAW)
        for role in HOLDERS:
            self.send("owner", "MockToken", "mint", address_of(role), 10**16)
            for each in LEVERAGES:
                at = self.deployed.token(each)
                self.send(role, "MockToken", "approve", at, 2**256 - 1)
        self.price(PRICE)

    def use(self, name: str) -> None:
        """Turn to another of the tokens."""
        self.token = f"LeveragedToken.{name}"
        self.leverage = LEVERAGES[name]
        self.account = account_id(self.deployed.token(name), MARKET)

    # Prices and depth

    def price(self, price: int | str, seconds: int = 2) -> None:
        """A new block with the index at a price and an empty book."""
        self.price_wad(wad(price), seconds)

    def price_wad(self, price_wad: int, seconds: int = 2) -> None:
        """The same, to the wei."""
        self.clear()
        self.next_block(seconds)
        self.push(NAME, price_wad)
        self.send("stranger", "MarkPrice", "poke", MARKET)

    def walk(self, price: int, step_ratio: str = "0.08") -> None:
        """Blocks ten minutes apart, none of them a jump, until the index is there."""
        now_wad, end_wad = self.mark_wad(), wad(price)
        while now_wad != end_wad:
            reach_wad = now_wad * wad(step_ratio) // WAD
            now_wad = max(min(end_wad, now_wad + reach_wad), now_wad - reach_wad)
            self.price_wad(now_wad // TICK_WAD * TICK_WAD if now_wad != end_wad else end_wad, 600)
            now_wad = self.mark_wad()

    def clear(self, role: str = "maker") -> None:
        """Let a maker take back everything that rests."""
        account = account_id(address_of(role))
        ids = [one.order_id for one in self.read(BOOK, "orders_of", account)]
        if ids:
            self.send(role, BOOK, "cancel_many", ids)

    def rest(self, role: str, levels: Sequence[tuple[int, int]]) -> None:
        """Rest limit orders of (price, signed size), both WAD."""
        account = account_id(address_of(role))
        orders = [(size > 0, abs(size), price, 0, False, 0) for price, size in levels]
        for start in range(0, len(orders), 16):
            self.send(role, BOOK, "place_many", account, orders[start : start + 16])

    def quote(self, *, spread_bps: int = 2, size: int = 500) -> None:
        """A maker on both sides of the mark, deep."""
        ticks = self.mark_wad() // TICK_WAD
        away = max(ticks * spread_bps // 20_000, 1)
        self.rest(
            "maker",
            [((ticks - away) * TICK_WAD, wad(size)), ((ticks + away) * TICK_WAD, -wad(size))],
        )

    def take(self, role: str, size_wad: int, price_wad: int) -> list[Event]:
        """An immediate order of somebody else's."""
        order = (size_wad > 0, abs(size_wad), price_wad, 1, False, 0)
        return self.send(role, BOOK, "place", account_id(address_of(role)), order, 32)

    # The token

    def mint(self, amount: int | str, role: str = "taker", least: int = 0) -> int:
        """Mint for so much collateral; the tokens."""
        return self.mint_raw(wad(amount) // 10**12, role, least)

    def mint_raw(self, amount_raw: int, role: str = "taker", least: int = 0) -> int:
        """The same, raw."""
        found = self.send(role, self.token, "mint", amount_raw, least, address_of(role))
        return int(_only(found, "TokenMinted").tokens)

    def redeem(self, tokens: int, role: str = "taker", least: int = 0) -> int:
        """Redeem tokens; the collateral, raw."""
        found = self.send(role, self.token, "redeem", tokens, least, address_of(role))
        return int(_only(found, "TokenRedeemed").amount_raw)

    def rebalance(self, method: str = "rebalance", role: str = "reporter") -> Any:
        """Trade a chunk back; what the event tells."""
        return _only(self.send(role, self.token, method), "TokenRebalanced")

    def realise(self) -> Any:
        """Close and open a chunk; what the event tells."""
        return _only(self.send("reporter", self.token, "realise"), "ProfitRealised")

    def state(self) -> Any:
        """The token's view of itself."""
        return self.read(self.token, "state")

    def nav_wad(self) -> int:
        """Its equity, asked of the clearinghouse."""
        equity: int = self.read("Clearinghouse", "health", self.account).equity_wad
        return equity

    def balance(self, role: str) -> int:
        """How many tokens somebody holds."""
        found: int = self.read(self.token, "balanceOf", address_of(role))
        return found

    def mark_wad(self) -> int:
        """The mark of this block."""
        mark: int = self.read("MarkPrice", "price", MARKET).mark_wad
        return mark

    # The reference's

    def market(self) -> Market:
        """What can be traded now, as the reference wants it."""
        return Market(
            mark_wad=self.mark_wad(),
            lot_wad=LOT_WAD,
            least_notional_wad=LEAST_WAD,
            fill_band_wad=FILL_BAND_WAD,
            fee_bps=self.fee_bps,
            bids=[tuple(one) for one in self.read(BOOK, "depth", True, 64)],
            asks=[tuple(one) for one in self.read(BOOK, "depth", False, 64)],
        )

    def fresh_twin(self) -> Token:
        """The reference's token with nothing in it."""
        terms = Terms(**dict(zip(_TERM_NAMES, astuple(self.terms), strict=True)))
        return Token(leverage=self.leverage, terms=terms)

    def twin(self) -> Token:
        """The reference's token in the state the contracts are in."""
        position = self.read("Clearinghouse", "position", self.account, MARKET)
        return replace(
            self.fresh_twin(),
            supply=self.read(self.token, "totalSupply"),
            cash_wad=self.read("Clearinghouse", "cash_of", self.account),
            size_wad=position.size_wad,
            quote_wad=position.quote_wad,
            next_rebalance_at=self.read(self.token, "next_rebalance_at"),
            last_chunk_at=self.read(self.token, "last_chunk_at"),
        )


_TERM_NAMES = tuple(Terms.__dataclass_fields__)


def _only(events: list[Event], name: str) -> Any:
    (found,) = [one.values for one in events if one.name == name]
    return found


def refused(reason: str) -> Any:
    """Expect a call to be refused with exactly these words."""
    return pytest.raises(CallReverted, match=f"^{re.escape(reason)}$")

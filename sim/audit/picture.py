"""How an account stands at one moment of a run: everything its judgement is made of, as read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sim.audit.prices import IndexFacts, MarkFacts, index_facts, mark_facts, with_basis
from sim.engine import Simulation
from sim.protocol.config import MarketConfig
from sim.protocol.views import ask
from sim.types.addresses import account_id

_LEVELS = 10  # of the book that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One market's part of an account, as the contracts tell it; `_wad` of 18 decimals."""

    market: str
    market_id: int
    position: Any  # Clearinghouse.position: size, quote, funding index, own leverage bound
    owed_wad: int  # funding and socialised loss not yet settled
    price: Any  # MarkPrice.price
    risk: Any  # MarketParams.risk
    grid: Any
    rules: Any  # MarketParams.liquidation
    lens: Any  # Lens.positions: notional, maintenance, liquidation and bankruptcy price
    asked: tuple[int, int]  # Liquidator.liquidation_size: size and worst price, or zeros
    takeover_wad: int
    clip: Any  # Liquidator.clips: when the first clip last got something, what it lacks
    allowed: bool  # whether positions here may be liquidated now
    mark: MarkFacts
    index: IndexFacts
    opposite: tuple[tuple[int, int], ...]  # price and size of what a liquidation could take
    pool: Any  # what the pool has for the market: caps, at risk, spare, drawdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An account at one moment."""

    block: int
    time_s: int
    moment: str  # "before transaction 4", "after the block"
    account: int
    cash_wad: int
    health: Any  # Clearinghouse.health
    judged: Any  # the health that a liquidation goes by
    liquidatable: bool
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFacts:
    """What the insurance pool could still do in a market."""

    exposure_cap_wad: int
    loss_cap_wad: int
    at_risk_wad: int
    spare_wad: int
    cash_wad: int
    drawdown_wad: int
    drawdown_limit_wad: int


class Camera:
    """Takes pictures of one account of a simulation."""

    def __init__(self, simulation: Simulation, account: int) -> None:
        self._simulation, self.account = simulation, account
        self.tops: dict[str, Any] = {}  # of each book as the last block left it
        self.basis_wad: dict[str, int] = {}  # of each market at its last poke
        self._pool = account_id(simulation.deployed.address("InsurancePool"))

    def ask(self, contract: str, name: str, *arguments: Any, at: str = "") -> Any:
        """What a view says now."""
        where = self._simulation.deployed.address(at or contract)
        return ask(self._simulation.chain, contract, where, name, *arguments)

    def take(self, block: int, time_s: int, moment: str) -> Picture:
        """A picture of this moment; leaves no trace on the chain."""
        account = self.account
        cash_wad = self.ask("Clearinghouse", "cash_of", account)
        markets = self._simulation.deployed.config.markets
        held = [
            market
            for market in markets
            if self.ask("Clearinghouse", "size_of", account, market.market_id)
        ]
        first = held[0].market_id if held else markets[0].market_id
        _, judged = self.ask("Clearinghouse", "liquidation_health", account, first)
        lens = self.ask("Lens", "accounts", [account])[0]
        return Picture(
            block=block,
            time_s=time_s,
            moment=moment,
            account=account,
            cash_wad=cash_wad,
            health=self.ask("Clearinghouse", "health", account),
            judged=judged,
            liquidatable=lens.liquidatable,
            legs=tuple(self._leg(market, time_s) for market in held),
        )

    def with_basis(self, picture: Picture) -> Picture:
        """A picture of this block with the basis that its pokes have told since."""
        legs = [
            replace(one, mark=with_basis(one.mark, one.price.index_wad, self.basis_wad[one.market]))
            if one.market in self.basis_wad
            else one
            for one in picture.legs
        ]
        return replace(picture, legs=tuple(legs))

    def look_at_books(self) -> None:
        """Keep the top of each book: what the marks of this block are made from."""
        specs = self._simulation.specs
        states = self.ask("Lens", "markets", [one.market_id for one in specs.values()])
        self.tops = dict(zip(specs, states, strict=True))

    def _leg(self, market: MarketConfig, time_s: int) -> Leg:
        number, account = market.market_id, self.account
        price = self.ask("MarkPrice", "price", number)
        position = self.ask("Clearinghouse", "position", account, number)
        allowed, _ = self.ask("Clearinghouse", "liquidation_health", account, number)
        book = f"OrderBook.{market.name}"
        # A long is sold to bids, a short bought back from asks.
        rests = self.ask("OrderBook", "depth", position.size_wad > 0, _LEVELS, at=book)
        return Leg(
            market=market.name,
            market_id=number,
            position=position,
            owed_wad=self.ask("Clearinghouse", "funding_owed", account, number),
            price=price,
            risk=self.ask("MarketParams", "risk", number),
            grid=self.ask("MarketParams", "grid", number),
            rules=self.ask("MarketParams", "liquidation", number),
            lens=self.ask("Lens", "positions", [account], number)[0],
            asked=self.ask("Liquidator", "liquidation_size", account, number),
            clip=self.ask("Liquidator", "clips", account, number),
            takeover_wad=self.ask("Liquidator", "takeover_price", account, number),
            allowed=allowed,
            mark=mark_facts(self, market, price, time_s),
            index=index_facts(self, market, time_s),
            opposite=tuple((one.price_wad, one.size_wad) for one in rests),
            pool=self._pool_facts(number),
        )

    def _pool_facts(self, market: int) -> PoolFacts:
        caps = self.ask("InsurancePool", "caps", market)
        return PoolFacts(
            exposure_cap_wad=caps.exposure_wad,
            loss_cap_wad=caps.loss_wad,
            at_risk_wad=self.ask("InsurancePool", "at_risk_wad", market),
            spare_wad=self.ask("InsurancePool", "spare_wad", market),
            cash_wad=self.ask("Clearinghouse", "cash_of", self._pool),
            drawdown_wad=self.ask("InsurancePool", "drawdown_wad"),
            drawdown_limit_wad=self.ask("InsurancePool", "drawdown_limit_wad"),
        )

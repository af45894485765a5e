"""The whole protocol with one bitcoin market that may gap: populations, rounds, and the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from typing import Any

from sim.abi.events import Event
from sim.chain.port import CallReverted
from sim.protocol.config import FundingTerms, MarketConfig, ProtocolConfig
from sim.reference.adl import Counterparty, Policy, Terms, ranked, ranking_quote
from sim.reference.liquidation import bankruptcy_price
from sim.reference.margin import maintenance, notional
from sim.types import DEFICIT, OrderKind, account_id
from sim.types.codes import AdlPolicy, Rung
from sim.units import WAD, WAD_PER_RAW, wad
from tests.clearing_world import MAJOR
from tests.liquidation_world import ENTRY, RAW, LiquidationWorld
from tests.support.contracts import address_of
from tests.world import reference_world_config

LOT_WAD, TICK_WAD = wad("0.0001"), wad("0.1")
PRICE_STEP_WAD = WAD * WAD // LOT_WAD // WAD  # a lot times it is one wei
NO_RUNG_ACTED, SWEPT = Rung.NONE, Rung.SWEPT
LAST = -(2**255)


def gap_config(policy: AdlPolicy = AdlPolicy.QUEUE, *, funding: bool = False) -> ProtocolConfig:
    """The reference markets, with a breaker that lets a gap of 99 % through."""
    config = reference_world_config()

    def loosened(one: MarketConfig) -> MarketConfig:
        index = replace(one.index, step_bps=9_900, window_bps=9_900)
        terms = one.funding if funding else FundingTerms(cap_wad=0)
        return replace(one, index=index, funding=terms, adl_policy=policy)

    return replace(
        config,
        markets=tuple(loosened(one) for one in config.markets),
        pool_drawdown_limit_wad=WAD,
    )


class AdlWorld(LiquidationWorld):
    """Knows everybody in the market."""

    def __init__(self, policy: AdlPolicy = AdlPolicy.QUEUE, *, funding: bool = False) -> None:
        self.transactions: list[list[Event]] = []
        super().__init__(gap_config(policy, funding=funding))
        self.deposit("maker", 100_000_000 * RAW)
        self.index(ENTRY)
        self.everybody = {account_id(address_of(role)) for role in ("maker", "keeper")}

    def send(self, role: str, name: str, method: str, *arguments: Any) -> list[Event]:
        """As any world's, remembered."""
        events = super().send(role, name, method, *arguments)
        self.transactions.append(events)
        return events

    def enter(self, role: str, size: str, margin: int, *, price: int | str = ENTRY) -> int:
        """Open against the maker, as `open`, and be counted."""
        account = self.open(role, size, margin * RAW, price=price)
        self.everybody.add(account)
        return account

    def order_in(
        self, name: str, role: str, size: str, price: str, *, taking: bool = False
    ) -> None:
        """An order in another market than the world's."""
        size_wad, kind = wad(size), OrderKind.IOC if taking else OrderKind.LIMIT
        words = (size_wad > 0, abs(size_wad), wad(price), kind, False, 0)
        account = account_id(address_of(role))
        self.send(role, f"OrderBook.{name}", "place", account, words, 32)

    def set_policy(self, policy: Policy) -> None:
        """Let the owner choose how counterparties are chosen."""
        self.send("owner", "Deleverager", "set_policy", self.market, policy)

    # What is

    def system_accounts(self) -> set[int]:
        """Accounts that are nobody's."""
        named = [account_id(self.deployed.address("Liquidator"))]
        named.append(account_id(self.deployed.config.treasury))
        named += [self.pool_account(bucket) for bucket in (0, self.market, DEFICIT)]
        return set(named)

    def holders(self, side: int) -> list[int]:
        """Accounts with a position on a side: 1 long, -1 short."""
        everybody = self.everybody | self.system_accounts()
        return sorted(one for one in everybody if self.size(one) * side > 0)

    def conservation_error(self) -> int:
        """INV-2: vault minus everything owed."""
        held_wad = self.read("MarginVault", "held_raw") * WAD_PER_RAW
        for account in self.everybody | self.system_accounts():
            position = self.read("Clearinghouse", "position", account, self.market)
            held_wad -= self.cash(account) + position.quote_wad
        escrow_wad = self.read("Clearinghouse", "market_totals", self.market)[1]
        return held_wad - escrow_wad - sum(self.read("Clearinghouse", "pots"))

    def check_books(self) -> None:
        """INV-1, INV-2, INV-5, and both sides as large as the open interest."""
        everybody = self.everybody | self.system_accounts()
        interest_wad = self.read("Clearinghouse", "market_totals", self.market)[0]
        assert sum(max(0, self.size(one)) for one in everybody) == interest_wad
        assert sum(max(0, -self.size(one)) for one in everybody) == interest_wad
        assert self.conservation_error() == 0
        for account in everybody - {self.pool_account(DEFICIT)}:
            assert self.size(account) or self.cash(account) >= 0, hex(account)

    def is_liquidatable(self, account: int) -> bool:
        """E < MM where that may be judged."""
        allowed, health = self.read("Clearinghouse", "liquidation_health", account, self.market)
        return bool(allowed and health.equity_wad < health.maintenance_wad)

    # Rounds

    def counterparty(self, account: int) -> Counterparty:
        """An account as the reference wants it."""
        position = self.read("Clearinghouse", "position", account, self.market)
        owed_wad = self.read("Clearinghouse", "funding_owed", account, self.market)
        worth = Fraction(position.size_wad * self.price().mark_wad, WAD)
        entry_wad = self.read("Clearinghouse", "best_entry", account, self.market)
        quote_wad = ranking_quote(position.size_wad, position.quote_wad, entry_wad or None)
        return Counterparty(
            account=account,
            size_wad=abs(position.size_wad),
            quote_wad=quote_wad,
            profit_wad=floor(worth) + quote_wad - owed_wad,
            equity_wad=self.health(account).equity_wad,
        )

    def terms(self, account: int, policy: Policy) -> tuple[Terms, int]:
        """A round against an account at its bankruptcy price, and that price."""
        size_wad, health = self.size(account), self.health(account)
        mark_wad = self.price().mark_wad
        leg_wad = maintenance(notional(size_wad, mark_wad), MAJOR)
        exact = bankruptcy_price(
            size_wad, mark_wad, health.equity_wad, leg_wad, health.maintenance_wad
        )
        steps = exact / PRICE_STEP_WAD
        price_wad = max(0, ceil(steps) if size_wad > 0 else floor(steps)) * PRICE_STEP_WAD
        adverse_wad = price_wad - mark_wad if size_wad > 0 else mark_wad - price_wad
        found = Terms(
            policy=policy,
            budget_wad=abs(size_wad),
            mark_wad=mark_wad,
            adverse_wad=max(0, adverse_wad),
            lot_wad=LOT_WAD,
        )
        return found, price_wad

    def at_mark(self, account: int, policy: Policy, budget_wad: int) -> Terms:
        """A round against an account at mark."""
        found, _ = self.terms(account, policy)
        return replace(found, budget_wad=budget_wad, adverse_wad=0)

    def queue(self, terms: Terms, side: int) -> list[int]:
        """The other side as the reference ranks it."""
        others = [self.counterparty(one) for one in self.holders(-side)]
        return [one.account for one in ranked(others, terms)]

    def sorted_candidates(self, account: int, *, at_mark: bool = False) -> list[int]:
        """The other side as a keeper would sort what the view says."""
        side = 1 if self.size(account) > 0 else -1
        others = self.holders(-side)
        found: list[Any] = []
        for start in range(0, len(others), 32):
            found += self.read(
                *("Deleverager", "candidates", account, self.market),
                *(others[start : start + 32], at_mark),
            )
        return [one.account for one in sorted(found, key=lambda one: (-one.key_wad, one.account))]

    def deleverage(self, account: int, *, at_mark: bool = False, role: str = "keeper") -> list[Any]:
        """A whole round in one call; its events."""
        queue = self.sorted_candidates(account, at_mark=at_mark)
        return self.send(role, "Deleverager", "deleverage", account, self.market, queue, at_mark)

    def round(
        self, account: int, queue: Sequence[int], *, chunk: int, at_mark: bool = False
    ) -> list[Any]:
        """A round over many calls; the events of its takes."""
        name, at = "Deleverager", (account, self.market)
        self.send("keeper", name, "open_round", *at, at_mark)
        chunks = self.rank_in_chunks(account, queue, chunk=chunk)
        return [one for each in chunks for one in self.send("keeper", name, "take", *at, each)]

    def enlist(self, account: int, others: Sequence[int], *, chunk: int) -> list[Any]:
        """Let the keeper's round look at counterparties; they, in the order of their rank."""
        found: list[Any] = []
        for start in range(0, len(others), chunk):
            part = sorted(others)[start : start + chunk]
            words = ("keeper", "Deleverager", "enlist", account, self.market, part)
            found += named(self.send(*words), "CandidatesEnlisted")[0].candidates
        return sorted(found, key=lambda one: (-one.key_wad, one.account))

    def rank_in_chunks(self, account: int, others: Sequence[int], *, chunk: int) -> list[Any]:
        """Enlist and rank counterparties; the chunks as `take` wants them."""
        found = self.enlist(account, others, chunk=chunk)
        chunks = [found[start : start + chunk] for start in range(0, len(found), chunk)]
        for each in chunks:
            self.send("keeper", "Deleverager", "rank", account, self.market, each)
        return chunks

    def try_liquidate(self, account: int) -> int | str:
        """The rung that acted, or why none could."""
        try:
            events = self.send("keeper", "Liquidator", "liquidate", account, self.market, 32)
        except CallReverted as refused:
            return str(refused)
        acted = named(events, "AccountLiquidated")
        if named(events, "BookSwept"):
            return SWEPT
        return acted[0].rung if acted else NO_RUNG_ACTED


@contextmanager
def untouched(world: AdlWorld) -> Iterator[AdlWorld]:
    """The world, which is as before when the block ends, however it ends."""
    before = world.snapshot(), set(world.everybody), len(world.transactions)
    try:
        yield world
    finally:
        world.revert(before[0])
        world.everybody = before[1]
        del world.transactions[before[2] :]


def named(events: Iterable[Any], name: str) -> list[Any]:
    """The values of the events of one name."""
    return [event.values for event in events if event.name == name]

"""A clearinghouse on a chain of its own, and the reference's books beside it, kept in step.

Vault, liquidator, deleverager, pool and treasury are actors here, so that a test proposes
whatever they may propose. Each market's book and the mark price follow a script.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sim.chain.port import CallReverted
from sim.protocol.driver import Point
from sim.reference import clearing
from sim.reference.books import ClearingState, Refused
from sim.reference.clearing import MakerFill
from sim.reference.margin import Price, Risk, Tier
from sim.types import account_id
from sim.types.codes import Act
from sim.units import WAD, wad
from tests.support.contracts import address_of, bare_driver

MARKETS = (1, 2)
POOL_SHARE_WAD = wad("0.5")
CAP_WAD = 2**127
_TIER_COUNT = 4

MAJOR = Risk(
    tiers=tuple(
        Tier(lower_wad=wad(lower), mmr_wad=wad(mmr), imr_wad=2 * wad(mmr))
        for lower, mmr in (
            (0, "0.005"),
            (1_000_000, "0.01"),
            (5_000_000, "0.025"),
            (20_000_000, "0.05"),
        )
    ),
    oi_lo_wad=wad(30_000_000),
    oi_hi_wad=wad(90_000_000),
    oi_cap_wad=wad(1_000_000),
    oi_cap_quote_wad=wad(50_000_000),
    backstop_wad=wad("0.666666666666666666"),
)
THIN = Risk(
    tiers=(
        Tier(lower_wad=0, mmr_wad=wad("0.05"), imr_wad=wad("0.1")),
        Tier(lower_wad=wad(100_000), mmr_wad=wad("0.1"), imr_wad=wad("0.2")),
    ),
    im_upnl_weight_wad=0,
    oi_lo_wad=wad(1_000_000),
    oi_hi_wad=wad(5_000_000),
    oi_cap_wad=wad(50_000_000),
    oi_cap_quote_wad=wad(5_000_000),
    liquidation_bps=100,
    backstop_wad=wad("0.666666666666666666"),
)


def account_of(role: str, bucket: int = 0) -> int:
    """The account number of an actor."""
    return account_id(address_of(role), bucket)


def tier_columns(risk: Risk) -> tuple[tuple[int, ...], ...]:
    """Bounds, maintenance and initial ratios as the parameters want them."""
    rows = [(one.lower_wad, one.mmr_wad, one.imr_wad) for one in risk.tiers]
    rows += [(0, 0, 0)] * (_TIER_COUNT - len(rows))
    return tuple(zip(*rows, strict=True))


class ClearingWorld:
    """Contracts, and the reference's books; each proposal goes to both."""

    def __init__(self, risks: dict[int, Risk] | None = None) -> None:
        self.driver = bare_driver()
        create = self.driver.create
        params = create("params", "MarketParams", address_of("guardian"))
        mark = create("mark", "ScriptedMark")
        house = create("house", "Clearinghouse", params, mark, POOL_SHARE_WAD)
        risks = risks or {1: MAJOR, 2: THIN}
        for market in risks:
            book = create(f"book{market}", "BookHarness", house)
            self.send("params", "add_market", market, (WAD // 10, WAD // 100, 10 * WAD, WAD // 20))
            self.send("params", "set_book", market, book)
        peers = [address_of(role) for role in ("vault", "liquidator", "deleverager", "pool")]
        self.send("house", "wire", *peers, address_of("treasury"))
        self.books = ClearingState(risks=dict(risks), prices={}, now_s=self.now_s)
        for market, risk in risks.items():
            self.set_risk(market, risk)
            self.set_price(market, mark_wad=100 * WAD)
        self.vault_wad = 0

    @property
    def now_s(self) -> int:
        """Time of the open block."""
        return self.driver.now_s

    # The script

    def set_risk(self, market: int, risk: Risk) -> None:
        """Change what a market is judged by; pauses are the guardian's."""
        self.books.risks[market] = risk
        self.send("params", "set_tiers", market, *tier_columns(risk))
        weights = (risk.im_upnl_weight_wad, risk.withdraw_upnl_weight_wad)
        self.send("params", "set_upnl_weights", market, *weights)
        self.send("params", "set_backstop", market, risk.backstop_wad)
        fees = (risk.maker_bps, risk.taker_bps, risk.liquidation_bps)
        self.send("params", "set_fees", market, *fees)
        limits = (risk.oi_lo_wad, risk.oi_hi_wad, risk.oi_cap_wad, risk.oi_cap_quote_wad)
        self.send("params", "set_open_interest_limits", market, *limits)

    def pause(self, market: int, act: Act) -> None:
        """Let the guardian stop an action."""
        self.send("params", "pause", market, act, role="guardian")
        risk = self.books.risks[market]
        self.books.risks[market] = replace(risk, paused=risk.paused | {act})

    def set_price(self, market: int, **changes: Any) -> None:
        """Change some of what a market is judged at; the index follows the mark if not given."""
        if "mark_wad" in changes:
            changes = {"index_wad": changes["mark_wad"]} | changes
        old = self.books.prices.get(market)
        new = replace(old, **changes) if old else Price(**changes)
        self.books.prices[market] = new
        words = (
            *(new.mark_wad, new.index_wad, new.conf_wad, new.low_wad, new.high_wad),
            *(new.status, new.liquidations_from, new.funding_index_wad, 0),
        )
        self.send("mark", "set_price", market, words)

    def wait(self, seconds: int) -> None:
        """Seal the block and open one later."""
        self.driver.next_block(seconds)
        self.books.now_s = self.now_s

    # Proposals, to contract and reference

    def fill(
        self,
        market: int,
        taker: int,
        is_buy: bool,
        fills: Sequence[MakerFill],
        *,
        forced: bool = False,
    ) -> clearing.FillResult:
        """A trade of the market's book; raises Refused if both refuse, with the same words."""
        liquidator = account_of("liquidator") if forced else None
        words = tuple((one.account, one.size_wad, one.price_wad, one.reduce_only) for one in fills)
        expected = self._both(
            lambda: clearing.fill(self.books, market, taker, is_buy, fills, liquidator=liquidator),
            f"book{market}",
            "fill",
            *(market, taker, is_buy, forced, words),
        )
        found = self.ask(f"book{market}", "result")
        assert tuple(found) == (expected.refused, expected.penalty_wad)
        return expected

    def rest(self, market: int, account: int, buys_wad: int, sells_wad: int) -> None:
        """Let sizes rest for an account, if the clearinghouse admits them."""
        key, before = (account, market), self.books.resting.get((account, market), (0, 0))
        self.books.resting[key] = (buys_wad, sells_wad)
        try:
            self._both(
                lambda: clearing.admit(self.books, market, account),
                f"book{market}",
                "admit",
                *(market, account, buys_wad, sells_wad),
            )
        except Refused:
            self.books.resting[key] = before
            raise

    def deposit(self, account: int, amount_wad: int) -> None:
        """Let the vault count a deposit."""
        self.vault_wad += amount_wad
        clearing.deposit(self.books, account, amount_wad)
        self.send("house", "credit", account, amount_wad, role="vault")

    def withdraw(self, account: int, amount_wad: int) -> None:
        """Let the vault ask for a withdrawal."""
        self._both(
            lambda: clearing.withdraw(self.books, account, amount_wad),
            *("house", "debit", account, amount_wad),
            role="vault",
        )
        self.vault_wad -= amount_wad

    def seize(self, market: int, account: int) -> None:
        """Let the pool take a failing position."""
        backstop = account_of("pool", market)
        self._both(
            lambda: clearing.seize(self.books, market, account, backstop),
            *("house", "seize", market, account),
            role="pool",
        )

    def transfer_position(
        self,
        market: int,
        giver: int,
        receiver: int,
        size_wad: int,
        price_wad: int,
        *,
        takeover: bool,
    ) -> None:
        """Let liquidator or deleverager hand over part of a position."""
        arguments = (market, giver, receiver, size_wad, price_wad)
        self._both(
            lambda: clearing.transfer_position(self.books, *arguments, takeover=takeover),
            *("house", "cross", *arguments),
            role="liquidator" if takeover else "deleverager",
        )

    def socialise(self, market: int, account: int) -> None:
        """Let the deleverager spread a loss."""
        self._both(
            lambda: clearing.socialise(self.books, market, account, account_of("pool")),
            *("house", "socialise", market, account),
            role="deleverager",
        )

    def set_max_leverage(self, role: str, account: int, market: int, leverage: int) -> None:
        """Let somebody bound an account's leverage."""
        arguments = (account, market, leverage)
        self._both(
            lambda: clearing.set_max_leverage(self.books, *arguments, caller=address_of(role)),
            *("house", "set_max_leverage", *arguments),
            role=role,
        )

    def sweep(self) -> None:
        """Let anybody share out the fees."""
        clearing.sweep(self.books, account_of("pool"), account_of("treasury"), POOL_SHARE_WAD)
        self.send("house", "sweep_fees", role="stranger")

    # Comparing

    def check(self) -> None:
        """Every number the clearinghouse holds is the reference's, and adds up."""
        books = self.books
        for account in sorted({*books.cash, *(one for one, _ in books.holdings)}):
            assert self.ask("house", "cash_of", account) == books.cash.get(account, 0)
            self._check_health(account)
            for market in books.risks:
                self._check_holding(account, market)
        for market in books.risks:
            totals = (books.open_interest(market), books.escrow.get(market, 0))
            assert self.ask("house", "market_totals", market) == totals
            pending = [
                books.owed(one, held) for one, held in list(books.holdings) if held == market
            ]
            assert books.escrow.get(market, 0) + sum(pending) >= 0  # INV-3
            sizes = [one.size_wad for (_, held), one in books.holdings.items() if held == market]
            assert sum(sizes) == 0  # INV-1
        assert self.ask("house", "pots") == (books.fees_wad, books.dust_wad)
        assert clearing.owed_in_total(books) == self.vault_wad  # INV-2

    def _check_holding(self, account: int, market: int) -> None:
        one = self.books.held(account, market)
        found = self.ask("house", "position", account, market)
        assert found[:2] == (one.size_wad, one.quote_wad)
        assert found.max_leverage == self.books.max_leverage.get((account, market), 0)
        assert self.ask("house", "funding_owed", account, market) == self.books.owed(
            account, market
        )
        assert self.ask("house", "epoch", account, market) == one.epoch

    def _check_health(self, account: int) -> None:
        books = self.books
        health = books.health(account)
        words = (
            *(health.equity_wad, health.margin_equity_wad, health.initial_wad),
            *(health.maintenance_wad, health.notional_wad),
        )
        assert tuple(self.ask("house", "health", account)) == words
        assert self.ask("house", "withdrawable", account) == books.withdrawable(account)
        for market in books.risks:
            allowed, judged = self.ask("house", "liquidation_health", account, market)
            assert allowed == books.allows(market, Act.LIQUIDATE)
            wanted = books.judged(account, market)
            assert (judged[0], judged[3]) == (wanted.equity_wad, wanted.maintenance_wad)

    # Calls

    def send(self, name: str, method: str, *arguments: Any, role: str = "owner") -> None:
        """Let an actor call a contract; CallReverted with the reason if it refuses."""
        self.driver.send(address_of(role), name, method, *arguments)

    def ask(self, name: str, method: str, *arguments: Any) -> Any:
        """What a view returns now."""
        return self.driver.ask(name, method, *arguments)

    def snapshot(self) -> tuple[Point, ClearingState, int]:
        """Remember everything, for one `revert`."""
        books = self.books.copy()
        books.risks, books.prices = dict(books.risks), dict(books.prices)
        books.resting, books.max_leverage = dict(books.resting), dict(books.max_leverage)
        return self.driver.snapshot(), books, self.vault_wad

    def revert(self, snapshot: tuple[Point, ClearingState, int]) -> None:
        """Return to a snapshot."""
        point, self.books, self.vault_wad = snapshot
        self.driver.rewind(point)

    def _both(self, reference: Callable[[], Any], *call: Any, role: str = "owner") -> Any:
        name, method, *arguments = call
        expected, words = None, ""
        try:
            expected = reference()
        except Refused as refusal:
            words = str(refusal)
        found = ""
        try:
            self.send(name, method, *arguments, role=role)
        except CallReverted as reverted:
            found = str(reverted)
        assert found == words
        if words:
            raise Refused(words)
        return expected

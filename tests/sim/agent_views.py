"""What an agent is shown in a test: one market, one account, a margin table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sim.agents.base import AgentContext
from sim.rng import stream
from sim.types import (
    AccountView,
    BackstopView,
    GasView,
    HoldingView,
    InsuranceView,
    MarginTable,
    MarketSpec,
    MarketView,
    OrderView,
    PoolView,
    PositionView,
    StakeView,
    Status,
    TakeoverView,
    TokenView,
    TriggerKind,
    TriggerView,
    WalletView,
)
from sim.units import WAD, wad

SPEC = MarketSpec(
    name="BTC-USD",
    market_id=1,
    tick_wad=WAD // 10,
    lot_wad=WAD // 10_000,
    min_notional_wad=10 * WAD,
    taker_fee_bps=5,
    max_leverage=100,
)
ACCOUNT = 7 << 96
PRICE = 60_000
VIEW = MarketView(
    spec=SPEC,
    mark_wad=wad(PRICE),
    index_wad=wad(PRICE),
    conf_wad=wad(10),
    status=Status.OK,
    funding_rate_wad=0,
    best_bid_wad=0,
    best_ask_wad=0,
    last_price_wad=0,
    open_interest_wad=0,
    venues_wad=(wad(PRICE),) * 3,
)
DEX = PoolView(
    name="dex",
    market=SPEC.name,
    base_raw=100 * 10**6,
    quote_raw=100 * PRICE * 10**6,
    price_wad=wad(PRICE),
    fee_bps=30,
)
NOBODY = MarginTable(
    accounts=[], markets=[], sizes=np.zeros(0), equity=np.zeros(0), maintenance=np.zeros(0)
)

FREE, NO_STAKE = GasView(), StakeView()
POOL = InsuranceView(
    equity_wad=wad(1_000), shares_wad=wad(1_000), drawdown_wad=0, drawdown_limit_wad=WAD
)


@dataclass(kw_only=True)
class Shown:
    """An observation made by hand."""

    block: int = 1
    time_s: int = 1_000
    view: MarketView = VIEW
    cash_wad: int = wad(1_000)
    size_wad: int = 0
    quote_wad: int = 0
    orders: Sequence[OrderView] = ()
    table: MarginTable = field(default_factory=lambda: NOBODY)
    stops: Sequence[TriggerView] = ()
    pools: Mapping[str, PoolView] = field(default_factory=dict)
    wallet_raw: tuple[int, int] = (0, 0)  # quote and base
    spot_wad: int = 0
    held_wad: Mapping[int, int] = field(default_factory=dict)  # sizes by account, if several
    gas: GasView = FREE
    pool: InsuranceView = POOL
    staked: StakeView = NO_STAKE
    held: Sequence[BackstopView] = ()
    given_up: Sequence[tuple[int, str]] = ()
    debts: Sequence[int] = ()
    offers: Mapping[int, TakeoverView] = field(default_factory=dict)
    tokens: Mapping[str, TokenView] = field(default_factory=dict)
    tokens_held: Mapping[str, int] = field(default_factory=dict)

    @property
    def markets(self) -> Mapping[str, MarketView]:
        return {SPEC.name: self.view}

    def account(self, account: int) -> AccountView:
        size_wad = self.held_wad.get(account, self.size_wad)
        held = PositionView(size_wad=size_wad, quote_wad=self.quote_wad)
        positions = {SPEC.name: held} if size_wad else {}
        return AccountView(
            account=account, cash_wad=self.cash_wad, positions=positions, orders=self.orders
        )

    def margins(self) -> MarginTable:
        return self.table

    def triggers(self) -> Sequence[TriggerView]:
        return self.stops

    def wallet(self, account: int) -> WalletView:
        quote_raw, base_raw = self.wallet_raw
        return WalletView(quote_raw=quote_raw, base_raw={SPEC.name: base_raw})

    def holding(self, account: int, market: str) -> HoldingView:
        return HoldingView(base_wad=self.spot_wad, cash_wad=0)

    def insurance(self) -> InsuranceView:
        return self.pool

    def stake(self, account: int) -> StakeView:
        assert account == ACCOUNT
        return self.staked

    def backstop(self) -> Sequence[BackstopView]:
        return self.held

    def exhausted(self) -> Sequence[tuple[int, str]]:
        return self.given_up

    def owing(self) -> Sequence[int]:
        return self.debts

    def takeover(self, account: int, market: str) -> TakeoverView | None:
        assert market == SPEC.name
        return self.offers.get(account)

    def tokens_of(self, account: int) -> Mapping[str, int]:
        return self.tokens_held


def at(price: int, **changes: object) -> MarketView:
    """The market with everything at a price."""
    plain = replace(VIEW, mark_wad=wad(price), index_wad=wad(price), venues_wad=(wad(price),) * 3)
    return replace(plain, **changes)  # type: ignore[arg-type]


def agent_context(
    name: str = "someone", capital: int = 1_000, seed: int = 1, others: tuple[int, ...] = ()
) -> AgentContext:
    """A context with a stream of its own."""
    return AgentContext(
        name=name,
        account=ACCOUNT,
        others=others,
        rng=stream(seed, f"agent/{name}"),
        capital_wad=wad(capital),
        market=SPEC,
        block_time_s=2,
    )


def stop(trigger_id: int, price: int, *, is_long: bool = True) -> TriggerView:
    """Somebody's stop-loss."""
    return TriggerView(
        trigger_id=trigger_id,
        account=99 << 96,
        market=SPEC.name,
        kind=TriggerKind.STOP_LOSS,
        is_long=is_long,
        trigger_wad=wad(price),
        trail_wad=0,
        tip_wad=WAD,
    )


def table(*rows: tuple[int, float, float, float]) -> MarginTable:
    """A margin table of (account, size, equity, maintenance)."""
    accounts, sizes, equity, maintenance = zip(*rows, strict=True)
    return MarginTable(
        accounts=list(accounts),
        markets=[SPEC.name] * len(rows),
        sizes=np.array(sizes),
        equity=np.array(equity),
        maintenance=np.array(maintenance),
    )

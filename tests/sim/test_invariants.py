from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sim.invariants import (
    CHECKPOINT,
    EACH_BLOCK,
    REGISTRY,
    AtRisk,
    Change,
    Facts,
    FundingPoint,
    MarketRules,
    RoundTrip,
    Split,
    TokenFacts,
    conservation_error_wad,
    violations,
)
from sim.mirror import Mirror, MirrorNames
from sim.types import DEFICIT, MarketSpec, Status
from sim.types.codes import FundingPolicy
from sim.units import RAW_PER_UNIT, WAD, wad

SPEC = MarketSpec(
    name="BTC-USD",
    market_id=1,
    tick_wad=WAD // 10,
    lot_wad=WAD // 10_000,
    min_notional_wad=10 * WAD,
    taker_fee_bps=5,
    max_leverage=100,
)
TIERS = {"BTC-USD": [(0, wad("0.005"))]}
NAMES = MirrorNames(
    clearinghouse="Clearinghouse",
    mark="MarkPrice",
    books={"OrderBook.BTC-USD": "BTC-USD"},
    leveraged={"LeveragedToken.BTC3L": "BTC3L"},
)
RULES = MarketRules(
    market_id=1,
    band_wad=wad("0.004"),
    stale_s=60,
    reward_max_wad=500 * WAD,
    maker_bps=1,
    loss_cap_wad=10 * WAD,
    step_bps=1_000,
    min_wad=WAD,
    max_wad=110 * WAD,
    funding_policy=FundingPolicy.PREMIUM,
    funding_interval_s=3_600,
    rate_cap_wad=WAD // 100,
)
NARROW = replace(RULES, min_wad=95 * WAD, max_wad=105 * WAD)
DRIFTING = replace(RULES, funding_policy=FundingPolicy.VELOCITY)
LONG, SHORT, POOL, NEWCOMER = 1 << 96, 2 << 96, 3 << 96, 4 << 96

State = namedtuple("State", "status best_bid_wad best_ask_wad liquidations_from", defaults=(0,))
Changed = namedtuple(
    "Changed",
    "account market kind size_delta_wad price_wad size_wad quote_wad cash_wad fee_wad "
    "funding_wad mark_wad",
)
Moved = namedtuple("Moved", "account reason amount_wad cash_wad")
Poked = namedtuple(
    "Poked",
    "market mark_wad index_wad status basis_wad premium_wad funding_rate_wad funding_index_wad",
)
Pushed = namedtuple("Pushed", "reporter price_wad conf_wad observed_at seq")
Refreshed = namedtuple(
    "Refreshed", "market price_wad conf_wad status live_weight dropped observed_at"
)
Liquidated = namedtuple(
    "Liquidated",
    "account market keeper rung size_delta_wad notional_wad penalty_wad reward_wad mark_wad "
    "equity_before_wad maintenance_before_wad equity_after_wad maintenance_after_wad",
)


def moved(account: int, reason: int, amount: int, cash: int) -> tuple[str, str, Any]:
    return ("Clearinghouse", "CashMoved", Moved(account, reason, amount * WAD, cash * WAD))


def traded(account: int, kind: int, delta: int, size: int, cash: int) -> tuple[str, str, Any]:
    values = (account, 1, kind, delta, 100, size, -100 * size, cash, 0, 0, 100)
    exact = [value * WAD if place > 2 else value for place, value in enumerate(values)]
    return ("Clearinghouse", "PositionChanged", Changed(*exact))


def poked(mark_wad: int = 100 * WAD, funding_index_wad: int = 0) -> tuple[str, str, Any]:
    values = Poked(1, mark_wad, 100 * WAD, 0, 0, 0, 0, funding_index_wad)
    return ("MarkPrice", "MarketPoked", values)


def liquidated(
    before: int, after: int, reward_wad: int = WAD, penalty_wad: int = WAD
) -> tuple[str, str, Any]:
    money = (before * WAD, 10 * WAD, after * WAD, 5 * WAD)
    values = Liquidated(
        LONG, 1, "0xkeeper", 0, -WAD, 100 * WAD, penalty_wad, reward_wad, 100 * WAD, *money
    )
    return ("Liquidator", "AccountLiquidated", values)


def staked(assets: int, shares: int) -> tuple[str, str, Any]:
    values = ("0xsender", "0xowner", assets * RAW_PER_UNIT, shares * WAD)
    return ("InsurancePool", "Deposit", values)


def named(contract: str, name: str, **words: Any) -> tuple[str, str, Any]:
    """An event of which only these words matter."""
    return (contract, name, namedtuple(name, words)(**words))


def exhausted(equity: int) -> tuple[str, str, Any]:
    words = {"account": LONG, "market": 1, "equity_wad": equity * WAD}
    return named("Liquidator", "LadderExhausted", **words, maintenance_wad=10 * WAD)


def spread(loss: int, per_base: int) -> tuple[str, str, Any]:
    words = {"market": 1, "account": NEWCOMER, "loss_wad": loss * WAD}
    return named("Clearinghouse", "LossSocialised", **words, per_base_wad=per_base * WAD)


ROUND = named("Deleverager", "RoundOpened", account=LONG, market=1)
TOPPED_UP = named("InsurancePool", "KeeperToppedUp", recipient=1, amount_wad=2 * WAD)
OWED = [moved(NEWCOMER, 2, -8, -8), moved(NEWCOMER, 6, 8, 0)]
DEBT = [moved(POOL + DEFICIT, 8, -3, -3)]


def issued(amount: int = 50, tokens: int = 25, before: int = 0) -> list[tuple[str, str, Any]]:
    """The long account is a token's: this much came in for these tokens, of 25 in all."""
    transfer = ("LeveragedToken.BTC3L", "Transfer", ("0x" + "00" * 20, "0xholder", 25 * WAD))
    words = {"amount_raw": amount * RAW_PER_UNIT, "tokens": tokens * WAD, "supply": 25 * WAD}
    navs = {"nav_before_wad": before * WAD, "nav_wad": 50 * WAD}
    return [transfer, named("LeveragedToken.BTC3L", "TokenMinted", **words, **navs)]


def token(nav: int = 50, price: int = 2, supply: int = 25) -> dict[str, TokenFacts]:
    """What a token says of itself."""
    words = {"nav_wad": nav * WAD, "share_price_wad": price * WAD, "supply": supply * WAD}
    state = namedtuple("TokenState", words)(**words)
    return {"BTC3L": TokenFacts(account=LONG, market="BTC-USD", state=state)}


def pushed(feed: str, price: int, at_s: int = 995) -> tuple[str, str, Any]:
    return (f"PriceFeed.BTC-USD.{feed}", "PricePushed", Pushed("0x", price * WAD, WAD, at_s, 1))


def refreshed(price: int, status: int = 0) -> tuple[str, str, Any]:
    values = Refreshed(1, price * WAD, WAD, status, 3, 0, 995)
    return ("OracleAggregator", "IndexRefreshed", values)


def placed(order_id: int, account: int, price: int, size: int) -> tuple[str, str, Any]:
    values = (order_id, account, size > 0, price * WAD, abs(size) * WAD, False, 0)
    return ("OrderBook.BTC-USD", "OrderPlaced", values)


def changed(size: int, equity: int = 3, margin: int = 3) -> Change:
    """A position of two that became another one; six was needed to open."""
    return Change(
        account=LONG,
        size_before_wad=2,
        size_wad=size,
        equity_before_wad=4,
        maintenance_before_wad=4,
        equity_wad=equity,
        maintenance_wad=3,
        margin_equity_wad=margin,
        initial_wad=6,
    )


def doubted(price: int, doubt: int, status: Status) -> tuple[str, str, Any]:
    values = Refreshed(1, price * WAD, doubt * WAD, status, 3, 0, 995)
    return ("OracleAggregator", "IndexRefreshed", values)


def believed(low: int, high: int) -> tuple[str, str, Any]:
    words = {"market": 1, "good_wad": 100 * WAD, "low_wad": low * WAD, "high_wad": high * WAD}
    return named("OracleAggregator", "RangeBelieved", **words)


def paused(name: str, action: int) -> tuple[str, str, Any]:
    return named("MarketParams", name, market=1, action=action)


def funded(moved_wad: int, *, rate: int = 36, status: int = 0) -> tuple[str, str, Any]:
    """A poke by which funding moved so many wei, after one at 100 whose rate was 36 of 1e18."""
    values = Poked(1, 100 * WAD, 100 * WAD, status, 0, 0, rate, moved_wad)
    return ("MarketPrice", "MarketPoked", values)


def poked_before(at_s: int, *, is_good: bool = True) -> dict[str, FundingPoint]:
    """The poke before the block, in which `facts` pokes at a funding index of 0 once more."""
    point = FundingPoint(
        time_s=at_s, is_good=is_good, price_wad=100 * WAD, rate_wad=36, index_wad=0
    )
    return {"BTC-USD": point}


def funding_of(
    moved_wad: int, at_s: int, *, rate: int = 36, status: int = 0, **changes: Any
) -> Facts:
    """Of the pokes of a market only two, at 1,000 seconds and at some time before."""
    made = facts(funding=poked_before(at_s), **changes)
    kept = [event for event in made.events if event[1] != "MarketPoked"]
    made.events = [*kept, funded(moved_wad, rate=rate, status=status)]
    return made


def disputed(mark_wad: int) -> tuple[str, str, Any]:
    values = Poked(1, mark_wad, 100 * WAD, Status.DISPUTED, 0, 0, 0, 0)
    return ("MarketPrice", "MarketPoked", values)


BIDS = [placed(1, LONG, 99, 2), placed(2, SHORT, 99, 3), placed(3, LONG, 98, 1)]


def depth(*levels: tuple[int, int]) -> dict[tuple[str, bool], list[tuple[int, int]]]:
    return {("BTC-USD", True): [(price * WAD, size * WAD) for price, size in levels]}


SOUND = [
    moved(LONG, 0, 50, 50),
    moved(SHORT, 0, 50, 50),
    pushed("a", 99),
    pushed("b", 101),
    refreshed(100),
    poked(),
    traded(SHORT, 1, -2, -2, 50),
    traded(LONG, 0, 2, 2, 50),
]


def facts(*more: tuple[str, str, Any], vault: int = 100, **changes: Any) -> Facts:
    """A sound block with two deposits and a trade, then `more`."""
    mirror = Mirror([SPEC], TIERS, NAMES, unscreened=[POOL])
    events = [*SOUND, *more]
    mirror.apply(events)
    made = Facts(
        time_s=1_000,
        mirror=mirror,
        events=events,
        states={"BTC-USD": State(0, 99 * WAD, 101 * WAD)},
        rules={"BTC-USD": RULES},
        system_accounts=frozenset({POOL, POOL + 1, POOL + DEFICIT}),
        pool_accounts=frozenset({POOL, POOL + 1}),
        vault_wad=vault * WAD,
        fees_wad=0,
        dust_wad=0,
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def found(made: Facts) -> list[str]:
    return [one.split(":")[0] for one in violations(made, (*EACH_BLOCK, *CHECKPOINT))]


def test_violations__sound_block__finds_none() -> None:
    chain = {
        "chain_accounts": {LONG: 50 * WAD, SHORT: 50 * WAD},
        "chain_positions": {(LONG, "BTC-USD"): (2 * WAD, -200 * WAD)},
        "chain_markets": {"BTC-USD": (2 * WAD, 0)},
    }
    assert found(facts(**chain)) == []


STAKED = [moved(POOL, 0, 5, 5), staked(5, 5)]


def before(*, assets: int, shares: int = 5, holds: int = 0) -> dict[str, int]:
    """The pool as the block found it."""
    return {"assets": assets * RAW_PER_UNIT + 1, "shares": shares * WAD + 10**12, "holds": holds}


def settled(account: int, *, size: int, delta: int) -> tuple[str, str, Any]:
    values = (account, 1, 0, delta, 100, size, -100 * size, 0, 0, 3, 100)
    exact = [value * WAD if place > 2 else value for place, value in enumerate(values)]
    return ("Clearinghouse", "PositionChanged", Changed(*exact))


def into(amount: int) -> list[tuple[str, str, Any]]:
    """What the pool's account of the market gets, or gives back."""
    return [moved(POOL + 1, 3 if amount > 0 else 2, amount, 0)]


def capped(loss: int, at_risk: int = 0) -> tuple[str, str, Any]:
    words = {"market": 1, "loss_wad": loss * WAD, "at_risk_wad": at_risk * WAD}
    return named("InsurancePool", "CapsSet", **words)


BROKEN: list[tuple[str, Callable[[], Facts]]] = [
    ("INV-1", lambda: facts(traded(LONG, 0, 1, 3, 50))),
    ("INV-2", lambda: facts(vault=101)),
    ("INV-3", lambda: facts(*OWED, spread(8, per_base=1), vault=92)),
    ("INV-3", lambda: facts(poked(funding_index_wad=WAD), traded(LONG, 0, 0, 2, 50))),
    ("INV-4", lambda: facts(changes=[changed(size=3)])),
    ("INV-4", lambda: facts(changes=[changed(size=-1)])),
    ("INV-4", lambda: facts(changes=[changed(size=1, equity=2)])),
    ("INV-4", lambda: facts(traded(LONG, 0, 1_000, 1_002, -900), vault=-99_850)),
    ("INV-5", lambda: facts(moved(POOL, 4, -1, -1), vault=99)),
    ("INV-6", lambda: facts(poked(mark_wad=wad("100.4") + 1))),
    (
        "INV-7",
        lambda: facts(states={"BTC-USD": State(4, 99 * WAD, 101 * WAD)}),
    ),
    ("INV-6", lambda: facts(believed(90, 99), disputed(wad("99.396") + 1))),
    ("INV-6", lambda: facts(believed(101, 105), disputed(wad("100.596") - 1))),
    (
        "INV-7",
        lambda: facts(states={"BTC-USD": State(0, 99 * WAD, 101 * WAD, 1_001)}),
    ),
    ("INV-7", lambda: facts(stopped={1})),
    ("INV-8", lambda: facts(states={"BTC-USD": State(0, 101 * WAD, 101 * WAD)})),
    ("INV-8", lambda: facts(*BIDS, chain_depth=depth((99, 5), (98, 2)))),
    ("INV-8", lambda: facts(*BIDS, chain_depth=depth((99, 5)))),
    ("INV-8", lambda: facts(*BIDS, chain_depth=depth((99, 5), (98, 1), (97, 1)))),
    ("INV-9", lambda: facts(*STAKED, vault=105, pool=before(assets=6))),
    ("INV-9", lambda: facts(*STAKED, TOPPED_UP, vault=105, pool=before(assets=8))),
    ("INV-9", lambda: facts(*STAKED, vault=105, pool=before(assets=5, shares=4))),
    ("INV-10", lambda: facts(liquidated(10, 20))),
    ("INV-10", lambda: facts(exhausted(10))),
    ("INV-11", lambda: facts(liquidated(8, 4))),
    ("INV-12", lambda: facts(liquidated(8, 5, 500 * WAD + 1, 600 * WAD))),
    ("INV-12", lambda: facts(liquidated(8, 5, reward_wad=WAD + WAD // 100 + 1))),
    ("INV-12", lambda: facts(liquidated(8, 5, reward_wad=WAD // 100 + 1, penalty_wad=0))),
    ("INV-12", lambda: facts(moved(SHORT, 3, -1, 49), vault=99)),
    ("INV-13", lambda: facts(ROUND)),
    ("INV-13", lambda: facts(ROUND, exhausted(1))),
    ("INV-14", lambda: facts(settled(NEWCOMER, size=1, delta=1))),
    ("INV-14", lambda: facts(moved(LONG, 3, -1, 49), vault=99)),
    ("INV-15", lambda: facts(moved(LONG, 1, -31, 19), vault=69)),
    ("INV-16", lambda: facts(*issued(), tokens=token(nav=51))),
    ("INV-16", lambda: facts(*issued(), tokens=token(price=1))),
    ("INV-16", lambda: facts(*issued(), tokens=token(supply=26))),
    ("INV-17", lambda: facts(*issued(amount=49), tokens=token())),
    ("INV-17", lambda: facts(*issued(tokens=5, before=41), tokens=token())),
    ("INV-18", lambda: facts(refreshed(103))),
    ("INV-18", lambda: facts(refreshed(97))),
    ("INV-19", lambda: facts(pushed("a", 100), reporters={"PriceFeed.BTC-USD.a": "0x1"})),
    ("INV-20", lambda: facts(trips=[RoundTrip(account=LONG, before_wad=7, after_wad=8)])),
    ("INV-20", lambda: facts(splits=[Split(account=LONG, whole_wad=7, parts_wad=10, parts=2)])),
    ("INV-21", lambda: facts(chain_accounts={LONG: 51 * WAD})),
    ("INV-21", lambda: facts(chain_positions={(SHORT, "BTC-USD"): (-WAD, 200 * WAD)})),
    ("INV-21", lambda: facts(chain_markets={"BTC-USD": (2 * WAD, 1)})),
    ("INV-21", lambda: facts(fees_wad=1)),
    ("INV-22", lambda: facts(*into(11))),
    ("INV-22", lambda: facts(*into(6), *into(-3), *into(8))),
    ("INV-22", lambda: facts(*into(5), at_risk={1: AtRisk(cap_wad=9 * WAD, put_wad=5 * WAD)})),
    ("INV-22", lambda: facts(capped(3), *into(4))),
    ("INV-22", lambda: facts(moved(POOL, 3, -3, 0), TOPPED_UP)),
    ("INV-22", lambda: facts(moved(POOL, 3, -3, 0), *into(2))),
    ("INV-22", lambda: facts(capped(3, at_risk=4), *into(-1), *into(1))),
    ("INV-24", lambda: facts(doubted(100, 11, Status.DISPUTED))),
    ("INV-24", lambda: facts(doubted(100, 50_000_000, Status.STALE))),
    ("INV-24", lambda: facts(doubted(100, 99, Status.DEAD))),
    ("INV-24", lambda: facts(doubted(100, 6, Status.HALTED), rules={"BTC-USD": NARROW})),
    ("INV-24", lambda: facts(believed(89, 100))),
    ("INV-24", lambda: facts(believed(100, 111))),
    # 36 of 1e18 an hour of 100: a wei in a hundredth of a second would be too much.
    ("INV-30", lambda: funding_of(2, 999)),
    ("INV-30", lambda: funding_of(0, 999)),
    ("INV-30", lambda: funding_of(1, 999, status=4)),
    ("INV-30", lambda: funding_of(11, 991, rules={"BTC-USD": DRIFTING})),
    ("INV-30", lambda: funding_of(0, 0, rate=72, time_s=5_000)),
    ("INV-30", lambda: funding_of(3 * 10**18 + 10**15, -9_800)),
]


@pytest.mark.parametrize(("name", "broken"), BROKEN, ids=[name for name, _ in BROKEN])
def test_violations__one_rule_broken__names_it(name: str, broken: Callable[[], Facts]) -> None:
    assert name in found(broken())


def test_broken__every_invariant__has_a_case_that_fails_it() -> None:
    assert {one.id for one in REGISTRY} == {name for name, _ in BROKEN}


def test_registry__each_invariant__is_named_after_its_function_and_says_whom_it_protects() -> None:
    for one in REGISTRY:
        assert one.check.__name__.startswith(f"inv_{one.number:02}_")
        assert one.sentence.endswith(".")
        assert one.protects
    assert len({one.check for one in REGISTRY}) == len(REGISTRY)


@pytest.mark.parametrize(
    "sound",
    [
        lambda: facts(poked(mark_wad=wad("100.4"))),
        lambda: facts(*BIDS, chain_depth=depth((99, 5), (98, 1))),
        lambda: facts(changes=[changed(size=1)]),
        lambda: facts(changes=[changed(size=3, margin=6)]),
        lambda: facts(trips=[RoundTrip(account=LONG, before_wad=7, after_wad=7)]),
        lambda: facts(splits=[Split(account=LONG, whole_wad=7, parts_wad=9, parts=2)]),
        lambda: facts(liquidated(8, 5)),
        lambda: facts(liquidated(8, 5, reward_wad=WAD + WAD // 100)),
        lambda: facts(*STAKED, vault=105, pool=before(assets=5)),
        lambda: facts(*STAKED, TOPPED_UP, vault=105, pool=before(assets=7)),
        lambda: facts(*STAKED, vault=105, pool=before(assets=9, holds=1)),
        lambda: facts(*into(10)),
        lambda: facts(moved(POOL, 3, -3, 0), moved(POOL, 3, -2, 0), TOPPED_UP, *into(3)),
        lambda: facts(*into(6), *into(-3), *into(7)),
        lambda: facts(*into(10), capped(3, at_risk=1), *into(2)),
        lambda: facts(exhausted(9), ROUND),
        lambda: facts(*OWED, spread(8, per_base=2), vault=92),
        lambda: facts(*DEBT, vault=97),
        lambda: facts(liquidated(-8, -3)),
        lambda: facts(moved(LONG, 1, -30, 20), vault=70),
        lambda: facts(*issued(), tokens=token()),
        lambda: facts(*issued(tokens=5, before=40), tokens=token()),
        lambda: facts(refreshed(102)),
        lambda: facts(pushed("a", 100), reporters={"PriceFeed.BTC-USD.a": "0X"}),
        lambda: facts(refreshed(500, status=4)),
        lambda: facts(believed(90, 99), disputed(wad("99.396"))),
        lambda: facts(believed(101, 105), disputed(wad("100.596"))),
        lambda: facts(states={"BTC-USD": State(0, 99 * WAD, 101 * WAD, 1_000)}),
        lambda: facts(paused("Paused", 4)),  # after the trades of the block, for all one knows
        lambda: facts(paused("Unpaused", 3), stopped={2}),
        lambda: facts(doubted(96, 14, Status.DISPUTED)),  # it may be 110, though not 82
        lambda: facts(doubted(100, 10, Status.STALE), believed(90, 110)),
        lambda: funding_of(1, 999),
        lambda: funding_of(0, 999, status=1),
        lambda: funding_of(8, 991, rate=30, rules={"BTC-USD": DRIFTING}),
        lambda: funding_of(6_400, 0, rate=72, time_s=5_000),
        lambda: funding_of(3 * 10**18, -9_800),
        lambda: facts(pushed("c", 300, at_s=900), refreshed(98)),
        lambda: facts(traded(LONG, 1, -1, 1, 50), traded(SHORT, 0, 1, -1, 50)),
    ],
)
def test_violations__just_allowed__finds_none(sound: Callable[[], Facts]) -> None:
    assert found(sound()) == []


def test_conservation__vault_short_by_a_wei__is_reported_exactly() -> None:
    made = facts()
    made.vault_wad -= 1
    assert conservation_error_wad(made) == -1


def test_index__stale_reading__counts_for_nothing() -> None:
    assert "INV-18" in found(facts(pushed("c", 300, at_s=900), refreshed(250)))

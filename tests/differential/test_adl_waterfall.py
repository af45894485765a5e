"""Gaps of 1 % to 60 % in one block against random populations: the whole ladder, to its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.reference.adl import Policy, shares
from sim.types import DEFICIT, OrderKind, account_id
from sim.units import WAD, wad
from tests.adl_ledger import check_ledgers
from tests.adl_world import NO_RUNG_ACTED, AdlWorld, named, untouched
from tests.liquidation_world import ENTRY, RAW
from tests.support.contracts import address_of
from tests.support.examples import HEAVY

MAKER, KEEPER = (account_id(address_of(role)) for role in ("maker", "keeper"))
NO_RUNG, COOLING = "liquidator: no rung could act", "liquidator: large position is cooling down"
UNUSED = "liquidator: pool has not put its cash behind it"
MAX_STEPS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A population and what happens to it."""

    policy: Policy
    gap_percent: int  # signed
    positions: Sequence[tuple[str, int]]  # size in bitcoin, leverage
    depth: str | None  # bitcoin bid and asked next to the price after the gap
    stake: int
    cap: int  # what the pool may lose in the market
    maker_leaves: bool  # its gain is gone, a poor newcomer holds its position


sizes = st.sampled_from(["-3", "-1", "-0.4", "-0.05", "0.05", "0.4", "1", "3"])
crashes = st.builds(
    Crash,
    policy=st.sampled_from(list(Policy)),
    gap_percent=st.integers(1, 60).flatmap(lambda size: st.sampled_from([size, -size])),
    positions=st.lists(st.tuples(sizes, st.integers(2, 95)), min_size=1, max_size=6),
    depth=st.sampled_from([None, "0.2", "20"]),
    stake=st.sampled_from([0, 0, 2_000, 10_000_000]),
    cap=st.sampled_from([1_500, 20_000, 10_000_000]),
    maker_leaves=st.booleans(),
)


@pytest.fixture(scope="module")
def deployed() -> AdlWorld:
    world = AdlWorld()
    world.deposit("keeper", 100_000_000 * RAW)
    return world


@pytest.fixture
def world(deployed: AdlWorld) -> Iterator[AdlWorld]:
    with untouched(deployed):
        yield deployed


def prepare(world: AdlWorld, crash: Crash) -> None:
    """Everybody in place, and the price after the gap."""
    world.set_policy(crash.policy)
    if crash.stake:
        world.stake("whale", crash.stake * RAW)
    caps = (wad(20_000_000), wad(crash.cap), wad(250_000))
    world.send("owner", "InsurancePool", "set_caps", world.market, caps)
    for place, (size, leverage) in enumerate(crash.positions):
        notional = abs(float(size)) * ENTRY
        world.enter(f"trader {place}", size, int(notional / leverage + notional * 0.001) + 2)
    price = ENTRY * (100 + crash.gap_percent) // 100
    world.index(price)
    if crash.maker_leaves and world.size(MAKER):
        size = f"{world.size(MAKER) / WAD:f}"
        margin = int(abs(float(size)) * price * 0.0215) + 5  # the second tier asks 2 %
        world.deposit("newcomer", margin * RAW)
        world.everybody.add(account_id(address_of("newcomer")))
        world.order("newcomer", size, price)
        world.order("maker", f"{-world.size(MAKER) / WAD:f}", price, kind=OrderKind.IOC)
        assert world.size(MAKER) == 0
    if crash.depth is not None:
        world.order("maker", crash.depth, price - 10)
        world.order("maker", f"-{crash.depth}", price + 10)


def step(world: AdlWorld, account: int, policy: Policy) -> bool:
    """One keeper's move against one account; false if nobody could do anything."""
    outcome = world.try_liquidate(account)
    if outcome == COOLING:
        price_wad = world.price().index_wad
        world.next_block(31)
        world.push(world.name, price_wad)
        return True
    if outcome == UNUSED:
        world.send("keeper", "InsurancePool", "restore", world.market)
        return True
    if outcome == NO_RUNG:
        world.send("keeper", "Liquidator", "take_over", account, world.market, 2**200, KEEPER)
        return True
    if outcome != NO_RUNG_ACTED:
        assert outcome in (0, 2), outcome
        return True
    moved = deleverage(world, account, policy)
    if world.read("Deleverager", "shortfalls", account, world.market)[1]:
        moved |= deleverage(world, account, policy, at_mark=True)
    return moved


def deleverage(world: AdlWorld, account: int, policy: Policy, *, at_mark: bool = False) -> bool:
    """A round whose shares are the reference's; whether anything was closed."""
    side = 1 if world.size(account) > 0 else -1
    terms, _ = world.terms(account, policy)
    if at_mark:
        short_wad = world.read("Deleverager", "shortfalls", account, world.market)[1]
        terms = world.at_mark(account, policy, min(terms.budget_wad, short_wad))
    others = [world.counterparty(one) for one in world.holders(-side)]
    events = world.deleverage(account, at_mark=at_mark)
    wanted = {one: share for one, share in shares(others, terms).items() if share}
    taken = {one.counterparty: one.size_wad for one in named(events, "CounterpartyDeleveraged")}
    if world.size(account) and not world.is_liquidatable(account):
        assert all(taken[one] <= wanted[one] for one in taken)  # healed on the way
    else:
        assert taken == wanted
    return bool(taken)


def run_ladder(world: AdlWorld, policy: Policy) -> None:
    """Until nobody is liquidatable, or nobody who is can be helped."""
    for _ in range(MAX_STEPS):
        moved = [step(world, one, policy) for one in everybody(world) if is_sick(world, one)]
        world.check_books()
        if not any(moved):
            break
    for one in everybody(world):
        if is_sick(world, one):
            # Stuck only where both sides are bankrupt: the other side has nothing to give.
            side = 1 if world.size(one) > 0 else -1
            assert all(world.health(each).equity_wad <= 1 for each in world.holders(-side))


def everybody(world: AdlWorld) -> list[int]:
    """Traders and the pool's account of the market, in a fixed order."""
    return [*sorted(world.everybody), world.pool_account(1)]


def is_sick(world: AdlWorld, account: int) -> bool:
    """Has something to liquidate, and is due."""
    return world.size(account) != 0 and world.is_liquidatable(account)


@HEAVY
@given(crash=crashes)
def test_ladder__any_gap_book_and_pool__leaves_nobody_owing_and_every_wei_told(deployed, crash):
    with untouched(deployed) as world:
        prepare(world, crash)
        run_ladder(world, crash.policy)
        check_ledgers(world, world.transactions)
        check_order(world)
        assert world.read("InsurancePool", "at_risk_wad", world.market) <= wad(crash.cap)
        # Where all that the market's holders had was not enough, a debt waits for pool income.
        is_left = world.cash(world.pool_account(DEFICIT)) < 0
        if not is_left and all(world.health(one).equity_wad >= 0 for one in world.everybody):
            payouts = [withdraw_all(world, order) for order in (1, -1)]
            assert payouts[0] == payouts[1]


def check_order(world: AdlWorld) -> None:
    """INV-10, 11, 13: who was struck was unhealthy, ends healthier, and insurance came first."""
    refused: set[int] = set()
    for events in world.transactions:
        refused |= {one.account for one in named(events, "LadderExhausted")}
        for one in named(events, "RoundOpened"):
            assert one.account in refused
        for one in named(events, "AccountLiquidated"):
            before = one.equity_before_wad, one.maintenance_before_wad
            assert before[0] < before[1]
            if one.maintenance_after_wad:
                assert one.equity_after_wad * before[1] > before[0] * one.maintenance_after_wad


def withdraw_all(world: AdlWorld, order: int) -> dict[int, int]:
    """What each gets who takes out all that may be taken, in an order of accounts."""
    found = {}
    roles = ["maker", "keeper", "newcomer", *(f"trader {place}" for place in range(6))]
    with untouched(world):
        for role in roles[::order]:
            account = account_id(address_of(role))
            amount_raw = world.read("Clearinghouse", "withdrawable", account) // 10**12
            try:
                world.send(role, "MarginVault", "withdraw", account, amount_raw, address_of(role))
            except CallReverted:
                assert not amount_raw
            found[account] = world.read("MockToken", "balanceOf", address_of(role))
    return found


@pytest.mark.parametrize("policy", list(Policy))
def test_ladder__poor_winners_and_no_pool__losses_are_spread_among_holders_only(world, policy):
    crash = Crash(
        policy=policy,
        gap_percent=-20,
        positions=(("1", 50), ("0.4", 3)),
        depth=None,
        stake=0,
        cap=10_000_000,
        maker_leaves=True,
    )
    prepare(world, crash)
    maker_wad = world.health(MAKER).equity_wad
    run_ladder(world, policy)
    told = check_ledgers(world, world.transactions)
    assert told["socialised"] < 0
    assert told["insurance"] == 0
    assert world.health(MAKER).equity_wad == maker_wad

"""What the pool puts behind a market and may lose there: contract and reference, to the wei."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.engine.reference_terms import risk_of
from sim.reference import backstop
from sim.reference.backstop import LossCap, set_anew
from sim.reference.books import ClearingState, Holding, Refused
from sim.reference.margin import Price
from sim.types import Status, account_id
from sim.units import WAD, wad
from tests.adl_world import NO_RUNG_ACTED, AdlWorld, named, untouched
from tests.liquidation_world import ENTRY, RAW
from tests.support.contracts import address_of
from tests.support.examples import HEAVY

UNUSED = "liquidator: pool has not put its cash behind it"
NO_RUNG = "liquidator: no rung could act"
KEEPER = account_id(address_of("keeper"))
PLENTY, TAKEN = 10**6, 2

sizes = st.sampled_from(["-2", "-1", "-0.3", "0.3", "1", "2"])
moves = st.tuples(st.just("move"), st.sampled_from([-150, -20, 20, 30, 60, 90, 150]))  # bps
steps = st.one_of(
    moves,
    moves,
    st.tuples(st.just("enter"), sizes, st.integers(60, 95)),  # leverage
    st.tuples(st.just("absorb"), st.integers(0, 7)),
    st.tuples(st.just("restore")),
    st.tuples(st.just("bring")),
    st.tuples(st.just("unwind"), st.integers(1, 5)),  # tenths of the position bid for
    st.tuples(st.just("set_cap"), st.sampled_from([0, 600, 1_000, 5_000, PLENTY])),
    st.tuples(st.just("stake"), st.integers(1, 5_000)),
)


@pytest.fixture(scope="module")
def deployed() -> AdlWorld:
    world = AdlWorld()
    world.stake("whale", 2_000 * RAW)
    world.deposit("keeper", 10_000_000 * RAW)
    return world


class CappedPool:
    """A world, and what the reference says of its pool's position in bitcoin."""

    def __init__(self, world: AdlWorld) -> None:
        self.world = world
        self.config = world.deployed.config.market(world.name)
        self.loss_cap = LossCap(cap_wad=self.config.pool_caps.loss_wad)
        self.pool, self.backstop = world.pool_account(), world.pool_account(world.market)
        self.price, self.traders = ENTRY, list[int]()
        self.seen: set[str] = set()

    def house(self) -> ClearingState:
        """The books as the chain has them now."""
        world = self.world
        found = world.price()
        names = Price.__slots__
        price = Price(**{name: getattr(found, name) for name in names})
        house = ClearingState(
            risks={world.market: risk_of(self.config)},
            prices={world.market: replace(price, status=Status(found.status))},
            now_s=world.now_s,
        )
        for account in world.everybody | world.system_accounts():
            held = world.read("Clearinghouse", "position", account, world.market)
            house.cash[account] = world.cash(account)
            house.holdings[account, world.market] = Holding(
                size_wad=held.size_wad, quote_wad=held.quote_wad
            )
        return house

    def do(self, step: Sequence[Any]) -> None:
        """One step, on both sides, and a look at both."""
        name, *terms = step
        getattr(self, name)(*terms)
        self.check()

    def check(self) -> None:
        """Counted, left, worth: the same; and never more at risk than the cap."""
        world, house, cap = self.world, self.house(), self.loss_cap
        cash_wad = house.cash[self.pool]
        assert world.read("InsurancePool", "at_risk_wad", world.market) == cap.at_risk_wad
        assert world.read("InsurancePool", "spare_wad", world.market) == cap.spare(cash_wad)
        worth_wad = cash_wad + cap.worth(house.health(self.backstop).equity_wad)
        assert world.read("InsurancePool", "equity_wad") == worth_wad
        assert cap.at_risk_wad <= max(cap.cap_wad, cap.flows_wad[0] if cap.flows_wad else 0)
        world.check_books()

    def enter(self, size: str, leverage: int) -> None:
        margin = int(abs(float(size)) * self.price * (1 / leverage + 0.001)) + 2
        role = f"trader {len(self.traders)}"
        self.traders.append(self.world.enter(role, size, margin, price=self.price))

    def move(self, move_bps: int) -> None:
        """Against what the pool holds, if above zero."""
        against = -1 if self.world.size(self.backstop) > 0 else 1
        self.price = self.price * (10_000 + against * move_bps) // 10_000
        self.world.index(self.price)

    def absorb(self, which: int) -> None:
        """Somebody's position, if the liquidator gets as far as asking the pool."""
        world = self.world
        held = [one for one in self.traders if world.size(one)]
        if not held:
            return
        account, house, before = held[which % len(held)], self.house(), len(world.transactions)
        outcome = world.try_liquidate(account)
        if outcome not in (TAKEN, NO_RUNG_ACTED):
            return
        try:
            after = backstop.absorb(house, self.loss_cap, self.pool, world.market, account)
            said = ""
        except Refused as refused:
            after, said = self.loss_cap, str(refused)
        self.seen.add(f"absorb: {said}")
        assert outcome == (NO_RUNG_ACTED if said else TAKEN), said
        self.loss_cap = after
        paid = [one.amount_wad for one in named(world.transactions[before], "KeeperToppedUp")]
        assert world.cash(self.backstop) == house.cash[self.backstop]
        assert world.cash(self.pool) == house.cash[self.pool] - sum(paid)

    def restore(self) -> None:
        house = self.house()
        before_wad = self.loss_cap.at_risk_wad
        self.loss_cap = backstop.restore(house, self.loss_cap, self.pool, self.world.market)
        self.seen.add(f"restore: {self.loss_cap.at_risk_wad > before_wad}")
        self.world.send("stranger", "InsurancePool", "restore", self.world.market)
        assert self.world.cash(self.backstop) == house.cash[self.backstop]
        assert self.world.cash(self.pool) == house.cash[self.pool]

    def unwind(self, tenths: int) -> None:
        """Against a bid or ask at the index, unless that trade would be refused."""
        world, size_wad = self.world, self.world.size(self.backstop)
        lots = size_wad * tenths // 10 // wad("0.0001")
        try:
            with untouched(world):
                self.unwound(lots)
        except CallReverted:
            return
        house, events = self.unwound(lots)
        self.loss_cap = backstop.restore(house, self.loss_cap, self.pool, world.market)
        (done,) = named(events, "BackstopUnwound")
        self.seen.add(f"unwind: {done.size_wad > 0}, {done.released_wad > 0}")
        self.loss_cap = self.loss_cap.put(-done.released_wad)
        assert done.at_risk_wad == self.loss_cap.at_risk_wad
        assert world.cash(self.pool) == house.cash[self.pool] + done.released_wad

    def unwound(self, lots: int) -> tuple[ClearingState, list[Any]]:
        """The books before it, and its events."""
        if lots:
            self.world.order("maker", f"{lots / 10_000:f}", self.price)
        house = self.house()
        return house, self.world.send("stranger", "InsurancePool", "unwind", self.world.market)

    def bring(self) -> None:
        """The pool's own account down the ladder, which always ends in something that acts."""
        world, account = self.world, self.backstop
        if not world.size(account) or not world.is_liquidatable(account):
            return
        outcome = world.try_liquidate(account)
        if self.loss_cap.spare(world.cash(self.pool)):
            assert outcome == UNUSED
            self.seen.add("bring: restore first")
            return
        self.seen.add(f"bring: {outcome}, cash {world.cash(self.pool) > 0}")
        assert outcome in (NO_RUNG_ACTED, NO_RUNG), outcome
        size_wad = abs(world.size(account))
        if outcome == NO_RUNG:
            asked = (account, world.market, 2**200, KEEPER)
            world.send("keeper", "Liquidator", "take_over", *asked)
        else:
            world.deleverage(account)
            if world.read("Deleverager", "shortfalls", account, world.market)[1]:
                world.deleverage(account, at_mark=True)
        assert abs(world.size(account)) < size_wad

    def set_cap(self, loss: int) -> None:
        equity_wad = self.house().health(self.backstop).equity_wad
        caps = replace(self.config.pool_caps, loss_wad=loss * WAD)
        self.world.send("owner", "InsurancePool", "set_caps", self.world.market, astuple(caps))
        self.loss_cap = set_anew(loss * WAD, equity_wad)

    def stake(self, amount: int) -> None:
        self.world.stake("whale", amount * RAW)


@HEAVY
@given(
    cap=st.sampled_from([600, 1_000, PLENTY]),
    side=st.sampled_from([1, -1]),
    steps=st.lists(steps, min_size=6, max_size=24),
)
def test_pool__any_life_of_a_position__risks_what_the_reference_says(deployed, cap, side, steps):
    with untouched(deployed) as world:
        pool = CappedPool(world)
        pool.set_cap(cap)
        pool.enter(f"{side}", 90)
        pool.move(-95 * side)
        pool.absorb(0)
        for step in steps:
            pool.do(step)
        for one in pool.seen:
            event(one)

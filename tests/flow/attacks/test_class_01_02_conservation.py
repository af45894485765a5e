"""Classes 1 and 2, conservation and zero sum: whatever is done in whatever order, the vault holds
what is owed to the wei, longs equal shorts, and open interest falls alike on both sides.

Sources: Unstoppable H-1, Perp v3 M-3, Velar M-7, Percolator's invariants. Checked after each call,
liquidations, takeovers, deleveraging, flips and write-offs among them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.types import OrderKind, account_id
from sim.units import WAD_PER_RAW
from tests.adl_world import NO_RUNG_ACTED, untouched
from tests.attack_world import AttackWorld
from tests.liquidation_world import RAW
from tests.support.contracts import address_of

ACTORS = ("first", "second", "third")


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    """With funding, small purses, and a pool that a gap can empty."""
    world = AttackWorld(funding=True)
    world.stake("whale", 1_500 * RAW)
    for role in ACTORS:
        world.fund(role, 2_500)
    return world


actors = st.sampled_from(ACTORS)
steps = st.one_of(
    st.tuples(st.just("trade"), actors, st.sampled_from(["-1.5", "-0.4", "0.0003", "0.3", "2"])),
    st.tuples(st.just("move"), st.sampled_from([-1_500, -300, -80, 80, 300, 1_500])),
    st.tuples(st.just("liquidate"), st.booleans()),
    st.tuples(st.just("leave"), actors),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("wait"), st.sampled_from([40, 7_200])),
)


class Life:
    """One sequence of steps; a refusal is an outcome."""

    def __init__(self, world: AttackWorld) -> None:
        self.world, self.price = world, 60_000

    def do(self, step: tuple[Any, ...]) -> None:
        name, *arguments = step
        with suppress(CallReverted):
            getattr(self, f"_{name}")(*arguments)

    def _trade(self, role: str, size: str) -> None:
        against = size[1:] if size.startswith("-") else f"-{size}"
        self.world.order("maker", against, self.price)
        self.world.order(role, size, self.price, kind=OrderKind.IOC)

    def _move(self, bps: int) -> None:
        self.price += self.price * bps // 10_000
        self.world.index(self.price)

    def _liquidate(self, bid: bool) -> None:
        for account in sorted(self.world.everybody | {self.world.pool_account(1)}):
            if not self.world.size(account) or not self.world.is_liquidatable(account):
                continue
            if bid:
                sign = "" if self.world.size(account) > 0 else "-"
                self.world.order("maker", f"{sign}0.2", self.price)
            if self.world.try_liquidate(account) == NO_RUNG_ACTED:
                self.world.check_books()
                self.world.deleverage(account)
                if self.world.size(account):
                    self.world.check_books()
                    self.world.deleverage(account, at_mark=True)
            self.world.check_books()

    def _leave(self, role: str) -> None:
        account = account_id(address_of(role))
        free_raw = self.world.read("Clearinghouse", "withdrawable", account) // WAD_PER_RAW
        self.world.send(role, "MarginVault", "withdraw", account, free_raw, address_of(role))

    def _sweep(self) -> None:
        self.world.send("stranger", "Clearinghouse", "sweep_fees")

    def _wait(self, seconds: int) -> None:
        self.world.index(self.price, seconds=seconds)


@given(life=st.lists(steps, min_size=3, max_size=14))
def test_any_life__after_each_call__vault_and_both_sides_add_up(deployed, life):
    with untouched(deployed) as world:
        lived = Life(world)
        for step in life:
            lived.do(step)
            world.check_books()

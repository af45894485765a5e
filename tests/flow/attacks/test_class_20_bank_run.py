"""Class 20, bad debt and the run on the bank: after a shortfall the last to leave must not be the
one who pays.

Sources: Perennial M-4, Perp v3 M-12, flatmoney M-7. The loss is spread before anybody can leave,
so that the order of leaving changes nobody's payout by more than a wei; what nobody may be charged
with is repaid by the insurance pool's income before its shares gain.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.types import DEFICIT, account_id
from sim.units import WAD, WAD_PER_RAW
from tests.adl_world import named, untouched
from tests.attack_world import AttackWorld
from tests.liquidation_world import RAW
from tests.support.contracts import address_of

LEAVERS = ("maker", "patient", "steady", "poor", "whale", "winner")


@pytest.fixture(scope="module")
def short() -> AttackWorld:
    """A gap of a sixth; those who won by it can't pay, and the loss was spread over the rest."""
    world = AttackWorld()
    world.stake("saver", 100 * RAW)
    bankrupt = world.enter("bankrupt", "1", 1_300)
    world.enter("patient", "0.5", 40_000)
    world.enter("steady", "0.3", 25_000)
    world.fund("whale", 7_000)
    world.enter("winner", "-0.1", 20_000)
    world.index("50000")
    world.enter("poor", "-1.7", 1_800, price="50000")
    assert world.try_liquidate(bankrupt) == 3
    world.deleverage(bankrupt)
    told = world.deleverage(bankrupt, at_mark=True)
    assert named(told, "LossSocialised")[0].loss_wad > 1_000 * WAD
    world.try_liquidate(account_id(address_of("poor")))
    world.deleverage(account_id(address_of("poor")))
    world.check_books()
    return world


def leave(world: AttackWorld, role: str) -> int:
    """Close at mark and take everything out; what was paid, raw."""
    account = account_id(address_of(role))
    world.flatten(role, "50000")
    free_raw = world.read("Clearinghouse", "withdrawable", account) // WAD_PER_RAW
    if free_raw:
        world.send(role, "MarginVault", "withdraw", account, free_raw, address_of(role))
    paid: int = world.read("MockToken", "balanceOf", address_of(role))
    return paid


def payouts(world: AttackWorld, order: Sequence[str]) -> dict[str, int]:
    with untouched(world):
        # The maker's book takes everybody's position, and the maker leaves with what it had free.
        return {role: leave(world, role) for role in order}


@given(order=st.permutations([role for role in LEAVERS if role != "maker"]))
def test_withdraw__any_order_of_exit_after_a_shortfall__pays_everybody_the_same(short, order):
    usual = payouts(short, [role for role in LEAVERS if role != "maker"])
    found = payouts(short, order)
    assert sum(usual.values()) > 0
    for role, paid in usual.items():
        assert abs(found[role] - paid) <= 1, role


@given(order=st.permutations(["saver", "stranger", "reporter"]), spent=st.integers(1, 900))
def test_redeem__any_order_of_stakers_after_a_loss__pays_everybody_the_same(order, spent):
    world = stakers_world()
    with untouched(world):
        lose(world, spent)
        first = {role: redeem(world, role) for role in order}
    with untouched(world):
        lose(world, spent)
        other = {role: redeem(world, role) for role in reversed(order)}
    # Payments are whole raw units: each who left before may have left a part of one behind.
    assert first == pytest.approx(other, abs=len(order) - 1)


_STAKERS: list[AttackWorld] = []


def stakers_world() -> AttackWorld:
    """Three who asked to leave, and a long who is about to owe."""
    if not _STAKERS:
        world = AttackWorld()
        for role in ("saver", "stranger", "reporter"):
            shares = world.stake(role, 1_000 * RAW + len(role))
            world.send(role, "InsurancePool", "request_redeem", shares)
        world.enter("bankrupt", "1", 1_030)
        _STAKERS.append(world)
    return _STAKERS[0]


def lose(world: AttackWorld, spent: int) -> None:
    """The pool takes a bankrupt over, and its position back to the book."""
    world.index(59_000 - spent)
    assert world.try_liquidate(account_id(address_of("bankrupt"))) == 2
    world.order("maker", "1", 59_000 - spent)
    world.send("keeper", "InsurancePool", "unwind", world.market)
    world.next_block(3 * 86_400)


def redeem(world: AttackWorld, role: str) -> int:
    world.send(role, "InsurancePool", "claim", address_of(role))
    paid: int = world.read("MockToken", "balanceOf", address_of(role))
    return paid


@pytest.fixture
def owing() -> AttackWorld:
    """Both sides bankrupt and closed: a debt that nobody holds a position to be charged for."""
    world = AttackWorld()
    world.send("owner", "InsurancePool", "set_drawdown_limit", 1)
    world.stake("saver", 1_000 * RAW)
    first = world.enter("taker", "1", 1_300)
    world.index("50000")
    world.enter("poor", "-1", 1_300, price="50000")
    assert world.try_liquidate(first) == 3
    world.deleverage(first)
    (left,) = named(world.deleverage(first, at_mark=True), "DebtLeft")
    assert world.cash(world.pool_account(DEFICIT)) == -left.debt_wad < 0
    assert world.cash(first) == 0  # whoever comes back owes nothing
    return world


def test_debt_left__income_of_the_pool__repays_it_before_the_shares_gain(owing):
    world, deficit = owing, owing.pool_account(DEFICIT)
    # Other traders' fees and penalties, until it is repaid and beyond.
    world.push_all({world.name: 50_000})
    price_before = world.read("InsurancePool", "convertToAssets", WAD)
    for _ in range(400):
        owed_wad = -world.cash(deficit)
        if owed_wad == 0:
            break
        world.enter("patient", "20", 40_000, price="50000")
        world.flatten("patient", "50000")
        swept = named(world.send("stranger", "Clearinghouse", "sweep_fees"), "FeesSwept")[0]
        assert owed_wad + world.cash(deficit) == min(owed_wad, swept.pool_wad)
        if world.cash(deficit) < 0:
            assert world.read("InsurancePool", "convertToAssets", WAD) == price_before
        world.check_books()
    assert world.cash(deficit) == 0
    assert world.read("InsurancePool", "convertToAssets", WAD) > price_before
    # And now everybody can be paid, whoever comes last.
    for role in ("maker", "patient", "poor", "taker"):
        assert leave(world, role) >= 0


def test_debt_left__who_owed_it_deposits_again__has_all_of_it(owing):
    account = owing.deposit("taker", 500 * RAW)
    assert owing.read("Clearinghouse", "withdrawable", account) == 500 * WAD

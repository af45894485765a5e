"""Class 28, games with the insurance pool's shares: inflating the first share, donations, staking
for somebody else's income, leaving at the first sign of a loss.

Sources: flatmoney M-5, Velar M-8, Hubble M-4 and M-8, Unstoppable M-2 and M-4. Whatever is played,
the attacker takes out no more than it put in.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.reference.pool import COOLDOWN_S, PAUSE_S, WINDOW_S, Pool, Request
from sim.types import Status
from tests.adl_world import untouched
from tests.attack_world import AttackWorld
from tests.liquidation_world import RAW
from tests.support.contracts import address_of


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    return AttackWorld()


@pytest.fixture
def world(deployed: AttackWorld) -> Iterator[AttackWorld]:
    with untouched(deployed):
        yield deployed


def held(world: AttackWorld, role: str) -> int:
    found: int = world.read("MockToken", "balanceOf", address_of(role))
    return found


def leave(world: AttackWorld, role: str) -> int:
    """Ask for everything, wait, take it once the index is good; what was paid, raw."""
    shares = world.read("InsurancePool", "balanceOf", address_of(role))
    world.send(role, "InsurancePool", "request_redeem", shares)
    believed = world.price().index_wad
    world.next_block(COOLDOWN_S)
    while world.price().status != Status.OK:
        world.push(world.name, believed)
        world.send("keeper", "MarkPrice", "poke", world.market)
        world.next_block(2)
    before = held(world, role)
    world.send(role, "InsurancePool", "claim", address_of(role))
    return held(world, role) - before


def donate(world: AttackWorld, amount_raw: int) -> None:
    """Send tokens to pool and vault, which count what was deposited, not what they hold."""
    for name in ("InsurancePool", "MarginVault"):
        world.send("owner", "MockToken", "mint", world.deployed.address(name), amount_raw)


amounts = st.one_of(st.integers(1, 100), st.integers(1, 10**12))


@given(first=amounts, gift=st.integers(0, 10**12), stake=st.integers(10**3, 10**12))
def test_first_depositor__inflates_the_share_before_a_victim__gains_nothing(
    deployed, first, gift, stake
):
    with untouched(deployed) as world:
        world.stake("attacker", first)
        if gift:
            donate(world, gift)
        world.stake("victim", stake)
        assert leave(world, "attacker") <= first
        assert leave(world, "victim") >= stake - 1


@given(gift=st.integers(1, 10**13))
def test_donation__any_amount__moves_no_share_price(deployed, gift):
    with untouched(deployed) as world:
        world.stake("whale", 1_000 * RAW)
        before = world.read("InsurancePool", "convertToAssets", 10**18)
        donate(world, gift)
        assert world.read("InsurancePool", "convertToAssets", 10**18) == before


@given(stake=st.integers(1, 10**13))
def test_deposit__just_before_the_fees_are_shared_out__gets_none_of_them(deployed, stake):
    with untouched(deployed) as world:
        world.stake("whale", 1_000 * RAW)
        world.enter("taker", "5", 40_000)  # 180 of fees, not shared out yet
        world.stake("attacker", stake)
        world.send("attacker", "Clearinghouse", "sweep_fees")
        assert leave(world, "attacker") <= stake
        assert world.read("InsurancePool", "totalAssets") >= 1_090 * RAW - 1


def test_redeem__matured_request_kept_for_the_day_of_a_loss__has_expired(world):
    # Once good for ever, it let its owner stay for the income and go before any loss.
    for role in ("attacker", "whale"):
        world.stake(role, 1_000 * RAW)
    shares = world.read("InsurancePool", "balanceOf", address_of("attacker"))
    world.send("attacker", "InsurancePool", "request_redeem", shares)
    world.enter("taker", "0.5", 515)
    world.next_block(COOLDOWN_S + WINDOW_S + 1)
    with pytest.raises(CallReverted, match="pool: request has expired"):
        world.send("attacker", "InsurancePool", "claim", address_of("attacker"))
    world.index("58000")  # a loss for the pool comes in sight, and is taken
    world.send("attacker", "InsurancePool", "cancel_redeem")
    assert world.try_liquidate(max(world.everybody, key=world.size)) == 2
    world.next_block(PAUSE_S)
    world.send("attacker", "InsurancePool", "release", address_of("attacker"))
    assert leave(world, "attacker") < 1_000 * RAW - 200 * RAW


def test_cancel_redeem__shares_come_back_once(world):
    shares = world.stake("attacker", 1_000 * RAW)
    world.send("attacker", "InsurancePool", "request_redeem", shares)
    world.send("attacker", "InsurancePool", "cancel_redeem")
    world.next_block(PAUSE_S)
    world.send("stranger", "InsurancePool", "release", address_of("attacker"))
    assert world.read("InsurancePool", "balanceOf", address_of("attacker")) == shares
    with pytest.raises(CallReverted, match="pool: nothing to release"):
        world.send("stranger", "InsurancePool", "release", address_of("attacker"))
    with pytest.raises(CallReverted, match="pool: nothing requested"):
        world.send("attacker", "InsurancePool", "cancel_redeem")


waits = st.one_of(
    st.integers(1, 2 * (COOLDOWN_S + WINDOW_S)),
    st.sampled_from([COOLDOWN_S - 1, COOLDOWN_S, COOLDOWN_S + WINDOW_S, COOLDOWN_S + WINDOW_S + 1]),
)


@given(wait_s=waits, stake=st.integers(10**3, 10**12))
def test_redeem__any_wait__is_paid_or_refused_as_by_the_reference(deployed, wait_s, stake):
    with untouched(deployed) as world:
        shares = world.stake("attacker", stake)
        asked = Request(shares=shares, assets=pool(world).assets_for(shares), asked_s=world.now_s)
        world.send("attacker", "InsurancePool", "request_redeem", shares)
        world.next_block(wait_s)
        expected, refusal = asked.payment(pool(world)), asked.refusal(world.now_s)
        if refusal:
            with pytest.raises(CallReverted, match=refusal):
                world.send("attacker", "InsurancePool", "claim", address_of("attacker"))
        else:
            world.send("attacker", "InsurancePool", "claim", address_of("attacker"))
            assert held(world, "attacker") == expected


def pool(world: AttackWorld) -> Pool:
    shares, assets = (world.read("InsurancePool", name) for name in ("totalSupply", "totalAssets"))
    return Pool(shares=shares, assets=assets)

"""Free options: what may grow, and what may leave, while nobody can be liquidated.

Source: audit of 6be1e45, M2. In the grace after an outage, and while the guardian had stopped
liquidations, positions opened and profits left: a straddle over two names at 100x was an option on
the move that the insurance pool had written. While liquidations are stopped in a market nothing
opens there and no withdrawal leans on a position there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sim.chain.port import CallReverted
from sim.reference.margin import Act
from sim.types import OrderKind, Status, account_id
from sim.units import WAD_PER_RAW, wad
from tests.adl_world import named, untouched
from tests.attack_world import AttackWorld
from tests.world import address_of

CREW = ("attacker", "second")
MARGIN = 6_500
STOPPED = "clearinghouse: stopped by oracle status or pause"
GRACE_S = 60


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    world = AttackWorld()
    world.stake("whale", 3_000_000 * 10**6)
    for role in CREW:
        world.fund(role, MARGIN)
    world.fund("taker", 50_000)
    world.enter("holder", "1", 5_000)
    return world


@pytest.fixture
def world(deployed: AttackWorld) -> Iterator[AttackWorld]:
    with untouched(deployed):
        yield deployed


def after_an_outage(world: AttackWorld) -> None:
    """Feeds silent for more than they may be, three good updates, and a grace that begins."""
    world.next_block(70)
    world.send("keeper", "MarkPrice", "poke", world.market)
    assert Status(world.price().status) is Status.STALE
    for _ in range(3):
        world.index(60_000)
    assert Status(world.price().status) is Status.OK
    assert world.price().liquidations_from == world.now_s + GRACE_S


def after_a_pause(world: AttackWorld) -> None:
    world.send("guardian", "MarketParams", "pause", world.market, Act.LIQUIDATE)


def after_an_unpause(world: AttackWorld) -> None:
    after_a_pause(world)
    world.index(60_000, seconds=600)
    world.send("owner", "MarketParams", "unpause", world.market, Act.LIQUIDATE)


def after_a_halt(world: AttackWorld) -> None:
    """The cool-down of a market that halted: its status stops opening by itself."""
    rules = world.read("OracleAggregator", "rules", world.market)
    sources = world.read("OracleAggregator", "sources", world.market)
    strict = rules._replace(step_bps=1_000) if hasattr(rules, "_replace") else None
    words = list(strict or rules)
    words[3] = 1_000
    listed = [tuple(one) for one in sources]
    world.send("owner", "OracleAggregator", "set_market", world.market, tuple(words), listed)
    world.index(70_000)
    assert Status(world.price().status) is Status.HALTED


stops = pytest.mark.parametrize(
    "stop", [after_an_outage, after_a_pause, after_an_unpause, after_a_halt]
)


def tried(act: Callable[[], object]) -> str:
    """The reason of a refusal, or nothing."""
    try:
        act()
    except CallReverted as refused:
        return str(refused)
    return ""


def spoils_wad(world: AttackWorld, *roles: str) -> int:
    """Tokens, and accounts that are worth something."""
    total_wad = 0
    for role in roles:
        total_wad += world.read("MockToken", "balanceOf", address_of(role)) * WAD_PER_RAW
        total_wad += max(0, world.health(account_id(address_of(role))).equity_wad)
    return total_wad


def leave(world: AttackWorld, role: str) -> str:
    """Withdraw whatever may be withdrawn."""
    account = account_id(address_of(role))
    raw = world.read("Clearinghouse", "withdrawable", account) // WAD_PER_RAW
    words = (account, raw, address_of(role))
    return tried(lambda: raw and world.send(role, "MarginVault", "withdraw", *words))


@stops
def test_straddle__while_nobody_can_be_liquidated__is_not_to_be_had(world, stop):
    before_wad = spoils_wad(world, *CREW)
    pool_wad = world.read("InsurancePool", "equity_wad")
    stop(world)
    mark = f"{world.price().mark_wad // wad(1)}"
    tried(lambda: world.order("attacker", "10", mark))
    tried(lambda: world.order("second", "-10", mark, kind=OrderKind.IOC))
    assert [world.size(account_id(address_of(role))) for role in CREW] == [0, 0]
    for price in (59_400, 58_800, 58_200):
        world.index(price, seconds=15)
        world.try_liquidate(account_id(address_of("attacker")))
    for role in CREW:
        leave(world, role)
    world.index(58_200, seconds=20)
    assert spoils_wad(world, *CREW) <= before_wad
    assert world.read("InsurancePool", "equity_wad") >= pool_wad


@stops
def test_place__to_open__is_refused_and_resting_orders_open_nothing(world, stop):
    world.order("maker", "5", "59900")
    stop(world)
    assert not world.read("Clearinghouse", "may_open", world.market)
    assert tried(lambda: world.order("taker", "1", "59800")) == STOPPED
    tried(lambda: world.order("taker", "-1", "59900", kind=OrderKind.IOC))
    assert world.size(account_id(address_of("taker"))) == 0
    tried(lambda: world.order("holder", "-0.5", "59900", kind=OrderKind.IOC, reduce_only=True))
    # The maker is short a bitcoin and may buy no more than that.
    assert world.size(account_id(address_of("maker"))) <= 0


@stops
def test_withdraw__leaning_on_a_position__is_refused_whatever_is_left(world, stop):
    holder = account_id(address_of("holder"))
    stop(world)
    assert world.read("Clearinghouse", "withdrawable", holder) == 0
    words = (holder, 1, address_of("holder"))
    assert tried(lambda: world.send("holder", "MarginVault", "withdraw", *words)) == STOPPED
    isolated = account_id(address_of("holder"), world.market)
    moved = (holder, isolated, 1)
    assert tried(lambda: world.send("holder", "MarginVault", "move", *moved)) == STOPPED


@stops
def test_everything_else__while_liquidations_are_stopped__goes_on(world, stop):
    stop(world)
    assert leave(world, "taker") == ""  # without a position nothing leans on anything
    assert world.read("MockToken", "balanceOf", address_of("taker")) > 0
    world.fund("holder", 1_000)
    mark = f"{world.price().mark_wad // wad(1)}"
    world.order("maker", "0.5", mark, reduce_only=True)
    events = world.order("holder", "-0.5", mark, kind=OrderKind.IOC, reduce_only=True)
    assert len(named(events, "OrderFilled")) == 1


@pytest.mark.parametrize("stop", [after_an_outage, after_an_unpause])
def test_grace__over__opening_and_liquidating_resume_in_the_same_block(world, stop):
    stop(world)
    world.index(60_000, seconds=GRACE_S - 1)
    assert not world.read("Clearinghouse", "may_open", world.market)
    world.index(60_000, seconds=1)
    assert world.read("Clearinghouse", "may_open", world.market)
    assert world.read(
        "Clearinghouse", "liquidation_health", account_id(address_of("holder")), world.market
    )[0]
    assert tried(lambda: world.order("taker", "1", "59800")) == ""


def test_pause__of_liquidation_in_one_market__leaves_the_others_alone(world):
    world.push_all({"ETH-USD": 2_000, world.name: 60_000})
    world.push_all({"ETH-USD": 2_000, world.name: 60_000})
    after_a_pause(world)
    world.trade_in("ETH-USD", "taker", "1", "2000")
    assert world.read("Clearinghouse", "withdrawable", account_id(address_of("taker"))) > 0

"""What it costs to liquidate, to back the pool, to deleverage, and to keep triggers."""

from __future__ import annotations

from sim.experiments.gas.testbed import (
    BOOK,
    MARKET,
    PRICE,
    RAW,
    GasTestbed,
    Step,
    account_of,
    address_of,
    order,
    per_further,
    setup_step,
    step,
)
from sim.types import WHOLE_POSITION_WAD, OrderKind, TriggerKind
from sim.units import wad

IOC = OrderKind.IOC
_PLENTY = 10_000_000
_FILLS = 32
_MORE = 8  # counterparties by which two rounds differ
_COOLDOWN_S = 3 * 86_400


def liquidation(testbed: GasTestbed) -> None:
    """The rungs of the ladder, each for a fresh account; the pool is staked."""
    for role in ("maker", "keeper"):
        testbed.fund(role, _PLENTY)
    _stake(testbed)
    testbed.index(PRICE)
    account = testbed.open("first", "1", 1_030)
    testbed.index(59_250)
    testbed.play(testbed.settle_in(), testbed.place("", "maker", "2", 59_250))
    testbed.play(testbed.settle_in(), _liquidate("liquidate_1_fill", account))
    testbed.play(*_cancel_all(testbed, "maker"))
    account = testbed.open("second", "1", 1_030, price=59_250)
    testbed.index(58_500)
    taking = (account, MARKET, 2**200, account_of("keeper"))
    testbed.play(
        testbed.settle_in(), step("take_over", "keeper", "Liquidator", "take_over", *taking)
    )
    account = testbed.open("third", "1", 1_030, price=58_500)
    testbed.index(57_600)
    testbed.play(testbed.settle_in(), _liquidate("absorb", account))


def _stake(testbed: GasTestbed) -> None:
    amount, receiver = 1_000_000 * RAW, address_of("staker")
    testbed.play(
        setup_step("owner", "MockToken", "mint", receiver, 3 * amount),
        setup_step(
            "staker", "MockToken", "approve", testbed.deployed.address("InsurancePool"), 2**200
        ),
        setup_step("staker", "InsurancePool", "deposit", amount, receiver),
    )


def _cancel_all(testbed: GasTestbed, role: str) -> list[Step]:
    return [setup_step(role, BOOK, "cancel_many", testbed.orders(role))]


def _liquidate(label: str, account: int) -> Step:
    return step(label, "keeper", "Liquidator", "liquidate", account, MARKET, _FILLS)


def staking(testbed: GasTestbed) -> None:
    """Into and out of the insurance pool."""
    _stake(testbed)
    more = (1_000 * RAW, address_of("staker"))
    testbed.play(step("pool_stake", "staker", "InsurancePool", "deposit", *more))
    shares = wad(1)
    testbed.play(step("pool_request_redeem", "staker", "InsurancePool", "request_redeem", shares))
    leaving = step("pool_redeem", "staker", "InsurancePool", "claim", address_of("staker"))
    testbed.play(leaving, seconds=_COOLDOWN_S)


def deleveraging(testbed: GasTestbed) -> None:
    """A bankrupt that nobody takes, against one counterparty and against nine."""
    testbed.fund("maker", _PLENTY)
    testbed.index(PRICE)
    few = _deleveraged(testbed, "few", 1, PRICE)
    many = _deleveraged(testbed, "many", 1 + _MORE, PRICE)
    testbed.gas["deleverage_1"] = few
    testbed.gas["deleverage_per_counterparty"] = per_further(many, few, _MORE)


def _deleveraged(testbed: GasTestbed, name: str, count: int, price: int) -> int:
    """Gas of a round against so many counterparties, who are the whole other side."""
    testbed.index(price)
    others = [f"{name}_{number}" for number in range(count)]
    for role in others:
        testbed.fund(role, 100_000)
    failing = testbed.fund(name, 1_030 * count)
    testbed.play(*(testbed.place("", role, "-1", price) for role in others))
    testbed.play(testbed.place("", name, str(count), price, kind=IOC))
    testbed.index(price - 3_000)
    testbed.play(testbed.settle_in(), _liquidate("", failing))
    accounts = [account_of(role) for role in others]
    found = testbed.read("Deleverager", "candidates", failing, MARKET, accounts, False)
    queue = [one.account for one in sorted(found, key=lambda one: (-one.key_wad, one.account))]
    round_of = (failing, MARKET, queue, False)
    again = _liquidate("", failing)
    called = setup_step("keeper", "Deleverager", "deleverage", *round_of)
    return testbed.play(testbed.settle_in(), again, called)[-1]


def triggers(testbed: GasTestbed) -> None:
    """Stops that are programmed, ratcheted and executed by a keeper."""
    for role in ("maker", "taker", "rival"):
        testbed.fund(role, _PLENTY)
    venue = testbed.deployed.address("TriggerOrders")
    testbed.play(
        *(setup_step(r, "MarginVault", "set_operator", venue, True) for r in ("taker", "rival"))
    )
    testbed.index(PRICE)
    account = account_of("taker")
    testbed.play(
        testbed.place("", "maker", "-2", PRICE), testbed.place("", "taker", "1", PRICE, kind=IOC)
    )
    stop = _trigger(TriggerKind.STOP_LOSS, trigger_wad=wad(59_000))
    trail = _trigger(TriggerKind.TRAILING_STOP, trail_wad=wad("0.02"))
    testbed.play(testbed.settle_in(), _program("trigger_program", account, [stop]))
    testbed.play(testbed.settle_in(), _program("trigger_program_second", account, [trail]))
    opening = order("1", PRICE, IOC)
    bracket = (account_of("rival"), MARKET, opening, [stop, trail], False)
    testbed.play(
        testbed.settle_in(),
        step("open_with_bracket", "rival", "TriggerOrders", "open_with_bracket", *bracket),
    )
    ids = [one.trigger_id for one in testbed.read("TriggerOrders", "triggers_of", account, MARKET)]
    testbed.index(60_500)
    testbed.play(testbed.settle_in(), _keep("trigger_ratchet", "ratchet", ids[1]))
    testbed.index(58_990)
    testbed.play(testbed.settle_in(), testbed.place("", "maker", "1", 58_990))
    testbed.play(testbed.settle_in(), _keep("trigger_execute", "execute", ids[0]))


def _trigger(kind: TriggerKind, *, trigger_wad: int = 0, trail_wad: int = 0) -> tuple[int, ...]:
    slippage_wad, tip_wad = wad("0.01"), wad(2)
    return int(kind), WHOLE_POSITION_WAD, trigger_wad, trail_wad, slippage_wad, tip_wad, 0


def _program(label: str, account: int, programmed: list[tuple[int, ...]]) -> Step:
    arguments = (account, MARKET, programmed, False)
    return step(label, "taker", "TriggerOrders", "program", *arguments)


def _keep(label: str, method: str, trigger_id: int) -> Step:
    return step(label, "keeper", "TriggerOrders", method, trigger_id)

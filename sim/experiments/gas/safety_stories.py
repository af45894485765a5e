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
    scenery,
    step,
)
from sim.types import WHOLE_POSITION_WAD, OrderKind, TriggerKind
from sim.units import wad

IOC = OrderKind.IOC
_PLENTY = 10_000_000
_FILLS = 32
_MORE = 8  # counterparties by which two rounds differ
_COOLDOWN_S = 3 * 86_400


def liquidation(stage: GasTestbed) -> None:
    """The rungs of the ladder, each for a fresh account; the pool is staked."""
    for role in ("maker", "keeper"):
        stage.fund(role, _PLENTY)
    _stake(stage)
    stage.index(PRICE)
    account = stage.open("first", "1", 1_030)
    stage.index(59_250)
    stage.play(stage.settle_in(), stage.place("", "maker", "2", 59_250))
    stage.play(stage.settle_in(), _liquidate("liquidate_1_fill", account))
    stage.play(*_cancel_all(stage, "maker"))
    account = stage.open("second", "1", 1_030, price=59_250)
    stage.index(58_500)
    taking = (account, MARKET, 2**200, account_of("keeper"))
    stage.play(stage.settle_in(), step("take_over", "keeper", "Liquidator", "take_over", *taking))
    account = stage.open("third", "1", 1_030, price=58_500)
    stage.index(57_600)
    stage.play(stage.settle_in(), _liquidate("absorb", account))


def _stake(stage: GasTestbed) -> None:
    amount, receiver = 1_000_000 * RAW, address_of("staker")
    stage.play(
        scenery("owner", "MockToken", "mint", receiver, 3 * amount),
        scenery("staker", "MockToken", "approve", stage.deployed.address("InsurancePool"), 2**200),
        scenery("staker", "InsurancePool", "deposit", amount, receiver),
    )


def _cancel_all(stage: GasTestbed, role: str) -> list[Step]:
    return [scenery(role, BOOK, "cancel_many", stage.orders(role))]


def _liquidate(label: str, account: int) -> Step:
    return step(label, "keeper", "Liquidator", "liquidate", account, MARKET, _FILLS)


def staking(stage: GasTestbed) -> None:
    """Into and out of the insurance pool."""
    _stake(stage)
    more = (1_000 * RAW, address_of("staker"))
    stage.play(step("pool_stake", "staker", "InsurancePool", "deposit", *more))
    shares = wad(1)
    stage.play(step("pool_request_redeem", "staker", "InsurancePool", "request_redeem", shares))
    leaving = step("pool_redeem", "staker", "InsurancePool", "redeem", address_of("staker"))
    stage.play(leaving, seconds=_COOLDOWN_S)


def deleveraging(stage: GasTestbed) -> None:
    """A bankrupt that nobody takes, against one counterparty and against nine."""
    stage.fund("maker", _PLENTY)
    stage.index(PRICE)
    few = _deleveraged(stage, "few", 1, PRICE)
    many = _deleveraged(stage, "many", 1 + _MORE, PRICE)
    stage.gas["deleverage_1"] = few
    stage.gas["deleverage_per_counterparty"] = per_further(many, few, _MORE)


def _deleveraged(stage: GasTestbed, name: str, count: int, price: int) -> int:
    """Gas of a round against so many counterparties, who are the whole other side."""
    stage.index(price)
    others = [f"{name}_{number}" for number in range(count)]
    for role in others:
        stage.fund(role, 100_000)
    failing = stage.fund(name, 1_030 * count)
    stage.play(*(stage.place("", role, "-1", price) for role in others))
    stage.play(stage.place("", name, str(count), price, kind=IOC))
    stage.index(price - 3_000)
    stage.play(stage.settle_in(), _liquidate("", failing))
    accounts = [account_of(role) for role in others]
    found = stage.read("Deleverager", "candidates", failing, MARKET, accounts, False)
    queue = [one.account for one in sorted(found, key=lambda one: (-one.key_wad, one.account))]
    round_of = (failing, MARKET, queue, False)
    again = _liquidate("", failing)
    called = scenery("keeper", "Deleverager", "deleverage", *round_of)
    return stage.play(stage.settle_in(), again, called)[-1]


def triggers(stage: GasTestbed) -> None:
    """Stops that are programmed, ratcheted and executed by a keeper."""
    for role in ("maker", "taker", "rival"):
        stage.fund(role, _PLENTY)
    venue = stage.deployed.address("TriggerOrders")
    stage.play(
        *(scenery(r, "MarginVault", "set_operator", venue, True) for r in ("taker", "rival"))
    )
    stage.index(PRICE)
    account = account_of("taker")
    stage.play(
        stage.place("", "maker", "-2", PRICE), stage.place("", "taker", "1", PRICE, kind=IOC)
    )
    stop = _trigger(TriggerKind.STOP_LOSS, trigger_wad=wad(59_000))
    trail = _trigger(TriggerKind.TRAILING_STOP, trail_wad=wad("0.02"))
    stage.play(stage.settle_in(), _program("trigger_program", account, [stop]))
    stage.play(stage.settle_in(), _program("trigger_program_second", account, [trail]))
    opening = order("1", PRICE, IOC)
    bracket = (account_of("rival"), MARKET, opening, [stop, trail], False)
    stage.play(
        stage.settle_in(),
        step("open_with_bracket", "rival", "TriggerOrders", "open_with_bracket", *bracket),
    )
    ids = [one.trigger_id for one in stage.read("TriggerOrders", "triggers_of", account, MARKET)]
    stage.index(60_500)
    stage.play(stage.settle_in(), _keep("trigger_ratchet", "ratchet", ids[1]))
    stage.index(58_990)
    stage.play(stage.settle_in(), stage.place("", "maker", "1", 58_990))
    stage.play(stage.settle_in(), _keep("trigger_execute", "execute", ids[0]))


def _trigger(kind: TriggerKind, *, trigger_wad: int = 0, trail_wad: int = 0) -> tuple[int, ...]:
    slippage_wad, tip_wad = wad("0.01"), wad(2)
    return int(kind), WHOLE_POSITION_WAD, trigger_wad, trail_wad, slippage_wad, tip_wad, 0


def _program(label: str, account: int, programmed: list[tuple[int, ...]]) -> Step:
    arguments = (account, MARKET, programmed, False)
    return step(label, "taker", "TriggerOrders", "program", *arguments)


def _keep(label: str, method: str, trigger_id: int) -> Step:
    return step(label, "keeper", "TriggerOrders", method, trigger_id)

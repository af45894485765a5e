"""What somebody might try to get out of trigger orders, and what it earns: nothing."""

from __future__ import annotations

import pytest

from sim.abi.artifacts import artifact
from sim.chain.port import Call, CallReverted
from sim.types import account_id
from sim.units import WAD, wad
from tests.support.contracts import address_of
from tests.trigger_world import (
    BOOK,
    IOC,
    MARKET,
    TriggerStage,
    named,
    profit,
    refused,
    stop,
    trailing,
)
from tests.world import World

KEEPER = account_id(address_of("keeper"))


@pytest.fixture
def stage(world: World) -> TriggerStage:
    """A long of 1 BTC from 60,000 on 20,000 of collateral."""
    made = TriggerStage(world)
    made.open(1)
    return made


def sell_at_market(stage: TriggerStage, price: int) -> int:
    """What the trader is left with after selling everything itself."""
    before = stage.world.snapshot()
    order = (False, wad(1), wad(price), IOC, True, 0)
    stage.send("taker", BOOK, "place", stage.trader, order, 32)
    cash_wad = stage.cash_wad()
    stage.world.revert(before)
    return cash_wad


def test_attack__owner_executes_its_own_trigger__earns_nothing_on_top(stage):
    (trigger_id,) = stage.program(stop(58_000, tip_wad=wad(50)))
    stage.price(57_900)
    stage.rest("maker", True, 1, 57_900)
    alone_wad = sell_at_market(stage, 57_000) + stage.tips_wad()
    stage.execute(trigger_id, "taker")
    assert stage.cash_wad() == alone_wad
    assert stage.tips_wad() == 0


def test_attack__tight_stop__fires_at_the_book_and_not_for_free(stage):
    with refused("triggers: would fire at once"):
        stage.program(stop(60_000))
    (trigger_id,) = stage.program(stop("59999.9", slippage_wad=wad("0.05")))
    with refused("triggers: mark has not reached it"):
        stage.execute(trigger_id)  # nor in the block it was programmed in
    stage.price(58_500)
    stage.rest("maker", True, 1, 58_490)
    alone_wad = sell_at_market(stage, 57_000)
    done = stage.execute(trigger_id)
    assert done.average_wad == wad(58_490)  # the loss between stop and market is the owner's
    assert stage.cash_wad() == alone_wad
    assert stage.cash_wad(KEEPER) == wad(2)


@pytest.mark.parametrize(
    "trades",
    [["-1"], ["-1", "1"], ["-2"], ["-2", "2"], ["-0.5", "-0.5", "1"]],
    ids=["closed", "reopened", "flipped", "flipped_back", "closed_in_parts_and_reopened"],
)
def test_attack__execute_after_the_position_went__is_refused(stage, trades):
    ids = stage.program(stop(58_000), profit(61_000), trailing("0.01"))
    for size in trades:
        stage.open(size)
    for price in (57_900, 61_500):
        stage.walk(price)
        for trigger_id in ids:
            assert not stage.ask("executable", trigger_id)
            for method in ("execute", "ratchet"):
                with refused("triggers: its position is gone"):
                    stage.send("keeper", "TriggerOrders", method, trigger_id)


def test_attack__position_reduced_and_enlarged__keeps_its_triggers(stage):
    (trigger_id,) = stage.program(stop(58_000))
    for size in ("-0.9", "1.4"):
        stage.open(size)
    stage.price(57_900)
    stage.rest("maker", True, 3, 57_900)
    assert stage.execute(trigger_id).filled_wad == wad("1.5")


def test_attack__keeper_picks_its_moment__the_price_bound_stays(stage):
    (takes,) = [entry for entry in artifact("TriggerOrders").abi if entry.get("name") == "execute"]
    assert [one["name"] for one in takes["inputs"]] == ["trigger_id"]
    (trigger_id,) = stage.program(stop(58_000, slippage_wad=wad("0.002")))
    for price in (57_990, 57_000, 55_500):
        stage.price(price)
        done = stage.execute(trigger_id)
        assert (done.limit_wad, done.filled_wad) == (wad(57_884), 0)
    # A keeper who waits behind the trigger with an order of its own gets no more than that.
    stage.world.deposit("keeper", 100_000 * 10**6)
    stage.price(57_950)
    stage.rest("keeper", True, "0.5", "57883.9")
    assert stage.execute(trigger_id).filled_wad == 0
    stage.rest("keeper", True, "0.5", "57884")
    assert stage.execute(trigger_id).average_wad == wad(57_884)


@pytest.mark.parametrize(("side", "sign"), [("", 1), ("-", -1)])
def test_attack__marks_of_every_kind__never_loosen_a_trailing_stop(world, side, sign):
    stage = TriggerStage(world)
    stage.open(f"{side}1")
    (trigger_id,) = stage.program(trailing("0.05"))
    (trails,) = stage.ask("triggers_of", stage.trader, MARKET)
    best_wad, last_wad = wad(60_000), trails.trigger_wad
    for away in (300, -900, 700, 650, -1_200, 1_500, 0, 1_499, 1_501):
        stage.price(60_000 + sign * away)
        best_wad = max(best_wad, stage.mark_wad(), key=lambda mark_wad: sign * mark_wad)
        stage.send("stranger", "TriggerOrders", "ratchet", trigger_id)
        now_wad = stage.ask("trigger", trigger_id).trigger_wad
        assert sign * now_wad >= sign * last_wad
        assert abs(now_wad * WAD - best_wad * (WAD - sign * wad("0.05"))) < WAD
        last_wad = now_wad


def test_attack__keeper_feeds_dust__the_tip_is_paid_once_in_all(stage):
    (trigger_id,) = stage.program(stop(58_000, tip_wad=wad(10)))
    stage.world.deposit("keeper", 100_000 * 10**6)
    stage.price(57_900)
    paid_wad = 0
    for _ in range(20):
        stage.rest("keeper", True, "0.0002", 57_900)
        paid_wad += stage.execute(trigger_id).tip_wad
    assert paid_wad == wad(10) * 40 // 10_000
    stage.rest("maker", True, 1, 57_900)
    paid_wad += stage.execute(trigger_id).tip_wad
    assert paid_wad == wad(10)


def test_attack__many_triggers_for_one_position__take_no_more_than_it(stage):
    ids = stage.program(*[stop(58_000, size_wad=wad("0.3"), tip_wad=wad(1)) for _ in range(16)])
    stage.price(57_900)
    stage.rest("maker", True, 10, 57_900)
    taken = [stage.execute(trigger_id).filled_wad for trigger_id in ids[:4]]
    assert taken == [wad("0.3"), wad("0.3"), wad("0.3"), wad("0.1")]
    for trigger_id in ids[4:]:
        with refused("triggers: its position is gone"):
            stage.execute(trigger_id)
    assert stage.size_wad() == 0
    assert stage.cash_wad(KEEPER) == wad(4)
    stage.send("stranger", "TriggerOrders", "bury", stage.trader, MARKET)
    assert stage.tips_wad() == 0


def test_attack__stranger_acts_for_an_owner__is_refused(stage):
    (trigger_id,) = stage.program(stop(58_000))
    order = (True, wad(1), wad(60_000), IOC, False, 0)
    for method, arguments in (
        ("program", (stage.trader, MARKET, (stop(57_000),), False)),
        ("open_with_bracket", (stage.trader, MARKET, order, (), False)),
        ("cancel", ((trigger_id,),)),
        # The venue itself owns the purse; nobody is its operator.
        ("program", (stage.purse, MARKET, (stop(57_000),), False)),
        ("open_with_bracket", (stage.purse, MARKET, order, (), False)),
    ):
        with refused("triggers: not owner or operator"):
            stage.send("stranger", "TriggerOrders", method, *arguments)


def test_attack__owner_who_named_no_operator__cannot_be_drawn_in(stage):
    whale = account_id(address_of("whale"))
    with refused("vault: caller is neither owner nor operator"):
        stage.send("whale", "MarginVault", "move", stage.purse, whale, 1)
    # Even by itself it needs the vault's leave to prepay.
    stage.rest("maker", False, 1, 60_000)
    order = (True, wad(1), wad(60_000), IOC, False, 0)
    with refused("vault: caller is neither owner nor operator"):
        stage.send(
            *("whale", "TriggerOrders", "open_with_bracket", whale, MARKET),
            *(order, (stop(58_000),), False),
        )
    with refused("clearinghouse: caller not allowed"):
        stage.send("whale", "Clearinghouse", "pay", whale, 1)


def test_attack__cash_moved_to_another_owner__is_refused(stage):
    with refused("clearinghouse: accounts have different owners"):
        stage.send("taker", "MarginVault", "move", stage.trader, KEEPER, wad(1))


@pytest.mark.parametrize(
    ("bits", "market"), [(MARKET << 8, 0), (0, 1 << 88), (1 << 8, 1 << 8), (MARKET << 8, MARKET)]
)
def test_attack__account_that_is_another_one_in_disguise__buries_nothing(world, bits, market):
    stage = TriggerStage(world)
    stage.open(1)
    stage.open(-1)
    stage.open(1)  # so that an account without a history has another epoch
    (trigger_id,) = stage.program(stop(58_000))
    with refused("triggers: no such account or market"):
        stage.send("stranger", "TriggerOrders", "bury", stage.trader | bits, market)
    assert stage.ask("trigger", trigger_id).is_alive


def test_attack__profit_on_paper__does_not_leave_as_a_tip(world):
    stage = TriggerStage(world, capital=7_000)
    stage.open(1)
    stage.price(63_000)
    withdrawable_wad = world.read("Clearinghouse", "withdrawable", stage.trader)
    with refused("clearinghouse: above withdrawable"):
        stage.program(stop(62_000, tip_wad=withdrawable_wad + 1))
    stage.program(stop(62_000, tip_wad=withdrawable_wad))
    assert world.read("Clearinghouse", "withdrawable", stage.trader) == 0


def test_attack__owner_that_reverts_on_everything__blocks_nobody(stage):
    world = stage.world
    odd = StubbornOwner(world)
    world.deposit("stranger", 20_000 * 10**6)
    odd.fund(20_000)
    stage.rest("maker", False, 1, 60_000)
    order = (True, wad(1), wad(60_000), IOC, False, 0)
    triggers = (stop(58_000), profit(66_000))
    odd.act("TriggerOrders", "open_with_bracket", odd.account, MARKET, order, triggers, False)
    first, second = (one.trigger_id for one in stage.ask("triggers_of", odd.account, MARKET))
    (mine,) = stage.program(stop(58_000))

    stage.price(57_900)
    stage.rest("maker", True, 3, 57_900)
    assert stage.execute(first).left_wad == 0
    assert stage.execute(mine).left_wad == 0
    cash_wad = stage.cash_wad(odd.account)
    events = stage.send("stranger", "TriggerOrders", "bury", odd.account, MARKET)
    assert [one.trigger_id for one in named(events, "TriggerDied")] == [second]
    assert stage.cash_wad(odd.account) == cash_wad + wad(2)
    assert stage.tips_wad() == 0


class StubbornOwner:
    """A contract with an account of its own, which it alone can be made to use."""

    def __init__(self, world: World) -> None:
        made = artifact("StubbornOwner")
        data = made.initcode + made.constructor.encode()
        self.world = world
        self.address = world.chain.deploy(address_of("stranger"), data)
        self.account = account_id(self.address)
        self._act = made.methods["act"]

    def fund(self, amount: int) -> None:
        """Deposit collateral and name the trigger venue its operator."""
        vault, amount_raw = self.world.deployed.address("MarginVault"), amount * 10**6
        self.world.send("owner", "MockToken", "mint", self.address, amount_raw)
        self.act("MockToken", "approve", vault, amount_raw)
        self.act("MarginVault", "deposit", self.account, amount_raw)
        self.act("MarginVault", "set_operator", self.world.deployed.address("TriggerOrders"), True)

    def act(self, name: str, method: str, *arguments: object) -> None:
        """Make the contract call another."""
        found = artifact(name).methods[method].encode(*arguments)
        target = self.world.deployed.address(name)
        call = Call(address_of("stranger"), self.address, self._act.encode(target, found))
        self.world.chain.submit([call])
        receipt = self.world.chain.seal()[-1]
        if not receipt.ok:
            raise CallReverted(receipt.error)

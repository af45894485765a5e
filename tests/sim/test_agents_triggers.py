from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from sim.agents.base import NEVER, Group, Strategy
from sim.agents.registry import AnyGroup
from sim.scenario import load_scenario
from sim.scenario.load import SCENARIOS
from sim.types import (
    WHOLE_POSITION_WAD,
    AllowTriggers,
    BuryTriggers,
    ExecuteTrigger,
    OpenWithBracket,
    Ratchet,
    Status,
    TriggerKind,
    TriggerView,
)
from sim.units import wad
from tests.sim.agent_views import ACCOUNT, PRICE, SPEC, VIEW, Shown, agent_context, at
from tests.sim.engine_runs import run

STOP, PROFIT, TRAIL = TriggerKind


@dataclass(kw_only=True)
class ShownTriggers(Shown):
    """An observation with triggers."""

    standing: Collection[TriggerView] = ()

    def triggers(self) -> Collection[TriggerView]:
        return self.standing


def trigger(trigger_id: int, kind: TriggerKind = STOP, price: int = 59_000, **terms: object):
    plain = TriggerView(
        trigger_id=trigger_id,
        account=ACCOUNT,
        market=SPEC.name,
        kind=kind,
        is_long=True,
        trigger_wad=wad(price),
        trail_wad=0,
        tip_wad=wad(1),
    )
    return replace(plain, **terms)


def agent(kind: str, **settings: object) -> Strategy:
    made: Group = TypeAdapter(AnyGroup).validate_python(
        {"kind": kind, "capital": 1_000, **settings}
    )
    return made.build(agent_context())


@pytest.mark.parametrize(
    ("one", "mark", "fires"),
    [
        (trigger(1), 59_000, True),
        (trigger(1), 59_001, False),
        (trigger(1, PROFIT, 61_000), 61_000, True),
        (trigger(1, PROFIT, 61_000), 60_999, False),
        (trigger(1, is_long=False), 59_000, True),
        (trigger(1, is_long=False), 58_999, False),
        (trigger(1, PROFIT, 59_000, is_long=False), 58_999, True),
        (trigger(1, PROFIT, 59_000, is_long=False), 59_001, False),
        (trigger(1, TRAIL, trail_wad=wad("0.02")), 58_999, True),
    ],
)
def test_trigger_keeper__mark_against_trigger__asks_for_what_fires(one, mark, fires) -> None:
    seen = ShownTriggers(view=at(mark), standing=[one])
    wanted = (ExecuteTrigger(trigger_id=1),) if fires else ()
    assert tuple(agent("trigger_keeper").act(seen)) == wanted


def test_trigger_keeper__several_fire__takes_the_best_paid_and_waits_before_the_next_try() -> None:
    keeper = agent("trigger_keeper", max_per_block=2, retry_blocks=3, min_tip=1)
    standing = [
        trigger(1, price=60_000),
        trigger(2, price=60_000, tip_wad=wad(3)),
        trigger(3, price=60_000, tip_wad=wad("0.9")),
        trigger(4, price=60_000),
    ]

    def asked(block: int) -> list[int]:
        return [one.trigger_id for one in keeper.act(ShownTriggers(block=block, standing=standing))]

    assert [asked(block) for block in (1, 2, 3, 4)] == [[2, 1], [4], [], [2, 1]]


def test_trigger_keeper__index_not_to_be_trusted__asks_for_nothing() -> None:
    seen = ShownTriggers(view=replace(VIEW, status=Status.HALTED), standing=[trigger(1)])
    assert agent("trigger_keeper").act(seen) == []


@pytest.mark.parametrize(("is_long", "sign"), [(True, 1), (False, -1)])
def test_trigger_keeper__trail_lags_by_a_step__is_shown_the_mark(is_long, sign) -> None:
    trail = trigger(
        1, TRAIL, PRICE - sign * 600, is_long=is_long, trail_wad=wad("0.01")
    )  # as of 60,000
    keeper = agent("trigger_keeper", ratchet_step="0.01")
    for away, follows in ((0, False), (590, False), (620, True)):
        actions = keeper.act(ShownTriggers(view=at(PRICE + sign * away), standing=[trail]))
        assert actions == ([Ratchet(trigger_id=1)] if follows else [])


def scale_out(**settings: object) -> Strategy:
    plain = {"leverage": 10, "cuts": ("0.3", "0.6"), "targets": ("0.02",)}
    return agent("scale_out_trader", **(plain | settings))


@pytest.mark.parametrize("side", [1, -1])
def test_scale_out__opens__with_its_whole_way_out(side: int) -> None:
    trader = scale_out(side=side, trail="0.015", tip=2)
    assert trader.act(Shown()) == (AllowTriggers(),)
    (opening,) = trader.act(Shown(block=2))
    assert isinstance(opening, OpenWithBracket)
    size_wad = opening.order.size_wad
    assert size_wad * side > 0
    first, last, target, trail = opening.triggers
    # 3 % and 6 % are three and six tenths of the way to bankruptcy at 10x.
    assert first.trigger_wad == wad(PRICE) - side * wad(PRICE) * 3 // 100
    assert last.trigger_wad == wad(PRICE) - side * wad(PRICE) * 6 // 100
    assert target.trigger_wad == wad(PRICE) + side * wad(PRICE) * 2 // 100
    assert (first.kind, last.kind, target.kind, trail.kind) == (STOP, STOP, PROFIT, TRAIL)
    assert first.size_wad == abs(size_wad) // 2 // SPEC.lot_wad * SPEC.lot_wad
    assert (last.size_wad, trail.size_wad) == (WHOLE_POSITION_WAD, WHOLE_POSITION_WAD)
    assert {one.tip_wad for one in opening.triggers} == {wad(2)}
    # Margin, fee and tips fit the capital.
    notional = abs(size_wad) * PRICE // wad(1)
    assert notional / 10 + notional * 0.0005 + 4 * 2 <= 1_000


def test_scale_out__in_then_out__leaves_it_to_the_triggers_and_fetches_the_tips() -> None:
    trader = scale_out()
    trader.act(Shown())
    assert trader.act(Shown(block=2, size_wad=wad(1), quote_wad=-wad(PRICE))) == ()
    assert trader.act(Shown(block=9)) == (BuryTriggers(account=ACCOUNT, market=SPEC.name),)
    assert trader.next_block(9) == NEVER


def test_scale_out__never_filled__gives_up() -> None:
    trader = scale_out()
    opened = [trader.act(Shown(block=block)) for block in range(1, 40)]
    assert sum(bool(actions) for actions in opened) == 1 + 20
    assert trader.next_block(40) == NEVER


ENDED = ("TriggerCancelled", "TriggerDied")
SCENARIO_AGENTS = """
  - kind: trigger_keeper
    count: 2
    capital: 1_000
  - kind: scale_out_trader
    name: scaler_up
    count: 6
    capital: 5_000
    leverage: {choice: [5, 20, 40]}
    opens_at_block: {uniform: [3, 12]}
    cuts: [0.02, 0.05, 0.1]
    targets: [0.0005, 0.001]
    trail: 0.003
  - kind: scale_out_trader
    name: scaler_down
    count: 6
    side: -1
    capital: 5_000
    leverage: {choice: [5, 20, 40]}
    opens_at_block: {uniform: [3, 12]}
    cuts: [0.02, 0.05, 0.1]
    targets: [0.0005, 0.001]
    trail: 0.003
"""


def test_run__traders_who_scale_out_and_keepers__triggers_fire_and_every_invariant_holds(
    tmp_path: Path,
) -> None:
    text = (SCENARIOS / "calm.yaml").read_text() + SCENARIO_AGENTS
    path = tmp_path / "scaling.yaml"
    path.write_text(text)
    kept, result = run(load_scenario(str(path), ["blocks=60", "prices.BTC-USD.vol_per_year=3"]))
    assert result.violations == ()
    told = [(log.event, log.values) for log in kept.logs if log.contract == "TriggerOrders"]
    names = {name for name, _ in told}
    assert {"TriggerProgrammed", "TriggerExecuted", "TriggerRatcheted", "TriggerDied"} <= names
    filled_wad = [values[6] for name, values in told if name == "TriggerExecuted"]
    assert max(filled_wad) > 0
    # What traders prepaid is what keepers earned, what came back, and what still stands.
    prepaid_wad = sum(values[9] for name, values in told if name == "TriggerProgrammed")
    earned_wad = sum(values[9] for name, values in told if name == "TriggerExecuted")
    back_wad = sum(values[-1] for name, values in told if name in ENDED)
    purse_wad = [row.cash_wad for row in kept.held if row.kind == "trigger_orders"][-1]
    assert prepaid_wad == earned_wad + back_wad + purse_wad

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim.ordering import AnyOrdering, Level, Ordered
from sim.ordering.pending import BlockContext
from sim.ordering.sandwich import best_plan
from sim.scenario import ScenarioError
from sim.types import CancelOrders, Liquidate, OrderKind, PlaceOrder, Poke
from sim.units import WAD, mul_down, mul_up, wad
from tests.sim.agent_views import SPEC, VIEW, Shown
from tests.sim.engine_runs import Kept, calm, run
from tests.sim.ordering_wishes import BUILDER_ACCOUNT, Wishes, agents, sequencer

TICK = SPEC.tick_wad
ALONE = {"kind": "adversarial"}


def scene(
    seen: Shown | None = None,
    asks: Sequence[tuple[str, str]] = (),
    bids: Sequence[tuple[str, str]] = (("59_990", "5"),),
) -> BlockContext:
    shown = seen or Shown()
    sides = {
        True: [Level(wad(price), wad(size)) for price, size in asks],
        False: [Level(wad(price), wad(size)) for price, size in bids],
    }
    return BlockContext(block=shown.block, seen=shown, depth=lambda _, is_buy: sides[is_buy])


def market_buy(size: str, bound: str) -> PlaceOrder:
    return PlaceOrder(
        account=1 << 96,
        market=SPEC.name,
        size_wad=wad(size),
        price_wad=wad(bound),
        kind=OrderKind.IOC,
    )


def placed(said: dict[str, object], wanted: Wishes, where: BlockContext) -> Ordered:
    return sequencer(ALONE | said).order(where, wanted)


SANDWICH: dict[str, object] = {"sandwich_above": 10_000}
THIN = [("60_000", "0.5"), ("60_300", "1"), ("60_900", "4")]


def test_place__large_market_order_on_a_thin_book__stands_between_two_of_the_builders() -> None:
    victim = market_buy("1", "60_600")
    wanted: Wishes = [("aaron", [Poke(market=SPEC.name)]), ("whale", [victim])]
    found = placed(SANDWICH, wanted, scene(asks=THIN)).placed
    # It buys all that is cheaper than the bound, 1.5, and sells 1 of it at the bound.
    assert agents(found) == ["builder", "builder", "whale", "builder", "aaron"]
    front, offer, _, close = (one.action for one in found[:4])
    assert isinstance(front, PlaceOrder)
    assert isinstance(offer, PlaceOrder)
    assert isinstance(close, PlaceOrder)
    assert (front.account, front.kind) == (BUILDER_ACCOUNT, OrderKind.IOC)
    assert (front.size_wad, front.price_wad) == (wad("1.5"), wad(60_300))
    assert (offer.size_wad, offer.price_wad) == (-wad("1.5"), wad(60_600))
    assert offer.reduce_only
    assert (close.size_wad, close.reduce_only) == (-wad("0.5"), True)


@given(
    asks=st.lists(
        st.tuples(st.integers(1, 40), st.integers(1, 30)), min_size=1, max_size=5, unique_by=min
    ),
    wanted=st.integers(1, 40),
    bound=st.integers(2, 50),
    exit_at=st.integers(-50, 0),
)
@example(asks=[(1, 1), (2, 2)], wanted=3, bound=2, exit_at=0)  # a level at the bound is worth it
def test_best_plan__every_small_book__is_the_best_of_all_that_can_be_done(
    asks: list[tuple[int, int]], wanted: int, bound: int, exit_at: int
) -> None:
    book = {wad(60_000) + at * TICK: size * SPEC.lot_wad for at, size in asks}
    levels = [Level(price, book[price]) for price in sorted(book)]
    limit_wad, exit_wad = wad(60_000) + bound * TICK, wad(60_000) + exit_at * TICK
    victim = market_buy("1", "60_000")
    victim = replace(victim, size_wad=wanted * SPEC.lot_wad, price_wad=limit_wad)
    spec = replace(SPEC, taker_fee_bps=0)
    plan = best_plan(
        victim,
        replace(VIEW, spec=spec),
        levels,
        [Level(exit_wad, WAD)],
        bound_wad=limit_wad,
        most_wad=WAD,
    )
    gains = [
        played(levels, count, offer * TICK + wad(60_000), victim, exit_wad)
        for count in range(1, len(levels) + 1)
        for offer in range(1, bound + 1)
    ]
    best = max(gains, default=0)
    found = 0 if plan is None else plan.gain_wad
    assert abs(found - max(best, 0)) <= len(levels) + 2


def played(
    levels: Sequence[Level], count: int, offer_wad: int, victim: PlaceOrder, exit_wad: int
) -> int:
    """What taking `count` levels and offering them again brings, the victim's order played out."""
    held_wad = sum(level.size_wad for level in levels[:count])
    cash_wad = -sum(mul_up(level.size_wad, level.price_wad) for level in levels[:count])
    # At one price those who were there before come first.
    book = [(level.price_wad, 0, level.size_wad) for level in levels[count:]]
    book.append((offer_wad, 1, held_wad))
    wanted_wad = victim.size_wad
    for price_wad, is_own, size_wad in sorted(book):
        if price_wad > victim.price_wad:
            break
        fill_wad = min(size_wad, wanted_wad)
        wanted_wad -= fill_wad
        if is_own:
            cash_wad += mul_down(fill_wad, price_wad)
            held_wad -= fill_wad
    return cash_wad + mul_down(held_wad, exit_wad)


def test_best_plan__a_sale__is_the_mirror_of_a_purchase() -> None:
    sale = replace(market_buy("1", "60_600"), size_wad=-WAD, price_wad=wad(59_400))
    mirrored = [Level(wad(120_000) - wad(price), wad(size)) for price, size in THIN]
    view = replace(VIEW, spec=replace(SPEC, taker_fee_bps=0))
    ways = {"most_wad": 10 * WAD}
    bought = best_plan(
        market_buy("1", "60_600"),
        view,
        [Level(wad(price), wad(size)) for price, size in THIN],
        [Level(wad(59_990), WAD)],
        bound_wad=wad(60_600),
        **ways,
    )
    sold = best_plan(sale, view, mirrored, [Level(wad(60_010), WAD)], bound_wad=wad(59_400), **ways)
    assert bought is not None
    assert sold is not None
    assert (sold.taken_wad, sold.left_wad) == (-bought.taken_wad, -bought.left_wad)
    assert sold.offer_price_wad == wad(120_000) - bought.offer_price_wad
    assert abs(sold.gain_wad - bought.gain_wad) <= 4


@pytest.mark.parametrize(
    ("victim", "asks", "why"),
    [
        (market_buy("0.1", "60_600"), THIN, "smaller than it cares for"),
        (replace(market_buy("1", "60_600"), kind=OrderKind.LIMIT), THIN, "may rest"),
        (market_buy("1", "60_000"), THIN, "has no room above the best offer"),
        (market_buy("1", "60_600"), [("60_000", "50")], "finds a book deeper than its clip"),
    ],
)
def test_place__order_not_worth_it__is_left_alone(
    victim: PlaceOrder, asks: list[tuple[str, str]], why: str
) -> None:
    found = placed(SANDWICH, [("whale", [victim])], scene(asks=asks)).placed
    assert agents(found) == ["whale"], why


def test_place__victim_with_something_before_its_order__keeps_its_own_order() -> None:
    cancel = CancelOrders(account=1 << 96, market=SPEC.name, order_ids=(1,))
    found = placed(SANDWICH, [("whale", [cancel, market_buy("1", "60_600")])], scene(asks=THIN))
    assert agents(found.placed) == ["whale", "whale"]


def test_place__several_victims_in_a_market__only_the_best_is_sandwiched() -> None:
    wanted: Wishes = [
        ("small", [market_buy("0.5", "60_400")]),
        ("whale", [market_buy("1.5", "61_000")]),
    ]
    found = agents(placed(SANDWICH, wanted, scene(asks=THIN)).placed)
    assert found[:3] == ["builder", "builder", "whale"]
    assert found[-1] == "small"


def test_place__reward_found_by_others__is_copied_in_front_once() -> None:
    call = Liquidate(account=9, market=SPEC.name)
    other = Liquidate(account=10, market=SPEC.name)
    wanted: Wishes = [("first", [call]), ("second", [call, other])]
    found = placed({"snipes": ("Liquidate",)}, wanted, scene()).placed
    assert [(one.agent, one.action) for one in found] == [
        ("builder", call),
        ("first", call),
        ("second", call),
        ("builder", other),
        ("second", other),
    ]


@pytest.mark.parametrize(
    ("ask", "bid", "side"), [("59_900", "59_890", 1), ("60_110", "60_100", -1)]
)
def test_place__quotes_the_index_left_behind__are_taken_before_anybody_moves(
    ask: str, bid: str, side: int
) -> None:
    view = replace(VIEW, best_ask_wad=wad(ask), best_bid_wad=wad(bid))
    said: dict[str, object] = {"stale_edge": "0.001", "clip_notional": 6_000}
    cancel = CancelOrders(account=1 << 96, market=SPEC.name, order_ids=(1,))
    found = placed(said, [("maker", [cancel])], scene(Shown(view=view))).placed
    assert agents(found) == ["builder", "maker"]
    taken = found[0].action
    assert isinstance(taken, PlaceOrder)
    assert taken.size_wad == side * wad("0.1")
    assert taken.price_wad == wad(60_000) - side * wad(60)


def test_place__position_left_over__is_closed_at_the_end() -> None:
    found = placed({}, [("maker", [Poke(market=SPEC.name)])], scene(Shown(size_wad=wad("0.3"))))
    assert agents(found.placed) == ["maker", "builder"]
    close = found.placed[-1].action
    assert isinstance(close, PlaceOrder)
    assert (close.size_wad, close.reduce_only, close.kind) == (-wad("0.3"), True, OrderKind.IOC)


def test_place__censored__come_back_in_order_when_the_time_is_over() -> None:
    rule = {"agents": ("maker",), "actions": ("Liquidate",), "from_block": 2, "blocks": 2}
    one = sequencer(ALONE | {"censors": rule})

    def names(block: int) -> list[str]:
        wanted: Wishes = [
            ("keeper_0001", [Liquidate(account=block, market=SPEC.name)]),
            ("maker_0001", [Poke(market=SPEC.name)]),
            ("noise_0001", [Poke(market=SPEC.name)]),
        ]
        found = one.order(BlockContext(block=block), wanted)
        waiting.append(found.space.waiting)
        return agents(found.placed)

    waiting: list[int] = []
    everybody = ["keeper_0001", "maker_0001", "noise_0001"]
    seen = [names(block) for block in (1, 2, 3, 4, 5)]
    assert seen[:3] == [everybody, ["noise_0001"], ["noise_0001"]]
    assert seen[3] == ["keeper_0001", "maker_0001"] * 2 + everybody
    assert seen[4] == everybody
    assert waiting == [0, 2, 4, 0, 0]


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "adversarial", "censors": {"blocks": 2, "actions": ("Steal",)}},
        {"kind": "adversarial", "snipes": ("PlaceOrder",)},
        {"kind": "adversarial", "capital": 0},
        {"kind": "priority_fee", "gas_limit": 1},
        {"kind": "priority_fee", "base_fee_gwei": -1},
        {"kind": "auction"},
        {},
    ],
)
def test_ordering__nonsense__is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AnyOrdering).validate_python(said)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("ordering={kind: auction}", "ordering.kind: found 'auction'; allowed are"),
        ("ordering={kind: priority_fee, gas_limit: 5}", "ordering.gas_limit: found 5; a number"),
        (
            "ordering={kind: adversarial, censors: {agents: [nobody], blocks: 3}}",
            "ordering.censors.agents.0: found 'nobody'; the groups maker_btc",
        ),
    ],
)
def test_scenario__nonsense_about_the_order__is_one_sentence(override: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=r"^calm\.yaml with --set ordering=") as refused:
        calm(override)
    assert said in str(refused.value)


THIN_CALM = (
    "agents.0.layer_notional=600",
    "agents.1.layer_notional=600",
    "agents.0.layer_step=0.002",
)
GREEDY = "{kind: adversarial, sandwich_above: 300, least_gain: 0.01}"


@pytest.fixture(scope="module")
def sandwiched() -> Kept:
    kept, result = run(calm(f"ordering={GREEDY}", *THIN_CALM, "check_every_blocks=40", blocks=40))
    assert result.violations == ()
    return kept


def profit_wad(kept: Kept, agent: Callable[[str], bool]) -> int:
    last = [row for row in kept.held if row.block == 40 and agent(row.agent)]
    return sum(row.equity_wad - row.net_deposit_wad for row in last)


def test_run__builder_on_a_thin_book__earns_what_takers_lose(sandwiched: Kept) -> None:
    honest, _ = run(calm(*THIN_CALM, "check_every_blocks=40", blocks=40))
    own = [tx for tx in sandwiched.txs if tx.agent == "builder"]
    assert len(own) > 10
    assert not [tx for tx in own if not tx.ok and tx.error != "book: nothing to reduce"]
    assert profit_wad(sandwiched, lambda name: name == "builder") > 0

    def noise(name: str) -> bool:
        return name.startswith("noise")

    assert profit_wad(sandwiched, noise) < profit_wad(honest, noise)


def test_run__builder_that_does_nothing__changes_nothing_for_the_others() -> None:
    plain = run(calm(blocks=12))[0]
    watched = run(calm("ordering={kind: adversarial}", blocks=12))[0]
    assert [tx._replace(tx=0) for tx in plain.txs] == [tx._replace(tx=0) for tx in watched.txs]
    # Its deposit takes a log of the setup, which the digest of every block stands on.
    assert [log.values for log in plain.logs] == [log.values for log in watched.logs]

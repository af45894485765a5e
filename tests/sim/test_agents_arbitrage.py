from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sim.agents.base import Group, Strategy
from sim.agents.registry import AnyGroup
from sim.agents.spot_leg import gap_to
from sim.types import PlaceOrder, PoolView, Status, SwapSpot, TradeVenue
from sim.units import BPS, WAD, WAD_PER_RAW, wad
from tests.sim.agent_views import ACCOUNT, DEX, PRICE, SPEC, VIEW, Shown, agent_context, at


def agent(kind: str, **settings: object) -> Strategy:
    made: Group = TypeAdapter(AnyGroup).validate_python(
        {"kind": kind, "capital": 1_000, **settings}
    )
    return made.build(agent_context())


def book(bid: int, ask: int, **changes: object) -> object:
    return replace(VIEW, best_bid_wad=wad(bid), best_ask_wad=wad(ask), **changes)  # type: ignore[arg-type]


def reverter(**settings: object) -> Strategy:
    plain = {"window_checks": 4, "entry": "0.01", "clip_notional": 600, "max_notional": 2_000}
    one = agent("mean_reverter", **{**plain, **settings})
    for block in range(3):
        assert one.act(Shown(block=block)) == ()
    return one


@pytest.mark.parametrize(("price", "side"), [(61_500, -1), (58_500, 1), (60_500, 0)])
def test_mean_reverter__stretched__trades_against_the_move(price: int, side: int) -> None:
    orders = reverter().act(Shown(view=at(price)))
    assert [order.size_wad > 0 for order in orders] == [side > 0] * (side != 0)


@pytest.mark.parametrize(
    ("price", "size", "closes"),
    [(61_000, -WAD // 100, False), (60_000, -WAD // 100, True), (59_000, -WAD // 100, True)],
)
def test_mean_reverter__holding__leaves_where_the_mean_is(
    price: int, size: int, closes: bool
) -> None:
    orders = reverter().act(Shown(view=at(price), size_wad=size))
    assert [order.size_wad == -size and order.reduce_only for order in orders if closes] == (
        [True] if closes else []
    )
    assert closes or all(order.size_wad < 0 for order in orders)


def test_mean_reverter__wrong_by_too_much__gives_up() -> None:
    one = reverter(give_up="0.02")
    (order,) = one.act(Shown(view=at(63_000), size_wad=-WAD // 100))
    assert (order.size_wad, order.reduce_only) == (WAD // 100, True)


def basis(**settings: object) -> Strategy:
    plain = {"carry": "0.01", "clip_notional": 600, "max_notional": 6_000}
    return agent("basis_trader", **{**plain, **settings})


@pytest.mark.parametrize(
    ("bid", "ask", "size"),
    [(60_500, 60_550, 0), (60_650, 60_700, -WAD // 100), (59_300, 59_350, WAD // 100)],
)
def test_basis_trader__outside_the_band__takes_a_clip(bid: int, ask: int, size: int) -> None:
    orders = basis().act(Shown(view=book(bid, ask)))
    assert [order.size_wad for order in orders] == [size] * (size != 0)


def test_basis_trader__filled__hedges_the_gap_and_no_more() -> None:
    one = basis(venue="deep", venue_cash=1_000)
    short = {"size_wad": -WAD // 10, "view": book(60_300, 60_350)}
    (trade,) = one.act(Shown(**short))
    assert trade == TradeVenue(account=ACCOUNT, venue="deep", market=SPEC.name, size_wad=WAD // 10)
    assert one.act(Shown(**short, spot_wad=WAD // 10)) == []


def test_basis_trader__converged__closes_reduce_only() -> None:
    (order,) = basis().act(Shown(view=book(59_990, 60_000), size_wad=-WAD // 1_000))
    assert (order.size_wad, order.reduce_only, order.price_wad) == (WAD // 1_000, True, wad(60_000))


def test_basis_trader__index_down__still_hedges() -> None:
    view = book(60_900, 60_950, status=Status.STALE)
    acts = basis(venue="deep").act(Shown(view=view, size_wad=-WAD // 10))
    assert [type(act) for act in acts] == [TradeVenue]


@pytest.mark.parametrize(
    ("rate", "size", "wanted"),
    [
        ("0.0005", 0, 0),
        ("0.002", 0, -WAD // 60),
        ("-0.002", 0, WAD // 60),
        ("0.0005", -WAD, 0),
        ("0.00005", -WAD, WAD),
        ("-0.002", -WAD, WAD),
        ("-0.002", WAD, 0),
    ],
)
def test_funding_farmer__rate__is_held_for_while_it_pays(rate: str, size: int, wanted: int) -> None:
    one = agent("funding_farmer", enter="0.001", leave="0.0001", notional=1_000)
    orders = one.act(Shown(view=replace(VIEW, funding_rate_wad=wad(rate)), size_wad=size))
    found = [order.size_wad // SPEC.lot_wad for order in orders if isinstance(order, PlaceOrder)]
    near = {wanted // SPEC.lot_wad, -(-wanted // SPEC.lot_wad)}
    assert set(found) <= near if wanted else found == []
    assert bool(found) == bool(wanted)


def sniper() -> Strategy:
    return agent(
        "lag_sniper",
        edge="0.01",
        exit="0.001",
        clip_notional=600,
        max_notional=1_200,
        hold_blocks=5,
    )


def ahead(price: int, **changes: object) -> object:
    return book(59_980, 60_020, venues_wad=(wad(price),) * 3, **changes)


def test_lag_sniper__venues_ahead__takes_the_book_their_way() -> None:
    (bought,) = sniper().act(Shown(view=ahead(61_000)))
    (sold,) = sniper().act(Shown(view=ahead(59_000)))
    assert sold.size_wad < 0 < bought.size_wad
    assert sniper().act(Shown(view=ahead(60_500))) == ()
    assert sniper().act(Shown(view=replace(ahead(61_000), best_ask_wad=wad(60_990)))) == ()


@pytest.mark.parametrize(
    ("price", "block", "closes"), [(61_000, 4, 0), (60_030, 4, 1), (61_000, 9, 1)]
)
def test_lag_sniper__in__leaves_when_the_index_is_there_or_time_is_up(
    price: int, block: int, closes: int
) -> None:
    one = sniper()
    one.act(Shown(block=1, view=ahead(61_000)))
    orders = one.act(Shown(block=block, view=ahead(price), size_wad=WAD // 50))
    assert [order.reduce_only for order in orders] == [True] * closes


@given(
    base=st.integers(10**6, 10**15),
    price=st.integers(10**12, 10**24),
    fair=st.integers(10**12, 10**24),
    fee_bps=st.integers(0, 300),
)
def test_gap_to__any_pool__ends_where_its_fee_makes_the_price_fair(
    base: int, price: int, fair: int, fee_bps: int
) -> None:
    quote = base * price // WAD
    if not 10**9 <= quote <= 10**30:
        return
    pool = replace(
        DEX, base_raw=base, quote_raw=quote, price_wad=quote * WAD // base, fee_bps=fee_bps
    )
    side, notional = gap_to(pool, fair)
    near = fair / 10**6
    if side == 0:
        assert fair * (BPS - fee_bps) / BPS - near <= pool.price_wad
        assert pool.price_wad <= fair * BPS / (BPS - fee_bps) + near
        return
    after = quote + side * notional // WAD_PER_RAW
    aim = fair * (BPS - fee_bps) / BPS if side > 0 else fair * BPS / (BPS - fee_bps)
    assert after**2 / (base * quote) * WAD == pytest.approx(
        aim, rel=1e-2 if after < 1_000 else 1e-4
    )


def test_spot_arbitrageur__pool_cheap_or_dear__pays_what_it_has() -> None:
    one = agent("spot_arbitrageur", pool="dex", clip_notional=50_000)
    cheap = replace(DEX, quote_raw=90 * PRICE * 10**6, price_wad=wad(54_000))
    dear = replace(DEX, quote_raw=110 * PRICE * 10**6, price_wad=wad(66_000))
    rich, poor = (10**12, 10**12), (7, 5)

    def act(pool: PoolView, wallet: tuple[int, int]) -> list[SwapSpot]:
        return list(one.act(Shown(pools={"dex": pool}, wallet_raw=wallet)))  # type: ignore[arg-type]

    assert act(DEX, rich) == []
    (buy,) = act(cheap, rich)
    assert (buy.is_buy, buy.amount_in_raw) == (True, 50_000 * 10**6)
    (sale,) = act(dear, rich)
    assert (sale.is_buy, sale.amount_in_raw) == (False, 50_000 * 10**6 // 66_000)
    assert act(cheap, poor)[0].amount_in_raw == 7
    assert act(dear, poor)[0].amount_in_raw == 5
    assert act(cheap, (0, 0)) == []

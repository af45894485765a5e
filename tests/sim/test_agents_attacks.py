"""Each manipulator in a small run on the real contracts: it does its thing, and earns or not."""

from __future__ import annotations

import pytest

from sim.metrics.attack import attacker_pnl
from tests.sim.attack_runs import RISE, attacked, path_of, sent

NAIVE_MARK = "mark: {method: last_trade}"
PUMP = (
    "kind: self_trade_pump, accounts: 2, capital: 20_000, clip_notional: 12_000, "
    "max_notional: 80_000, step: 0.02, exits_at_block: 12"
)
SWEEP = (
    "kind: book_sweeper, accounts: 3, capital: 20_000, clip_notional: 2_000, max_notional: 60_000, "
    "target: 0.2, sweep_blocks: 8, starts_at_block: 6, exits_at_block: 20"
)
SHORTS = (
    "  - {kind: leveraged_short, market: THIN-USD, count: 4, capital: 100, leverage: 9.5, "
    "opens_at_block: 2}"
)
STOPS = """
  - {kind: scale_out_trader, market: THIN-USD, count: 5, capital: 200, leverage: 5, cuts: [0.02]}
  - {kind: trigger_keeper, market: THIN-USD, capital: 100}
"""


def test_self_trade_pump__on_a_last_trade_mark__lifts_it_and_takes_out_what_it_made_up() -> None:
    run, books = attacked(f"{PUMP}, closes: false", market=f"{NAIVE_MARK}, withdraw_upnl_weight: 1")
    assert path_of(run, "mark_wad")[9] > 2.25  # from 2, in steps of 2 %
    assert len(sent(run, "Withdraw", ok=True)) >= 2
    assert books.perp > 0


def test_self_trade_pump__on_the_default_mark__moves_the_last_price_alone_and_loses() -> None:
    run, books = attacked(PUMP)
    last, mark = path_of(run, "last_price_wad"), path_of(run, "mark_wad")
    assert max(last.values()) > 2.08
    assert max(mark.values()) <= 2 * 1.02
    assert {one["error"] for one in sent(run, "Withdraw", ok=False)} == {
        "clearinghouse: above withdrawable"
    }
    assert books.perp < 0


def test_self_trade_pump__both_sides__are_its_own() -> None:
    run, _ = attacked(PUMP)
    ours = set(run.accounts[run.accounts["agent"] == "attacker_0001"]["account"])
    assert len({int(account) >> 96 for account in ours}) == 2
    fills = run.events[run.events["event"] == "OrderFilled"]
    both = fills["arg_account"].isin(ours) & fills["arg_taker"].isin(ours)
    assert both.sum() >= 3


@pytest.mark.parametrize(
    ("leg", "money"),
    [
        ("venue: shallow, clip_notional: 2_000", "venue_cash: 50_000"),
        ("pool: dex, clip_notional: 2_000", "wallet: 20_000"),
    ],
)
def test_spot_pump__on_a_mean_of_sources__moves_the_index_at_a_cost(leg: str, money: str) -> None:
    run, books = attacked(
        f"kind: spot_pump, capital: 5_000, notional: 10_000, push_blocks: 4, leg: {{{leg}}}, "
        f"exits_at_block: 10, {money}",
        market="oracle: {method: mean}",
        blocks=30,
    )
    assert max(path_of(run, "index_wad").values()) > 2.01
    assert books.venues + books.pools < 0
    assert (books.venues, books.pools).count(0) == 1
    assert books.is_flat
    assert attacker_pnl(run, "attacker") == books.perp + books.venues + books.pools


def test_spot_pump__on_the_default_index__moves_nothing() -> None:
    run, books = attacked(
        "kind: spot_pump, capital: 5_000, notional: 10_000, push_blocks: 4, venue_cash: 50_000, "
        "leg: {venue: shallow, clip_notional: 2_000}, exits_at_block: 10",
        blocks=30,
    )
    assert max(path_of(run, "index_wad").values()) < 2.001
    assert max(path_of(run, "true_wad").values()) == 2
    assert run.venue_trades["after_wad"].astype(float).max() > 2.07e18
    assert books.total < 0


def test_twap_feed__of_a_pool_that_is_pushed__hardly_follows() -> None:
    push = (
        "kind: spot_pump, capital: 5_000, notional: 10_000, push_blocks: 2, wallet: 20_000, "
        "leg: {pool: dex, clip_notional: 2_000}, exits_at_block: 10"
    )
    spot, _ = attacked(push, blocks=6)
    twap, _ = attacked(push, blocks=6, reading="pool: dex, kind: twap, window_s: 300")
    at = [int(run.markets["feeds_wad"].iloc[-1][-1]) / 10**18 for run in (spot, twap)]
    assert at[0] > 2.3
    assert at[1] < 2.05


def test_book_sweeper__on_a_last_trade_mark__liquidates_shorts() -> None:
    run, _ = attacked(SWEEP, market=NAIVE_MARK, people=SHORTS, step="0.02", depth=1_000)
    assert max(path_of(run, "last_price_wad").values()) > 2.08
    assert "AccountLiquidated" in set(run.events["event"])


def test_book_sweeper__on_the_default_mark__liquidates_nobody_and_offers_what_it_swept() -> None:
    run, books = attacked(SWEEP, people=SHORTS, step="0.02", depth=1_000, blocks=30)
    assert max(path_of(run, "last_price_wad").values()) > 2.04
    assert "AccountLiquidated" not in set(run.events["event"])
    ours = {int(one) for one in run.accounts[run.accounts["agent"] == "attacker_0001"]["account"]}
    placed = run.events[run.events["event"] == "OrderPlaced"]
    offers = placed[placed["arg_account"].map(int).isin(ours) & ~placed["arg_is_buy"].eq(True)]
    assert len(offers) >= 4
    assert books.is_flat
    assert books.total < 0


def test_spoofer__cycle__places_pulls_and_trades_the_other_side() -> None:
    run, books = attacked(
        "kind: spoofer, accounts: 2, capital: 20_000, wall_notional: 40_000, real_notional: 1_000, "
        "away: 0.001, exits_at_block: 14"
    )
    walls, pulls = sent(run, "PlaceMany", ok=True), sent(run, "CancelOrders", ok=True)
    assert len(walls) == len(pulls) == 3
    assert [p["block"] - w["block"] for w, p in zip(walls, pulls, strict=True)] == [3, 3, 3]
    best = path_of(run, "best_bid_wad")
    assert best[int(walls[0]["block"]) + 1] == pytest.approx(2 * 0.999)
    assert len(sent(run, "PlaceOrder", ok=True)) >= 5
    assert books.is_flat


def test_lag_sniper__venues_ahead_of_the_index__buys_what_makers_have_not_moved() -> None:
    _, books = attacked(
        "kind: lag_sniper, capital: 20_000, edge: 0.01, clip_notional: 3_000, "
        "max_notional: 6_000, exit: 0.005",
        moved=RISE,
        delay_s=40,
        reference="index",
        blocks=24,
    )
    assert books.perp > 100
    assert books.is_flat


def test_basis_trader__venues_ahead_of_the_book__hedges_and_closes_at_convergence() -> None:
    run, books = attacked(
        "kind: basis_trader, capital: 20_000, carry: 0.01, exit: 0.006, clip_notional: 200, "
        "max_notional: 600, venue: shallow, venue_cash: 20_000",
        moved=RISE,
        delay_s=40,
        reference="index",
        blocks=26,
    )
    assert set(run.venue_trades["refusal"]) == {""}
    sizes = run.venue_trades["size_wad"].map(int)
    assert sizes.iloc[0] < 0 < sizes.iloc[-1]
    assert books.perp > 0
    assert books.is_flat


@pytest.mark.parametrize("mark", ["", NAIVE_MARK])
def test_stop_hunter__cluster_of_stops__pushes_and_turns(mark: str) -> None:
    run, _ = attacked(
        "kind: stop_hunter, capital: 20_000, clip_notional: 6_000, max_notional: 40_000",
        people=STOPS,
        market=mark,
        blocks=40,
    )
    orders = sent(run, "PlaceOrder", ok=True)
    assert len(orders) >= 3
    fired = (run.events["event"] == "TriggerExecuted").sum()
    assert fired == (5 if mark else 0)


def test_backstop_dumper__on_the_default_rules__cannot_take_its_margin_out() -> None:
    run, books = attacked(
        "kind: backstop_dumper, accounts: 2, capital: 3_000, notional: 20_000, "
        "clip_notional: 10_000, venue_cash: 100_000, push_blocks: 8, exits_at_block: 24, "
        "leg: {venue: shallow, clip_notional: 4_000}",
        blocks=34,
    )
    rows = run.accounts[run.accounts["agent"] == "attacker_0001"]
    first = rows[rows["block"] == 10]
    assert len(first) == 2
    assert all(int(needed) > 0 for needed in first["maintenance_wad"])
    assert sent(run, "Withdraw", ok=False)
    assert books.venues < 0
    assert books.total < 0
    assert int(run.blocks["insurance_wad"].iloc[-1]) >= int(run.blocks["insurance_wad"].iloc[0])


def test_funding_squeezer__wall_above_the_index__pushes_the_rate_to_its_cap() -> None:
    run, books = attacked(
        "kind: funding_squeezer, accounts: 2, capital: 20_000, notional: 10_000, "
        "clip_notional: 5_000, premium: 0.01, wall_notional: 12_000, max_notional: 60_000, "
        "exits_at_block: 26, refresh_blocks: 1",
        market="funding: {interval_s: 60, max_gap_s: 30, cap: 0.00005, interest: 0, damper: 0}",
        blocks=30,
    )
    assert run.markets["funding_rate_wad"].map(int).iloc[20] == 5 * 10**13
    assert books.is_flat


def test_spot_arbitrageur__pool_pushed_away__brings_it_back_clip_by_clip() -> None:
    run, books = attacked(
        "kind: spot_arbitrageur, capital: 1, wallet: 10_000, wallet_base: 5_000, pool: dex, "
        "clip_notional: 500",
        people="  - {kind: spot_pump, name: pusher, market: THIN-USD, capital: 5_000, "
        "notional: 1_000, wallet: 8_000, push_blocks: 2, exits_at_block: 29, "
        "leg: {pool: dex, clip_notional: 4_000}}",
        blocks=20,
    )
    said = [int(feeds[-1]) / 10**18 for feeds in run.markets["feeds_wad"]]
    assert max(said) > 2.5
    assert abs(said[-1] - 2) < 0.02
    swaps = run.events[run.events["event"] == "Swapped"]
    assert len(sent(run, "SwapSpot", ok=True)) >= 3
    assert (~swaps["arg_is_buy"].eq(True)).any()
    assert books.pools > 0


COLLUSION = """
collusions:
  - feeds: [{feeds}]
    market: THIN-USD
    from_time: 1000040
    until_time: 1000080
    multiplier: 1.04
"""


@pytest.mark.parametrize(
    ("feeds", "moves"),
    [("feed_deep, feed_fair", False), ("feed_deep, feed_fair, feed_shallow", True)],
)
def test_collusion__of_a_half__stays_below_the_lie_and_of_three_quarters_is_the_index(
    feeds: str, moves: bool
) -> None:
    run, _ = attacked(
        "kind: leveraged_long, capital: 1_000, leverage: 5, opens_at_block: 6, horizon_blocks: 6",
        world=COLLUSION.format(feeds=feeds),
    )
    index = path_of(run, "index_wad")
    assert (max(index.values()) > 2.05) == moves
    assert index[20] == pytest.approx(2, abs=0.002)

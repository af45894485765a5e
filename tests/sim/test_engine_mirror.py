from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from sim.mirror import Mirror, MirrorNames, Screen
from sim.mirror.parts import maintenance_up
from sim.rng import stream
from sim.types import MarketSpec
from sim.units import WAD, wad

TIERS = [(0, wad("0.005")), (wad(1_000_000), wad("0.01")), (wad(5_000_000), wad("0.025"))]
SPEC = MarketSpec(
    name="BTC-USD",
    market_id=1,
    tick_wad=WAD // 10,
    lot_wad=WAD // 10_000,
    min_notional_wad=10 * WAD,
    taker_fee_bps=5,
    max_leverage=100,
)
NAMES = MirrorNames(clearinghouse="CH", mark="Mark", books={"Book": "BTC-USD"})
LONG, SHORT, POOL = 1 << 96, 2 << 96, 3 << 96


def mirror() -> Mirror:
    return Mirror([SPEC], {"BTC-USD": TIERS}, NAMES, unscreened=[POOL])


def changed(
    account: int,
    size: int,
    quote: int,
    cash: int,
    *,
    kind: int = 0,
    fee: int = 0,
    funding: int = 0,
) -> tuple[str, str, tuple[int, ...]]:
    values = (account, 1, kind, 0, 0, size * WAD, quote * WAD, cash * WAD, fee, funding, 100 * WAD)
    return ("CH", "PositionChanged", values)


def cash(account: int, reason: int, amount: int, left: int) -> tuple[str, str, tuple[int, ...]]:
    return ("CH", "CashMoved", (account, reason, amount * WAD, left * WAD))


def poked(mark: int, funding_index: int) -> tuple[str, str, tuple[int, ...]]:
    return ("Mark", "MarketPoked", (1, mark * WAD, mark * WAD, 0, 0, 0, 0, funding_index))


def test_apply__deposits_and_a_trade__adds_up() -> None:
    kept = mirror()
    kept.apply(
        [
            cash(LONG, 0, 100, 100),
            cash(SHORT, 0, 50, 50),
            poked(100, 0),
            changed(SHORT, -2, 200, 49, kind=1, fee=WAD),
            changed(LONG, 2, -200, 98, kind=0, fee=2 * WAD),
        ]
    )
    totals = kept.markets["BTC-USD"]
    assert (totals.size_wad, totals.quote_wad, totals.long_wad) == (0, 0, 2 * WAD)
    assert kept.owed_wad() == 150 * WAD
    assert kept.fees_wad == 3 * WAD
    assert kept.accounts[LONG].paid_in_wad == 100 * WAD
    assert kept.touched == {LONG, SHORT}


def test_apply__forced_fill__leaves_the_penalty_out_of_the_fee_pot() -> None:
    kept = mirror()
    kept.apply([changed(LONG, 1, -100, 5, kind=2, fee=3 * WAD)])
    assert kept.fees_wad == 0


def test_apply__funding__goes_through_the_escrow() -> None:
    kept = mirror()
    kept.apply([poked(100, 0), changed(LONG, 2, -200, 10), changed(SHORT, -2, 200, 10, kind=1)])
    before = kept.owed_wad()
    kept.apply([poked(100, WAD), changed(LONG, 3, -300, 8, funding=2 * WAD)])
    assert kept.markets["BTC-USD"].escrow_wad == 2 * WAD
    assert kept.owed_wad() == before - 100 * WAD  # the third unit's other side is left out here
    marks = {"BTC-USD": 100 * WAD}
    # The short has settled at 0 and is owed 2; the long has settled up to now.
    assert kept.health(SHORT, marks)[0] == (10 + 2) * WAD
    assert kept.health(LONG, marks)[0] == 8 * WAD


def test_apply__orders__rest_shrink_and_go() -> None:
    kept = mirror()
    kept.apply(
        [
            ("Book", "OrderPlaced", (7, LONG, True, 99 * WAD, 5 * WAD, False, 0)),
            ("Book", "OrderPlaced", (8, LONG, False, 101 * WAD, 4 * WAD, True, 0)),
            ("Book", "OrderFilled", (7, LONG, SHORT, True, 99 * WAD, 2 * WAD, 3 * WAD)),
        ]
    )
    first, second = kept.view(LONG).orders
    assert (first.order_id, first.size_wad, first.reduce_only) == (7, 3 * WAD, False)
    assert (second.order_id, second.size_wad, second.reduce_only) == (8, -4 * WAD, True)
    kept.apply(
        [
            ("Book", "OrderFilled", (7, LONG, SHORT, True, 99 * WAD, 3 * WAD, 0)),
            ("Book", "OrderCancelled", (8, LONG, 0)),
        ]
    )
    assert kept.view(LONG).orders == ()


def test_apply__pool_account__stays_out_of_the_margin_table() -> None:
    kept = mirror()
    kept.apply([changed(POOL, 2, -200, 10), changed(LONG, -2, 200, 10)])
    table = kept.screen.table(np.array([100.0]), np.array([0.0]))
    assert list(table.accounts) == [LONG]
    assert kept.markets["BTC-USD"].positions == 2


def test_apply__swept_fees_and_dust__leave_the_pots() -> None:
    kept = mirror()
    kept.apply([changed(LONG, 1, -100, 0, fee=WAD, funding=WAD), ("CH", "DustCollected", (1, WAD))])
    assert (kept.fees_wad, kept.dust_wad, kept.markets["BTC-USD"].escrow_wad) == (WAD, WAD, 0)
    kept.apply([("CH", "FeesSwept", (WAD, WAD))])
    assert (kept.fees_wad, kept.dust_wad) == (0, 0)


@pytest.mark.parametrize("notional", [0, 1, 999_999, 1_000_000, 3_333_333, 5_000_000, 9_999_999])
def test_maintenance__any_notional__is_the_continuous_closed_form(notional: int) -> None:
    lowers, ratios = (
        [0, 1_000_000, 5_000_000],
        [Fraction(5, 1000), Fraction(1, 100), Fraction(25, 1000)],
    )
    tier = max(k for k in range(3) if lowers[k] <= notional)
    deduction = sum(
        (lowers[k] * (ratios[k] - ratios[k - 1]) for k in range(1, tier + 1)), Fraction()
    )
    assert maintenance_up(wad(notional), TIERS) == (notional * ratios[tier] - deduction) * WAD


def test_screen__many_random_changes__agrees_with_the_exact_health() -> None:
    kept, rng = mirror(), stream(5, "screen")
    accounts = [(n + 10) << 96 for n in range(150)]
    for step in range(600):
        account = accounts[int(rng.integers(len(accounts)))]
        size = int(rng.integers(-3, 4))
        events = [poked(100, step * WAD // 1_000)]
        events.append(changed(account, size, -size * int(rng.integers(90, 110)), 1_000))
        kept.apply(events)
    marks, index = {"BTC-USD": 97 * WAD}, kept.markets["BTC-USD"].funding_index_wad
    table = kept.screen.table(np.array([97.0]), np.array([index / WAD]))
    open_now = {a for a, held in kept.accounts.items() if held.positions}
    assert set(table.accounts) == open_now
    assert len(table.accounts) == len(open_now) > 50
    for row, account in enumerate(table.accounts):
        equity_wad, maintenance_wad = kept.health(account, marks)
        assert table.equity[row] == pytest.approx(equity_wad / WAD, rel=1e-12)
        assert table.maintenance[row] == pytest.approx(maintenance_wad / WAD, rel=1e-12)


def test_screen__position_over_two_tiers__needs_what_the_exact_rule_needs() -> None:
    screen = Screen(["BTC-USD"], [TIERS])
    screen.set_cash(LONG, 0)
    screen.set_position(LONG, 0, 30_000 * WAD, 0, 0)
    table = screen.table(np.array([100.0]), np.array([0.0]))
    assert table.maintenance[0] == pytest.approx(maintenance_up(wad(3_000_000), TIERS) / WAD)

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.metrics.attack import attack_ledger, attacker_pnl
from sim.records.folder import Run
from sim.units import WAD

OURS, SECOND, OTHER = 7 << 96, 8 << 96, 9 << 96
COLUMNS = ("account", "agent", "equity_wad", "net_deposit_wad", "maintenance_wad")


def made(
    accounts: list[tuple[int, str, int, int, int]],
    swaps: list[tuple[int, bool, int, int]] = (),  # type: ignore[assignment]
    trades: list[tuple[int, int, int]] = (),  # type: ignore[assignment]
) -> Run:
    """Accounts (account, agent, equity, deposits, maintenance), swaps (trader, buy, in, out) and
    venue trades (account, size, cash), in whole units; the true price ends at 3."""
    events = pd.DataFrame(
        [
            {
                "contract": "SpotPool",
                "event": "Swapped",
                "instance": "dex",
                "arg_trader": f"0x{trader >> 96:040x}",
                "arg_is_buy": is_buy,
                "arg_amount_in_raw": str(paid * 10**6),
                "arg_amount_out_raw": str(got * 10**6),
            }
            for trader, is_buy, paid, got in swaps
        ],
        columns=[
            "contract",
            "event",
            "instance",
            "arg_trader",
            "arg_is_buy",
            "arg_amount_in_raw",
            "arg_amount_out_raw",
        ],
    )
    rows = [(str(a), name, *(str(x * WAD) for x in money)) for a, name, *money in accounts]
    return Run(
        path=Path(),
        manifest={"pools": {"dex": "THIN-USD"}},
        tables={
            "events": events,
            "blocks": pd.DataFrame(),
            "markets": pd.DataFrame(
                {"market": ["THIN-USD"] * 2, "true_wad": [str(2 * WAD), str(3 * WAD)]}
            ),
            "transactions": pd.DataFrame(),
            "accounts": pd.DataFrame(rows, columns=list(COLUMNS)),
            "venue_trades": pd.DataFrame(
                [
                    {
                        "account": str(account),
                        "market": "THIN-USD",
                        "size_wad": str(size * WAD),
                        "cash_wad": str(cash * WAD),
                    }
                    for account, size, cash in trades
                ],
                columns=["account", "market", "size_wad", "cash_wad"],
            ),
        },
    )


PEOPLE = [
    (OURS, "whale_0001", 70, 100, 5),
    (SECOND, "whale_0001", 0, -50, 0),
    (SECOND | 3, "unknown", 1, 0, 0),  # the same owner's isolated account
    (OTHER, "whaler_0001", 500, 100, 0),
]


def test_attack_ledger__accounts_of_all_its_owners__are_its_profit() -> None:
    books = attack_ledger(made(PEOPLE), "whale")
    assert (books.perp, books.withdrawn, books.is_flat) == (71 - 50, -50, False)
    assert attacker_pnl(made(PEOPLE), "whale") == 21
    assert attacker_pnl(made(PEOPLE), "whaler") == 400
    assert attacker_pnl(made(PEOPLE), "whaler_0001") == 400


def test_attack_ledger__swaps__earn_quote_and_base_at_the_last_true_price() -> None:
    swaps = [(OURS, True, 10, 4), (SECOND, False, 1, 5), (OTHER, True, 99, 1)]
    books = attack_ledger(made(PEOPLE, swaps=swaps), "whale")
    assert books.pools == -10 + 4 * 3 + 5 - 1 * 3
    assert books.total == books.perp + books.pools


@pytest.mark.parametrize(
    ("trades", "earned", "is_flat"),
    [([(OURS, 4, -9)], 3, False), ([(OURS, 4, -9), (OURS, -4, 7)], -2, True)],
)
def test_attack_ledger__venue_trades__are_flat_when_the_base_is_sold(
    trades: list[tuple[int, int, int]], earned: int, is_flat: bool
) -> None:
    flat = [(OURS, "whale_0001", 70, 100, 0)]
    books = attack_ledger(made(flat, trades=trades), "whale")
    assert (books.venues, books.is_flat) == (earned, is_flat)

"""How far down the ladder, measured on tables of a few rows with known answers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.metrics.ladder import by_rung, last_rungs
from sim.units import WAD


def table(*rows: tuple[int, str, str, dict[str, Any]]) -> pd.DataFrame:
    """Events as a run folder holds them: block, contract, event, words."""
    return pd.DataFrame(
        {"block": block, "log": log, "contract": contract, "event": event}
        | {f"arg_{name}": value for name, value in words.items()}
        for log, (block, contract, event, words) in enumerate(rows)
    )


def given_up(block: int, account: str) -> tuple[int, str, str, dict[str, Any]]:
    return (block, "Liquidator", "LadderExhausted", {"account": account, "market": "1"})


def opened(block: int, account: str, at_mark: bool) -> tuple[int, str, str, dict[str, Any]]:
    words = {"account": account, "market": "1", "at_mark": at_mark}
    return (block, "Deleverager", "RoundOpened", words)


def taken(block: int, account: str, other: str, size: int) -> tuple[int, str, str, dict[str, Any]]:
    words = {"account": account, "market": "1", "counterparty": other}
    money = {"size_wad": str(size * WAD), "mark_wad": str(90 * WAD)}
    return (block, "Deleverager", "CounterpartyDeleveraged", words | money)


def test_last_rungs__rounds_of_two_accounts__go_to_the_price_they_were_opened_at():
    found = last_rungs(
        table(
            given_up(3, "7"),
            given_up(4, "7"),
            given_up(4, "8"),
            opened(4, "7", False),
            opened(4, "8", False),
            taken(4, "7", "20", 2),
            taken(4, "8", "21", 1),
            opened(4, "7", True),
            taken(4, "7", "21", 5),
            (4, "Clearinghouse", "LossSocialised", {"loss_wad": str(6 * WAD)}),
            (5, "Clearinghouse", "LossSocialised", {"loss_wad": str(WAD // 2)}),
            (5, "Deleverager", "DebtLeft", {"debt_wad": str(4 * WAD)}),
        )
    )
    assert found == {
        "given_up": 2,
        "deleveraged": 270,
        "deleveraged_at_mark": 450,
        "deleveraged_counterparties": 2,
        "socialised_loss": 6.5,
        "debt_left": 4,
    }


def test_last_rungs__none_reached__is_all_zero():
    found = last_rungs(table((1, "OrderBook", "OrderPlaced", {"order_id": "1"})))
    assert set(found.values()) == {0}


def test_by_rung__one_rung_only__names_the_others_too():
    found = by_rung(pd.DataFrame({"rung": ["book", "book", "backstop"]}))
    assert found == {
        "liquidations_book": 2,
        "liquidations_takeover": 0,
        "liquidations_backstop": 1,
    }

"""How a simulation stands after a block, as rows for tables."""

from __future__ import annotations

from sim.engine import Simulation
from sim.records.rows import BlockRecord
from sim.types import Status
from sim.types.addresses import OWNER_SHIFT
from sim.units import to_float

SHOWN = 10


def market_rows(block: BlockRecord) -> list[dict[str, object]]:
    """A row a market: prices in quote, open interest in base, one side."""
    return [
        {
            "market": one.market,
            "true": to_float(one.true_wad),
            "index": to_float(one.index_wad),
            "mark": to_float(one.mark_wad),
            "best_bid": to_float(one.best_bid_wad),
            "best_ask": to_float(one.best_ask_wad),
            "status": Status(one.status).name,
            "open_interest": to_float(one.open_interest_wad),
        }
        for one in block.markets
    ]


def worst_rows(simulation: Simulation) -> list[dict[str, object]]:
    """The accounts with positions whose equity is least for their maintenance, worst first."""
    mirror = simulation.mirror
    marks_wad = {name: totals.mark_wad for name, totals in mirror.markets.items()}
    names = {one: name for name, who in simulation.members.items() for one in who.accounts}
    rows: list[tuple[float, int, dict[str, object]]] = []
    for account, held in mirror.accounts.items():
        equity_wad, maintenance_wad = mirror.health(account, marks_wad)
        if maintenance_wad == 0:
            continue
        health = equity_wad / maintenance_wad
        row: dict[str, object] = {
            "account": str(account),
            "bucket": account % 2**OWNER_SHIFT,
            "agent": names.get(account) or simulation.system_accounts.get(account, "unknown"),
            "health": health,
            "equity": to_float(equity_wad),
            "maintenance": to_float(maintenance_wad),
            "cash": to_float(held.cash_wad),
        }
        rows.append((health, account, row))
    return [row for _, _, row in sorted(rows, key=lambda one: one[:2])[:SHOWN]]


def account_rows(simulation: Simulation, account: int) -> list[dict[str, object]]:
    """Cash, positions and resting orders of one account; sizes signed."""
    view = simulation.mirror.view(account)
    rows: list[dict[str, object]] = [
        {"what": "cash", "market": "", "size": to_float(view.cash_wad), "price": None}
    ]
    for market, position in view.positions.items():
        size, paid = to_float(position.size_wad), to_float(position.quote_wad)
        entry = -paid / size if size else None
        rows.append({"what": "position", "market": market, "size": size, "price": entry})
    rows += [
        {
            "what": "order",
            "market": order.market,
            "size": to_float(order.size_wad),
            "price": to_float(order.price_wad),
        }
        for order in view.orders
    ]
    return rows

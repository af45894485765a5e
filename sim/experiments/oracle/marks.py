"""Ways of making a mark against someone who moves nothing but the book of one market."""

from __future__ import annotations

from collections.abc import Iterator

from sim.experiments.oracle.designs import DEFAULT, Design, rules
from sim.experiments.oracle.population import notional, traders
from sim.experiments.oracle.price_path import PricePath
from sim.experiments.oracle.score import Row, bps
from sim.experiments.oracle.spot_source import raw_up
from sim.experiments.oracle.testbed import OracleTestbed
from sim.types import Action, Deposit, OrderKind, PlaceOrder, account_id
from sim.types.addresses import owner_address
from sim.types.codes import IndexMethod, MarkMethod
from sim.units import BPS, WAD, to_float, wad

FRESH = 100  # the highest leverage there is
SWEEP_BPS = 250  # how far from the index the book is carried
DEPTH_BPS = (2, 10, 30, 60, 100, 200)  # where honest quotes rest
QUOTE_WAD = wad("0.5")  # base at each of them
CASH_WAD = wad(5_000_000)
TICK_WAD = wad("0.1")
QUOTER, SWEEPER, PARTNER = (
    owner_address(f"oracle_lab/{role}") for role in ("quoter", "sweeper", "partner")
)


def mark_rows(path: PricePath, seed: int) -> list[Row]:
    """One row for each way of making the mark, after a sweep down and, from anew, one up."""
    designs = [
        Design(name=one.name, index=rules(IndexMethod.WEIGHTED_MEDIAN), mark=one)
        for one in MarkMethod
    ]
    group = [one for one in traders(seed) if one.leverage == FRESH]
    testbed = OracleTestbed(designs, path, group)
    found: dict[str, Row] = {
        design.name: {
            "table": "marks",
            "mark_method": design.name,
            "method": DEFAULT,
            "fault": "book_sweep",
            "corrupted": 0,
            "feeds": len(path.feeds),
            "swept_bps": SWEEP_BPS,
            "mark_error_bps_max": 0.0,
            "index_error_bps_max": 0.0,
            "false_liquidation_notional": 0,
            "attacker_spent": 0.0,
        }
        for design in designs
    }
    for side, sign in (("long", -1), ("short", 1)):
        point = testbed.snapshot()
        _sweep(testbed, path, sign, side, found)
        testbed.rewind(point)
    return list(found.values())


def _sweep(
    testbed: OracleTestbed, path: PricePath, sign: int, side: str, found: dict[str, Row]
) -> None:
    """Carry every book away from the index, hold it there, and look who may be liquidated."""
    start = path.warm
    testbed.begin(path.times_s[start])
    testbed.push(path.pushes[start])
    testbed.poke()
    testbed.fund([QUOTER, SWEEPER, PARTNER])
    for name, number in testbed.ids.items():
        price_wad = testbed.prices()[name].index_wad
        acts = [*_quotes(name, number, price_wad), *_attack(name, number, price_wad, sign)]
        testbed.must([testbed.call(owner, act) for owner, act in acts], f"the sweep of {name}")
        found[name][f"{side}_liquidatable"] = False
    for place in range(start + 1, len(path.times_s)):
        prices = testbed.play(path.times_s[place], path.pushes[place])
        truth_wad = path.truth_wad[place]
        for name, price in prices.items():
            row = found[name]
            _raise(row, "mark_error_bps_max", bps(price.mark_wad, truth_wad))
            _raise(row, "index_error_bps_max", bps(price.index_wad, truth_wad))
            states = testbed.ask("Lens", "accounts", testbed.accounts(name))
            for trader, state in zip(testbed.group, states, strict=True):
                struck = state.liquidatable and not row[f"{side}_liquidatable"]
                if struck and (trader.size_wad > 0) == (side == "long"):
                    row[f"{side}_liquidatable"] = True
                    _add(row, "false_liquidation_notional", notional(trader.size_wad, truth_wad))
    for name, number in testbed.ids.items():
        accounts = [account_id(owner, number) for owner in (SWEEPER, PARTNER)]
        _add(found[name], "attacker_spent", _spent(testbed, accounts, number))


def _quotes(name: str, number: int, price_wad: int) -> Iterator[tuple[str, Action]]:
    """An honest book around the index."""
    account = account_id(QUOTER, number)
    yield QUOTER, Deposit(account=account, amount_raw=raw_up(CASH_WAD))
    for off_bps in DEPTH_BPS:
        for side in (1, -1):
            limit_wad = _off(price_wad, -side * off_bps)
            yield QUOTER, _order(account, name, side * QUOTE_WAD, limit_wad)


def _attack(name: str, number: int, price_wad: int, sign: int) -> Iterator[tuple[str, Action]]:
    """Sweep one side of the book, then trade with oneself and quote both sides out there."""
    first, second = account_id(SWEEPER, number), account_id(PARTNER, number)
    far_wad, near_wad = (_off(price_wad, sign * (SWEEP_BPS - less)) for less in (0, 20))
    yield SWEEPER, Deposit(account=first, amount_raw=raw_up(CASH_WAD))
    yield PARTNER, Deposit(account=second, amount_raw=raw_up(CASH_WAD))
    depth_wad = len(DEPTH_BPS) * QUOTE_WAD
    yield SWEEPER, _order(first, name, sign * depth_wad, far_wad, OrderKind.IOC)
    yield PARTNER, _order(second, name, -sign * 2 * QUOTE_WAD, far_wad)
    yield SWEEPER, _order(first, name, sign * QUOTE_WAD, far_wad, OrderKind.IOC)
    # What the partner has left rests at `far`; this is the other side of the new book.
    yield SWEEPER, _order(first, name, sign * QUOTE_WAD, near_wad)


def _spent(testbed: OracleTestbed, accounts: list[int], number: int) -> float:
    """What the attacker's accounts are short of their deposits, with positions at the index."""
    index_wad = testbed.ask("MarkPrice", "price", number).index_wad
    worth_wad = 0
    for account in accounts:
        held = testbed.ask("Clearinghouse", "position", account, number)
        worth_wad += testbed.ask("Clearinghouse", "cash_of", account)
        worth_wad += held.size_wad * index_wad // WAD + held.quote_wad
    return round(to_float(len(accounts) * CASH_WAD - worth_wad), 2)


def _off(price_wad: int, off_bps: int) -> int:
    """A price so far off, on the grid."""
    return price_wad * (BPS + off_bps) // BPS // TICK_WAD * TICK_WAD


def _order(
    account: int, market: str, size_wad: int, price_wad: int, kind: OrderKind = OrderKind.LIMIT
) -> PlaceOrder:
    return PlaceOrder(
        account=account, market=market, size_wad=size_wad, price_wad=price_wad, kind=kind
    )


def _raise(row: Row, key: str, value: float) -> None:
    held = row[key]
    assert isinstance(held, float), f"{key} is a number"
    row[key] = round(max(held, value), 3)


def _add(row: Row, key: str, value: float) -> None:
    held = row[key]
    assert isinstance(held, int | float), f"{key} is a number"
    row[key] = held + value

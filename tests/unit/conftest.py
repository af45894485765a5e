"""Vault, clearinghouse and parameters deployed through Ape, with books and marks by script.

Made once; each test finds them as they were built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from sim.protocol.ape_deployer import compiled_project
from sim.reference.margin import Risk
from sim.units import WAD, wad
from tests.clearing_world import MAJOR, THIN, tier_columns

GRID = (WAD // 10, WAD // 100, 10 * WAD, WAD // 20)


@pytest.fixture(scope="session")
def deploy(owner: Any) -> Callable[..., Any]:
    """Lets the owner create a contract of the project."""

    def create(name: str, *arguments: Any) -> Any:
        return owner.deploy(getattr(compiled_project([name]), name), *arguments)

    return create


def set_terms(params: Any, market: int, risk: Risk, owner: Any) -> None:
    """Everything a market is judged by."""
    params.set_tiers(market, *tier_columns(risk), sender=owner)
    weights = (risk.im_upnl_weight_wad, risk.withdraw_upnl_weight_wad)
    params.set_upnl_weights(market, *weights, sender=owner)
    params.set_backstop(market, risk.backstop_wad, sender=owner)
    fees = (risk.maker_bps, risk.taker_bps, risk.liquidation_bps)
    params.set_fees(market, *fees, sender=owner)
    limits = (risk.oi_lo_wad, risk.oi_hi_wad, risk.oi_cap_wad, risk.oi_cap_quote_wad)
    params.set_open_interest_limits(market, *limits, sender=owner)


@pytest.fixture
def stack(built_stack: SimpleNamespace, chain: Any) -> Iterator[SimpleNamespace]:
    """The contracts, as they were built; what a test does to them is undone whoever ran before."""
    # Not by `chain.isolate()`: it sets the clock back to where it was, which may fail unseen where
    # the chain was ahead of time, and then the chain mines nothing more.
    before = chain.snapshot()
    yield built_stack
    chain.restore(before)


@pytest.fixture(scope="session")
def built_stack(deploy: Callable[..., Any], roles: dict[str, Any]) -> SimpleNamespace:
    """Market 1 is a major, market 2 thin; liquidator, deleverager and pool are actors."""
    owner, treasury = roles["owner"], roles["treasury"]
    token = deploy("MockToken")
    params = deploy("MarketParams", roles["guardian"])
    mark = deploy("ScriptedMark")
    house = deploy("Clearinghouse", params, mark, wad("0.5"))
    vault = deploy("MarginVault", token, house)
    books = {}
    for market, risk in ((1, MAJOR), (2, THIN)):
        books[market] = deploy("BookHarness", house)
        params.add_market(market, GRID, sender=owner)
        params.set_book(market, books[market], sender=owner)
        set_terms(params, market, risk, owner)
        mark.set_mark(market, wad(100), sender=owner)
    params.wire(mark, sender=owner)
    peers = (vault, roles["keeper"], roles["reporter"], roles["whale"], treasury)
    house.wire(*peers, sender=owner)
    for role in ("maker", "taker"):
        token.mint(roles[role], 10**12, sender=owner)
        token.approve(vault, 2**256 - 1, sender=roles[role])
    named = {"token": token, "params": params, "mark": mark, "house": house, "vault": vault}
    return SimpleNamespace(**named, books=books)

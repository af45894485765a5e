"""Funding on real rates, and paid by real positions on the real contracts."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from sim.reference import funding as reference
from sim.types import OrderKind, account_id
from sim.units import WAD, wad
from tests.mark_world import EIGHT_HOURS_S, TERMS
from tests.support.contracts import Contract, address_of, lone
from tests.world import World

INTEREST_WAD, DAMPER_WAD = wad("0.0001"), wad("0.0005")
WIDE = replace(TERMS.funding, cap_wad=wad("0.04"))
MARKET, PRICE_WAD = "BTC-USD", wad(60_000)
BPS_WAD, TICK_WAD = WAD // 10_000, wad("0.1")
SIZES_WAD = {"taker": wad("1.2345"), "whale": wad("0.7771")}  # the longs; the maker is short


def published(shared_data: Path, coin: str) -> list[int]:
    """Binance's settled rates of 8 h, exactly."""
    (file,) = (shared_data / "funding").glob(f"{coin}-USDT_binance_*.csv")
    with file.open(encoding="utf-8") as lines:
        return [wad(row["Funding Rate"]) for row in csv.DictReader(lines)]


def inverted(rate_wad: int) -> int | None:
    """The premium behind F = P + clamp(r - P, +-d): outside the dead zone, d beyond F."""
    if rate_wad == INTEREST_WAD:
        return None  # any premium within d of r gives r itself
    return rate_wad + (DAMPER_WAD if rate_wad > INTEREST_WAD else -DAMPER_WAD)


@pytest.fixture(scope="module")
def harness() -> Contract:
    return lone("FundingHarness")


@pytest.mark.parametrize("coin", ["BTC", "ETH"])
def test_rate__real_premiums__comes_back_to_the_published_rate(shared_data, harness, coin: str):
    rates = published(shared_data, coin)
    known = {rate: premium for rate in rates if (premium := inverted(rate)) is not None}
    assert len(rates) > 4_000
    assert min(known) < 0 < INTEREST_WAD < max(known)
    for rate, premium in known.items():
        assert reference.rate_wad(WIDE, premium * EIGHT_HOURS_S) == rate
    policy = (EIGHT_HOURS_S, WIDE.max_gap_s, INTEREST_WAD, DAMPER_WAD, WIDE.cap_wad)
    for rate in sorted(known)[:: max(1, len(known) // 150)]:
        assert harness.read("rate_wad", known[rate] * EIGHT_HOURS_S, policy) == rate


def test_rate__dead_zone__is_the_interest_up_to_its_edges_and_not_beyond(harness):
    policy = (EIGHT_HOURS_S, WIDE.max_gap_s, INTEREST_WAD, DAMPER_WAD, WIDE.cap_wad)
    for premium, rate in (
        (INTEREST_WAD - DAMPER_WAD, INTEREST_WAD),
        (INTEREST_WAD + DAMPER_WAD, INTEREST_WAD),
        (INTEREST_WAD + DAMPER_WAD + BPS_WAD, INTEREST_WAD + BPS_WAD),
        (INTEREST_WAD - DAMPER_WAD - BPS_WAD, INTEREST_WAD - BPS_WAD),
    ):
        assert harness.read("rate_wad", premium * EIGHT_HOURS_S, policy) == rate
        assert reference.rate_wad(WIDE, premium * EIGHT_HOURS_S) == rate


def wait(world: World, seconds: int) -> None:
    """Let time pass in blocks of a minute's feeds, so that the index stays OK."""
    for _ in range(seconds // 60):
        world.next_block(60)
        world.push(MARKET, PRICE_WAD)
        world.send("keeper", "MarkPrice", "poke", 1)


def place(
    world: World, role: str, size_wad: int, price_wad: int, kind: OrderKind = OrderKind.LIMIT
) -> dict[str, int]:
    """Place an order; the funding each actor paid in what it filled."""
    account = account_id(address_of(role), 1)
    order = (size_wad > 0, abs(size_wad), price_wad, int(kind), False, 0)
    events = world.send(role, f"OrderBook.{MARKET}", "place", account, order, 16)
    owners = {account_id(address_of(one), 1): one for one in ("maker", *SIZES_WAD)}
    return {
        owners[event.values.account]: event.values.funding_wad
        for event in events
        if event.name == "PositionChanged"
    }


def test_funding__eight_hours_without_a_book__is_exactly_one_bp_of_the_index(world):
    world.push(MARKET, PRICE_WAD)
    world.send("keeper", "MarkPrice", "poke", 1)
    begun = world.read("MarkPrice", "price", 1)
    wait(world, EIGHT_HOURS_S)
    ended = world.read("MarkPrice", "price", 1)
    assert begun.funding_rate_wad == ended.funding_rate_wad == BPS_WAD
    assert ended.funding_index_wad - begun.funding_index_wad == PRICE_WAD // 10_000


@pytest.mark.parametrize("premium_bps", [0, 30, -30])
def test_funding__two_intervals__longs_pay_what_shorts_receive_and_dust(world, premium_bps: int):
    world.push(MARKET, PRICE_WAD)
    world.send("keeper", "MarkPrice", "poke", 1)
    for role in ("maker", *SIZES_WAD):
        world.deposit(role, 10**12, bucket=1)
    total_wad = sum(SIZES_WAD.values())
    place(world, "maker", -total_wad, PRICE_WAD)
    for role, size_wad in SIZES_WAD.items():
        assert place(world, role, size_wad, PRICE_WAD, OrderKind.IOC)[role] == 0
    side = 1 if premium_bps > 0 else -1
    if premium_bps:
        place(world, "maker", side * wad(2), PRICE_WAD * (10_000 + premium_bps) // 10_000)
    wait(world, 2 * EIGHT_HOURS_S)
    rate_wad = world.read("MarkPrice", "price", 1).funding_rate_wad
    # An average premium of 30 bp less the damper's 5; without one the interest alone.
    assert rate_wad == side * 25 * BPS_WAD if premium_bps else rate_wad == BPS_WAD

    world.next_block(60)
    dust_before_wad = world.read("Clearinghouse", "pots")[1]
    paid = dict.fromkeys(("maker", *SIZES_WAD), 0)
    place(world, "maker", total_wad, PRICE_WAD * 1_004 // 1_000 // TICK_WAD * TICK_WAD)
    for role, size_wad in SIZES_WAD.items():
        floor_wad = PRICE_WAD * 96 // 100
        for actor, funding_wad in place(world, role, -size_wad, floor_wad, OrderKind.IOC).items():
            paid[actor] += funding_wad
    assert world.read("Clearinghouse", "market_totals", 1)[0] == 0
    dust_wad = world.read("Clearinghouse", "pots")[1] - dust_before_wad
    longs_wad = sum(paid[role] for role in SIZES_WAD)
    assert 0 <= dust_wad < 10
    assert longs_wad + paid["maker"] == dust_wad
    assert longs_wad * rate_wad > 0

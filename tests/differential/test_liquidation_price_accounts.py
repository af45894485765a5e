"""5,000 accounts on the real clearinghouse: the lens's liquidation price is where health turns.

Each is opened, moved away from its entry, and searched for by halving a range of ticks with the
clearinghouse's own health: no formula, only a comparison, 24 times.
"""

from __future__ import annotations

from collections import Counter
from math import ceil

import numpy as np
import pytest

from sim.reference.margin import Risk, initial, notional
from sim.rng import stream
from sim.units import WAD, wad
from tests.clearing_world import CAP_WAD, MAJOR, THIN, ClearingWorld, account_of

ACCOUNTS, BATCHES = 5_000, 10
RISKS = {1: MAJOR, 2: THIN, 3: MAJOR}
MOST_QUOTE = {1: 60_000_000, 2: 2_000_000, 3: 60_000_000}
ENTRY_WAD = 100 * WAD
TICK_WAD, TICKS = WAD // 1_000, 2**24  # up to 16,777
MAKER = account_of("maker")
SIDES = {1: "long", -1: "short"}
Reached = tuple[int | str, int, str]


class SearchWorld(ClearingWorld):
    """A clearinghouse of three markets, the lens, and a search; the reference's books stay shut."""

    def __init__(self) -> None:
        super().__init__(RISKS)
        house, params, mark = map(self.driver.address, ("house", "params", "mark"))
        nobody = "0x" + "00" * 19 + "01"  # asked for nothing here
        self.driver.create("lens", "Lens", house, params, mark, nobody, nobody, nobody)
        self.driver.create("search", "HealthSearch", house, mark)
        for market in RISKS:
            self.crowd(market, lo_wad=CAP_WAD)
        self.send("house", "credit", MAKER, wad(10**12), role="vault")

    def open(self, account: int, market: int, size_wad: int) -> None:
        """Trade a signed size with the maker at the entry price."""
        fill = (MAKER, abs(size_wad), ENTRY_WAD, False)
        self.send(f"book{market}", "fill", market, account, size_wad > 0, False, (fill,))

    def crowd(self, market: int, *, lo_wad: int) -> None:
        """Let initial margins be 100 % from an open interest on; nothing is capped."""
        limits = (lo_wad, lo_wad + 1, CAP_WAD, CAP_WAD)
        self.send("params", "set_open_interest_limits", market, *limits)

    def price_of_liquidation(self, account: int, market: int) -> int:
        """What the lens shows."""
        (state,) = self.ask("lens", "positions", (account,), market)
        found: int = state.liquidation_price_wad
        return found


class Draws:
    """Accounts from a stream of random numbers."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def size(self, market: int) -> int:
        """A signed size, its notional spread evenly over the orders of magnitude."""
        quote = 10 ** self.rng.uniform(2, np.log10(MOST_QUOTE[market]))
        return int(self.rng.choice([-1, 1])) * int(quote * 1_000) * WAD // 100_000

    def margin(self, sizes: dict[int, int]) -> int:
        """Initial margin and fees, from just enough up to many times as much."""
        needed = sum(_initial(RISKS[market], size) for market, size in sizes.items())
        quote_wad = sum(notional(size, ENTRY_WAD) for size in sizes.values())
        more = 10 ** self.rng.uniform(-3, 2)
        return needed + ceil(quote_wad / 1_000) + int(needed * min(more, 50))

    def move(self, span: float) -> int:
        """A mark after the entry."""
        return int(ENTRY_WAD * (1 + self.rng.uniform(-span, span))) // TICK_WAD * TICK_WAD


def _initial(risk: Risk, size_wad: int) -> int:
    return initial(notional(size_wad, ENTRY_WAD), risk, 0, WAD)


@pytest.fixture(scope="module")
def deployed() -> SearchWorld:
    return SearchWorld()


@pytest.fixture(scope="module")
def seen() -> Counter[Reached]:
    """Market, tier and side in which accounts of the batches before were liquidated."""
    return Counter()


@pytest.mark.parametrize("batch", range(BATCHES))
def test_liquidation_price__random_accounts__is_where_the_clearinghouses_health_turns(
    deployed, seen, batch
):
    draws = Draws(stream(batch, "tests.liquidation_price_accounts"))
    for _ in range(ACCOUNTS // BATCHES):
        before = deployed.snapshot()
        try:
            _check_account(deployed, draws, seen)
        finally:
            deployed.revert(before)


def test_liquidation_price__those_accounts__are_of_every_tier_and_side(seen):
    if seen["accounts", 0, ""] < ACCOUNTS:
        pytest.skip("not all batches were run")
    wanted = {
        (market, tier, side)
        for market, risk in RISKS.items()
        for tier in range(len(risk.tiers))
        for side in SIDES.values()
    }
    assert all(seen[at] >= 20 for at in wanted), seen
    assert seen["isolated", 0, ""] > 1_000 < seen["cross", 0, ""]


def _check_account(
    world: SearchWorld, draws: Draws, seen: Counter[tuple[object, int, str]]
) -> None:
    isolated = bool(draws.rng.random() < 0.5)
    held_in = [int(draws.rng.integers(1, 4))] if isolated else [1, 2, 3]
    account = account_of("taker", held_in[0] if isolated else 0)
    sizes = {market: draws.size(market) for market in held_in}
    world.send("house", "credit", account, draws.margin(sizes), role="vault")
    for market, size_wad in sizes.items():
        world.open(account, market, size_wad)
    for market in RISKS:
        moved = {"funding_index_wad": int(draws.rng.integers(-(10**16), 10**16))}
        world.set_price(market, mark_wad=draws.move(0.02 if market in sizes else 0), **moved)
    for market, size_wad in sizes.items():
        found_wad = world.price_of_liquidation(account, market)
        _check_price(world, account, market, size_wad, found_wad)
        tier = sum(one.lower_wad <= notional(size_wad, found_wad) for one in RISKS[market].tiers)
        seen[market, tier - 1, SIDES[1 if size_wad > 0 else -1]] += found_wad > 0
    seen["isolated" if isolated else "cross", 0, ""] += 1
    seen["accounts", 0, ""] += 1


def _check_price(
    world: SearchWorld, account: int, market: int, size_wad: int, found_wad: int
) -> None:
    edge_wad, failing = world.ask("search", "edge", account, market, TICK_WAD, TICKS)
    highest_wad = TICKS * TICK_WAD
    if edge_wad < highest_wad:
        assert failing == (size_wad > 0)
        # Between that tick and the next, but for wei of rounding.
        assert edge_wad - 16 <= found_wad <= edge_wad + TICK_WAD
    elif failing:
        # A long that fails wherever we look, or a short that no price saves.
        assert found_wad >= highest_wad if size_wad > 0 else found_wad <= TICK_WAD
    else:
        assert found_wad <= TICK_WAD if size_wad > 0 else found_wad >= highest_wad

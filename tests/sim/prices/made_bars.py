"""Random bars on a grid, for the tests that write and read them."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.sim.prices.writers import Made

FIRST_S = 1_735_689_600  # 2025-01-01, a day that all lengths of bars divide
PLACES = 6


def price(ticks: int) -> str:
    return f"{ticks / 10**PLACES:.{PLACES}f}"


@st.composite
def made(draw: st.DrawFn, bars_s: tuple[int, ...] = (60, 300, 3_600)) -> Made:
    """Three to twenty bars with gaps between fewer than half of them."""
    bar_s = draw(st.sampled_from(bars_s))
    count = draw(st.integers(3, 15))
    begins = draw(st.integers(0, 3))
    gap_after = draw(st.sets(st.integers(1, count - 1), max_size=(count - 2) // 2))
    places, at = [], begins
    for number in range(count):
        at += 1 + (draw(st.integers(1, 5)) if number in gap_after else 0)
        places.append(at)
    rows = []
    for _ in range(count):
        ticks = sorted(draw(st.lists(st.integers(1, 10**12), min_size=4, max_size=4)))
        opens, closes = draw(st.sampled_from([(1, 2), (2, 1), (0, 3), (3, 0)]))
        rows.append((price(ticks[opens]), price(ticks[3]), price(ticks[0]), price(ticks[closes])))
    opens_s = tuple(FIRST_S + bar_s * place for place in places)
    return Made(bar_s=bar_s, opens_s=opens_s, rows=tuple(rows))

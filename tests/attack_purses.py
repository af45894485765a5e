"""A pytest plugin: what an attack's purse held before and after, and what the pool lost by it.

Read from the worlds that the attacks themselves ask; a test that asks no purse has no figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sim.units import WAD_PER_RAW
from tests.attack_world import AttackWorld

_seen: list[tuple[tuple[str, ...], int, int]] = []
_brought: list[tuple[str, int, int]] = []  # who, raw, how many purses had been asked by then
_asked, _deposited = AttackWorld.purse_wad, AttackWorld.deposit


def _purse_wad(world: AttackWorld, *roles: str) -> int:
    held_wad = _asked(world, *roles)
    _seen.append((roles, held_wad, int(world.read("InsurancePool", "equity_wad"))))
    return held_wad


def _deposit(world: AttackWorld, role: str, amount_raw: int, *more: Any, **terms: Any) -> Any:
    _brought.append((role, amount_raw, len(_seen)))
    return _deposited(world, role, amount_raw, *more, **terms)


def _profit_wad(place: int) -> int:
    """What a purse gained between its two readings, less what was brought into it meanwhile."""
    (roles, before_wad, _), (_, after_wad, _) = _seen[place : place + 2]
    brought = [raw for role, raw, seen in _brought if role in roles and seen == place + 1]
    return after_wad - before_wad - sum(brought) * WAD_PER_RAW


AttackWorld.purse_wad = _purse_wad  # type: ignore[method-assign]
AttackWorld.deposit = _deposit  # type: ignore[method-assign]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: Any) -> Iterator[None]:
    """Note the figures of one attack beside its outcome."""
    _seen.clear()
    _brought.clear()
    yield
    # A purse is asked before and after, once for each example: the best example counts.
    places = range(0, len(_seen) - 1, 2)
    if places and all(_seen[one][0] == _seen[one + 1][0] for one in places):
        best = max(places, key=_profit_wad)
        item.user_properties.append(("profit_wad", _profit_wad(best)))
        item.user_properties.append(("pool_loss_wad", _seen[best][2] - _seen[best + 1][2]))

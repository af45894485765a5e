"""Every fault of the library at a strength that hurts, for the first k feeds of a market."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim.experiments.oracle.price_path import MARKET, PricePath
from sim.market import faults
from sim.market.fault_line import Fault, FaultLine
from sim.units import wad

NONE = "none"
FLOOR = "floor_price"
OUTAGE = "outage"
FLOOR_WAD = wad(20_000)  # below the least price the deployed index believes
PUSH = "push"
Maker = Callable[[tuple[str, ...]], faults.Effect]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A fault by name: what it does, and whether the true price has to crash to show it."""

    name: str
    effect: Maker
    needs_crash: bool = False


def _listed() -> Mapping[str, Kind]:
    made: dict[str, Maker] = {
        "freeze": lambda _: faults.Freeze(),
        "lag": lambda _: faults.Lag(lag_s=90, fresh_time=False),
        "lag_hidden": lambda _: faults.Lag(lag_s=90, fresh_time=True),
        "bias": lambda _: faults.Bias(bias_bps=300),
        "drift": lambda _: faults.Drift(bps_per_hour=10_000),
        "jump": lambda _: faults.Jump(multiplier_wad=wad(1_000)),  # won quoted for dollars
        OUTAGE: lambda _: faults.Outage(),
        "wrong_decimals": lambda _: faults.WrongDecimals(places=-10),  # 8 instead of 18
        "replay": lambda _: faults.Replay(age_s=60),
        "out_of_order": lambda _: faults.OutOfOrder(),
        "wide_confidence": lambda _: faults.WideConfidence(conf_bps=10_000),
        # Just inside the distance at which a source becomes an outlier.
        "collusion": lambda feeds: collusion(feeds, 400),
        FLOOR: lambda _: faults.FloorPrice(floor_wad=FLOOR_WAD),
    }
    return {
        name: Kind(name=name, effect=effect, needs_crash=name == FLOOR)
        for name, effect in made.items()
    }


def collusion(feeds: tuple[str, ...], push_bps: int) -> faults.Effect:
    """All of these feeds say one price, so far above the middle of what they see."""
    multiplier_wad = wad(1) * (10_000 + push_bps) // 10_000
    return faults.Collusion(colluders=feeds, multiplier_wad=multiplier_wad)


FAULTS = _listed()


def fault_line(path: PricePath, corrupted: int, label: str, effect: Maker | None) -> FaultLine:
    """The fault on the first `corrupted` feeds during the path's window, if there is one."""
    feeds = path.feeds[:corrupted]
    if not feeds or effect is None:
        return FaultLine(faults=())
    from_s, until_s = path.fault_s
    fault = Fault(
        label=label,
        market=MARKET,
        feeds=feeds,
        from_s=from_s,
        until_s=until_s,
        effect=effect(feeds),
    )
    return FaultLine(faults=(fault,))

"""The mirror of a deployment: which contract's events mean what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sim.chain.deployment import Deployed
from sim.mirror import Mirror, MirrorNames
from sim.types import MarketSpec


def mirror_of(specs: Mapping[str, MarketSpec], deployed: Deployed, system: Iterable[int]) -> Mirror:
    """A mirror that has heard nothing yet; `system` accounts stay out of its margin table."""
    tiers = {
        market.name: [(tier.lower_wad, tier.mmr_wad) for tier in market.tiers]
        for market in deployed.config.markets
    }
    names = MirrorNames(
        clearinghouse="Clearinghouse",
        mark="MarkPrice",
        books={f"OrderBook.{name}": name for name in specs},
        tokens={f"MockToken.{name}": name for name in specs},
        leveraged={f"LeveragedToken.{one.name}": one.name for one in deployed.config.tokens},
    )
    return Mirror(tuple(specs.values()), tiers, names, unscreened=system)

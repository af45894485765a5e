"""What the world does to the exchange: time, prices, and the owner's and guardian's decisions."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

from sim.protocol.config import RatePolicy
from sim.reference.backstop import set_anew
from sim.reference.margin import Tier
from sim.types.codes import Act, FundingPolicy
from sim.units import WAD, wad
from tests.stateful.exchange_keeping import Keeping
from tests.stateful.exchange_life import MARKETS, with_risk
from tests.world import BLOCK_S


class Whole(Keeping):
    """Everything that can happen to the exchange."""

    # Time and prices

    def pass_time(self, seconds: int) -> None:
        """Close the block, after a look at it, and open one so much later."""
        if len(self.told) > self.seen:
            self.look()
        self.world.next_block(seconds)

    def push(self, market: int, move_bps: int, conf_bps: int = 0) -> None:
        """Move the index by so much, in a block of its own."""
        self.pass_time(BLOCK_S)
        self.index_wad[market] = self.index_wad[market] * (10_000 + move_bps) // 10_000
        price_wad = self.index_wad[market]
        for feed in self.configs[market].feeds:
            name = f"PriceFeed.{MARKETS[market]}.{feed.name}"
            words = (price_wad, price_wad * conf_bps // 10_000, self.world.now_s)
            self.send("reporter", name, "push", *words, self.world.number)
        self.poke(market)

    def poke(self, market: int) -> None:
        """Fix mark and funding of this block."""
        self.judge()
        self.send("stranger", "MarkPrice", "poke", market)

    # The owner

    def set_fees(self, market: int, maker_bps: int, taker_bps: int, liquidation_bps: int) -> None:
        """Change the fees."""
        asked = (maker_bps, taker_bps, liquidation_bps)
        self._set(market, "set_fees", *asked)
        names = ("maker_bps", "taker_bps", "liquidation_bps")
        with_risk(self, market, **dict(zip(names, asked, strict=True)))

    def set_tiers(self, market: int, percent: int) -> None:
        """Scale the margins of the deployment, and let the mark follow them."""
        tiers = tuple(
            Tier(
                lower_wad=one.lower_wad,
                mmr_wad=one.mmr_wad * percent // 100,
                imr_wad=one.imr_wad * percent // 100,
            )
            for one in self.configs[market].tiers
        )
        rows = [astuple(one) for one in tiers] + [(0, 0, 0)] * (4 - len(tiers))
        self._set(market, "set_tiers", *zip(*rows, strict=True))
        self.send("stranger", "MarkPrice", "follow_risk", market)
        with_risk(self, market, tiers=tiers)

    def set_interest_limits(self, market: int, percent: int) -> None:
        """Caps around today's open interest, and margins that rise on the way there."""
        self.judge()
        interest_wad = self.twin.house.open_interest(market)
        cap_wad = interest_wad * percent // 100
        quote_wad = cap_wad * self.twin.house.prices[market].index_wad // WAD
        lo_wad, hi_wad = quote_wad // 2, quote_wad * 4 + WAD
        limits = (lo_wad, hi_wad, cap_wad, 2 * quote_wad)
        self._set(market, "set_open_interest_limits", *limits)
        names = ("oi_lo_wad", "oi_hi_wad", "oi_cap_wad", "oi_cap_quote_wad")
        with_risk(self, market, **dict(zip(names, limits, strict=True)))

    def set_rate_policy(self, market: int, kind: int) -> None:
        """What the funding rate follows."""
        policy = RatePolicy(
            kind=FundingPolicy(kind), scale_wad=wad("0.002"), velocity_wad=wad("0.003")
        )
        _, error = self.send("owner", "MarkPrice", "set_rate_policy", market, astuple(policy))
        if not error:
            self.configs[market] = replace(self.configs[market], rate_policy=policy)

    def set_loss_cap(self, market: int, loss_wad: int) -> None:
        """Bound what the pool may lose in a market from now on."""
        self.judge()
        caps = replace(self.configs[market].pool_caps, loss_wad=loss_wad)
        _, error = self.send("owner", "InsurancePool", "set_caps", market, astuple(caps))
        assert not error
        equity_wad = self.twin.house.health(self.pool + market).equity_wad
        self.twin.loss_caps[market] = set_anew(loss_wad, equity_wad)

    def pause(self, market: int, act: Act) -> None:
        """Let the guardian stop an action."""
        self.send("guardian", "MarketParams", "pause", market, int(act))
        paused = self.twin.house.risks[market].paused | {act}
        with_risk(self, market, paused=paused)

    def unpause(self, market: int, act: Act) -> None:
        """Let the owner allow it again."""
        _, error = self.send("owner", "MarketParams", "unpause", market, int(act))
        if not error:
            paused = self.twin.house.risks[market].paused - {act}
            later_s = self.world.now_s + 60
            with_risk(self, market, paused=paused, liquidations_from=later_s)

    def _set(self, market: int, method: str, *arguments: Any) -> None:
        _, error = self.send("owner", "MarketParams", method, market, *arguments)
        assert not error

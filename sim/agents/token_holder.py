"""A holder of a leveraged token: mints and redeems on a coin toss, or with the token's trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, PositiveDistribution, Strategy
from sim.types import Action, MintToken, Observation, RedeemToken, Status, TokenView, Withdraw
from sim.types.fields import Ratio
from sim.units import WAD, WAD_PER_RAW, mul_down, wad


class TokenHolders(Group):
    """Mints `clip` of collateral or redeems `redeem_share` of its tokens, after random waits.

    By rule `random` it does either on a coin toss; by rule `trend` it mints once a share has gained
    `threshold` since it last looked, and redeems once it lost as much. It accepts to lose
    `max_cost` of a clip to trading. Collateral it redeems stays in its wallet for the next clip.
    """

    kind: Literal["token_holder"]
    token: str
    rule: Literal["random", "trend"] = "random"
    clip: PositiveDistribution
    redeem_share: Ratio = wad("0.5")
    threshold: Ratio = wad("0.01")
    max_cost: Ratio = wad("0.02")
    mean_wait_blocks: Annotated[int, Field(ge=1, le=1_000_000)] = 20

    def build(self, context: AgentContext) -> Strategy:
        """A holder without tokens, with a clip of its own."""
        clip_wad = self.clip.draw_wad(context.rng)
        return TokenHolder(name=context.name, context=context, config=self, clip_wad=clip_wad)


@dataclass(slots=True, kw_only=True)
class TokenHolder:
    """One holder; it remembers what a share was worth when it last looked."""

    name: str
    context: AgentContext
    config: TokenHolders
    clip_wad: int
    last_wad: int = 0

    def next_block(self, block: int) -> int:
        """After a wait of the configured mean."""
        return block + int(self.context.rng.geometric(1 / self.config.mean_wait_blocks))

    def act(self, seen: Observation) -> Sequence[Action]:
        """A clip in, a share of the tokens out, or nothing."""
        token = seen.tokens[self.config.token]
        side = self._side(token)
        if side > 0 and seen.markets[token.market].status is Status.OK:
            return self._mint(seen, token)
        held_wad = seen.tokens_of(self.context.account)[token.name]
        tokens_wad = mul_down(held_wad, self.config.redeem_share)
        worth_wad = mul_down(tokens_wad, token.share_price_wad)
        least_raw = mul_down(worth_wad, WAD - self.config.max_cost) // WAD_PER_RAW
        if side >= 0 or least_raw == 0:
            return ()
        return (RedeemToken(token=token.name, tokens_wad=tokens_wad, min_raw=least_raw),)

    def _side(self, token: TokenView) -> int:
        """What the rule says: 1 mint, -1 redeem, 0 neither."""
        if self.config.rule == "random":
            return 1 if self.context.rng.random() < 0.5 else -1
        last_wad, self.last_wad = self.last_wad or token.share_price_wad, token.share_price_wad
        moved_wad = token.share_price_wad - last_wad
        step_wad = mul_down(last_wad, self.config.threshold)
        return (moved_wad >= step_wad) - (moved_wad < -step_wad)

    def _mint(self, seen: Observation, token: TokenView) -> Sequence[Action]:
        amount_raw = self.clip_wad // WAD_PER_RAW
        price_wad = token.share_price_wad or WAD
        least_wad = mul_down(self.clip_wad, WAD - self.config.max_cost) * WAD // price_wad
        mint = MintToken(token=token.name, amount_raw=amount_raw, min_tokens_wad=least_wad)
        missing_raw = amount_raw - seen.wallet(self.context.account).quote_raw
        if missing_raw <= 0:
            return (mint,)
        if seen.account(self.context.account).cash_wad < missing_raw * WAD_PER_RAW:
            return ()
        return (Withdraw(account=self.context.account, amount_raw=missing_raw), mint)

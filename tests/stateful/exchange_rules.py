"""The rules by which Hypothesis chooses a life of the exchange.

Prices and sizes are drawn as distances from mark and as leverages, so that what is drawn is near
what a rule of the exchange bites on, wherever the life has come to by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from sim.reference.orders import FOK, IOC, LIMIT, POST_ONLY
from tests.stateful.exchange_life import HOLDERS, MARKETS, holder
from tests.stateful.exchange_ruling import Whole
from tests.stateful.exchange_scene import MAKER, RAW, RIVAL

whos = st.integers(0, len(HOLDERS) - 1)
makers = st.sampled_from([MAKER, RIVAL])
traders = st.integers(RIVAL + 1, len(HOLDERS) - 1)
markets = st.sampled_from(sorted(MARKETS))
near = st.one_of(st.integers(-12, 12), st.integers(-80, 80))
anywhere = st.one_of(near, near, st.integers(-600, 600))
leverages = st.one_of(st.integers(1, 40), st.integers(1, 400), st.integers(400, 1_100))
percents = st.sampled_from([10, 50, 100, 100, 101])
moves = st.one_of(st.integers(-40, 40), st.integers(-250, 250))
picks = st.integers(0, 63)

WAITS = "liquidator: no rung could act"


class Rules(RuleBasedStateMachine):
    """One step each; the exchange and its reference take it together."""

    life: Whole
    known: tuple[tuple[int, int], list[tuple[int, int]]] = ((0, 0), [])

    # Orders

    @rule(
        who=whos,
        market=markets,
        is_buy=st.booleans(),
        offset_bps=anywhere,
        tenths=leverages,
        kind=st.sampled_from([LIMIT, LIMIT, LIMIT, IOC, FOK, POST_ONLY]),
        reduce_only=st.sampled_from([False, False, False, True]),
        max_fills=st.sampled_from([32, 32, 32, 1, 0, 33]),
    )
    def place(self, **drawn: Any) -> None:
        self.life.order(**drawn)

    @rule(
        who=whos,
        market=markets,
        is_buy=st.booleans(),
        offset_bps=near,
        lives_s=st.integers(0, 20),
        met_after_s=st.one_of(st.none(), st.sampled_from([-1, 0, 1])),
    )
    def place_until(
        self,
        who: int,
        market: int,
        is_buy: bool,
        offset_bps: int,
        lives_s: int,
        met_after_s: int | None,
    ) -> None:
        """An order that expires, and somebody who comes the second before, then, or after."""
        until = self.life.world.now_s + lives_s
        self.life.order(who, market, is_buy, offset_bps, 5, expires_at=until)
        if met_after_s is not None and lives_s + met_after_s > 0:
            self.life.pass_time(lives_s + met_after_s)
            other = RIVAL if who == MAKER else MAKER
            self.life.order(other, market, not is_buy, 100 if not is_buy else -100, 1)

    @rule(who=traders, market=markets, side=st.sampled_from([-1, 1]), tenths=leverages)
    def take(self, who: int, market: int, side: int, tenths: int) -> None:
        _, account = holder(who)
        market = account % 2**96 or market
        self.life.take(who, market, side * self.life.size_for(account, market, tenths))

    @rule(
        who=traders,
        market=markets,
        share=st.sampled_from([50, 100, 150, 200]),
        guarded=st.booleans(),
    )
    def reverse(self, who: int, market: int, share: int, guarded: bool) -> None:
        """Half of a position, all of it, or through it to the other side."""
        _, account = holder(who)
        market = account % 2**96 or market
        lot_wad = self.life.twin.books[market].grid.lot_wad
        size_wad = -self.life.size_of(account, market) * share // 100 // lot_wad * lot_wad
        if size_wad:
            self.life.take(who, market, size_wad, reduce_only=guarded)

    @rule(who=makers, market=markets, spread=st.integers(2, 30), levels=st.integers(1, 8))
    def quote(self, who: int, market: int, spread: int, levels: int) -> None:
        self.life.quote(who, market, [spread * level for level in range(1, levels + 1)], 1)

    @rule(market=markets, pick=picks, offset_bps=near, tenths=st.integers(1, 30))
    def replace(self, market: int, pick: int, offset_bps: int, tenths: int) -> None:
        if standing := self.life.standing(market):
            self.life.replace(market, standing[pick % len(standing)], offset_bps, tenths)

    @rule(market=markets, pick=picks, role=st.sampled_from(["", "", "stranger"]))
    def cancel(self, market: int, pick: int, role: str) -> None:
        if standing := self.life.standing(market):
            self.life.cancel(market, standing[pick % len(standing)], role)

    @rule(who=whos, market=markets, count=st.integers(1, 32))
    def cancel_many(self, who: int, market: int, count: int) -> None:
        self.life.cancel_many(who, market, count)

    # Money

    @rule(
        what=st.sampled_from(["deposit", "withdraw", "withdraw", "move"]),
        who=whos,
        other=whos,
        percent=percents,
        raw=st.integers(1, 3_000 * RAW),
    )
    def money(self, what: str, who: int, other: int, percent: int, raw: int) -> None:
        role, account = holder(who)
        if what == "deposit":
            self.life.deposit(role, account % 2**96, raw)
        elif what == "withdraw":
            self.life.withdraw(who, percent, raw % 2)
        else:
            self.life.move(who, other, percent)

    # Prices and time

    @rule(market=markets, move_bps=moves, conf_bps=st.sampled_from([0, 0, 5, 50]))
    def step(self, market: int, move_bps: int, conf_bps: int) -> None:
        self.life.push(market, move_bps, conf_bps)

    @rule(
        seconds=st.sampled_from([1, 15, 45, 61, 400, 3_600, 28_800]),
        reports=st.sampled_from([True] * 7 + [False]),
    )
    def pass_time(self, seconds: int, reports: bool) -> None:
        self.life.pass_time(seconds)
        for market in MARKETS:
            if reports:
                self.life.push(market, 0)
            else:
                self.life.poke(market)

    # Liquidation

    @rule(
        pick=picks,
        beyond_bps=st.one_of(st.integers(-20, 60), st.integers(0, 300)),
        keeper_comes=st.sampled_from([True, True, True, False]),
    )
    def squeeze(self, pick: int, beyond_bps: int, keeper_comes: bool) -> None:
        """Move the index at once to where somebody is liquidated, or not quite, or well beyond."""
        if moves := self._moves_to_liquidation():
            self._go_beyond(*moves[pick % len(moves)], beyond_bps)
            for account, held_in in self._troubled() if keeper_comes else ():
                self._bring(account, held_in)

    @rule(pick=picks, beyond_bps=st.integers(30, 400))
    def rout(self, pick: int, beyond_bps: int) -> None:
        """The same when makers have left, and somebody may be bankrupt."""
        if moves := self._moves_to_liquidation():
            market, away_bps = moves[pick % len(moves)]
            for who in (MAKER, RIVAL):
                self.life.cancel_many(who, market, 32)
            self._go_beyond(market, away_bps, beyond_bps)
            for account, held_in in self._troubled():
                self._bring(account, held_in)

    def _go_beyond(self, market: int, away_bps: int, beyond_bps: int) -> None:
        self.life.push(market, away_bps + (beyond_bps if away_bps > 0 else -beyond_bps))

    def _moves_to_liquidation(self) -> list[tuple[int, int]]:
        """Market and distance of liquidation prices that no breaker stands before."""
        life, found = self.life, []
        for market in MARKETS:
            states = life.world.read("Lens", "positions", tuple(life.accounts), market)
            now_wad = life.index_wad[market]
            for one in states:
                away_bps = (one.liquidation_price_wad - now_wad) * 10_000 // now_wad
                if one.size_wad and abs(away_bps) < 650:
                    found.append((market, away_bps))
        return found

    def _troubled(self) -> list[tuple[int, int]]:
        """Positions of accounts below maintenance; looked up once after each change."""
        now = (self.life.world.number, len(self.life.told))
        if self.known[0] != now:
            self.known = now, list(self._look_for_trouble())
        return self.known[1]

    def _look_for_trouble(self) -> Iterator[tuple[int, int]]:
        for account in self.life.traders:
            for market in MARKETS:
                if self.life.size_of(account, market):
                    judged = (account, market)
                    allowed, health = self.life.world.read(
                        "Clearinghouse", "liquidation_health", *judged
                    )
                    if allowed and health.equity_wad < health.maintenance_wad:
                        yield judged

    @rule(pick=picks, market=markets)
    def bring_anybody(self, pick: int, market: int) -> None:
        self.life.liquidate(self.life.accounts[pick % len(self.life.accounts)], market, 8)

    @rule(pick=picks)
    @precondition(lambda self: self._troubled())
    def bring_the_troubled(self, pick: int) -> None:
        troubled = self._troubled()
        self._bring(*troubled[pick % len(troubled)])

    def _bring(self, account: int, market: int) -> None:
        """Rung by rung, until one has acted."""
        life = self.life
        exhausted, waiting = life.counts["LadderExhausted"], life.counts[WAITS]
        life.liquidate(account, market)
        if life.counts[WAITS] > waiting:
            life.take_over(account, market, RIVAL, abs(life.size_of(account, market)))
        if life.counts["LadderExhausted"] > exhausted:
            life.deleverage(account, market, False)
            if life.size_of(account, market):
                life.deleverage(account, market, True)

    @rule(pick=picks, who=whos, percent=st.sampled_from([30, 100, 300]))
    @precondition(lambda self: self._troubled())
    def take_over(self, pick: int, who: int, percent: int) -> None:
        troubled = self._troubled()
        account, market = troubled[pick % len(troubled)]
        size_wad = abs(self.life.size_of(account, market)) * percent // 100
        self.life.take_over(account, market, who, size_wad)

"""More rules: triggers, the insurance pool, fees, and what owner and guardian decide."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sim.types.codes import Act
from sim.units import WAD
from tests.stateful.exchange_life import holder, role_of
from tests.stateful.exchange_rules import RAW, Rules, leverages, markets, picks, traders

TAKE_PROFIT = 1
tips = st.sampled_from([0, 0, 2])


class MoreRules(Rules):
    """The rest of what can happen."""

    # Triggers

    @rule(
        who=traders,
        market=markets,
        kind=st.integers(0, 2),
        away_bps=st.integers(1, 90),
        tip=tips,
        group=st.sampled_from([0, 0, 1]),
    )
    def program(
        self, who: int, market: int, kind: int, away_bps: int, tip: int, group: int
    ) -> None:
        _, account = holder(who)
        market = account % 2**96 or market
        against = -1 if self.life.size_of(account, market) > 0 else 1
        offset_bps = away_bps * (-against if kind == TAKE_PROFIT else against)
        self.life.program(who, market, kind, offset_bps, tip=tip, group=group)

    @rule(who=traders, market=markets, is_buy=st.booleans(), tenths=leverages, tip=tips)
    def bracket(self, who: int, market: int, is_buy: bool, tenths: int, tip: int) -> None:
        _, account = holder(who)
        self.life.bracket(who, account % 2**96 or market, is_buy, tenths, tip)

    @rule(pick=picks)
    def execute(self, pick: int) -> None:
        """Move the mark to a trigger, or past it, and execute it."""
        if standing := list(self.life.mirror.triggers.views()):
            one = standing[pick % len(standing)]
            if not self.life.world.read("TriggerOrders", "executable", one.trigger_id):
                self._go_to(one.market, one.trigger_wad)
            self.life.execute(one.trigger_id)

    def _go_to(self, name: str, price_wad: int) -> None:
        (market,) = (one for one, each in self.life.configs.items() if each.name == name)
        now_wad = self.life.index_wad[market]
        away_bps = (price_wad - now_wad) * 10_000 // now_wad
        if abs(away_bps) < 300:
            self.life.push(market, away_bps + (1 if away_bps > 0 else -1))

    @rule(pick=picks, what=st.sampled_from(["ratchet", "cancel", "bury"]))
    def trigger(self, pick: int, what: str) -> None:
        if not (standing := list(self.life.mirror.triggers.views())):
            return
        one = standing[pick % len(standing)]
        owner = role_of(one.account)
        market = next(id for id, each in self.life.configs.items() if each.name == one.market)
        arguments = {
            "ratchet": ("keeper", "ratchet", one.trigger_id),
            "cancel": (owner, "cancel", (one.trigger_id,)),
            "bury": ("keeper", "bury", one.account, market),
        }
        self.life.trigger(*arguments[what])

    # The pool and the fees

    @rule(
        what=st.sampled_from(["stake", "unwind", "unwind", "restore", "sweep"]),
        market=markets,
        amount=st.integers(1, 20_000),
    )
    def insurance(self, what: str, market: int, amount: int) -> None:
        life = self.life
        if what == "stake":
            life.stake(amount * RAW)
        elif what == "sweep":
            life.sweep()
        else:
            (life.unwind if what == "unwind" else life.restore)(market)

    # Decisions

    @rule(
        what=st.sampled_from(["fees", "tiers", "interest", "policy", "pause", "unpause", "cap"]),
        market=markets,
        fees=st.sampled_from([(0, 0, 0), (1, 5, 25), (3, 7, 100), (100, 100, 500)]),
        percent=st.sampled_from([50, 100, 100, 130, 300]),
        act=st.sampled_from(
            [Act.OPEN, Act.LIQUIDATE, Act.WITHDRAW, Act.TRIGGER, Act.LIQUIDATE, Act.ADL]
        ),
    )
    def decide(
        self, what: str, market: int, fees: tuple[int, int, int], percent: int, act: Act
    ) -> None:
        life = self.life
        if what == "fees":
            life.set_fees(market, *fees)
        elif what == "tiers":
            life.set_tiers(market, percent)
        elif what == "interest":
            life.set_interest_limits(market, percent)
        elif what == "policy":
            life.set_rate_policy(market, percent // 100 % 2)
        elif what == "cap":
            life.set_loss_cap(market, (percent - 50) ** 2 * WAD // 10)
        elif what == "pause":
            life.pause(market, act)
        else:
            paused = sorted(life.twin.house.risks[market].paused)
            life.unpause(market, paused[0] if paused else act)

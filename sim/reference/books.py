"""The clearinghouse's books from the specification: who holds what, and what it needs.

Open interest is a sum over positions, funding and socialised loss are settled from two separate
indices, and a ratio is a fraction: nothing is carried along that can be computed afresh.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, floor

from sim.reference import margin
from sim.reference.margin import TABLE, Health, Price, Risk
from sim.types.codes import Act, Purpose
from sim.units import BPS, WAD

# What is only allowed while whoever does it could be liquidated.
LEANING = frozenset({Act.OPEN, Act.WITHDRAW, Act.LIQUIDATE})


class Refused(Exception):  # noqa: N818 - a refusal is an outcome
    """The clearinghouse would revert; the text is its reason."""


def require(held: bool, reason: str) -> None:
    """Refuse with the clearinghouse's words unless something holds."""
    if not held:
        raise Refused(f"clearinghouse: {reason}")


@dataclass(slots=True, kw_only=True)
class Holding:
    """A position and where it last settled."""

    size_wad: int = 0
    quote_wad: int = 0
    funding_index_wad: int = 0
    loss_index_wad: int = 0
    epoch: int = 0


@dataclass(slots=True, kw_only=True)
class ClearingState:
    """Everything the clearinghouse knows, and what its neighbours say at the moment."""

    risks: dict[int, Risk]
    prices: dict[int, Price]
    now_s: int = 0
    cash: dict[int, int] = field(default_factory=dict)
    holdings: dict[tuple[int, int], Holding] = field(default_factory=dict)
    resting: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    max_leverage: dict[tuple[int, int], int] = field(default_factory=dict)
    escrow: dict[int, int] = field(default_factory=dict)
    loss_index: dict[int, int] = field(default_factory=dict)
    fees_wad: int = 0
    dust_wad: int = 0

    # What the books say

    def held(self, account: int, market: int) -> Holding:
        """The position, empty if there is none."""
        return self.holdings.setdefault((account, market), Holding())

    def open_interest(self, market: int) -> int:
        """Sum of the longs."""
        return sum(
            max(0, one.size_wad) for (_, held_in), one in self.holdings.items() if held_in == market
        )

    def owed(self, account: int, market: int) -> int:
        """Funding and socialised loss that a position has yet to settle, up."""
        one = self.held(account, market)
        funding = one.size_wad * (self.prices[market].funding_index_wad - one.funding_index_wad)
        loss = abs(one.size_wad) * (self.loss_index.get(market, 0) - one.loss_index_wad)
        return ceil(Fraction(funding + loss, WAD))

    def leg(self, account: int, market: int, purpose: Purpose) -> Health:
        """One market's part of an account's health."""
        one = self.held(account, market)
        return margin.leg(
            self.risks[market],
            self.prices[market],
            purpose,
            size_wad=one.size_wad,
            quote_wad=one.quote_wad,
            owed_wad=self.owed(account, market),
            resting_wad=self.resting.get((account, market), (0, 0)),
            open_interest_wad=self.open_interest(market),
            max_leverage=self.max_leverage.get((account, market), 0),
        )

    def health(self, account: int, purpose: Purpose = Purpose.OPENING) -> Health:
        """Cash and every market."""
        cash_wad = self.cash.get(account, 0)
        total = Health(equity_wad=cash_wad, margin_equity_wad=cash_wad)
        return sum((self.leg(account, market, purpose) for market in self.risks), total)

    def judged(self, account: int, market: int) -> Health:
        """What an account is judged by in a market: only there doubt speaks for it."""
        total = Health(equity_wad=self.cash.get(account, 0))
        for held_in in self.risks:
            here = held_in == market
            total += self.leg(
                account, held_in, Purpose.LIQUIDATING if here else Purpose.MAINTAINING
            )
        return total

    def withdrawable(self, account: int) -> int:
        """min(cash, E_w - max(IM, 10 % of N)), never below 0; 0 where withdrawing is stopped."""
        if not self.may_withdraw(account):
            return 0
        health = self.health(account, Purpose.WITHDRAWING)
        kept_wad = max(health.initial_wad, ceil(Fraction(health.notional_wad, 10)))
        return max(0, min(self.cash.get(account, 0), health.margin_equity_wad - kept_wad))

    def allows(self, market: int, act: Act) -> bool:
        """Whether a market's status, the guardian and the grace after them allow an action now."""
        price, risk = self.prices[market], self.risks[market]
        needed = {act, Act.LIQUIDATE} if act in LEANING else {act}
        later_s = max(price.liquidations_from, risk.liquidations_from)
        early = Act.LIQUIDATE in needed and self.now_s < later_s
        return TABLE[price.status, act] != "no" and not needed & risk.paused and not early

    def may_withdraw(self, account: int) -> bool:
        """Whether every market the account holds a position in allows it now."""
        held_in = (market for market in self.risks if self.held(account, market).size_wad)
        return all(self.allows(market, Act.WITHDRAW) for market in held_in)

    def check_liquidatable(self, account: int, market: int, share_wad: int = WAD) -> None:
        """Refuse unless equity is below that share of maintenance and may be judged now."""
        require(self.allows(market, Act.LIQUIDATE), "stopped by oracle status or pause")
        health = self.judged(account, market)
        bound_wad = ceil(Fraction(health.maintenance_wad * share_wad, WAD))
        require(health.equity_wad < bound_wad, "account is healthy")

    def accepts(self, before: ClearingState, account: int, market: int) -> bool:
        """The one acceptance rule, from the books before to these."""
        after = self.health(account)
        if after.margin_equity_wad >= after.initial_wad:
            return True
        was_wad = before.held(account, market).size_wad
        shrank = has_shrunk(was_wad, self.held(account, market).size_wad)
        return shrank and not ratio_fell(before.health(account), after)

    def copy(self) -> ClearingState:
        """The same books, to try something on."""
        same = replace(self, holdings={key: replace(one) for key, one in self.holdings.items()})
        for name in ("cash", "escrow", "loss_index"):
            setattr(same, name, dict(getattr(self, name)))
        return same

    def adopt(self, tried: ClearingState) -> None:
        """Keep what was tried on a copy."""
        for name in ("cash", "holdings", "escrow", "loss_index", "fees_wad", "dust_wad"):
            setattr(self, name, getattr(tried, name))

    # What changes them

    def settle(self, account: int, market: int) -> None:
        """Pay funding and loss into the escrow, or receive out of it."""
        one, owed_wad = self.held(account, market), self.owed(account, market)
        self.cash[account] = self.cash.get(account, 0) - owed_wad
        self.escrow[market] = self.escrow.get(market, 0) + owed_wad
        one.funding_index_wad = self.prices[market].funding_index_wad
        one.loss_index_wad = self.loss_index.get(market, 0)

    def trade(self, account: int, market: int, delta_wad: int, worth_wad: int) -> None:
        """Close as far as the trade is opposite, pro rata; open with the rest of it."""
        self.settle(account, market)
        one = self.held(account, market)
        flow_wad = -worth_wad if delta_wad > 0 else worth_wad
        was_wad, is_wad = one.size_wad, one.size_wad + delta_wad
        closing_wad = min(abs(was_wad), abs(delta_wad)) if was_wad * delta_wad < 0 else 0
        if closing_wad:
            got_wad = floor(Fraction(flow_wad * closing_wad, abs(delta_wad)))
            kept_wad = ceil(Fraction(one.quote_wad * (abs(was_wad) - closing_wad), abs(was_wad)))
            self.cash[account] += got_wad + one.quote_wad - kept_wad
            one.quote_wad = kept_wad
            flow_wad -= got_wad
        one.quote_wad += flow_wad
        one.size_wad = is_wad
        one.epoch += was_wad != 0 and was_wad * is_wad <= 0

    def charge(self, account: int, fee_wad: int) -> int:
        """Take a fee from an account; the fee."""
        self.cash[account] -= fee_wad
        return fee_wad

    def sweep_escrow(self, market: int) -> None:
        """What an escrow holds when nobody has a position any more is dust."""
        if not self.open_interest(market) and self.escrow.get(market, 0) > 0:
            self.dust_wad += self.escrow.pop(market)

    def may_change(self, market: int, *, shrank: bool) -> bool:
        """Whether status and guardian let a position shrink, or grow, now."""
        return self.allows(market, Act.REDUCE if shrank else Act.OPEN)


def has_shrunk(was_wad: int, is_wad: int) -> bool:
    """Closer to zero, on the same side of it or at it."""
    return was_wad != 0 and was_wad * is_wad >= 0 and abs(is_wad) < abs(was_wad)


def ratio_fell(before: Health, after: Health) -> bool:
    """E/MM went down; with nothing left to maintain: E is below zero."""
    if not after.maintenance_wad:
        return after.equity_wad < 0
    now = Fraction(after.equity_wad, after.maintenance_wad)
    return now < Fraction(before.equity_wad, before.maintenance_wad)


def fee(notional_wad: int, rate_bps: int) -> int:
    """Basis points of a notional, up."""
    return ceil(Fraction(notional_wad * rate_bps, BPS))


def room(before: Health, after: Health) -> int:
    """The most a liquidated account can pay and still be healthier; negative: it is not."""
    if not after.maintenance_wad:
        return after.equity_wad
    level = Fraction(before.equity_wad * after.maintenance_wad, before.maintenance_wad)
    return ceil(after.equity_wad - level) - 1

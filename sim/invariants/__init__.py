"""The named invariants: one function each, from the facts of a block to what is wrong in it.

`EACH_BLOCK` costs a few events and sums; `CHECKPOINT` walks every account and is for every so
many blocks and the end. A function returns one sentence per violation, none if it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.mirror import Mirror
from sim.types import DEFICIT, Status
from sim.units import BPS, WAD, WAD_PER_RAW

OPENING = frozenset({Status.OK, Status.THIN})
LIQUIDATING = frozenset({Status.OK, Status.THIN, Status.DISPUTED, Status.HALTED, Status.STALE})
TRADES = frozenset({0, 1})  # kinds of PositionChanged: taker, maker
TAKEN = frozenset({4, 6})  # by the pool, by a keeper: a margin has to be there
GAVE = 8  # a counterparty, at the bankruptcy price of somebody else
FORCED = frozenset({2, 3, 5})  # liquidated on the book, seized by the pool, taken over
BOOK, TAKEOVER = 0, 1  # rungs of AccountLiquidated
DEPOSITED, WITHDRAWN, MOVED, PAID, SOCIALISED, TIPPED = 0, 1, 2, 3, 6, 7  # of CashMoved
VIRTUAL_SHARES, VIRTUAL_ASSETS = 10**12, 1  # with which the pool makes a share's price
BUCKET = 2**96 - 1  # of an account; 0 is its owner's cross account
DEPTH = 64  # levels of a side that a book shows at once


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRules:
    """What a market's invariants are measured by; a `band_wad` of None: the method has no band."""

    market_id: int
    band_wad: int | None
    stale_s: int
    reward_max_wad: int
    maker_bps: int
    loss_cap_wad: int = 0  # of the insurance pool, as deployed


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """A leveraged token: its account, its market, and what it says of itself."""

    account: int
    market: str
    state: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A position before and after one call, with its account's health around it."""

    account: int
    size_before_wad: int
    size_wad: int
    equity_before_wad: int
    maintenance_before_wad: int
    equity_wad: int
    maintenance_wad: int
    margin_equity_wad: int
    initial_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """A position opened and closed at one price; what its account was worth, fees given back."""

    account: int
    before_wad: int
    after_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What an account was worth after one action, and after the same in parts."""

    account: int
    whole_wad: int
    parts_wad: int
    parts: int


@dataclass(slots=True, kw_only=True)
class AtRisk:
    """The pool's loss cap in a market, and what of its cash went there since and is not back."""

    cap_wad: int
    put_wad: int = 0


@dataclass(slots=True, kw_only=True)
class Facts:
    """One sealed block: its events, the mirror after it, what the chain says of its own money.

    `readings` (price, conf, observed) of each feed and the `pool` (raw assets, shares, whether it
    holds a position) as it was live on from block to block, and so does what it has `at_risk`, by
    market. `pool_readings` (price, conf), by market, are what feeds of spot pools may have said in
    this one. `changes`, `trips` and `splits` are for who looks after every single call, or tries
    one out and takes it back.
    """

    time_s: int
    mirror: Mirror
    events: Sequence[tuple[str, str, Any]]
    states: Mapping[str, Any]
    rules: Mapping[str, MarketRules]
    system_accounts: frozenset[int]
    vault_wad: int
    fees_wad: int
    dust_wad: int
    chain_accounts: Mapping[int, int] = field(default_factory=dict)
    chain_positions: Mapping[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    chain_markets: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    chain_depth: Mapping[tuple[str, bool], Sequence[tuple[int, int]]] = field(default_factory=dict)
    readings: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    pool_accounts: frozenset[int] = frozenset()
    pool: dict[str, int] = field(default_factory=dict)
    at_risk: dict[int, AtRisk] = field(default_factory=dict)
    pool_readings: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    tokens: Mapping[str, TokenFacts] = field(default_factory=dict)
    changes: Sequence[Change] = ()
    trips: Sequence[RoundTrip] = ()
    splits: Sequence[Split] = ()
    by_name: dict[str, list[Any]] = field(default_factory=dict)  # the events, sorted when asked

    def named(self, name: str) -> list[Any]:
        """The values of every event of one name, in order."""
        if not self.by_name:
            for _, event, values in self.events:
                self.by_name.setdefault(event, []).append(values)
        return self.by_name.get(name, [])

    def market(self, market_id: int) -> str:
        """The name of a market."""
        return next(name for name, one in self.rules.items() if one.market_id == market_id)


def inv_01_sizes_sum_to_zero(facts: Facts) -> list[str]:
    """For each long there is a short."""
    return [
        f"sizes of {name} sum to {totals.size_wad}"
        for name, totals in facts.mirror.markets.items()
        if totals.size_wad
    ]


def inv_02_vault_holds_what_is_owed(facts: Facts) -> list[str]:
    """Tokens in the vault are cash, quote balances, escrows, fees and dust, to the wei."""
    error_wad = conservation_error_wad(facts)
    return [f"the vault holds {error_wad} wei more than is owed"] if error_wad else []


def conservation_error_wad(facts: Facts) -> int:
    """What the vault holds minus what is owed, by the mirror's books; 0 if sound."""
    return facts.vault_wad - facts.mirror.owed_wad()


def inv_03_escrow_covers_pending_funding(facts: Facts) -> list[str]:
    """Escrow plus what positions still owe is rounding dust: not negative, a wei a settlement.

    A loss socialised is owed to the escrow like funding, and leaves less than a wei a base.
    """
    found = []
    for name, totals in facts.mirror.markets.items():
        left_wad = totals.escrow_wad
        for held in facts.mirror.accounts.values():
            if name in held.positions:
                left_wad += facts.mirror.pending_up(held, name)
        if not 0 <= left_wad <= totals.roundings_wad + totals.positions:
            found.append(f"escrow and pending funding of {name} leave {left_wad} wei")
    return found


def inv_04_changes_are_accepted(facts: Facts) -> list[str]:
    """E_im >= IM, or the position shrank without changing sign and E/MM did not fall."""
    found = []
    for one in facts.changes:
        if one.margin_equity_wad >= one.initial_wad:
            continue
        same_side = one.size_wad * one.size_before_wad >= 0
        shrank = same_side and abs(one.size_wad) < abs(one.size_before_wad)
        ratio_fell = (
            one.equity_wad * one.maintenance_before_wad
            < one.equity_before_wad * one.maintenance_wad
        )
        if not shrank or ratio_fell:
            found.append(
                f"account {one.account:#x} went from {one.size_before_wad} to {one.size_wad} "
                f"with {one.margin_equity_wad} where {one.initial_wad} is needed"
            )
    return found


def inv_04_who_grows_has_its_maintenance(facts: Facts) -> list[str]:
    """Of a block of many calls: who opened in it, at its one mark, is not liquidatable at its end.

    Initial margin is above maintenance, and what may follow in the block keeps it so: all but a
    loss spread over a market, which whoever is in it bears, and a deleveraging it gave way to.
    """
    spread = {facts.market(one.market) for one in facts.named("LossSocialised")}
    grew, gave = set[int](), set[int]()
    for change in facts.named("PositionChanged"):
        before_wad = change.size_wad - change.size_delta_wad
        if change.kind in TRADES | TAKEN and abs(change.size_wad) > abs(before_wad):
            grew.add(change.account)
        if change.kind == GAVE:
            gave.add(change.account)
    marks_wad = {name: totals.mark_wad for name, totals in facts.mirror.markets.items()}
    found = []
    for account in sorted(grew - gave):
        if spread and facts.mirror.accounts[account].settled_wad.keys() & spread:
            continue
        equity_wad, maintenance_wad = facts.mirror.health(account, marks_wad)
        if equity_wad < maintenance_wad:
            found.append(f"account {account:#x} grew to {equity_wad} of {maintenance_wad}")
    return found


def inv_05_nobody_without_positions_owes(facts: Facts) -> list[str]:
    """After the waterfall no account without positions is below zero, but what waits for income."""
    return [
        f"account {account:#x} has no position and {held.cash_wad} wei"
        for account in facts.mirror.touched
        if (held := facts.mirror.accounts[account]).cash_wad < 0
        and not held.positions
        and account & BUCKET != DEFICIT
    ]


def inv_06_mark_stays_in_its_band(facts: Facts) -> list[str]:
    """|P/I - 1| <= band."""
    found = []
    for poked in facts.named("MarketPoked"):
        name = facts.market(poked.market)
        band_wad = facts.rules[name].band_wad
        away_wad = abs(poked.mark_wad - poked.index_wad)
        if band_wad is not None and away_wad * WAD > band_wad * poked.index_wad:
            found.append(f"mark {poked.mark_wad} of {name} is off its index {poked.index_wad}")
    return found


def inv_07_only_the_tables_actions_happen(facts: Facts) -> list[str]:
    """Positions grow only where opening is allowed; liquidations only where the status has one."""
    found = []
    for change in facts.named("PositionChanged"):
        status = facts.states[facts.market(change.market)].status
        before_wad = change.size_wad - change.size_delta_wad
        shrank = abs(change.size_wad) < abs(before_wad) and change.size_wad * before_wad >= 0
        if change.kind in TRADES and not shrank and status not in OPENING:
            found.append(f"account {change.account:#x} opened at status {status}")
        if change.kind in FORCED and status not in LIQUIDATING:
            found.append(f"account {change.account:#x} was liquidated at status {status}")
    return found


def inv_08_sides_do_not_cross(facts: Facts) -> list[str]:
    """Best bid < best ask, as the block found the book."""
    return [
        f"book of {name} shows bid {one.best_bid_wad} and ask {one.best_ask_wad}"
        for name, one in facts.states.items()
        if one.best_bid_wad and one.best_ask_wad and one.best_bid_wad >= one.best_ask_wad
    ]


def inv_08_levels_are_their_orders(facts: Facts) -> list[str]:
    """What the book totals at each of its best prices is the sum of the orders resting there."""
    resting: dict[tuple[str, bool], dict[int, int]] = {side: {} for side in facts.chain_depth}
    for held in facts.mirror.accounts.values():
        for order in held.orders.values():
            levels = resting.get((order.market, order.size_wad > 0))
            if levels is not None:
                sized_wad = levels.get(order.price_wad, 0) + abs(order.size_wad)
                levels[order.price_wad] = sized_wad
    found = []
    for (name, is_buy), shown in facts.chain_depth.items():
        best_first = sorted(resting[name, is_buy].items(), reverse=is_buy)
        if [tuple(level) for level in shown] != best_first[: len(shown)] or (
            len(shown) < min(len(best_first), DEPTH)
        ):
            side = "bids" if is_buy else "asks"
            found.append(f"{side} of {name} are {shown[:3]}, their orders {best_first[:3]}")
    return found


def inv_09_share_price_falls_only_by_recorded_loss(facts: Facts) -> list[str]:
    """A share of the pool loses no more than was taken over and topped up, but by its position."""
    mirror, before = facts.mirror, dict(facts.pool)
    marks_wad = {name: totals.mark_wad for name, totals in mirror.markets.items()}
    worth_wad = sum(mirror.health(one, marks_wad)[0] for one in facts.pool_accounts)
    shares = mirror.stakes.shares_wad + VIRTUAL_SHARES
    holds = any(mirror.view(one).positions for one in facts.pool_accounts)
    assets = max(worth_wad, 0) // WAD_PER_RAW + VIRTUAL_ASSETS
    facts.pool.update(assets=assets, shares=shares, holds=holds)
    if not before or before["holds"] or holds:
        return []  # its position's mark, fees and funding are records of their own
    lost_wad = sum(max(0, -one.equity_wad) for one in facts.named("AccountAbsorbed"))
    lost_wad += sum(one.amount_wad for one in facts.named("KeeperToppedUp"))
    # Whoever staked after a loss of this block did so at the lower price.
    lost_raw = -(-lost_wad * max(shares, before["shares"]) // (before["shares"] * WAD_PER_RAW))
    if (assets + lost_raw) * before["shares"] >= before["assets"] * shares:
        return []
    return [f"pool went from {before['assets']} to {assets} raw, {lost_wad} wei of it recorded"]


def inv_10_only_the_unhealthy_are_liquidated(facts: Facts) -> list[str]:
    """E < MM before, for whom a rung acted on and for whom none could."""
    return [
        f"account {one.account:#x} had {one.equity_before_wad} and needed "
        f"{one.maintenance_before_wad}"
        for one in facts.named("AccountLiquidated")
        if one.equity_before_wad >= one.maintenance_before_wad
    ] + [
        f"account {one.account:#x} was given up at {one.equity_wad} of {one.maintenance_wad}"
        for one in facts.named("LadderExhausted")
        if one.equity_wad >= one.maintenance_wad
    ]


def inv_11_liquidation_heals(facts: Facts) -> list[str]:
    """What is left after a partial liquidation is healthier: E/MM rises."""
    return [
        f"account {one.account:#x} went from {one.equity_before_wad}/{one.maintenance_before_wad} "
        f"to {one.equity_after_wad}/{one.maintenance_after_wad}"
        for one in facts.named("AccountLiquidated")
        if one.maintenance_after_wad
        and one.equity_after_wad * one.maintenance_before_wad
        <= one.equity_before_wad * one.maintenance_after_wad
    ]


def inv_12_keeper_pay_within_clamp(facts: Facts) -> list[str]:
    """A keeper gets at most its market's most, what the account gave, and the fee of an opening.

    Liquidator and pool pay it, nobody else.
    """
    found = [
        f"account {one.account:#x} paid {one.amount_wad} to a keeper"
        for one in facts.named("CashMoved")
        if one.reason == PAID and one.amount_wad < 0 and one.account not in facts.system_accounts
    ]
    for one in facts.named("AccountLiquidated"):
        if one.rung == TAKEOVER:
            continue  # the discount is the pay
        rules = facts.rules[facts.market(one.market)]
        given_wad = one.penalty_wad if one.rung == BOOK else max(0, one.equity_before_wad)
        most_wad = given_wad + one.notional_wad * rules.maker_bps // BPS
        if one.reward_wad > min(rules.reward_max_wad, most_wad):
            found.append(f"keeper {one.keeper} got {one.reward_wad} for {one.account:#x}")
    return found


def inv_13_deleveraging_comes_after_insurance(facts: Facts) -> list[str]:
    """A round opens only in a block in which book and pool had failed for that very position."""
    found, refused = [], set()
    for _, name, one in facts.events:
        if name == "LadderExhausted":
            refused.add((one.account, one.market))
        elif name == "RoundOpened" and (one.account, one.market) not in refused:
            found.append(f"account {one.account:#x} was deleveraged before the pool was asked")
    return found


def inv_14_only_position_holders_are_charged(facts: Facts) -> list[str]:
    """Cash leaves an ordinary account outside a trade only because its owner moved it.

    Nor does one that comes into a market owe what was spread or accrued in it before.
    """
    return [
        f"account {one.account:#x} was charged {one.amount_wad} for reason {one.reason}"
        for one in facts.named("CashMoved")
        if one.amount_wad < 0
        and one.reason not in (WITHDRAWN, MOVED, TIPPED)
        and one.account not in facts.system_accounts
    ] + [
        f"account {one.account:#x} settled {one.funding_wad} for a position it did not have"
        for one in facts.named("PositionChanged")
        if one.funding_wad and one.size_wad == one.size_delta_wad
    ]


def inv_15_withdrawals_leave_a_margin(facts: Facts) -> list[str]:
    """Who withdraws keeps cash >= 0, and a tenth of the notional in equity."""
    found = []
    marks_wad = {name: totals.mark_wad for name, totals in facts.mirror.markets.items()}
    # Only where nothing came after the withdrawal does the mirror show what it left.
    last = {
        one.account: name == "CashMoved" and one.reason == WITHDRAWN
        for _, name, one in facts.events
        if name in ("CashMoved", "PositionChanged")
    }
    for account in (account for account, withdrew in last.items() if withdrew):
        held = facts.mirror.accounts[account]
        equity_wad, _ = facts.mirror.health(account, marks_wad)
        notional_wad = sum(
            -(-abs(position.size_wad) * marks_wad[name] // WAD)
            for name, position in held.positions.items()
        )
        if held.cash_wad < 0 or 10 * equity_wad < notional_wad:
            found.append(f"account {account:#x} withdrew down to {equity_wad} of {notional_wad}")
    return found


def inv_16_token_nav_is_its_account(facts: Facts) -> list[str]:
    """NAV is the equity that events add up to, a share its part of it, within a wei a share."""
    poked = {facts.market(one.market) for one in facts.named("MarketPoked")}
    marks_wad = {name: totals.mark_wad for name, totals in facts.mirror.markets.items()}
    found = []
    for name, token in facts.tokens.items():
        state, supply_wad = token.state, facts.mirror.holdings.supply_wad[name]
        if state.supply != supply_wad:
            found.append(f"{name} says {state.supply} tokens, {supply_wad} were minted")
        if token.market not in poked:
            continue  # the mirror's mark is of an older block
        equity_wad, _ = facts.mirror.health(token.account, marks_wad)
        shared_wad = state.share_price_wad * state.supply // WAD
        if state.nav_wad != equity_wad:
            found.append(f"{name} says NAV {state.nav_wad}, its account has {equity_wad}")
        if state.supply and not 0 <= max(equity_wad, 0) - shared_wad <= state.supply // WAD + 1:
            found.append(f"shares of {name} come to {shared_wad}, its account has {equity_wad}")
    return found


def inv_17_no_donation_moves_a_token(facts: Facts) -> list[str]:
    """Only mints bring money in, only redemptions and rewards take it out, at no others' cost."""
    found = []
    for name, token in facts.tokens.items():
        due = {DEPOSITED: 0, WITHDRAWN: 0}
        for contract, event, one in facts.events:
            if contract == f"LeveragedToken.{name}":
                if event in ("TokenMinted", "TokenRedeemed"):
                    minted = event == "TokenMinted"
                    due[DEPOSITED if minted else WITHDRAWN] += one.amount_raw * WAD_PER_RAW
                    before = one.supply - one.tokens if minted else one.supply + one.tokens
                    if one.nav_wad * before < one.nav_before_wad * one.supply:
                        found.append(f"{event} lowered what a share of {name} is worth")
                elif event in ("TokenRebalanced", "ProfitRealised"):
                    due[WITHDRAWN] += one.reward_wad
        moved = [one for one in facts.named("CashMoved") if one.account == token.account]
        came_wad = sum(one.amount_wad for one in moved if one.reason != SOCIALISED)
        if came_wad != due[DEPOSITED] - due[WITHDRAWN]:
            found.append(f"{came_wad} came to {name}, of which {due} is accounted for")
    return found


def inv_18_index_lies_inside_its_inputs(facts: Facts) -> list[str]:
    """A good index is between the lowest and the highest price its feeds say or allow."""
    for contract, name, values in facts.events:
        if name == "PricePushed":
            facts.readings[contract] = (values.price_wad, values.conf_wad, values.observed_at)
    found = []
    for refreshed in facts.named("IndexRefreshed"):
        name = facts.market(refreshed.market)
        oldest_s = facts.time_s - facts.rules[name].stale_s
        live = [
            (price_wad, conf_wad)
            for contract, (price_wad, conf_wad, at_s) in facts.readings.items()
            if contract.startswith(f"PriceFeed.{name}.") and at_s >= oldest_s
        ]
        if refreshed.status not in OPENING or not live:
            continue
        live += facts.pool_readings.get(name, ())
        low_wad = min(price - conf for price, conf in live)
        high_wad = max(price + conf for price, conf in live)
        if not low_wad <= refreshed.price_wad <= high_wad:
            found.append(f"index {refreshed.price_wad} of {name} outside {low_wad} to {high_wad}")
    return found


def inv_20_round_trips_do_not_profit(facts: Facts) -> list[str]:
    """There and back at one price is worth nothing, even without its fees."""
    return [
        f"account {one.account:#x} made {one.after_wad - one.before_wad} wei of a round trip"
        for one in facts.trips
        if one.after_wad > one.before_wad
    ]


def inv_20_splitting_gains_nothing(facts: Facts) -> list[str]:
    """An action in k parts gains no more than k wei on the whole of it."""
    return [
        f"account {one.account:#x} gained {one.parts_wad - one.whole_wad} wei in {one.parts} parts"
        for one in facts.splits
        if one.parts_wad > one.whole_wad + one.parts
    ]


def inv_21_mirror_is_the_chain(facts: Facts) -> list[str]:
    """What events told is what storage holds: cash, positions, open interest, escrows, pots."""
    mirror = facts.mirror
    found = []
    for account, cash_wad in facts.chain_accounts.items():
        if mirror.accounts[account].cash_wad != cash_wad:
            found.append(f"account {account:#x} has {cash_wad} on chain")
    for (account, name), (size_wad, quote_wad) in facts.chain_positions.items():
        known = mirror.accounts[account].positions.get(name)
        told = (known.size_wad, known.quote_wad) if known else (0, 0)
        if told != (size_wad, quote_wad):
            found.append(f"account {account:#x} holds {size_wad} of {name} on chain")
    for name, (interest_wad, escrow_wad) in facts.chain_markets.items():
        totals = mirror.markets[name]
        if (totals.long_wad, totals.escrow_wad) != (interest_wad, escrow_wad):
            found.append(f"{name} has {interest_wad} open and {escrow_wad} in escrow on chain")
    if (facts.fees_wad, facts.dust_wad) != (mirror.fees_wad, mirror.dust_wad):
        found.append(f"pots are {facts.fees_wad} and {facts.dust_wad} on chain")
    return found


def inv_22_pool_risks_no_more_than_its_cap(facts: Facts) -> list[str]:
    """What the pool lost in a market since its cap is at most the cap, since no more is put there.

    By what went into its isolated account and came back, which is all that account may cost. The
    stakers' cash is paid to nothing else but keepers.
    """
    found, unexplained_wad = [], -sum(one.amount_wad for one in facts.named("KeeperToppedUp"))
    for _, event, one in facts.events:
        if event == "CapsSet":
            # By then the position may have more behind it than the new cap: it gets nothing then.
            facts.at_risk[one.market] = AtRisk(cap_wad=one.loss_wad, put_wad=one.at_risk_wad)
        if event != "CashMoved" or one.account not in facts.pool_accounts:
            continue
        if one.reason == PAID and (one.account & BUCKET or one.amount_wad < 0):
            unexplained_wad -= one.amount_wad
        market_id = one.account & BUCKET
        if not market_id or one.reason not in (PAID, MOVED):
            continue
        rules = facts.rules[facts.market(market_id)]
        there = facts.at_risk.setdefault(market_id, AtRisk(cap_wad=rules.loss_cap_wad))
        there.put_wad = max(0, there.put_wad + one.amount_wad)
        if one.amount_wad > 0 and there.put_wad > there.cap_wad:
            found.append(f"pool has {there.put_wad} in market {market_id}, of {there.cap_wad}")
    if unexplained_wad > 0:
        found.append(f"pool paid {unexplained_wad} to neither its positions nor keepers")
    return found


Check = Callable[[Facts], list[str]]
EACH_BLOCK: tuple[Check, ...] = (
    inv_01_sizes_sum_to_zero,
    inv_02_vault_holds_what_is_owed,
    inv_04_changes_are_accepted,
    inv_04_who_grows_has_its_maintenance,
    inv_05_nobody_without_positions_owes,
    inv_06_mark_stays_in_its_band,
    inv_07_only_the_tables_actions_happen,
    inv_08_sides_do_not_cross,
    inv_09_share_price_falls_only_by_recorded_loss,
    inv_10_only_the_unhealthy_are_liquidated,
    inv_11_liquidation_heals,
    inv_12_keeper_pay_within_clamp,
    inv_13_deleveraging_comes_after_insurance,
    inv_14_only_position_holders_are_charged,
    inv_15_withdrawals_leave_a_margin,
    inv_16_token_nav_is_its_account,
    inv_17_no_donation_moves_a_token,
    inv_18_index_lies_inside_its_inputs,
    inv_20_round_trips_do_not_profit,
    inv_20_splitting_gains_nothing,
    inv_22_pool_risks_no_more_than_its_cap,
)
CHECKPOINT: tuple[Check, ...] = (
    inv_03_escrow_covers_pending_funding,
    inv_08_levels_are_their_orders,
    inv_21_mirror_is_the_chain,
)


def violations(facts: Facts, checks: Sequence[Check]) -> list[str]:
    """Every violation, each under its invariant's number."""
    return [
        f"INV-{int(check.__name__.split('_')[1])}: {sentence}"
        for check in checks
        for sentence in check(facts)
    ]

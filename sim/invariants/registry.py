"""The registry: each named invariant, what it says, whom it protects, how often it is checked."""

from __future__ import annotations

from collections.abc import Sequence

import sim.invariants.belief as belief
import sim.invariants.conservation as conservation
import sim.invariants.funding as funding
import sim.invariants.insurance_pool as insurance_pool
import sim.invariants.leveraged_tokens as leveraged_tokens
import sim.invariants.liquidation as liquidation
import sim.invariants.oracle as oracle
import sim.invariants.trading as trading
from sim.invariants.facts import Facts
from sim.invariants.invariant import Check, Invariant, When

REGISTRY: tuple[Invariant, ...] = (
    Invariant(
        number=1,
        check=conservation.inv_01_sizes_sum_to_zero,
        when=When.EACH_BLOCK,
        sentence="Sizes of a market sum to zero, and open interest is the sum of the longs.",
        protects="a market that owes what nobody holds",
    ),
    Invariant(
        number=2,
        check=conservation.inv_02_vault_holds_what_is_owed,
        when=When.EACH_BLOCK,
        sentence="Vault tokens = sum(cash + q) + escrows + pool + fees + dust, exactly.",
        protects="every holder's claim on the vault",
    ),
    Invariant(
        number=3,
        check=conservation.inv_03_escrow_covers_pending_funding,
        when=When.CHECKPOINT,
        sentence="Each escrow and all pending funding make dust: 0 or more, below a wei a head.",
        protects="receivers of funding",
    ),
    Invariant(
        number=4,
        check=trading.inv_04_changes_are_accepted,
        when=When.EACH_BLOCK,
        sentence="After a change each touched account passes the acceptance rule.",
        protects="the other side of a position too thin",
    ),
    Invariant(
        number=4,
        check=trading.inv_04_who_grows_has_its_maintenance,
        when=When.EACH_BLOCK,
        sentence="Whoever grew in a block has its maintenance margin after it.",
        protects="the pool, from positions born failing",
    ),
    Invariant(
        number=5,
        check=conservation.inv_05_nobody_without_positions_owes,
        when=When.EACH_BLOCK,
        sentence="No account without positions is below 0 after the waterfall.",
        protects="who would pay for a debt nobody owns",
    ),
    Invariant(
        number=6,
        check=oracle.inv_06_mark_stays_in_its_band,
        when=When.EACH_BLOCK,
        sentence="|P/I - 1| is within the band; in a dispute, around what is believed.",
        protects="fresh positions, from the book alone",
    ),
    Invariant(
        number=7,
        check=trading.inv_07_only_the_tables_actions_happen,
        when=When.EACH_BLOCK,
        sentence="Only what the status table allows happens in each status.",
        protects="everybody, from a price that is not believed",
    ),
    Invariant(
        number=7,
        check=belief.inv_07_nothing_opens_unless_it_can_be_liquidated,
        when=When.EACH_BLOCK,
        sentence="Nothing opens in a market while its liquidations wait or are stopped.",
        protects="the pool, from options it never wrote",
    ),
    Invariant(
        number=8,
        check=trading.inv_08_sides_do_not_cross,
        when=When.EACH_BLOCK,
        sentence="The best bid is below the best ask.",
        protects="price-time priority",
    ),
    Invariant(
        number=8,
        check=trading.inv_08_levels_are_their_orders,
        when=When.CHECKPOINT,
        sentence="A level's size is the sum of its orders.",
        protects="makers, from sizes that are not there",
    ),
    Invariant(
        number=9,
        check=insurance_pool.inv_09_share_price_falls_only_by_recorded_loss,
        when=When.EACH_BLOCK,
        sentence="The pool's share price falls only by a recorded loss.",
        protects="stakers",
    ),
    Invariant(
        number=10,
        check=liquidation.inv_10_only_the_unhealthy_are_liquidated,
        when=When.EACH_BLOCK,
        sentence="Nobody is liquidated who has its maintenance margin.",
        protects="traders, from false liquidation",
    ),
    Invariant(
        number=11,
        check=liquidation.inv_11_liquidation_heals,
        when=When.EACH_BLOCK,
        sentence="A partial liquidation leaves E/MM higher.",
        protects="traders, from being cut for nothing",
    ),
    Invariant(
        number=12,
        check=liquidation.inv_12_keeper_pay_within_clamp,
        when=When.EACH_BLOCK,
        sentence="A keeper's pay stays within its clamp and comes from no bystander.",
        protects="the liquidated and the pool",
    ),
    Invariant(
        number=13,
        check=liquidation.inv_13_deleveraging_comes_after_insurance,
        when=When.EACH_BLOCK,
        sentence="Deleveraging comes after book and pool have refused, in the same block.",
        protects="winners",
    ),
    Invariant(
        number=14,
        check=conservation.inv_14_only_position_holders_are_charged,
        when=When.EACH_BLOCK,
        sentence="A socialised loss reaches nobody without a position in its market.",
        protects="bystanders",
    ),
    Invariant(
        number=15,
        check=conservation.inv_15_withdrawals_leave_a_margin,
        when=When.EACH_BLOCK,
        sentence="A withdrawal never exceeds what may be withdrawn.",
        protects="the other side, from profit on paper",
    ),
    Invariant(
        number=16,
        check=leveraged_tokens.inv_16_token_nav_is_its_account,
        when=When.EACH_BLOCK,
        sentence="NAV times supply is the equity of the token's account, within a wei a share.",
        protects="holders of tokens",
    ),
    Invariant(
        number=17,
        check=leveraged_tokens.inv_17_no_donation_moves_a_token,
        when=When.EACH_BLOCK,
        sentence="What is given to a token moves no NAV.",
        protects="those who mint after it",
    ),
    Invariant(
        number=18,
        check=oracle.inv_18_index_lies_inside_its_inputs,
        when=When.EACH_BLOCK,
        sentence="A good index lies between the lowest and the highest its feeds say or allow.",
        protects="everybody judged at it",
    ),
    Invariant(
        number=19,
        check=oracle.inv_19_only_reporters_push,
        when=When.EACH_BLOCK,
        sentence="Only a feed's reporter pushes to it.",
        protects="the index",
    ),
    Invariant(
        number=20,
        check=trading.inv_20_round_trips_do_not_profit,
        when=When.EACH_BLOCK,
        sentence="There and back at one price earns nothing.",
        protects="the market, from rounding",
    ),
    Invariant(
        number=20,
        check=trading.inv_20_splitting_gains_nothing,
        when=When.EACH_BLOCK,
        sentence="An action in k parts gains no more than k wei.",
        protects="the market, from rounding",
    ),
    Invariant(
        number=21,
        check=conservation.inv_21_mirror_is_the_chain,
        when=When.CHECKPOINT,
        sentence="What events told is what storage holds.",
        protects="every figure that is computed from events",
    ),
    Invariant(
        number=22,
        check=insurance_pool.inv_22_pool_risks_no_more_than_its_cap,
        when=When.EACH_BLOCK,
        sentence="What the pool lost in a market since its cap is at most the cap.",
        protects="stakers",
    ),
    Invariant(
        number=24,
        check=belief.inv_24_belief_stays_within_a_step,
        when=When.EACH_BLOCK,
        sentence="No price is believed beyond the step around the last good index, or its bounds.",
        protects="the pool, from accounts that a lie keeps alive",
    ),
    Invariant(
        number=30,
        check=funding.inv_30_funding_moves_only_by_its_rate,
        when=When.EACH_BLOCK,
        sentence="Cumulative funding moves only by its rate, over time, while the index is OK.",
        protects="both sides of a market",
    ),
)
EACH_BLOCK: tuple[Check, ...] = tuple(one.check for one in REGISTRY if one.when is When.EACH_BLOCK)
CHECKPOINT: tuple[Check, ...] = tuple(one.check for one in REGISTRY if one.when is When.CHECKPOINT)
_ID_OF = {one.check: one.id for one in REGISTRY}


def violations(facts: Facts, checks: Sequence[Check]) -> list[str]:
    """Every violation, each under its invariant's number."""
    return [f"{_ID_OF[check]}: {sentence}" for check in checks for sentence in check(facts)]

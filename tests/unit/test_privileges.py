"""Who may call what: every function that writes, of every contract that is deployed, by everybody.

The table is the claim. A function that is not in it fails, and every call it forbids is made.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sim.places import CONTRACTS
from tests.everybody_world import PEERS, PEOPLE, Everybody, writing_functions

ANYONE = frozenset((*PEOPLE, *PEERS))
ACTOR = frozenset({"trader", "triggers"})  # the account's owner, and its operator
OWNER = frozenset({"owner"})
NOBODY = frozenset[str]()
OWNED = {"transfer_ownership": OWNER, "accept_ownership": frozenset({"heir"})}
# `transferFrom` needs the allowance of whose tokens they are, and nobody here was given one.
TOKEN = {"transfer": ANYONE, "approve": ANYONE, "transferFrom": NOBODY}

MAY: Mapping[str, Mapping[str, frozenset[str]]] = {
    "PriceFeed": {
        **OWNED,
        "push": frozenset({"reporter"}),
        "set_reporter": OWNER,
    },
    "OracleAggregator": {
        **OWNED,
        "set_market": OWNER,
        "refresh": ANYONE,
    },
    "MarkPrice": {
        **OWNED,
        "add_market": OWNER,
        "set_mark_terms": OWNER,
        "set_funding_terms": OWNER,
        "set_rate_policy": OWNER,
        "follow_risk": ANYONE,
        "poke": ANYONE,
        "poke_mark": ANYONE,
    },
    "MarketParams": {
        **OWNED,
        "wire": OWNER,
        "add_market": OWNER,
        "set_book": OWNER,
        "set_tiers": OWNER,
        "set_upnl_weights": OWNER,
        "set_backstop": OWNER,
        "set_fees": OWNER,
        "set_open_interest_limits": OWNER,
        "set_order_limits": OWNER,
        "set_liquidation": OWNER,
        "set_guardian": OWNER,
        "pause": frozenset({"guardian", "owner"}),
        "unpause": OWNER,
    },
    "MarginVault": {
        "deposit": ACTOR,
        "withdraw": ACTOR,
        "move": ACTOR,
        "set_operator": ANYONE,  # of the caller's own accounts
        "set_trader": ANYONE,  # likewise
    },
    "Clearinghouse": {
        "wire": OWNER,  # the deployer, once
        "wire_triggers": OWNER,
        "credit": frozenset({"vault"}),
        "debit": frozenset({"vault"}),
        "transfer": frozenset({"vault"}),
        "pay": frozenset({"liquidator", "triggers", "pool"}),
        "fill": frozenset({"book"}),
        "admit": frozenset({"book"}),
        "seize": frozenset({"pool"}),
        "cross": frozenset({"liquidator", "deleverager"}),
        "socialise": frozenset({"deleverager"}),
        "begin_round": frozenset({"deleverager"}),
        "sweep_fees": ANYONE,
        "poke_for_liquidation": ANYONE,
        "set_max_leverage": frozenset({"trader"}),  # its owner, and no operator
    },
    "OrderBook": {
        "place": ACTOR,
        "place_many": ACTOR,
        "replace": ACTOR,
        "cancel": ACTOR,
        "cancel_many": ACTOR,
        "take_for": frozenset({"liquidator"}),
        "cancel_all_of": frozenset({"liquidator"}),
    },
    "TriggerOrders": {
        "open_with_bracket": ACTOR,
        "program": ACTOR,
        "cancel": ACTOR,
        "execute": ANYONE,
        "ratchet": ANYONE,
        "bury": ANYONE,
    },
    "Liquidator": {
        "liquidate": ANYONE,
        "take_over": ACTOR,  # into an account of the caller's
    },
    "InsurancePool": {
        **OWNED,
        **TOKEN,
        "wire": OWNER,  # the deployer, once
        "set_caps": OWNER,
        "set_drawdown_limit": OWNER,
        "deposit": ANYONE,
        "request_redeem": ANYONE,
        "cancel_redeem": ANYONE,
        "release": ANYONE,
        "claim": ANYONE,
        "mint": ANYONE,
        "redeem": ANYONE,
        "withdraw": ANYONE,
        "absorb": frozenset({"liquidator"}),
        "top_up": frozenset({"liquidator"}),
        "restore": ANYONE,
        "unwind": ANYONE,
    },
    "Deleverager": {
        **OWNED,
        "set_policy": OWNER,
        "deleverage": ANYONE,
        "open_round": ANYONE,
        "enlist": ANYONE,
        "rank": ANYONE,
        "take": ANYONE,
        "socialise": ANYONE,
    },
    "LeveragedToken": {
        **TOKEN,
        "mint": ANYONE,
        "redeem": ANYONE,
        "rebalance": ANYONE,
        "ripcord": ANYONE,
        "realise": ANYONE,
    },
    "Timelock": {
        "schedule": OWNER,  # who deployed it, until it is handed over
        "execute": ANYONE,  # what was scheduled, after the delay
        "cancel": frozenset({"guardian", "owner"}),
        "set_delay": NOBODY,  # but itself
        "set_proposer": NOBODY,
        "set_canceller": NOBODY,
    },
    "SpotPool": {
        **TOKEN,
        "swap": ANYONE,
        "add_liquidity": ANYONE,
        "remove_liquidity": ANYONE,
    },
    "SpotPoolFeed": {},
    "ChainlinkAdapter": {},
    "Lens": {},
}

NO_ALLOWANCE = "erc20: insufficient allowance"
REFUSALS = (
    "ownable: caller is not the owner",
    "ownable_2step: caller is not the new owner",
    "feed: not the reporter",
    "params: caller is not the guardian",
    "clearinghouse: caller not allowed",
    "vault: caller is neither owner nor operator",
    "book: not owner or operator",
    "book: only the liquidator",
    "triggers: not owner or operator",
    "liquidator: not the receiver's actor",
    "timelock: caller is not the proposer",
    "timelock: caller may not cancel",
    "timelock: not by a call of its own",
    "pool: caller is not the deployer",
    "pool: caller is not the liquidator",
)


@pytest.fixture(scope="module")
def everybody() -> Everybody:
    return Everybody()


def test_table__contracts__are_all_that_can_be_deployed():
    beside = ("interfaces", "mocks", "modules")
    folders = [folder for folder in CONTRACTS.iterdir() if folder.name not in beside]
    found = {file.stem for folder in folders for file in folder.rglob("*.vy")}
    assert set(MAY) == found


@pytest.mark.parametrize("contract", MAY)
def test_table__functions__are_all_that_write(contract):
    assert set(MAY[contract]) == writing_functions(contract)


@pytest.mark.parametrize(
    ("contract", "function"),
    [(contract, function) for contract, functions in MAY.items() for function in functions],
)
def test_call__by_everybody__is_refused_to_all_but_those_who_may(everybody, contract, function):
    wrong = {}
    refusals = (NO_ALLOWANCE,) if function == "transferFrom" else REFUSALS
    for role in sorted(ANYONE):
        if not everybody.could_call(role, contract):
            continue
        said = everybody.call(role, contract, function)
        if (said in refusals) == (role in MAY[contract][function]):
            wrong[role] = said or "let through"
    assert not wrong, f"{contract}.{function}"

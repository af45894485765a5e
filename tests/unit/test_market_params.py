"""Market parameters through Ape: each setter's authority, bounds and effect; pauses."""

from __future__ import annotations

import ape
import pytest

from sim.types.codes import Act
from sim.units import WAD, wad

NOBODY = "0x" + "00" * 20
SOMEBODY = "0x" + "11" * 20
GRID = (WAD // 10, WAD // 100, 10 * WAD, WAD // 20)
FLAT = ((0, 0, 0, 0), (WAD // 200, 0, 0, 0), (WAD // 100, 0, 0, 0))
RULES = {
    "target_wad": wad("1.02"),
    "slippage_wad": wad("0.001"),
    "large_notional_wad": wad(100_000),
    "first_clip_wad": wad("0.2"),
    "cooldown_s": 30,
    "reward_ratio_wad": wad("0.0002"),
    "reward_cost_wad": WAD,
    "reward_min_wad": WAD,
    "reward_max_wad": 500 * WAD,
}


def rules(params, **changes):
    """A liquidation's words; fields the contract has beyond these are zero."""
    known = RULES | changes
    names = [
        one.name for one in params.contract_type.view_methods["liquidation"].outputs[0].components
    ]
    return tuple(known.get(name, 0) for name in names)


SETTERS = [
    ("set_tiers", FLAT),
    ("set_upnl_weights", (WAD, 0)),
    ("set_backstop", (WAD,)),
    ("set_fees", (1, 5, 25)),
    ("set_open_interest_limits", (0, 1, 1, 1)),
    ("set_order_limits", (WAD, WAD // 20)),
    ("set_book", (SOMEBODY,)),
    ("add_market", (GRID,)),
    ("unpause", (0,)),
]


@pytest.mark.parametrize(("method", "arguments"), SETTERS)
def test_setters__anyone_but_the_owner__revert(stack, roles, method, arguments):
    for role in ("stranger", "guardian"):
        with ape.reverts("ownable: caller is not the owner"):
            getattr(stack.params, method)(1, *arguments, sender=roles[role])


@pytest.mark.parametrize(
    ("method", "arguments", "reason"),
    [
        ("add_market", (GRID,), "market exists"),
        ("set_book", (SOMEBODY,), "market has a book"),
        ("set_tiers", ((1, 0, 0, 0), *FLAT[1:]), "first tier must start at 0"),
        ("set_tiers", ((0,) * 4, (0,) * 4, (0,) * 4), "first tier must start at 0"),
        ("set_tiers", ((0,) * 4, (WAD // 100, 0, 0, 0), (WAD // 100, 0, 0, 0)), "out of order"),
        ("set_tiers", ((0,) * 4, (WAD // 100, 0, 0, 0), (WAD + 1, 0, 0, 0)), "out of order"),
        ("set_tiers", ((0, 0, 0, 0), (1, 2, 0, 0), (2, 3, 0, 0)), "tiers do not ascend"),
        ("set_tiers", ((0, 5, 0, 0), (2, 1, 0, 0), (3, 4, 0, 0)), "ratios do not rise"),
        ("set_tiers", ((0, 5, 0, 0), (1, 0, 0, 0), (2, 0, 0, 0)), "tier after the end"),
        ("set_tiers", ((0, 0, 5, 0), (1, 0, 2, 0), (2, 0, 3, 0)), "tier after the end"),
        ("set_upnl_weights", (WAD + 1, 0), "weight above 1"),
        ("set_backstop", (WAD + 1,), "backstop share above 1"),
        ("set_fees", (101, 5, 25), "trading fee above 100 bps"),
        ("set_fees", (1, 5, 501), "liquidation fee above 500 bps"),
        ("set_open_interest_limits", (5, 5, 1, 1), "range out of order"),
        ("set_open_interest_limits", (0, 1, 2**128, 1), "cap too large"),
        ("set_order_limits", (0, 1), "smallest order is zero"),
        ("set_order_limits", (1, WAD // 2 + 1), "fill band outside"),
    ],
)
def test_setters__out_of_bounds__revert(stack, owner, method, arguments, reason):
    with pytest.raises(ape.exceptions.ContractLogicError, match=reason):
        getattr(stack.params, method)(1, *arguments, sender=owner)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"target_wad": WAD}, "health target outside"),
        ({"slippage_wad": WAD // 10 + 1}, "slippage allowance above 10 %"),
        ({"first_clip_wad": WAD + 1}, "first clip above 1"),
        ({"cooldown_s": 3601}, "cool-down above an hour"),
        ({"reward_ratio_wad": WAD // 100 + 1}, "reward ratio above 1 %"),
        ({"reward_min_wad": 501 * WAD}, "least reward above the most"),
    ],
)
def test_set_liquidation__out_of_bounds__reverts(stack, owner, changes, reason):
    stack.params.set_liquidation(1, rules(stack.params), sender=owner)
    with pytest.raises(ape.exceptions.ContractLogicError, match=reason):
        stack.params.set_liquidation(1, rules(stack.params, **changes), sender=owner)


def test_add_market__step_not_whole_wei__reverts(stack, owner):
    with ape.reverts("params: tick times lot is not whole wei"):
        stack.params.add_market(3, (WAD // 10, 7, WAD, WAD // 20), sender=owner)


@pytest.mark.parametrize("market", [0, 9])
def test_add_market__number_out_of_range__reverts(stack, owner, market):
    with ape.reverts("params: market id out of range"):
        stack.params.add_market(market, GRID, sender=owner)


def test_views__unknown_market__revert(stack):
    for view in (stack.params.risk, stack.params.grid, stack.params.liquidation):
        with ape.reverts("params: no such market"):
            view(7)


def test_setters__each__is_seen_and_pokes_the_market_first(stack, owner):
    params = stack.params
    before = stack.mark.pokes()
    params.set_fees(1, 2, 3, 4, sender=owner)
    params.set_upnl_weights(1, WAD // 2, WAD // 4, sender=owner)
    params.set_backstop(1, WAD // 5, sender=owner)
    params.set_open_interest_limits(1, 1, 2, 3, 4, sender=owner)
    params.set_tiers(1, *FLAT, sender=owner)
    params.set_order_limits(1, 8, 9, sender=owner)
    risk, grid = params.risk(1), params.grid(1)
    assert (risk.maker_fee_bps, risk.taker_fee_bps, risk.liquidation_fee_bps) == (2, 3, 4)
    assert (risk.im_upnl_weight_wad, risk.withdraw_upnl_weight_wad) == (WAD // 2, WAD // 4)
    assert (risk.backstop_wad, risk.book) == (WAD // 5, stack.books[1].address)
    limits = (risk.oi_lo_wad, risk.oi_hi_wad, risk.oi_cap_wad, risk.oi_cap_quote_wad)
    assert limits == (1, 2, 3, 4)
    assert tuple(risk.tier_mmr_wad) == FLAT[1]
    assert (grid.min_notional_wad, grid.fill_band_wad, grid.tick_wad) == (8, 9, WAD // 10)
    assert stack.mark.pokes() == before + 6


def test_set_tiers__market_without_margins_yet__needs_no_mark(stack, owner):
    # The mark refuses a market it does not know, and knows none without margins.
    before = stack.mark.pokes()
    stack.params.add_market(5, GRID, sender=owner)
    stack.params.set_fees(5, 1, 5, 25, sender=owner)
    stack.params.set_tiers(5, *FLAT, sender=owner)
    assert stack.mark.pokes() == before
    stack.params.set_fees(5, 1, 5, 25, sender=owner)
    assert stack.mark.pokes() == before + 1


@pytest.mark.parametrize("act", [Act.OPEN, Act.WITHDRAW, Act.TRIGGER, Act.LIQUIDATE, Act.ADL])
def test_pause__by_guardian__only_the_owner_lifts_it_and_liquidations_wait(stack, roles, act):
    params, owner = stack.params, roles["owner"]
    params.pause(1, act, sender=roles["guardian"])
    assert params.risk(1).paused == 1 << act
    with ape.reverts("ownable: caller is not the owner"):
        params.unpause(1, act, sender=roles["guardian"])
    receipt = params.unpause(1, act, sender=owner)
    assert params.risk(1).paused == 0
    assert params.risk(1).liquidations_from == receipt.timestamp + 60
    with ape.reverts("params: action is not paused"):
        params.unpause(1, act, sender=owner)


def test_pause__stranger__reverts(stack, stranger):
    with ape.reverts("params: caller is not the guardian"):
        stack.params.pause(1, Act.OPEN, sender=stranger)


@pytest.mark.parametrize("act", [Act.REDUCE, Act.FUND, 7])
def test_pause__what_must_go_on__reverts(stack, owner, act):
    with ape.reverts("params: action cannot be paused"):
        stack.params.pause(1, act, sender=owner)


def test_pause__two_actions__are_lifted_one_by_one(stack, owner):
    stack.params.pause(1, Act.OPEN, sender=owner)
    stack.params.pause(1, Act.WITHDRAW, sender=owner)
    stack.params.unpause(1, Act.OPEN, sender=owner)
    assert stack.params.risk(1).paused == 1 << Act.WITHDRAW


def test_ownership__two_steps__changes_hands_when_accepted(stack, owner, stranger):
    stack.params.transfer_ownership(stranger, sender=owner)
    assert stack.params.owner() == owner
    stack.params.accept_ownership(sender=stranger)
    assert stack.params.owner() == stranger
    with ape.reverts("ownable: caller is not the owner"):
        stack.params.set_guardian(owner, sender=owner)


def test_wire__second_time_or_to_nobody__reverts(stack, deploy, owner):
    with ape.reverts("params: already wired"):
        stack.params.wire(SOMEBODY, sender=owner)
    fresh = deploy("MarketParams", owner)
    with ape.reverts("params: mark is zero"):
        fresh.wire(NOBODY, sender=owner)

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.types import (
    CancelOrders,
    MintToken,
    OrderKind,
    OrderView,
    RealiseToken,
    RebalanceToken,
    RedeemToken,
    Ripcord,
    Status,
    TokenView,
    Withdraw,
)
from sim.units import WAD, wad
from tests.sim.agent_views import PRICE, SPEC, VIEW, Shown, agent_context
from tests.sim.test_agents_traders import agent

TOKEN = TokenView(
    name="BTC3L",
    market=SPEC.name,
    target_wad=3 * WAD,
    supply_wad=wad(100_000),
    nav_wad=wad(200_000),
    share_price_wad=2 * WAD,
    leverage_wad=3 * WAD,
    size_wad=10 * WAD,
    target_delta_wad=0,
    next_rebalance_at=10**9,
    slippage_wad=wad("0.003"),
    chunk_wad=wad(50_000),
    is_due=False,
    is_ripcord=False,
    is_realisable=False,
)


def shown(held: int = 0, wallet_raw: int = 0, **changes: object) -> Shown:
    """An observation with one token in it."""
    token = {key: value for key, value in changes.items() if hasattr(TOKEN, key)}
    rest = {key: value for key, value in changes.items() if key not in token}
    return Shown(
        tokens={"BTC3L": replace(TOKEN, **token)},  # type: ignore[arg-type]
        tokens_held={"BTC3L": wad(held)},
        wallet_raw=(wallet_raw, 0),
        **rest,  # type: ignore[arg-type]
    )


def holder(**settings: object) -> object:
    return agent("token_holder", token="BTC3L", clip=500, **settings)


def test_holder__coin_toss__mints_a_clip_or_redeems_a_share() -> None:
    one = holder()
    done = [one.act(shown(held=100)) for _ in range(40)]  # type: ignore[attr-defined]
    mint = MintToken(token="BTC3L", amount_raw=500 * 10**6, min_tokens_wad=wad(245))
    account = Shown().account(agent_context().account).account
    minting = [Withdraw(account=account, amount_raw=500 * 10**6), mint]
    redeeming = [RedeemToken(token="BTC3L", tokens_wad=wad(50), min_raw=98 * 10**6)]
    assert {str(list(each)) for each in done} == {str(minting), str(redeeming)}


def test_holder__collateral_in_the_wallet__withdraws_only_what_lacks() -> None:
    one = holder(rule="trend", threshold="0.01")
    assert one.act(shown()) == ()  # type: ignore[attr-defined]
    seen = shown(share_price_wad=wad("2.1"), wallet_raw=400 * 10**6)
    withdrawal, mint = one.act(seen)  # type: ignore[attr-defined]
    assert (withdrawal.amount_raw, mint.amount_raw) == (100 * 10**6, 500 * 10**6)
    enough = shown(share_price_wad=wad("2.2"), wallet_raw=500 * 10**6)
    assert len(one.act(enough)) == 1  # type: ignore[attr-defined]


def test_holder__trend_turns__redeems_and_index_down__waits() -> None:
    one = holder(rule="trend", threshold="0.01")
    one.act(shown(held=100))  # type: ignore[attr-defined]
    (redeemed,) = one.act(shown(held=100, share_price_wad=wad("1.9")))  # type: ignore[attr-defined]
    assert redeemed.tokens_wad == wad(50)
    stale = shown(share_price_wad=3 * WAD, view=replace(VIEW, status=Status.STALE))
    assert one.act(stale) == ()  # type: ignore[attr-defined]
    assert one.act(shown(cash_wad=0, share_price_wad=4 * WAD)) == ()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ({}, []),
        ({"is_due": True}, [RebalanceToken(token="BTC3L")]),
        ({"is_realisable": True}, [RealiseToken(token="BTC3L")]),
        ({"is_due": True, "is_realisable": True}, [RebalanceToken(token="BTC3L")]),
        ({"is_due": True, "is_ripcord": True}, [Ripcord(token="BTC3L")]),
    ],
)
def test_rebalancer__token_due__calls_for_the_most_urgent(flags: dict, wanted: list) -> None:  # type: ignore[type-arg]
    assert agent("token_rebalancer").act(shown(**flags)) == wanted
    other = {"BTC3L": replace(TOKEN, market="ETH-USD", is_due=True)}
    assert agent("token_rebalancer").act(Shown(tokens=other)) == []


def test_rebalancer__patience_and_delay__are_kept() -> None:
    one = agent("token_rebalancer", delay_blocks=2, retry_blocks=3)
    calls = [len(one.act(shown(block=block, is_due=True))) for block in range(1, 9)]
    assert calls == [0, 0, 1, 0, 0, 1, 0, 0]
    only = agent("token_rebalancer", ripcord_only=True)
    assert only.act(shown(is_due=True)) == []
    assert len(only.act(shown(is_ripcord=True))) == 1


def test_front_runner__flow_ahead__enters_offers_and_leaves() -> None:
    settings = {"max_notional": 6_000, "lead_s": 60, "hold_blocks": 3, "take": "0.9"}
    one = agent("rebalance_front_runner", token="BTC3L", **settings)
    flow = {"target_delta_wad": -WAD, "next_rebalance_at": 1_050}
    assert one.act(shown(time_s=900, **flow)) == ()
    assert one.act(shown(target_delta_wad=-WAD // 100, next_rebalance_at=1_050)) == ()
    (entry,) = one.act(shown(block=5, **flow))
    assert (entry.size_wad, entry.kind) == (-WAD // 10, OrderKind.IOC)
    held = {"size_wad": -WAD // 10, "quote_wad": wad(6_000)}
    (offer,) = one.act(Shown(block=6, tokens={"BTC3L": TOKEN}, **held))
    assert offer.size_wad == WAD // 10
    bid_wad = wad(PRICE) * 9_973 // 10_000
    assert bid_wad - SPEC.tick_wad < offer.price_wad <= bid_wad
    order = OrderView(
        order_id=4, market=SPEC.name, size_wad=WAD // 10, price_wad=bid_wad, reduce_only=False
    )
    resting = {"tokens": {"BTC3L": TOKEN}, "orders": [order], **held}
    assert one.act(Shown(block=7, **resting)) == ()
    back, out = one.act(Shown(block=8, **resting))
    assert back == CancelOrders(account=offer.account, market=SPEC.name, order_ids=(4,))
    assert (out.size_wad, out.reduce_only) == (WAD // 10, True)

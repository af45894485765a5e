"""A morning on the exchange: quotes in three markets, users at every leverage, funding running."""

from __future__ import annotations

from tests.stateful.exchange_life import MARKETS, USERS, holder
from tests.stateful.exchange_ruling import Whole

RAW = 10**6
LEVELS_BPS = (4, 10, 25, 60, 150, 400)
MAKER, RIVAL, BULL, BULL_BTC, BEAR, BEAR_ETH, SCALPER, SCALPER_THIN = range(8)
CAPITAL = {
    MAKER: 5_000_000,
    RIVAL: 1_000_000,
    BULL: 20_000,
    BULL_BTC: 3_000,
    BEAR: 20_000,
    BEAR_ETH: 3_000,
    SCALPER: 10_000,
    SCALPER_THIN: 2_000,
}
# Who, market, leverage in tenths: long above zero.
POSITIONS = (
    (BULL_BTC, 1, 800),
    (BEAR_ETH, 2, -500),
    (SCALPER_THIN, 3, 80),
    (BULL, 2, 300),
    (BULL, 3, 20),
    (BEAR, 1, -350),
    (BEAR, 2, 60),
    (BEAR, 3, -20),
    (SCALPER, 1, 100),
)
# Who, market, kind of trigger, distance from mark.
TRIGGERS = ((BULL_BTC, 1, 0, -30), (BULL, 2, 1, 45), (BEAR, 1, 2, 20), (SCALPER_THIN, 3, 0, -150))
# What isolated accounts rest next to mark, where their owners' cross accounts would meet it.
RESTING = ((BULL_BTC, 1, False, 3), (BEAR_ETH, 2, True, -3), (SCALPER_THIN, 3, False, 3))
STAKE = 25_000
EIGHT_HOURS_S = 28_800


def morning() -> Whole:
    """The exchange with its users, each number already the reference's."""
    life = Whole()
    for role in (*USERS, "keeper", "whale", "prober"):
        life.fund(role, 10**9 * RAW)
    for market in MARKETS:
        life.push(market, 0)
    for who, amount in CAPITAL.items():
        role, account = holder(who)
        life.deposit(role, account % 2**96, amount * RAW)
    life.deposit("prober", 0, 50_000_000 * RAW)
    life.stake(STAKE * RAW)
    for role in ("bull", "bear", "scalper"):
        life.send(
            role, "MarginVault", "set_operator", life.world.deployed.address("TriggerOrders"), True
        )
    # A whole interval, so that a rate has been fixed and funding runs.
    life.pass_time(EIGHT_HOURS_S)
    for market in MARKETS:
        life.push(market, 0)
        life.quote(MAKER, market, LEVELS_BPS, 1)
        life.quote(RIVAL, market, LEVELS_BPS[1:3], 1)
    for who, market, tenths in POSITIONS:
        size_wad = life.size_for(holder(who)[1], market, abs(tenths))
        life.take(who, market, size_wad if tenths > 0 else -size_wad)
        assert life.size_of(holder(who)[1], market) != 0
    for who, market, kind, offset_bps in TRIGGERS:
        life.program(who, market, kind, offset_bps)
    for who, market, is_buy, offset_bps in RESTING:
        life.order(who, market, is_buy, offset_bps, 10)
    assert not life.counts["refused"]
    life.new_events()
    return life

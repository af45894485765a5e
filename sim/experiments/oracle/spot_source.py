"""The source of TWAP: a real spot pool, moved by trades to wherever a price says, and its mean."""

from __future__ import annotations

from math import isqrt

from sim.chain.port import Call, Chain
from sim.protocol.deployment import ChainDeployer
from sim.protocol.views import method
from sim.types.addresses import owner_address
from sim.units import WAD, WAD_PER_RAW

TRADER = owner_address("oracle_lab/pool_trader")
ARITHMETIC = 1
WINDOW_S = 120
# Both tokens have 6 decimals; deep, so that rounding of reserves is far below a tick.
PRODUCT_RAW = 10**34
_STOCK_RAW = 10**40


class SpotSource:
    """A pool without a fee whose price is set by one trade, as if arbitraged in full."""

    def __init__(self, chain: Chain, deployer: str, price_wad: int) -> None:
        build = ChainDeployer(chain, deployer)
        self._chain = chain
        self._base, self._quote = build.create("MockToken"), build.create("MockToken")
        self.pool = build.create("SpotPool", self._base, self._quote, 0, 0)
        self.feed = build.create("SpotPoolFeed", self.pool, ARITHMETIC, WINDOW_S)
        for token in (self._base, self._quote):
            build.send("MockToken", token, "mint", TRADER, _STOCK_RAW)
            call = method("MockToken", "approve").encode(self.pool, _STOCK_RAW)
            chain.submit([Call(TRADER, token, call)])
        base_raw, quote_raw = _reserves_at(price_wad)
        call = method("SpotPool", "add_liquidity").encode(base_raw, quote_raw, 1, TRADER)
        chain.submit([Call(TRADER, self.pool, call)])

    def trade_to(self, price_wad: int) -> list[Call]:
        """The trade that leaves the pool at a price; none if it stands there."""
        reserves = method("SpotPool", "reserves")
        base_raw, quote_raw = reserves.decode(self._chain.read(self.pool, reserves.encode()))
        aim_base_raw, aim_quote_raw = _reserves_at(price_wad, base_raw * quote_raw)
        is_buy = aim_quote_raw > quote_raw
        paid_raw = aim_quote_raw - quote_raw if is_buy else aim_base_raw - base_raw
        if paid_raw <= 0:
            return []
        data = method("SpotPool", "swap").encode(is_buy, paid_raw, 1, TRADER)
        return [Call(TRADER, self.pool, data)]


def _reserves_at(price_wad: int, product_raw: int = PRODUCT_RAW) -> tuple[int, int]:
    """Base and quote of a constant product at a price; both tokens have the same decimals."""
    quote_raw = isqrt(product_raw * price_wad // WAD)
    return max(1, product_raw // quote_raw), quote_raw


def raw_up(value_wad: int) -> int:
    """Collateral that covers a value, in its 6 decimals."""
    return -(-value_wad // WAD_PER_RAW)

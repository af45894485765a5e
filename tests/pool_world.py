"""The insurance pool with vault and clearinghouse; the liquidator is an actor."""

from __future__ import annotations

from typing import Any

from sim.protocol.driver import Point
from sim.reference.margin import Risk
from sim.reference.pool import Pool
from sim.types import Status, account_id
from sim.units import WAD, WAD_PER_RAW, wad
from tests.clearing_world import MAJOR, tier_columns
from tests.support.contracts import address_of, bare_driver

MARKET = 1
COOLDOWN_S = 3 * 86_400
_GRID = (WAD // 10, WAD // 100, 10 * WAD, WAD // 20)


class PoolWorld:
    """Contracts by name, actors by role."""

    def __init__(self, risk: Risk = MAJOR) -> None:
        self.driver = bare_driver()
        make = self.driver.create
        token, mark = make("token", "MockToken"), make("mark", "ScriptedMark")
        params = make("params", "MarketParams", address_of("guardian"))
        house = make("house", "Clearinghouse", params, mark, wad("0.5"))
        vault = make("vault", "MarginVault", token, house)
        pool = make("pool", "InsurancePool", token, vault, house, params, mark)
        book = make("book", "BookHarness", house)
        self.send("owner", "params", "add_market", MARKET, _GRID)
        self.send("owner", "params", "set_book", MARKET, book)
        self.send("owner", "params", "set_tiers", MARKET, *tier_columns(risk))
        self.send("owner", "params", "set_backstop", MARKET, risk.backstop_wad)
        limits = (risk.oi_lo_wad, risk.oi_hi_wad, risk.oi_cap_wad, risk.oi_cap_quote_wad)
        self.send("owner", "params", "set_open_interest_limits", MARKET, *limits)
        self.send("owner", "params", "set_upnl_weights", MARKET, WAD, 0)
        liquidator, nobody = address_of("liquidator"), "0x" + "00" * 20
        peers = (vault, liquidator, nobody, pool, address_of("treasury"))
        self.send("owner", "house", "wire", *peers)
        self.send("owner", "pool", "wire", liquidator)
        self.send("owner", "pool", "set_caps", MARKET, (wad(10**7), wad(10**6), wad(10**4)))
        self.set_price(100 * WAD)

    @property
    def now_s(self) -> int:
        """Time of the open block."""
        return self.driver.now_s

    def set_price(self, mark_wad: int, *, conf_wad: int = 0, status: Status = Status.OK) -> None:
        """What the market is judged at."""
        words = (mark_wad, mark_wad, conf_wad, mark_wad, mark_wad, status, 0, 0, 0)
        self.send("owner", "mark", "set_price", MARKET, words)

    def next_block(self, seconds: int) -> None:
        """Seal the block and open one later."""
        self.driver.next_block(seconds)

    def deposit(self, role: str, amount_raw: int) -> int:
        """Mint to an actor and deposit; the cross account it went to."""
        account = account_id(address_of(role), 0)
        self.mint(address_of(role), amount_raw)
        self.send(role, "token", "approve", self.driver.address("vault"), amount_raw)
        self.send(role, "vault", "deposit", account, amount_raw)
        return account

    def mint(self, receiver: str, amount_raw: int) -> None:
        """New collateral to an address."""
        self.send("owner", "token", "mint", receiver, amount_raw)

    def stake(self, role: str, amount_raw: int) -> int:
        """Stake in the pool; the shares."""
        self.mint(address_of(role), amount_raw)
        self.send(role, "token", "approve", self.driver.address("pool"), amount_raw)
        before: int = self.ask("pool", "balanceOf", address_of(role))
        self.send(role, "pool", "deposit", amount_raw, address_of(role))
        after: int = self.ask("pool", "balanceOf", address_of(role))
        return after - before

    def earn(self, amount_raw: int) -> None:
        """Income as a penalty is: paid out of the liquidator's account."""
        if amount_raw:
            self.deposit("liquidator", amount_raw)
            self.send("liquidator", "house", "pay", self.pool_account(), amount_raw * WAD_PER_RAW)

    def pool_account(self, bucket: int = 0) -> int:
        """The pool's account in a bucket."""
        return account_id(self.driver.address("pool"), bucket)

    def pool(self) -> Pool:
        """What the reference needs to know of the pool."""
        return Pool(shares=self.ask("pool", "totalSupply"), assets=self.ask("pool", "totalAssets"))

    def send(self, role: str, name: str, method: str, *arguments: Any) -> None:
        """Let an actor call a contract; CallReverted with the reason if it refuses."""
        self.driver.send(address_of(role), name, method, *arguments)

    def ask(self, name: str, method: str, *arguments: Any) -> Any:
        """What a view returns now."""
        return self.driver.ask(name, method, *arguments)

    def snapshot(self) -> Point:
        """Remember everything, for one `revert`."""
        return self.driver.snapshot()

    def revert(self, point: Point) -> None:
        """Return to a snapshot."""
        self.driver.rewind(point)

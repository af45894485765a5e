"""The insurance pool with vault and clearinghouse; the liquidator is an actor."""

from __future__ import annotations

from typing import Any

from sim.chain.port import Call, CallReverted
from sim.chain.revm import RevmChain, Snapshot
from sim.reference.margin import Risk
from sim.reference.pool import Pool
from sim.types import Status, account_id
from sim.units import WAD, WAD_PER_RAW, wad
from tests.clearing_world import MAJOR, START_S, Instance, tier_columns
from tests.world import address_of

MARKET = 1
COOLDOWN_S = 3 * 86_400
_GRID = (WAD // 10, WAD // 100, 10 * WAD, WAD // 20)


class PoolWorld:
    """Contracts by name, actors by role."""

    def __init__(self, risk: Risk = MAJOR) -> None:
        self.chain = RevmChain()
        self.number, self.now_s = 1, START_S
        self.chain.begin_block(number=self.number, timestamp_s=self.now_s)
        make, known = Instance, {}
        token, mark = make(self.chain, "MockToken"), make(self.chain, "ScriptedMark")
        params = make(self.chain, "MarketParams", address_of("guardian"))
        seen = (params.address, mark.address)
        house = make(self.chain, "Clearinghouse", *seen, wad("0.5"))
        vault = make(self.chain, "MarginVault", token.address, house.address)
        stack = (token.address, vault.address, house.address, *seen)
        pool = make(self.chain, "InsurancePool", *stack)
        book = make(self.chain, "BookHarness", house.address)
        known = {"token": token, "mark": mark, "params": params, "house": house}
        self.instances = known | {"vault": vault, "pool": pool, "book": book}
        self.send("owner", "params", "add_market", MARKET, _GRID)
        self.send("owner", "params", "set_book", MARKET, book.address)
        self.send("owner", "params", "set_tiers", MARKET, *tier_columns(risk))
        self.send("owner", "params", "set_backstop", MARKET, risk.backstop_wad)
        limits = (risk.oi_lo_wad, risk.oi_hi_wad, risk.oi_cap_wad, risk.oi_cap_quote_wad)
        self.send("owner", "params", "set_open_interest_limits", MARKET, *limits)
        self.send("owner", "params", "set_upnl_weights", MARKET, WAD, 0)
        liquidator, nobody = address_of("liquidator"), "0x" + "00" * 20
        peers = (vault.address, liquidator, nobody, pool.address, address_of("treasury"))
        self.send("owner", "house", "wire", *peers)
        self.send("owner", "pool", "wire", liquidator)
        self.send("owner", "pool", "set_caps", MARKET, (wad(10**7), wad(10**6), wad(10**4)))
        self.set_price(100 * WAD)

    def set_price(self, mark_wad: int, *, conf_wad: int = 0, status: Status = Status.OK) -> None:
        """What the market is judged at."""
        words = (mark_wad, mark_wad, conf_wad, mark_wad, mark_wad, status, 0, 0, 0)
        self.send("owner", "mark", "set_price", MARKET, words)

    def next_block(self, seconds: int) -> None:
        """Seal the block and open one later."""
        self.chain.seal()
        self.number, self.now_s = self.number + 1, self.now_s + seconds
        self.chain.begin_block(number=self.number, timestamp_s=self.now_s)

    def deposit(self, role: str, amount_raw: int) -> int:
        """Mint to an actor and deposit; the cross account it went to."""
        account = account_id(address_of(role), 0)
        self.mint(address_of(role), amount_raw)
        self.send(role, "token", "approve", self.instances["vault"].address, amount_raw)
        self.send(role, "vault", "deposit", account, amount_raw)
        return account

    def mint(self, receiver: str, amount_raw: int) -> None:
        """New collateral to an address."""
        self.send("owner", "token", "mint", receiver, amount_raw)

    def stake(self, role: str, amount_raw: int) -> int:
        """Stake in the pool; the shares."""
        self.mint(address_of(role), amount_raw)
        self.send(role, "token", "approve", self.instances["pool"].address, amount_raw)
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
        return account_id(self.instances["pool"].address, bucket)

    def pool(self) -> Pool:
        """What the reference needs to know of the pool."""
        return Pool(shares=self.ask("pool", "totalSupply"), assets=self.ask("pool", "totalAssets"))

    def send(self, role: str, name: str, method: str, *arguments: Any) -> None:
        """Let an actor call a contract; CallReverted with the reason if it refuses."""
        instance = self.instances[name]
        data = instance.methods[method].encode(*arguments)
        self.chain.submit([Call(address_of(role), instance.address, data)])
        receipt = self.chain.seal()[-1]
        if not receipt.ok:
            raise CallReverted(receipt.error)

    def ask(self, name: str, method: str, *arguments: Any) -> Any:
        """What a view returns now."""
        found = self.instances[name].methods[method]
        data = found.encode(*arguments)
        return found.decode(self.chain.read(self.instances[name].address, data))

    def snapshot(self) -> tuple[Snapshot, int, int]:
        """Remember everything, for one `revert`."""
        return self.chain.snapshot(), self.number, self.now_s

    def revert(self, snapshot: tuple[Snapshot, int, int]) -> None:
        """Return to a snapshot."""
        state, self.number, self.now_s = snapshot
        self.chain.revert(state)

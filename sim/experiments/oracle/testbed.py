"""A chain on which every design runs side by side on the same feeds, from one snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from typing import Any

from sim.abi.events import EventDecoder
from sim.chain.port import Call, Receipt
from sim.chain.revm import RevmChain
from sim.engine.genesis import MAX_RAW
from sim.engine.reference_terms import price_of
from sim.engine.transactions import Translator
from sim.experiments.oracle.designs import Design, config_of_designs
from sim.experiments.oracle.population import MAKER, Trader, opening
from sim.experiments.oracle.price_path import PricePath
from sim.experiments.oracle.spot_source import SpotSource
from sim.market.reporter import Push
from sim.protocol.config import IndexRules
from sim.protocol.driver import Driver, Point
from sim.protocol.views import method
from sim.reference.margin import Price
from sim.types import Action, Poke, PushPrice, account_id
from sim.types.addresses import DEPLOYER, owner_address
from sim.units import wad

_POKER = owner_address("oracle_lab/poker")
_WALLET_RAW = 10**15
TICK_WAD = wad("0.1")
SETUP_SEQ = 1  # the one push of the setup; the path's own count starts after it


class TestbedError(RuntimeError):
    """The laboratory itself is broken: what it needs of the contracts was refused."""


class OracleTestbed:
    """Contracts, positions and a warmed-up index; `play` moves it on, `rewind` brings it back."""

    def __init__(self, designs: Sequence[Design], path: PricePath, group: Sequence[Trader]) -> None:
        self.designs, self.path, self.group = tuple(designs), path, tuple(group)
        start_s = path.times_s[0] - 2 * path.block_s
        self._driver = Driver(RevmChain(), deployer=DEPLOYER, start_s=start_s)
        self._chain = self._driver.chain
        config = config_of_designs(designs, len(path.feeds), path.stale_s)
        self.deployed = self._driver.deploy(config)
        self.ids = {one.name: number for number, one in enumerate(designs, start=1)}
        self._translate = Translator(self.deployed)
        self._home = designs[0].name  # whose feeds serve all
        self._mark = self.deployed.address("MarkPrice")
        self._price = method("MarkPrice", "price")
        self._asked = {name: self._price.encode(number) for name, number in self.ids.items()}
        self._pokes = [self.call(_POKER, Poke(market=name)) for name in self.ids]
        self.open_price_wad = path.truth_wad[0] // TICK_WAD * TICK_WAD or path.truth_wad[0]
        self._pool: SpotSource | None = None
        self._set_up()
        for place in range(path.warm):
            self.play(path.times_s[place], path.pushes[place])
        self.liquidation_wad = {name: self._liquidation_prices(name) for name in self.ids}

    def play(self, now_s: int, pushes: Sequence[Push]) -> dict[str, Price]:
        """One block, and what each market then is judged at."""
        self.advance(now_s, pushes)
        return self.prices()

    def advance(self, now_s: int, pushes: Sequence[Push]) -> list[Receipt]:
        """One block: feeds, pool, and the pokes, whose receipts are given back market by market."""
        self.begin(now_s)
        self.push(pushes)
        self.poke()
        return self.seal()

    def push(self, pushes: Sequence[Push]) -> None:
        """Let feeds say what is given, and the pool trade at what the first of them says."""
        self._chain.submit([self._push_call(push) for push in pushes])
        if self._pool is not None:
            said = [push for push in pushes if push.feed == self.path.feeds[0]]
            self._chain.submit(self._pool.trade_to(said[-1].price_wad) if said else [])

    def begin(self, now_s: int) -> None:
        """Open a block."""
        self._driver.open_block(now_s - self._driver.now_s)

    def poke(self) -> None:
        """Fix every market's mark; a market that cannot be poked would be a market that stands."""
        self._chain.submit(self._pokes)

    def seal(self) -> list[Receipt]:
        """Close the block; the receipts of its pokes, which none may have refused."""
        receipts = self._chain.seal()[-len(self._pokes) :]
        for receipt in receipts:
            if not receipt.ok:
                raise TestbedError(f"a poke was refused: {receipt.error}")
        return receipts

    def prices(self) -> dict[str, Price]:
        """What each market is judged at now."""
        return {name: self._judged(data) for name, data in self._asked.items()}

    def snapshot(self) -> Point:
        """Where to `rewind` to, once."""
        return self._driver.snapshot()

    def rewind(self, point: Point) -> None:
        """Return to a point."""
        self._driver.rewind(point)

    def set_rules(self, rules: Mapping[str, IndexRules]) -> None:
        """Replace the index rules of markets in the open block; sources stay."""
        for name, one in rules.items():
            self._owner("OracleAggregator", "set_market", self.ids[name], astuple(one), self._feeds)

    def call(self, owner: str, action: Action) -> Call:
        """The transaction of an action."""
        return self._translate.call(owner, action)

    def must(self, calls: Sequence[Call], what: str) -> None:
        """Execute calls in the open block, none of which may be refused."""
        for receipt in self._driver.execute(calls):
            if not receipt.ok:
                raise TestbedError(f"{what} was refused: {receipt.error}")

    def accounts(self, market: str) -> list[int]:
        """The population's accounts in a market."""
        return [account_id(one.owner, self.ids[market]) for one in self.group]

    def ask(self, contract: str, name: str, *arguments: Any) -> Any:
        """What a view of a contract that exists once returns."""
        return self._driver.ask(contract, name, *arguments)

    def decoder(self) -> EventDecoder:
        """A decoder of the logs of everything deployed."""
        return self.deployed.decoder()

    def _set_up(self) -> None:
        """All markets on the same feeds, one exact price, everyone's positions, then the pool."""
        path, config = self.path, self.deployed.config.markets[0]
        self._feeds = tuple(
            (self.deployed.feed(self._home, one.name), one.weight, one.stale_s)
            for one in config.feeds
        )
        self.begin(path.times_s[0] - path.block_s)
        for design in self.designs[1:]:
            self.set_rules({design.name: design.index})
        first = PushPrice(
            feed="",
            market=self._home,
            price_wad=self.open_price_wad,
            conf_wad=self.open_price_wad // 2_000,
            observed_at=self._driver.now_s - 1,
            seq=0,
        )
        self.must(
            [self._push_call(replace(first, feed=feed)) for feed in path.feeds], "the first push"
        )
        self.must(self._pokes, "the first poke")
        self.fund([MAKER, *(one.owner for one in self.group)])
        for name, number in self.ids.items():
            acts = opening(self.group, name, number, self.open_price_wad)
            self.must([self.call(owner, act) for owner, act in acts], f"opening in {name}")
        for design in self.designs:
            if design.has_pool:
                self._pool = SpotSource(self._chain, DEPLOYER, self.open_price_wad)
                source = ((self._pool.feed, 1, path.stale_s),)
                number = self.ids[design.name]
                self._owner("OracleAggregator", "set_market", number, astuple(design.index), source)
        self.must([], "the pool")

    def fund(self, owners: Sequence[str]) -> None:
        """Give owners collateral in their wallets, approved to the vault."""
        vault = self.deployed.address("MarginVault")
        calls = []
        for owner in owners:
            calls.append(self._driver.call(DEPLOYER, "MockToken", "mint", owner, _WALLET_RAW))
            calls.append(self._driver.call(owner, "MockToken", "approve", vault, MAX_RAW))
        self.must(calls, "collateral")

    def _owner(self, name: str, called: str, *arguments: Any) -> None:
        call = self._driver.call(DEPLOYER, name, called, *arguments)
        self.must([call], f"{name}.{called}")

    def _push_call(self, push: PushPrice) -> Call:
        moved = replace(push, market=self._home, seq=push.seq + SETUP_SEQ)
        return self._translate.call("", moved)

    def _judged(self, data: bytes) -> Price:
        return price_of(self._price.decode(self._chain.read(self._mark, data)))

    def _liquidation_prices(self, market: str) -> tuple[int, ...]:
        held = self.ask("Lens", "positions", self.accounts(market), self.ids[market])
        return tuple(one.liquidation_price_wad for one in held)

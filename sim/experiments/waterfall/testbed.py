"""The whole protocol with one market on a chain of its own, driven call by call and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.abi.events import Event
from sim.chain.port import Call
from sim.chain.revm import RevmChain
from sim.engine.genesis import MAX_RAW, mirror_of, system_accounts
from sim.engine.invariant_checker import Checker
from sim.engine.leveraged_tokens import Tokens
from sim.engine.observation import LensReader
from sim.engine.spot_pools import Pools
from sim.engine.transactions import Translator
from sim.protocol.config import FundingTerms, MarketConfig, ProtocolConfig
from sim.protocol.driver import Driver, Point
from sim.protocol.reference_markets import reference_config
from sim.types import Action, Deposit, MarketSpec, OrderKind, PlaceOrder, PushPrice
from sim.types.addresses import DEPLOYER, GUARDIAN, TREASURY, owner_address, reporter_address
from sim.types.codes import AdlPolicy, MarkMethod
from sim.units import WAD, WAD_PER_RAW

MARKET = "BTC-USD"
FEEDS = 5
START_S = 1_700_000_000
BLOCK_S = 10
KEEPER, STAKER = owner_address("waterfall_lab/keeper"), owner_address("waterfall_lab/staker")


class TestbedError(RuntimeError):
    """The laboratory itself is broken: what it needs of the contracts was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What one call did, and in which block."""

    block: int
    events: tuple[Event, ...]


def gap_config(market: MarketConfig | None = None) -> ProtocolConfig:
    """The reference bitcoin market as deployed, marked at its index and without funding.

    So that every wei that moves is the gap's: no book moves the mark, no rate accrues.
    """
    reporters = [reporter_address(f"feed_{place}") for place in range(1, FEEDS + 1)]
    config = reference_config(reporters=reporters, guardian=GUARDIAN, treasury=TREASURY)
    base = market or config.market(MARKET)
    still = replace(
        base,
        feeds=config.market(MARKET).feeds,
        mark=replace(base.mark, method=MarkMethod.INDEX),
        funding=FundingTerms(cap_wad=0),
    )
    return replace(config, markets=(still,))


class WaterfallTestbed:
    """A chain with a block open; what was done on it is in `log`, and `wrong` if it broke a rule.

    `snapshot` and `rewind` go back to between two blocks, mirror and log included.
    """

    def __init__(self, config: ProtocolConfig) -> None:
        self.chain = RevmChain()
        self._driver = Driver(self.chain, deployer=DEPLOYER, start_s=START_S)
        self.deployed = self._driver.deploy(config)
        (self.market,) = config.markets
        self.number = self.market.market_id
        self.specs: Mapping[str, MarketSpec] = {self.market.name: _spec(self.market)}
        self.system_accounts = system_accounts(self.deployed)
        self.lens = LensReader(self.chain, self.deployed, self.specs)
        self.pools = Pools(self.chain, self.deployed)
        self.tokens = Tokens(self.chain, self.deployed)
        self._translate = Translator(self.deployed)
        self.log: list[Transaction] = []
        self.wrong: list[str] = []
        self._touched: set[int] = set()
        self._forget()
        self._open(BLOCK_S)

    # Blocks

    def next_block(self, seconds: int = BLOCK_S, *, is_last: bool = False) -> None:
        """Close the block, hold it against the invariants, open another."""
        self._is_last = is_last
        states = self.lens.markets()
        self._checker.look(self.block)
        self.mirror.touched = self._touched
        events = [each for one in self.log if one.block == self.block for each in one.events]
        self._checker.check(self.block, self.now_s, events, states)
        self.wrong += self._checker.violations
        self._open(seconds)

    def is_checkpoint(self, block: int) -> bool:
        """Everything is checked in the last block of an episode."""
        return self._is_last

    def snapshot(self) -> tuple[Point, int]:
        """Where to `rewind` to, once; at the start of a block."""
        return self._driver.snapshot(), len(self.log)

    def rewind(self, point: tuple[Point, int]) -> None:
        """Return to a snapshot."""
        self._driver.rewind(point[0])
        del self.log[point[1] :]
        self._forget()
        self.mirror.apply([each for one in self.log for each in one.events])
        self._touched = set()

    def _forget(self) -> None:
        self.mirror = mirror_of(self.specs, self.deployed, self.system_accounts)
        self._checker = Checker(self)
        self._is_last = False
        self.wrong = []

    def _open(self, seconds: int) -> None:
        self._touched = set()
        self._driver.next_block(seconds)

    # Calls

    def submit(self, call: Call) -> tuple[Event, ...]:
        """Execute a call; its events, or CallReverted with the reason."""
        events = tuple(self._driver.submit(call))
        self.mirror.apply(events)
        self._touched |= self.mirror.touched
        self.log.append(Transaction(block=self.block, events=events))
        return events

    def send(self, sender: str, name: str, method: str, *arguments: Any) -> tuple[Event, ...]:
        """Call a contract by name."""
        return self.submit(self._driver.call(sender, name, method, *arguments))

    def act(self, owner: str, action: Action) -> tuple[Event, ...]:
        """Do what an agent would."""
        return self.submit(self._translate.call(owner, action))

    def ask(self, name: str, method: str, *arguments: Any) -> Any:
        """What a view returns now."""
        return self._driver.ask(name, method, *arguments)

    # What laboratories do all the time

    def index(self, price_wad: int, seconds: int = BLOCK_S) -> None:
        """Let every feed say a price in a block of its own, and the mark follow."""
        self.next_block(seconds)
        for feed in self.market.feeds:
            self.act(
                "",
                PushPrice(
                    feed=feed.name,
                    market=self.market.name,
                    price_wad=price_wad,
                    conf_wad=0,
                    observed_at=self.now_s,
                    seq=self.block,
                ),
            )
        self.send(KEEPER, "MarkPrice", "poke", self.number)

    def deposit(self, account: int, amount_raw: int) -> None:
        """New collateral of an account's owner, paid into the account."""
        owner = f"0x{account >> 96:040x}"
        self.send(DEPLOYER, "MockToken", "mint", owner, amount_raw)
        self.send(owner, "MockToken", "approve", self.deployed.address("MarginVault"), MAX_RAW)
        self.act(owner, Deposit(account=account, amount_raw=amount_raw))

    def stake(self, amount_wad: int) -> None:
        """Put money behind the market."""
        amount_raw = amount_wad // WAD_PER_RAW
        pool = self.deployed.address("InsurancePool")
        self.send(DEPLOYER, "MockToken", "mint", STAKER, amount_raw)
        self.send(STAKER, "MockToken", "approve", pool, amount_raw)
        self.send(STAKER, "InsurancePool", "deposit", amount_raw, STAKER)

    def order(
        self, account: int, size_wad: int, price_wad: int, kind: OrderKind = OrderKind.LIMIT
    ) -> None:
        """An order of signed size (positive buys)."""
        self.act(
            f"0x{account >> 96:040x}",
            PlaceOrder(
                account=account,
                market=self.market.name,
                size_wad=size_wad,
                price_wad=price_wad,
                kind=kind,
                max_fills=32,
            ),
        )

    def set_policy(self, policy: AdlPolicy) -> None:
        """Let the owner choose how counterparties of a deleveraging are chosen."""
        self.send(DEPLOYER, "Deleverager", "set_policy", self.number, policy)

    @property
    def block(self) -> int:
        """Number of the open block."""
        return self._driver.number

    @property
    def now_s(self) -> int:
        """Time of the open block."""
        return self._driver.now_s

    def mark_wad(self) -> int:
        """What the market is judged at."""
        return self.mirror.markets[self.market.name].mark_wad

    def size_wad(self, account: int) -> int:
        """Signed size of an account's position."""
        position = self.mirror.view(account).positions.get(self.market.name)
        return position.size_wad if position else 0

    def health(self, account: int) -> tuple[int, int]:
        """Equity and maintenance at the mark."""
        return self.mirror.health(account, {self.market.name: self.mark_wad()})

    def holders(self, side: int) -> list[int]:
        """Accounts with a position on a side, 1 long, -1 short, lowest first."""
        accounts = self.mirror.accounts
        return sorted(one for one in accounts if self.size_wad(one) * side > 0)

    def equities(self) -> dict[int, int]:
        """Everybody's equity at the mark."""
        return {one: self.health(one)[0] for one in self.mirror.accounts}


def named(events: Sequence[Event], name: str) -> list[Any]:
    """The values of the events of one name."""
    return [event.values for event in events if event.name == name]


def _spec(market: MarketConfig) -> MarketSpec:
    return MarketSpec(
        name=market.name,
        market_id=market.market_id,
        tick_wad=market.grid.tick_wad,
        lot_wad=market.grid.lot_wad,
        min_notional_wad=market.grid.min_notional_wad,
        taker_fee_bps=market.fees.taker_bps,
        max_leverage=WAD // market.tiers[0].imr_wad,
    )

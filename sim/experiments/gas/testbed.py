"""The reference deployment on an engine that knows its gas, where roles send transactions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from eth_hash.auto import keccak

from sim.chain.itemised import Bill, ItemisedChain
from sim.chain.port import Call, Chain
from sim.protocol.config import MarketConfig, ProtocolConfig
from sim.protocol.driver import Driver
from sim.protocol.reference_markets import reference_config
from sim.types import OrderKind, account_id
from sim.units import WAD, wad

MARKET, NAME = 1, "BTC-USD"
BOOK = f"OrderBook.{NAME}"
PRICE = 60_000
RAW = 10**6
FEEDS = 5
_FILLS = 32
_START_S = 1_700_000_000
_BLOCK_S = 2
_MAX_GAP_BPS = 9_900
# What a feed says beside the price, in millionths of it: sources never quite agree.
_OFFSETS = (0, 40, -35, 85, -90)
_CONF = 500


class Step(NamedTuple):
    """A transaction; one without a label only has to happen."""

    label: str
    role: str
    contract: str
    method: str
    arguments: tuple[Any, ...]


def address_of(role: str) -> str:
    """The address a role has."""
    return "0x" + keccak(role.encode())[12:].hex()


def account_of(role: str, bucket: int = 0) -> int:
    """The account of a role."""
    return account_id(address_of(role), bucket)


def loose_config() -> ProtocolConfig:
    """The reference deployment with five feeds a market, and a breaker that lets gaps through."""
    whole = reference_config(
        reporters=[address_of("reporter")] * FEEDS,
        guardian=address_of("guardian"),
        treasury=address_of("treasury"),
    )

    def loosened(market: MarketConfig) -> MarketConfig:
        rules = replace(market.index, step_bps=_MAX_GAP_BPS, window_bps=_MAX_GAP_BPS)
        return replace(market, index=rules)

    return replace(whole, markets=tuple(map(loosened, whole.markets)))


def step(label: str, role: str, contract: str, method: str, *arguments: Any) -> Step:
    """A transaction whose gas is wanted."""
    return Step(label, role, contract, method, arguments)


def setup_step(role: str, contract: str, method: str, *arguments: Any) -> Step:
    """A transaction that only has to happen."""
    return Step("", role, contract, method, arguments)


def order(
    size: str, price: str | int, kind: OrderKind = OrderKind.LIMIT
) -> tuple[bool, int, int, int, bool, int]:
    """An order as the book takes it; a positive size buys."""
    size_wad = wad(size)
    return size_wad > 0, abs(size_wad), wad(price), int(kind), False, 0


class GasTestbed:
    """A chain with the protocol on it; blocks are played whole."""

    def __init__(self, chain: Chain, config: ProtocolConfig | None = None) -> None:
        self._chain, self._sequence = chain, 0
        self._driver = Driver(chain, deployer=address_of("owner"), start_s=_START_S)
        self.deployed = self._driver.deploy(config or loose_config())
        self.gas: dict[str, int] = {}
        self.bills: dict[str, Bill] = {}

    def play(self, *steps: Step, seconds: int = _BLOCK_S) -> list[int]:
        """A block of transactions, all of which must succeed; the gas of each."""
        self._driver.open_block(seconds)
        receipts = self._driver.execute([self._call(one) for one in steps])
        used = []
        for one, receipt in zip(steps, receipts, strict=True):
            if not receipt.ok:
                raise RuntimeError(f"{one.contract}.{one.method} by {one.role}: {receipt.error}")
            if receipt.gas_used is None:
                raise RuntimeError(f"{self._chain.name} cannot tell what a node would charge")
            used.append(receipt.gas_used)
            if one.label:
                self.gas[one.label] = receipt.gas_used
        if isinstance(self._chain, ItemisedChain):
            self.bills |= {
                one.label: bill
                for one, bill in zip(steps, self._chain.bills, strict=True)
                if one.label
            }
        return used

    def read(self, contract: str, method: str, *arguments: Any) -> Any:
        """What a view returns in a block of its own."""
        self._driver.open_block(_BLOCK_S)
        answer = self._driver.ask(contract, method, *arguments)
        self._driver.execute(())
        return answer

    @property
    def now_s(self) -> int:
        """Time of the last block."""
        return self._driver.now_s

    def pushes(self, price: str | int, name: str = NAME) -> list[Step]:
        """Every feed of a market reports, as of the block that this is played in."""
        self._sequence += 1
        said = self._driver.now_s + _BLOCK_S, self._sequence
        price_wad = wad(price)
        return [
            setup_step(
                *("reporter", f"PriceFeed.{name}.{feed.name}", "push"),
                *(price_wad + price_wad * offset // 10**6, price_wad * _CONF // 10**6, *said),
            )
            for feed, offset in zip(self.deployed.config.market(name).feeds, _OFFSETS, strict=True)
        ]

    def index(self, price: str | int, name: str = NAME) -> None:
        """Move index and mark, in a block of its own."""
        self.play(*self.pushes(price, name), self.poke(name))

    def poke(self, name: str = NAME) -> Step:
        """Fix the block's mark, so that what follows does not pay for it."""
        return setup_step(
            "keeper", "MarkPrice", "poke", self.deployed.config.market(name).market_id
        )

    def settle_in(self) -> Step:
        """Let the book learn the block's mark: what the first to touch it in a block pays for."""
        return setup_step("keeper", BOOK, "cancel_many", [])

    def fund(self, role: str, amount: int, bucket: int = 0) -> int:
        """Give a role collateral in its account; the account."""
        account, vault = account_of(role, bucket), self.deployed.address("MarginVault")
        self.play(
            setup_step("owner", "MockToken", "mint", address_of(role), 2 * amount * RAW),
            setup_step(role, "MockToken", "approve", vault, 2 * amount * RAW),
            setup_step(role, "MarginVault", "deposit", account, amount * RAW),
        )
        return account

    def place(self, label: str, role: str, size: str, price: str | int, **terms: Any) -> Step:
        """An order of a role's cross account."""
        words = order(size, price, terms.get("kind", OrderKind.LIMIT))
        return step(label, role, BOOK, "place", account_of(role), words, _FILLS)

    def orders(self, role: str) -> list[int]:
        """Ids of a role's resting orders, by slot."""
        return [one.order_id for one in self.read(BOOK, "orders_of", account_of(role))]

    def open(self, role: str, size: str, margin: int, price: int = PRICE) -> int:
        """Fund a role and let it trade with the maker; its account."""
        account = self.fund(role, margin)
        against = f"{-wad(size) / WAD:f}"
        self.play(
            self.place("", "maker", against, price),
            self.place("", role, size, price, kind=OrderKind.IOC),
        )
        return account

    def _call(self, one: Step) -> Call:
        return self._driver.call(address_of(one.role), one.contract, one.method, *one.arguments)


def per_further(many: int, few: int, count: int) -> int:
    """What each of the `count` by which two calls differ costs, up."""
    return -(-(many - few) // count)

"""The one description of how the whole system is put together, whoever does the sending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any, NamedTuple, Protocol

from sim.abi.artifacts import artifact
from sim.abi.events import EventDecoder
from sim.chain.port import Call, Chain
from sim.protocol.config import MarketConfig, ProtocolConfig
from sim.protocol.ownership import give_to_timelock, offer_ownership
from sim.types.codes import FundingPolicy
from sim.units import WAD


class Deployer(Protocol):
    """Someone who can create contracts and call them."""

    def create(self, contract: str, *arguments: Any) -> str:
        """Create a contract; its lower-case address."""
        ...

    def send(self, contract: str, address: str, method: str, *arguments: Any) -> None:
        """Call a contract that was created before."""
        ...


class Instance(NamedTuple):
    """A deployed contract: which source, and where."""

    contract: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """Where everything is. Books are `OrderBook.<market>`, feeds `PriceFeed.<market>.<feed>`.

    A feed that reads a pool is `SpotPoolFeed.<market>.<feed>`, a pool `SpotPool.<pool>`, its base
    token `MockToken.<market>`; the quote token is the collateral. Leveraged tokens are
    `LeveragedToken.<name>`.
    """

    config: ProtocolConfig
    instances: Mapping[str, Instance]

    def address(self, name: str) -> str:
        """Where the instance of that name is."""
        if name not in self.instances:
            raise KeyError(f"no {name}; there are {', '.join(self.instances)}")
        return self.instances[name].address

    def book(self, market: str) -> str:
        """Where a market's order book is."""
        return self.address(f"OrderBook.{market}")

    def feed(self, market: str, feed: str) -> str:
        """Where a market's price feed is."""
        return self.address(_feed_name(self.config.market(market), feed))

    def token(self, name: str) -> str:
        """Where a leveraged token is."""
        return self.address(f"LeveragedToken.{name}")

    def decoder(self) -> EventDecoder:
        """A decoder that knows every instance by its name."""
        decoder = EventDecoder()
        for name, (contract, address) in self.instances.items():
            decoder.register(name, address, artifact(contract).events)
        return decoder


class _Builder:
    """Creates instances and remembers them."""

    def __init__(self, deployer: Deployer) -> None:
        self._deployer = deployer
        self.instances: dict[str, Instance] = {}

    def create(self, name: str, *arguments: Any) -> str:
        contract = name.partition(".")[0]
        address = self._deployer.create(contract, *arguments)
        self.instances[name] = Instance(contract, address)
        return address

    def send(self, name: str, method: str, *arguments: Any) -> None:
        contract, address = self.instances[name]
        self._deployer.send(contract, address, method, *arguments)

    def __getitem__(self, name: str) -> str:
        return self.instances[name].address


def deploy_protocol(deployer: Deployer, config: ProtocolConfig) -> Deployed:
    """Create every contract, then set, open and wire them; the deployer owns them until it ends."""
    build = _Builder(deployer)
    _create(build, config)
    for market in config.markets:
        _set_parameters(build, market)
        _set_prices(build, market)
        build.send("InsurancePool", "set_caps", market.market_id, astuple(market.pool_caps))
    # Last: from here on a change of parameters pokes its market first.
    build.send("MarketParams", "wire", build["MarkPrice"])
    build.send("InsurancePool", "wire", build["Liquidator"])
    build.send("InsurancePool", "set_drawdown_limit", config.pool_drawdown_limit_wad)
    venues = (build["Liquidator"], build["Deleverager"])
    peers = (build["MarginVault"], *venues, build["InsurancePool"])
    build.send("Clearinghouse", "wire", *peers, config.treasury)
    build.send("Clearinghouse", "wire_triggers", build["TriggerOrders"])
    if config.owner is not None and config.timelock_delay_s is not None:
        give_to_timelock(build, config.owner, config.timelock_delay_s)
    elif config.owner is not None:
        offer_ownership(build, config.owner)
    return Deployed(config=config, instances=build.instances)


def _create(build: _Builder, config: ProtocolConfig) -> None:
    token = build.create("MockToken")
    params = build.create("MarketParams", config.guardian)
    mark = build.create("MarkPrice", build.create("OracleAggregator"), params)
    house = build.create("Clearinghouse", params, mark, config.pool_fee_share_wad)
    vault = build.create("MarginVault", token, house)
    pool = build.create("InsurancePool", token, vault, house, params, mark)
    liquidator = build.create("Liquidator", house, params, pool, vault)
    build.create("Deleverager", house, params, mark, liquidator)
    build.create("Lens", house, params, mark, vault, pool, build["Deleverager"])
    build.create("TriggerOrders", house, params, mark, vault)
    if config.timelock_delay_s is not None:
        build.create("Timelock", config.guardian)
    for market in config.markets:
        number, grid = market.market_id, market.grid
        terms = grid.tick_wad, grid.lot_wad, market.mark.solid_notional_wad
        build.create(f"OrderBook.{market.name}", number, house, mark, params, vault, *terms)
        for feed in market.feeds:
            if feed.reading is None:
                name = f"{market.name} {feed.name}"
                build.create(f"PriceFeed.{market.name}.{feed.name}", feed.reporter, name)
    _create_pools(build, config, token)
    for one in config.tokens:
        parts = (token, vault, house, params, mark)
        followed = (config.market(one.market).market_id, one.leverage * WAD)
        words = (one.name, one.name, parts, *followed, astuple(one.terms))
        build.create(f"LeveragedToken.{one.name}", *words)


def _create_pools(build: _Builder, config: ProtocolConfig, token: str) -> None:
    """Base tokens, pools, and the feeds that read them."""
    for market in dict.fromkeys(pool.market for pool in config.spot_pools):
        build.create(f"MockToken.{market}")
    for pool in config.spot_pools:
        terms = (pool.fee_bps, pool.min_liquidity_wad)
        build.create(f"SpotPool.{pool.name}", build[f"MockToken.{pool.market}"], token, *terms)
    for one in config.markets:
        for feed in one.feeds:
            if (read := feed.reading) is not None:
                terms = (read.method, read.window_s)
                build.create(_feed_name(one, feed.name), build[f"SpotPool.{read.pool}"], *terms)


def _feed_name(market: MarketConfig, feed: str) -> str:
    pools = {one.name for one in market.feeds if one.reading is not None}
    return f"{'SpotPoolFeed' if feed in pools else 'PriceFeed'}.{market.name}.{feed}"


def _set_parameters(build: _Builder, market: MarketConfig) -> None:
    def send(method: str, *arguments: Any) -> None:
        build.send("MarketParams", method, market.market_id, *arguments)

    send("add_market", astuple(market.grid))
    send("set_book", build[f"OrderBook.{market.name}"])
    send("set_tiers", *market.tier_columns())
    send("set_upnl_weights", market.im_upnl_weight_wad, market.withdraw_upnl_weight_wad)
    send("set_backstop", market.backstop_share_wad)
    send("set_fees", *astuple(market.fees))
    send("set_open_interest_limits", *astuple(market.open_interest))
    send("set_liquidation", astuple(market.liquidation))
    build.send("Deleverager", "set_policy", market.market_id, market.adl_policy)


def _set_prices(build: _Builder, market: MarketConfig) -> None:
    sources = tuple(
        (build[_feed_name(market, feed.name)], feed.weight, feed.stale_s) for feed in market.feeds
    )
    number = market.market_id
    build.send("OracleAggregator", "set_market", number, astuple(market.index), sources)
    build.send("MarkPrice", "add_market", number, astuple(market.mark), astuple(market.funding))
    if market.rate_policy.kind is not FundingPolicy.PREMIUM:
        build.send("MarkPrice", "set_rate_policy", number, astuple(market.rate_policy))


class ChainDeployer:
    """Deploys through a chain's open block."""

    def __init__(self, chain: Chain, sender: str) -> None:
        self._chain = chain
        self._sender = sender
        self.sent: list[str] = []

    def create(self, contract: str, *arguments: Any) -> str:
        """Create a contract; its lower-case address."""
        made = artifact(contract)
        encoded = made.constructor.encode(*arguments)
        return self._chain.deploy(self._sender, made.initcode + encoded)

    def send(self, contract: str, address: str, method: str, *arguments: Any) -> None:
        """Submit a call; whether it succeeded is known when the block is sealed."""
        data = artifact(contract).methods[method].encode(*arguments)
        self._chain.submit([Call(self._sender, address, data)])
        self.sent.append(f"{contract}.{method}")


def deploy_on_chain(
    chain: Chain, config: ProtocolConfig, *, sender: str, number: int, timestamp_s: int
) -> Deployed:
    """Deploy the protocol in one block of its own; raises if any call of it failed."""
    chain.begin_block(number=number, timestamp_s=timestamp_s)
    return deploy_in_block(chain, config, sender=sender)


def deploy_in_block(chain: Chain, config: ProtocolConfig, *, sender: str) -> Deployed:
    """Deploy the protocol in the open block; raises if any call of it failed."""
    deployer = ChainDeployer(chain, sender)
    deployed = deploy_protocol(deployer, config)
    for receipt, label in zip(chain.seal(), deployer.sent, strict=True):
        if not receipt.ok:
            raise RuntimeError(f"deployment failed at {label}: {receipt.error}")
    return deployed

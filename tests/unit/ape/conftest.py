"""The deployed protocol as an Ape suite sees it: actors by role, contracts by name.

What is of session scope is made once, before any test; Ape's isolation undoes what tests did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sim.abi.artifacts import deployables
from sim.protocol.ape_deployer import ApeDeployer, compiled_project
from sim.protocol.config import FundingTerms, ProtocolConfig, TokenConfig
from sim.protocol.deployment import Deployed, deploy_protocol
from sim.units import wad
from tests.unit.ape.words import ENTRY, IOC, MARKET, NAME, RAW, account_of, buy, sell
from tests.world import reference_world_config

MOCKS = ("MockToken", "ScriptedAggregatorV3")
STALE_S = 86_400  # a slow machine must not make the prices old
MAX = 2**256 - 1
# Whose account is which of the test accounts.
SEATS = (
    "owner",
    "guardian",
    "reporter",
    "maker",
    "taker",
    "whale",
    "keeper",
    "treasury",
    "stranger",
)


@pytest.fixture(scope="session", autouse=True)
def seconds_apart(chain: Any) -> None:
    """Every block is a second after the one before, at least: anvil alone gives them the same."""
    if chain.provider.name == "foundry":
        chain.provider.make_request("anvil_setBlockTimestampInterval", [1])


@pytest.fixture(scope="session")
def project(chain: Any) -> Any:
    """The contracts as every engine runs them: Ape's own cache overlooks a changed module."""
    made = compiled_project([*MOCKS, *deployables()])
    # The compiler calls a raw return `bytes`; on anvil Ape decodes by that what a call in a failed
    # deployment returned, and fails itself. It is a word, as an aggregator's.
    methods = made.ScriptedAggregatorV3.contract_type.view_methods
    decimals = next(each for each in methods if each.name == "decimals")
    decimals.outputs[0] = decimals.outputs[0].model_copy(update={"type": "uint256"})
    return made


@pytest.fixture(scope="session")
def config(roles: dict[str, Any]) -> ProtocolConfig:
    """The reference deployment with its bitcoin market only, without funding: round figures.

    And a token of three times bitcoin.
    """
    whole = reference_world_config(lambda role: str(roles[role].address).lower())
    market = whole.market(NAME)
    feeds = tuple(replace(feed, stale_s=STALE_S) for feed in market.feeds)
    market = replace(market, feeds=feeds, funding=FundingTerms(cap_wad=0))
    tokens = (TokenConfig(name="BTC3L", market=NAME, leverage=3),)
    return replace(whole, markets=(market,), tokens=tokens)


@pytest.fixture(scope="session")
def deployed(
    project: Any,
    config: ProtocolConfig,
    owner: Any,
    reporter: Any,
    maker: Any,
    taker: Any,
    whale: Any,
    chain: Any,
) -> Deployed:
    """The protocol, its index at 60 000, with a maker of a million and others who have tokens."""
    made = deploy_protocol(ApeDeployer(project, owner), config)
    token = project.MockToken.at(made.address("MockToken"))
    vault = project.MarginVault.at(made.address("MarginVault"))
    for actor in (maker, taker, whale):
        token.mint(actor, 10_000_000 * RAW, sender=owner)
        token.approve(vault, MAX, sender=actor)
    vault.deposit(account_of(maker), 1_000_000 * RAW, sender=maker)
    for feed in config.market(NAME).feeds:
        contract = project.PriceFeed.at(made.feed(NAME, feed.name))
        contract.push(wad(ENTRY), 0, chain.pending_timestamp, 1, sender=reporter)
    mark = project.MarkPrice.at(made.address("MarkPrice"))
    mark.poke(MARKET, sender=owner)
    return made


@pytest.fixture(scope="session")
def at(project: Any, deployed: Deployed) -> Callable[[str], Any]:
    """A deployed contract by its instance's name."""

    def find(name: str) -> Any:
        contract, address = deployed.instances[name]
        return getattr(project, contract).at(address)

    return find


@pytest.fixture(scope="session")
def token(at: Callable[[str], Any]) -> Any:
    """The collateral."""
    return at("MockToken")


@pytest.fixture(scope="session")
def params(at: Callable[[str], Any]) -> Any:
    """Parameters of the market."""
    return at("MarketParams")


@pytest.fixture(scope="session")
def aggregator(at: Callable[[str], Any]) -> Any:
    """Makes the index."""
    return at("OracleAggregator")


@pytest.fixture(scope="session")
def mark(at: Callable[[str], Any]) -> Any:
    """Makes the mark."""
    return at("MarkPrice")


@pytest.fixture(scope="session")
def house(at: Callable[[str], Any]) -> Any:
    """The clearinghouse."""
    return at("Clearinghouse")


@pytest.fixture(scope="session")
def vault(at: Callable[[str], Any]) -> Any:
    """Holds the tokens."""
    return at("MarginVault")


@pytest.fixture(scope="session")
def book(at: Callable[[str], Any]) -> Any:
    """The bitcoin market's order book."""
    return at(f"OrderBook.{NAME}")


@pytest.fixture(scope="session")
def liquidator(at: Callable[[str], Any]) -> Any:
    """Liquidates."""
    return at("Liquidator")


@pytest.fixture(scope="session")
def deleverager(at: Callable[[str], Any]) -> Any:
    """Closes what nobody else can."""
    return at("Deleverager")


@pytest.fixture(scope="session")
def pool(at: Callable[[str], Any]) -> Any:
    """The insurance pool."""
    return at("InsurancePool")


@pytest.fixture(scope="session")
def lens(at: Callable[[str], Any]) -> Any:
    """Reads everything."""
    return at("Lens")


@pytest.fixture(scope="session")
def triggers(at: Callable[[str], Any]) -> Any:
    """The venue of trigger orders."""
    return at("TriggerOrders")


@pytest.fixture(scope="session")
def leveraged(at: Callable[[str], Any]) -> Any:
    """The token that keeps three times its NAV in bitcoin."""
    return at("LeveragedToken.BTC3L")


@pytest.fixture(scope="session")
def feeds(at: Callable[[str], Any], config: ProtocolConfig) -> list[Any]:
    """The market's five feeds."""
    return [at(f"PriceFeed.{NAME}.{feed.name}") for feed in config.market(NAME).feeds]


@pytest.fixture
def set_index(feeds: list[Any], mark: Any, reporter: Any, keeper: Any, chain: Any) -> Any:
    """Let a quorum of feeds report a price and somebody poke: index and mark are there."""

    def push_and_poke(price: int | str) -> None:
        for feed in feeds[:3]:
            now_s = chain.pending_timestamp
            feed.push(wad(price), 0, now_s, now_s, sender=reporter)
        mark.poke(MARKET, sender=keeper)
        assert mark.price(MARKET).mark_wad == wad(price)

    return push_and_poke


@pytest.fixture
def long_one(vault: Any, book: Any, maker: Any, taker: Any) -> int:
    """The taker's account, long one bitcoin at 60 000 with 1 000 of cash left: 60x."""
    account = account_of(taker)
    vault.deposit(account, 1_030 * RAW, sender=taker)
    book.place(account_of(maker), sell(1, ENTRY), 32, sender=maker)
    book.place(account, buy(1, ENTRY, kind=IOC), 32, sender=taker)
    return account

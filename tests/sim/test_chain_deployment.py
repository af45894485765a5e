from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from sim.abi.artifacts import artifact
from sim.chain.revm import RevmChain
from sim.protocol.config import RatePolicy
from sim.protocol.deployment import Deployed, deploy_on_chain
from sim.protocol.reference_markets import reference_config
from sim.types.codes import FundingPolicy
from sim.units import wad

OWNER, GUARDIAN, TREASURY, TIMELOCK = ("0x" + f"{place:040x}" for place in (11, 12, 13, 14))
REPORTERS = ["0x" + f"{place:040x}" for place in range(21, 26)]
CONFIG = reference_config(reporters=REPORTERS, guardian=GUARDIAN, treasury=TREASURY)


def deploy(config=CONFIG, chain: RevmChain | None = None) -> tuple[RevmChain, Deployed]:
    chain = chain or RevmChain()
    at = {"number": 1, "timestamp_s": 1_700_000_000}
    return chain, deploy_on_chain(chain, config, sender=OWNER, **at)


@pytest.fixture(scope="module")
def protocol() -> tuple[RevmChain, Deployed]:
    return deploy()


def read(protocol: tuple[RevmChain, Deployed], name: str, method: str, *arguments: object):
    chain, deployed = protocol
    contract, address = deployed.instances[name]
    found = artifact(contract).methods[method]
    return found.decode(chain.read(address, found.encode(*arguments)))


@pytest.mark.parametrize("market", CONFIG.markets, ids=lambda one: one.name)
def test_deploy_protocol__reference_markets__contracts_say_what_was_configured(protocol, market):
    number = market.market_id
    book = protocol[1].book(market.name)
    risk = read(protocol, "MarketParams", "risk", number)._asdict()
    lower, mmr, imr = market.tier_columns()
    assert risk == {
        "tier_lower_wad": lower,
        "tier_mmr_wad": mmr,
        "tier_imr_wad": imr,
        "im_upnl_weight_wad": market.im_upnl_weight_wad,
        "withdraw_upnl_weight_wad": market.withdraw_upnl_weight_wad,
        "oi_lo_wad": market.open_interest.lo_wad,
        "oi_hi_wad": market.open_interest.hi_wad,
        "oi_cap_wad": market.open_interest.cap_wad,
        "oi_cap_quote_wad": market.open_interest.cap_quote_wad,
        "maker_fee_bps": market.fees.maker_bps,
        "taker_fee_bps": market.fees.taker_bps,
        "liquidation_fee_bps": market.fees.liquidation_bps,
        "backstop_wad": market.backstop_share_wad,
        "paused": 0,
        "liquidations_from": 0,
        "book": book,
    }
    # By name, so that a field out of the struct's order cannot hide.
    same = {
        ("MarketParams", "grid"): market.grid,
        ("MarketParams", "liquidation"): market.liquidation,
        ("InsurancePool", "caps"): market.pool_caps,
        ("OracleAggregator", "rules"): market.index,
        ("MarkPrice", "mark_terms"): market.mark,
        ("MarkPrice", "funding_terms"): market.funding,
    }
    for (name, method), config in same.items():
        found = read(protocol, name, method, number)
        assert found._asdict() == asdict(config), method


def test_deploy_protocol__funding_by_velocity__is_set_in_the_markets_that_ask_for_it():
    policy = RatePolicy(kind=FundingPolicy.VELOCITY, scale_wad=wad("0.01"), velocity_wad=wad("0.1"))
    first, *others = CONFIG.markets
    asked = replace(CONFIG, markets=(replace(first, rate_policy=policy), *others))
    protocol = deploy(asked)
    found = read(protocol, "MarkPrice", "rate_policy", first.market_id)
    assert found._asdict() == asdict(policy)
    for market in others:
        kind, _, _ = read(protocol, "MarkPrice", "rate_policy", market.market_id)
        assert kind == FundingPolicy.PREMIUM


def test_deploy_protocol__feeds__are_the_sources_and_obey_their_reporters(protocol):
    for market in CONFIG.markets:
        sources = read(protocol, "OracleAggregator", "sources", market.market_id)
        wanted = [protocol[1].feed(market.name, feed.name) for feed in market.feeds]
        assert [source.feed for source in sources] == wanted
        for feed in market.feeds:
            name = f"PriceFeed.{market.name}.{feed.name}"
            assert read(protocol, name, "reporter") == feed.reporter


def test_deploy_protocol__peers__know_each_other(protocol):
    deployed = protocol[1]
    for method, name in (
        ("vault", "MarginVault"),
        ("liquidator", "Liquidator"),
        ("deleverager", "Deleverager"),
        ("pool", "InsurancePool"),
    ):
        assert read(protocol, "Clearinghouse", method) == deployed.address(name)
    assert read(protocol, "Clearinghouse", "treasury") == TREASURY
    assert read(protocol, "MarketParams", "guardian") == GUARDIAN
    assert read(protocol, "MarketParams", "mark") == deployed.address("MarkPrice")
    assert read(protocol, "InsurancePool", "liquidator") == deployed.address("Liquidator")


def test_deploy_protocol__owner_named__ownership_of_everything_is_offered():
    protocol = deploy(replace(CONFIG, owner=TIMELOCK))
    offered = [
        name
        for name, (contract, _) in protocol[1].instances.items()
        if "pending_owner" in {entry.get("name") for entry in artifact(contract).abi}
    ]
    assert len(offered) == 5 + sum(len(market.feeds) for market in CONFIG.markets)
    assert {read(protocol, name, "pending_owner") for name in offered} == {TIMELOCK}


def test_deploy_on_chain__same_sender__same_addresses_whatever_the_numbers():
    fewer = replace(CONFIG, pool_fee_share_wad=0)
    assert deploy()[1].instances == deploy(fewer)[1].instances


def test_deploy_on_chain__contracts_refuse_a_number__says_which_call_and_why():
    bitcoin = CONFIG.markets[0]
    wide = replace(bitcoin, mark=replace(bitcoin.mark, band_wad=10**16))
    with pytest.raises(RuntimeError, match=r"failed at MarkPrice\.add_market: mark: band too wide"):
        deploy(replace(CONFIG, markets=(wide, *CONFIG.markets[1:])))


def test_decoder__every_instance__is_registered_by_name(protocol):
    schemas = protocol[1].decoder().schemas
    assert set(schemas) == set(protocol[1].instances)
    assert schemas["OrderBook.ETH-USD"]["OrderFilled"].fields[:3] == (
        "order_id",
        "account",
        "taker",
    )


def test_address__unknown_name__lists_the_known_ones(protocol):
    with pytest.raises(KeyError, match=r"no OrderBook\.DOGE-USD; there are MockToken"):
        protocol[1].book("DOGE-USD")


def test_market_config__no_tiers__is_refused():
    with pytest.raises(ValueError, match="BTC-USD has 0 tiers; 1 to 4 allowed"):
        replace(CONFIG.markets[0], tiers=())

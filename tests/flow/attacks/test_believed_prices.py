"""Doubtful markets as shields: a leg where the oracle is in doubt, its price said by liars.

Source: audit of 6be1e45, H2. Two of five feeds of a thin market, within what is trusted, made any
price "the kindest still believed", and a dust position there kept an account from being liquidated
in a market that nobody doubted. Believed is what the breaker would believe; and where another
market's liquidation is judged, a leg in doubt is worth what it was at the last good mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.protocol.config import ProtocolConfig
from sim.types import OrderKind, Status, account_id
from sim.units import BPS, WAD, WAD_PER_RAW, wad
from tests.adl_world import untouched
from tests.attack_world import THIN, AttackWorld
from tests.world import address_of, reference_world_config

BOOK = 0
MARGIN = 6_600  # of ten bitcoin at 60,000
CREW = ("attacker", "second")
MOON, DUST = "50000000", "0.000001"
DOUBTS = ("disputed", "stale", "dead", "halted")


class DoubtfulWorld(AttackWorld):
    """Bitcoin beyond doubt, and a thin market with two feeds that say what a crew wants."""

    def begin(self) -> None:
        """Indices for everybody, and a mark of the thin market that is good."""
        for _ in range(2):
            self.push_all({THIN: 2, self.name: 60_000})
        self.good_wad = self.read("MarkPrice", "price", self.thin).mark_wad

    @property
    def thin(self) -> int:
        return self.market_id(THIN)

    def doubt(self, how: str, said: str, bitcoin: int | str) -> Status:
        """Blocks after which the thin market is in doubt, two feeds saying something of it."""
        feeds = [feed.name for feed in self.deployed.config.market(THIN).feeds]
        blocks = {"disputed": 1, "halted": 1, "stale": 2, "dead": 8}[how]
        for _ in range(blocks):
            self.next_block(10 if blocks == 1 else 45)
            self.push(self.name, wad(bitcoin))
            self.push_some(THIN, said, feeds[3:])
            if how == "disputed":
                self.push_some(THIN, 2, feeds[:3])
            elif how == "halted":  # everybody says so, but it is too far away
                self.push_some(THIN, said, feeds[:3])
            for market in (self.market, self.thin):
                self.send("keeper", "MarkPrice", "poke", market)
        return Status(self.read("MarkPrice", "price", self.thin).status)

    def take(self, role: str, size: str) -> None:
        """Trade bitcoin with the maker at 60,000."""
        against = size[1:] if size.startswith("-") else f"-{size}"
        self.order("maker", against, "60000")
        self.order(role, size, "60000", kind=OrderKind.IOC)

    def spoils_wad(self, *roles: str) -> int:
        """What some actors have: tokens, and accounts that are worth something."""
        total_wad = 0
        for role in roles:
            total_wad += self.read("MockToken", "balanceOf", address_of(role)) * WAD_PER_RAW
            total_wad += max(0, self.health(account_id(address_of(role))).equity_wad)
        return total_wad


def strict_config() -> ProtocolConfig:
    """The reference markets, whose breakers believe a step of 10 %, without funding."""
    config = reference_world_config()
    free = [replace(one, funding=replace(one.funding, cap_wad=0)) for one in config.markets]
    return replace(config, markets=tuple(free))


@pytest.fixture(scope="module")
def deployed() -> DoubtfulWorld:
    world = DoubtfulWorld()
    # Worlds of deleveraging let a gap of 99 % through; here the breaker is what it is.
    for number, one in ((world.market, strict_config().market(world.name)), (world.thin, None)):
        config = one or strict_config().market(THIN)
        sources = [
            (world.deployed.address(f"PriceFeed.{config.name}.{feed.name}"), feed.weight, 60)
            for feed in config.feeds
        ]
        world.send("owner", "OracleAggregator", "set_market", number, words(config.index), sources)
    world.begin()
    world.stake("whale", 3_000_000 * 10**6)
    return world


def words(rules) -> tuple[int, ...]:
    return tuple(getattr(rules, name) for name in rules.__dataclass_fields__)


@pytest.fixture
def world(deployed: DoubtfulWorld) -> Iterator[DoubtfulWorld]:
    with untouched(deployed):
        yield deployed


def loser(world: DoubtfulWorld) -> int:
    return account_id(address_of("attacker"))


def fall(world: DoubtfulWorld, how: str, said: str, prices: tuple[int, ...]) -> int | None:
    """Bitcoin falls under doubt about the other market; where it stood when a keeper succeeded."""
    for price in prices:
        world.doubt(how, said, price)
        if not world.is_liquidatable(loser(world)):
            continue
        world.order("maker", "10", price)
        assert world.try_liquidate(loser(world)) == BOOK
        return price
    return None


# A leg of dust


@pytest.mark.parametrize("how", DOUBTS)
@pytest.mark.parametrize(("leg", "said"), [("11", MOON), ("-11", DUST)], ids=["long", "short"])
def test_liquidate__dust_in_a_doubtful_market__shields_nothing(world, how, leg, said):
    for role in CREW:
        world.fund(role, MARGIN)
    before_wad = world.spoils_wad(*CREW)
    maker_wad, pool_wad = world.spoils_wad("maker"), world.read("InsurancePool", "equity_wad")
    world.take("attacker", "10")
    world.take("second", "-10")
    world.trade_in(THIN, "attacker", leg, "2")
    status = world.doubt(how, said, 60_000)
    assert status is {"halted": Status.HALTED, "dead": Status.DEAD}.get(
        how, Status.DISPUTED if how == "disputed" else Status.STALE
    )
    assert fall(world, how, said, (59_700, 59_500, 59_300, 57_000)) == 59_500
    world.flatten("second", "59500")
    free_raw = world.read("Clearinghouse", "withdrawable", account_id(address_of("second")))
    world.send(
        *("second", "MarginVault", "withdraw", account_id(address_of("second"))),
        *(free_raw // WAD_PER_RAW, address_of("second")),
    )
    assert world.spoils_wad(*CREW) <= before_wad
    assert world.read("InsurancePool", "equity_wad") >= pool_wad
    # The maker traded at mark: it is out of nothing but its fees, a basis point of each side.
    assert maker_wad - world.spoils_wad("maker") <= 4 * wad(600_000) // BPS


@pytest.mark.parametrize("how", DOUBTS)
def test_liquidate__same_account_and_no_doubt__happens_at_the_same_price(world, how):
    world.fund("attacker", MARGIN)
    world.take("attacker", "10")
    world.trade_in(THIN, "attacker", "11", "2")
    for price in (59_700, 59_500):
        world.push_all({THIN: 2, world.name: price})
        world.order("maker", "10", price)
        done = world.try_liquidate(loser(world))
    assert done == BOOK


# A leg of any size


sizes = st.sampled_from(["-20000", "-900", "-11", "11", "900", "20000"])
lies = st.sampled_from([DUST, "0.5", "1.7", "1.9", "2", "2.1", "2.3", "9", MOON])


@given(how=st.sampled_from(DOUBTS), leg=sizes, said=lies, truth=st.integers(55_000, 65_000))
def test_liquidation_health__any_leg_and_any_lie__leg_no_dearer_than_at_the_last_good_mark(
    deployed, how, leg, said, truth
):
    with untouched(deployed) as world:
        world.fund("attacker", 40_000)
        world.take("attacker", "1")
        world.trade_in(THIN, "attacker", leg, "2")
        world.push_all({THIN: 2, world.name: 60_000})
        good_wad = world.read("MarkPrice", "price", world.thin).mark_wad
        world.doubt(how, said, truth)
        price = world.read("MarkPrice", "price", world.thin)
        if Status(price.status) in (Status.OK, Status.THIN):
            return  # what two feeds said was near enough
        allowed, judged = world.read(
            "Clearinghouse", "liquidation_health", loser(world), world.market
        )
        assert allowed
        worth_wad = world.cash(loser(world))
        for market, at_wad in ((world.market, world.price().mark_wad), (world.thin, good_wad)):
            held = world.read("Clearinghouse", "position", loser(world), market)
            worth_wad += floor(Fraction(held.size_wad * at_wad, WAD)) + held.quote_wad
            worth_wad -= world.read("Clearinghouse", "funding_owed", loser(world), market)
        assert judged.equity_wad <= worth_wad
        # And none the less: nobody is judged by what two liars say against it.
        slack_wad = abs(wad(leg)) * wad("0.01") // WAD
        assert judged.equity_wad >= worth_wad - slack_wad


@given(how=st.sampled_from(DOUBTS), said=lies)
def test_price__any_lie__believed_lies_within_a_step_of_the_last_good_index(deployed, how, said):
    """INV-24."""
    with untouched(deployed) as world:
        world.doubt(how, said, 60_000)
        price = world.read("MarkPrice", "price", world.thin)
        if Status(price.status) in (Status.OK, Status.THIN):
            return
        step_bps = 1_000
        assert price.low_wad >= ceil(Fraction(wad(2) * (BPS - step_bps), BPS))
        assert price.high_wad <= floor(Fraction(wad(2) * (BPS + step_bps), BPS))


# The doubtful market itself


@pytest.mark.parametrize(
    ("leg", "said", "margin"), [("10000", MOON, 2_500), ("-10000", DUST, 2_500)]
)
def test_liquidate__in_the_doubtful_market__only_at_the_kindest_the_breaker_would_believe(
    world, leg, said, margin
):
    account = account_id(address_of("attacker"), world.thin)
    world.deposit("attacker", margin * 10**6, world.thin)
    size_wad = wad(leg)
    book = f"OrderBook.{THIN}"
    against = (size_wad < 0, abs(size_wad), wad(2), OrderKind.LIMIT, False, 0)
    world.send("maker", book, "place", account_id(address_of("maker")), against, 32)
    taking = (size_wad > 0, abs(size_wad), wad(2), OrderKind.IOC, False, 0)
    world.send("attacker", book, "place", account, taking, 32)
    assert world.doubt("disputed", said, 60_000) is Status.DISPUTED
    _, judged = world.read("Clearinghouse", "liquidation_health", account, world.thin)
    kindest_wad = wad("2.2") if size_wad > 0 else wad("1.8")
    held = world.read("Clearinghouse", "position", account, world.thin)
    worth_wad = floor(Fraction(size_wad * kindest_wad, WAD)) + held.quote_wad
    cash_wad = world.read("Clearinghouse", "cash_of", account)
    assert judged.equity_wad == cash_wad + worth_wad

"""The pool and its twin through the same life: reserves, shares, averages, readings, refusals."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.reference.spot_pool import LOCKED_SHARES, Method, Refused, SpotPool
from sim.units import WAD, wad
from tests.spot_world import PoolWorld, whole
from tests.support.contracts import address_of
from tests.support.examples import HEAVY

WINDOWS = (60, 600, 65_535)
DECIMALS = (0, 6, 8, 18)
MIN_LIQUIDITY_WAD = wad(50_000)

ratios = st.integers(-6, 1).map(lambda power: 10.0**power) | st.floats(1e-6, 20)
swaps = st.tuples(st.just("swap"), st.booleans(), ratios)
adds = st.tuples(st.just("add"), ratios, ratios)
removes = st.tuples(st.just("remove"), st.floats(1e-6, 1))
waits = st.tuples(st.just("wait"), st.integers(1, 3) | st.integers(1, 2_000))
lives = st.lists(swaps | swaps | waits | waits | adds | removes, min_size=5, max_size=40)


def outcome(act: Callable[[], Any]) -> Any:
    """What an action gives, or the words it is refused with."""
    try:
        return act()
    except (Refused, CallReverted) as refusal:
        return str(refusal)


class Pair:
    """A pool on a chain and its twin; each step is taken by both and compared."""

    def __init__(self, base_decimals: int, quote_decimals: int, fee_bps: int) -> None:
        terms = {
            "base_decimals": base_decimals,
            "quote_decimals": quote_decimals,
            "fee_bps": fee_bps,
            "min_liquidity_wad": MIN_LIQUIDITY_WAD,
        }
        self.world = PoolWorld(**terms)
        self.twin = SpotPool(**terms)
        self.feeds = [
            (method, window_s, self.world.feed(method, window_s))
            for method in (Method.ARITHMETIC, Method.GEOMETRIC)
            for window_s in WINDOWS
        ]
        self.feeds.append((Method.SPOT, 0, self.world.feed(Method.SPOT)))
        self.add(whole(1_000, base_decimals), whole(100_000, quote_decimals))

    def both(self, on_chain: Any, in_twin: Any) -> None:
        """One action; the same outcome, or the same refusal."""
        wanted = outcome(in_twin)
        assert outcome(on_chain) == wanted
        if isinstance(wanted, str):
            return
        assert self.world.reserves() == (self.twin.base_raw, self.twin.quote_raw)
        assert self.world.pool.read("totalSupply") == self.twin.supply
        assert self.world.price_wad() == self.twin.price_wad
        held = [token.read("balanceOf", self.world.pool.address) for token in self._tokens()]
        assert tuple(held) == self.world.reserves()

    def swap(self, is_buy: bool, ratio: float) -> None:
        reserve = self.twin.quote_raw if is_buy else self.twin.base_raw
        amount = int(reserve * Fraction(ratio))
        product = self.twin.product
        self.both(
            lambda: self.world.swap(amount, is_buy=is_buy),
            lambda: self.twin.swap(amount, self.world.now_s, is_buy=is_buy),
        )
        assert self.twin.product >= product

    def add(self, base_raw: int, quote_raw: int) -> None:
        def on_chain() -> tuple[int, int, int]:
            done = self.world.add(base_raw, quote_raw).values
            return done.shares, done.base_in_raw, done.quote_in_raw

        worth = self._product_per_share()
        self.both(on_chain, lambda: self.twin.add(base_raw, quote_raw, self.world.now_s))
        assert worth is None or self._product_per_share() >= worth

    def add_part(self, base_ratio: float, quote_ratio: float) -> None:
        self.add(
            int(self.twin.base_raw * Fraction(base_ratio)),
            int(self.twin.quote_raw * Fraction(quote_ratio)),
        )

    def remove(self, part: float) -> None:
        held = self.world.pool.read("balanceOf", address_of("maker"))
        shares = int(held * Fraction(part))
        if shares == 0:
            return

        def on_chain() -> tuple[int, int]:
            done = self.world.remove(shares).values
            return done.base_out_raw, done.quote_out_raw

        worth = self._product_per_share()
        self.both(on_chain, lambda: self.twin.remove(shares, self.world.now_s))
        assert worth is None or self._product_per_share() >= worth

    def compare(self) -> None:
        """Everything that is made of the history."""
        now_s = self.world.now_s
        for window_s in WINDOWS:
            found = self.world.pool.read("averages", window_s)
            wanted = self.twin.averages(window_s, now_s)
            assert found.is_known is (wanted is not None)
            assert found.standing_wad == self.twin.standing_wad(now_s)
            if wanted is not None:
                assert found.mean_wad == floor(wanted.mean_wad)
                with localcontext(prec=60):
                    error_wad = abs(Decimal(found.log_mean_wad) - wanted.log_mean * WAD)
                assert error_wad <= 2
        for method, window_s, feed in self.feeds:
            found = feed.read("latest")
            price_wad, conf_wad, observed_at = self.twin.reading(method, window_s, now_s)
            slack = 2 + price_wad // 10**16 if method is Method.GEOMETRIC else 0
            assert abs(found.price_wad - price_wad) <= slack
            assert abs(found.conf_wad - conf_wad) <= slack
            assert found.observed_at == observed_at

    def _product_per_share(self) -> Fraction | None:
        return Fraction(self.twin.product, self.twin.supply**2) if self.twin.supply else None

    def _tokens(self) -> tuple[Any, Any]:
        return self.world.base, self.world.quote


@HEAVY
@given(
    base_decimals=st.sampled_from(DECIMALS),
    quote_decimals=st.sampled_from(DECIMALS),
    fee_bps=st.sampled_from([0, 1, 30, 1_000]),
    life=lives,
)
def test_pool__any_life__is_that_of_its_twin(
    base_decimals: int, quote_decimals: int, fee_bps: int, life: list[tuple[Any, ...]]
) -> None:
    pair = Pair(base_decimals, quote_decimals, fee_bps)
    steps = {"swap": pair.swap, "add": pair.add_part, "remove": pair.remove}
    for kind, *arguments in life:
        if kind == "wait":
            pair.world.wait(*arguments)
        else:
            steps[kind](*arguments)
        pair.compare()
    pair.world.wait(65_535)
    pair.compare()


@given(
    fee_bps=st.sampled_from([0, 30, 1_000]),
    base_decimals=st.sampled_from(DECIMALS),
    ratio=ratios,
    is_buy=st.booleans(),
)
def test_swap__there_and_back__never_profits(
    fee_bps: int, base_decimals: int, ratio: float, is_buy: bool
) -> None:
    world = PoolWorld(fee_bps=fee_bps, base_decimals=base_decimals)
    world.add(whole(1_000, base_decimals), whole(100_000, 6))
    paid_raw = int(world.reserves()[is_buy] * Fraction(ratio))
    if world.pool.read("quote_out", is_buy, paid_raw) == 0:
        return
    got_raw = world.swap(paid_raw, is_buy=is_buy)
    if world.pool.read("quote_out", not is_buy, got_raw) == 0:
        return
    assert world.swap(got_raw, is_buy=not is_buy) <= paid_raw


@HEAVY
@given(ratio=st.floats(0.001, 5), is_buy=st.booleans(), fee_bps=st.sampled_from([0, 30]))
def test_swap__tokens_of_other_decimals__gives_the_same_but_for_their_last_digit(
    ratio: float, is_buy: bool, fee_bps: int
) -> None:
    paid = int(ratio * (100_000 if is_buy else 1_000)) or 1  # whole tokens, which all of them have
    outs_wad = {}
    for decimals in DECIMALS:
        world = PoolWorld(base_decimals=decimals, quote_decimals=decimals, fee_bps=fee_bps)
        world.add(whole(1_000, decimals), whole(100_000, decimals))
        assert world.price_wad() == wad(100)
        raw = world.pool.read("quote_out", is_buy, whole(paid, decimals))
        outs_wad[decimals] = raw * 10 ** (18 - decimals)
    for decimals, out_wad in outs_wad.items():
        unit_wad = 10 ** (18 - decimals)
        assert out_wad == outs_wad[18] // unit_wad * unit_wad


@HEAVY
@given(cuts=st.lists(st.integers(1, 500), min_size=1, max_size=20))
def test_cumulative_prices__time_split_by_observations__are_those_of_one_stretch(
    cuts: list[int],
) -> None:
    cut, whole_time = PoolWorld(quote_decimals=18), PoolWorld(quote_decimals=18)
    for world in (cut, whole_time):
        world.add(wad(1_000) + 1, wad(123_456))
    for seconds in cuts:
        cut.wait(seconds)
        cut.add(*(2 * raw for raw in cut.reserves()))  # thrice the pool, at the same price
        assert cut.price_wad() == whole_time.price_wad()
    whole_time.wait(sum(cuts))
    sums = whole_time.pool.read("cumulative_prices")
    assert cut.pool.read("cumulative_prices") == sums
    assert sums[0] == whole_time.price_wad() * sum(cuts)


def test_cumulative_prices__two_stretches__add_up() -> None:
    world = PoolWorld(quote_decimals=18)
    world.add(wad(1_000), wad(100_000))
    world.wait(7)
    world.swap(wad(5_000), is_buy=True)
    middle = world.pool.read("cumulative_prices")
    price_wad = world.price_wad()
    world.wait(10)
    world.wait(1)
    end = world.pool.read("cumulative_prices")
    assert middle[0] == 7 * wad(100)
    assert end[0] - middle[0] == 11 * price_wad
    assert LOCKED_SHARES + world.pool.read("balanceOf", address_of("maker")) == wad(10_000)

from __future__ import annotations

import pytest

from sim.engine.market_setup import protocol_config
from sim.protocol.config import RatePolicy
from sim.rng import stream
from sim.scenario import Scenario, ScenarioError, load_scenario, parse_scenario
from sim.scenario.load import SCENARIOS
from sim.types.codes import FundingPolicy
from sim.types.fields import Distribution
from sim.units import WAD, wad

GOOD = """
name: small
blocks: 10
markets: {BTC-USD: {}}
prices: {BTC-USD: {kind: constant, price: 60000}}
agents:
  - {kind: noise_trader, count: 3, capital: 1000, clip_notional: 100, max_notional: 1000.5}
  - {kind: leveraged_long, capital: 1000, leverage: {choice: [10, 100]}}
"""

# what is replaced, by what, what the one sentence must name
WRONG = [
    ("blocks: 10", "blocks: 0", ("blocks", "0", "1")),
    ("blocks: 10", "blocks: ten", ("blocks", "'ten'", "integer")),
    ("blocks: 10", "blocks: true", ("blocks", "True", "integer")),
    ("blocks: 10", "blcks: 10", ("'blcks'", "blocks")),
    ("blocks: 10", "", ("blocks", "nothing", "needed")),
    ("blocks: 10", "blocks: 10\nblocks: 11", ("line 4", "'blocks'", "once")),
    ("count: 3", "count: 2.5", ("agents.0.count", "2.5", "integer")),
    ("noise_trader", "noize", ("agents.0.kind", "'noize'", "noise_trader")),
    ("kind: noise_trader, ", "", ("agents.0.kind", "None", "market_maker")),
    ("max_notional", "maxn", ("agents.0", "'maxn'", "max_notional")),
    ("1000.5", "abc", ("agents.0.max_notional", "'abc'", "decimal")),
    ("capital: 1000, clip", "capital: -5, clip", ("agents.0.capital", "-5", "above 0")),
    ("[10, 100]", "[10, 200]", ("agents.1.leverage", "200", "at most 100")),
    ("clip_notional: 100", "clip_notional: {uniform: [5, 1]}", ("clip_notional", "low <= high")),
    ("BTC-USD: {}", "doge: {}", ("markets.doge", "SOL-USD")),
    ("BTC-USD: {}", "ETH-USD: {}", ("prices.", "ETH-USD")),
    ("BTC-USD: {}", "BTC-USD: {lot: 0}", ("markets.BTC-USD.lot", "0", "above 0")),
    ("BTC-USD: {}", "BTC-USD: {tiers: [{lower: 5, mmr: 0.1}]}", ("markets.BTC-USD", "begin at 0")),
    ("BTC-USD: {}", "BTC-USD: {funding: {scale: 0.1}}", ("BTC-USD.funding", "policy velocity")),
    ("BTC-USD: {}", "BTC-USD: {funding: {policy: skew}}", ("funding.policy", "'skew'", "premium")),
    ("count: 3", "market: X-USD", ("agents.0.market", "'X-USD'", "BTC-USD")),
    ("price: 60000", "price: -1", ("prices.BTC-USD.price", "-1", "above 0")),
    ("kind: constant", "kind: const", ("prices.BTC-USD.kind", "'const'", "'gbm_jumps'")),
    ("agents:", "venues: [{name: a}, {name: b}]\nagents:", ("feeds", "found 2", "3")),
    ("agents:", "feeds: [{name: f, venue: q}]\nagents:", ("feeds.0.venue", "'q'", "venue_a")),
    ("agents:", "start_time: soon\nagents:", ("start_time", "'soon'", "ISO time")),
    ("agents:", "agents: [\nxx:", ("line", "only YAML")),
]


@pytest.mark.parametrize(("old", "new", "named"), WRONG)
def test_parse__one_thing_wrong__says_so_in_one_sentence(
    old: str, new: str, named: tuple[str, ...]
) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(text, label="small.yaml")
    sentence = str(refused.value)
    assert sentence.startswith("small.yaml: ")
    assert "\n" not in sentence
    for words in named:
        assert words in sentence


@pytest.mark.parametrize("text", ["", "- a", "just words", "3"])
def test_parse__top_level_is_no_mapping__is_refused(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"f\.yaml: found .* at the top; a mapping"):
        parse_scenario(text, label="f.yaml")


def test_parse__good__reads_decimals_exactly_and_fills_in_the_reference_market() -> None:
    scenario = parse_scenario(GOOD, label="f.yaml")
    market = scenario.markets["BTC-USD"]
    assert (market.tick, market.lot, market.max_leverage) == (WAD // 10, WAD // 10_000, 100)
    assert scenario.agents[0].max_notional == wad("1000.5")
    assert len(scenario.all_feeds([venue.name for venue in scenario.venues])) == 5


def test_parse__override_of_nested_and_of_missing_keys__replaces_only_those() -> None:
    overrides = ["agents.0.count=7", "markets.BTC-USD.mark.band=0.003", "insurance=5.5"]
    scenario = parse_scenario(GOOD, label="f.yaml", overrides=overrides)
    market = scenario.markets["BTC-USD"]
    assert scenario.agents[0].count == 7
    assert market.mark.band == wad("0.003")
    assert market.mark.impact_notional is None
    assert scenario.insurance == wad("5.5")


def test_parse__funding_policy__reaches_the_deployment() -> None:
    said = ["markets.BTC-USD.funding.policy=velocity", "markets.BTC-USD.funding.velocity=0.01"]
    for overrides, wanted in (
        ([], RatePolicy(kind=FundingPolicy.PREMIUM)),
        (said[:1], RatePolicy(kind=FundingPolicy.VELOCITY)),
        (said, RatePolicy(kind=FundingPolicy.VELOCITY, velocity_wad=wad("0.01"))),
    ):
        scenario = parse_scenario(GOOD, label="f.yaml", overrides=overrides)
        feeds = scenario.all_feeds([venue.name for venue in scenario.venues])
        assert protocol_config(scenario, {"BTC-USD": feeds}).markets[0].rate_policy == wanted


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("blocks", "key=value"),
        ("=3", "key=value"),
        ("agents.9.count=3", "0 to 1"),
        ("agents.0.count=x", "integer"),
        ("name.x=2", "plain value"),
        ("agents.0.capital=[1", "only YAML"),
        ("markets.BTC-USD.tick=0.0000000000000000001", "18 decimals"),
    ],
)
def test_parse__wrong_override__is_refused_like_the_file(override: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        parse_scenario(GOOD, label="f.yaml", overrides=[override])


def test_sha256__any_value_changes__differs_and_spelling_does_not() -> None:
    plain = parse_scenario(GOOD, label="f.yaml")
    spelt = parse_scenario(GOOD.replace("1000.5", "'1000.50'"), label="g.yaml")
    other = parse_scenario(GOOD, label="f.yaml", overrides=["seed=2"])
    assert plain.sha256() == spelt.sha256()
    assert plain.sha256() != other.sha256()


def test_text__with_overrides__reads_back_as_the_same_scenario() -> None:
    overrides = ["agents.0.clip_notional={lognormal: [0.10, 0.5]}", "insurance=5.50"]
    scenario = parse_scenario(GOOD, label="f.yaml", overrides=overrides)
    assert parse_scenario(scenario.text, label="g.yaml").sha256() == scenario.sha256()
    assert parse_scenario(GOOD, label="f.yaml").text == GOOD


def test_load__no_such_file__names_those_that_ship(tmp_path: object) -> None:
    with pytest.raises(ScenarioError, match="calm"):
        load_scenario(f"{tmp_path}/none.yaml")


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_load__every_shipped_scenario__is_valid_and_named_like_its_file(path: object) -> None:
    scenario = load_scenario(str(path))
    assert isinstance(scenario, Scenario)
    assert str(path).endswith(f"/{scenario.name}.yaml")
    assert scenario.description


@pytest.mark.parametrize(
    ("spread", "low", "high"),
    [
        (Distribution(constant=3.0), 3, 3),
        (Distribution(uniform=(2.0, 4.0)), 2, 4),
        (Distribution(choice=(5.0, 1.0, 9.0)), 1, 9),
        (Distribution(lognormal=(100.0, 0.5)), 100 * 0.05, 100 * 20.1),
        (Distribution(pareto=(10.0, 1.5)), 10, 10 * 1_000_000),
    ],
)
def test_draw__any_form__stays_between_its_ends_and_costs_one_variate(
    spread: Distribution, low: float, high: float
) -> None:
    rng, other = stream(1, "draw"), stream(1, "draw")
    drawn = [spread.draw(rng) for _ in range(500)]
    other.standard_normal(500)
    assert low <= min(drawn)
    assert max(drawn) <= high
    assert spread.lowest() <= min(drawn)
    assert max(drawn) <= spread.highest()
    assert rng.random() == other.random()


def test_draw__choice__takes_each_about_equally_often() -> None:
    rng = stream(2, "draw")
    spread = Distribution(choice=(1.0, 2.0, 3.0, 4.0))
    drawn = [spread.draw(rng) for _ in range(4_000)]
    assert all(900 < drawn.count(one) < 1_100 for one in (1.0, 2.0, 3.0, 4.0))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("count: 3", "slippage: 20", "line 7: agents.0.slippage: found 20; a number up to 1 is"),
        ("count: 3", "cuont: 3", "line 7: agents.0 has the unknown key 'cuont'; did you mean"),
        ("kind: noise_trader", "kind: noise_tradr", "did you mean 'noise_trader'? allowed"),
        ("leverage: {choice: [10, 100]}", "leverage: {choice: []}", "found a list of 0"),
    ],
)
def test_parse__a_slip__is_told_in_the_unit_typed_with_line_and_guess(
    old: str, new: str, told: str
) -> None:
    assert old in GOOD
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(GOOD.replace(old, new, 1), label="small.yaml")
    assert told in str(refused.value)


def test_parse__an_override_at_fault__is_blamed_and_no_line_of_the_file() -> None:
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(GOOD, label="small.yaml", overrides=["agents.0.slippage=20"])
    assert str(refused.value).startswith("small.yaml with --set agents.0.slippage=20: agents.0")
    assert "line" not in str(refused.value)

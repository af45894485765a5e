from __future__ import annotations

from pathlib import Path

import pytest

from sim.agents.custom import CustomAgent
from sim.chain.port import Receipt
from sim.chain.revm import RevmChain
from sim.engine import RunResult
from sim.engine.genesis import SetupError
from sim.protocol.deployment import deploy_on_chain
from sim.scenario import Scenario
from sim.types.addresses import DEPLOYER
from sim.units import WAD
from tests.sim.engine_runs import BLOCKS, Kept, calm, run, run_scenario, simulation_of

CRASH = [
    "prices.BTC-USD={kind: anchored, vol_per_year: 0.1, anchors: ["
    "{time: 2025-06-01T12:00:00Z, price: 60000, source: made}, "
    "{time: 2025-06-01T12:01:40Z, price: 60000, source: made}, "
    "{time: 2025-06-01T12:05:00Z, price: 52000, source: made}]}"
]


@pytest.fixture(scope="module")
def quiet() -> tuple[Kept, RunResult]:
    return run(calm())


@pytest.fixture(scope="module")
def crash() -> tuple[Kept, RunResult]:
    return run(calm(*CRASH, "agents.4.leverage=50", "agents.4.count=12", blocks=60))


def test_run__calm__breaks_nothing_and_conserves_to_the_wei(
    quiet: tuple[Kept, RunResult],
) -> None:
    kept, result = quiet
    assert result.violations == ()
    assert [one.conservation_error_wad for one in kept.blocks] == [0] * BLOCKS
    assert [one.block for one in kept.blocks] == list(range(1, BLOCKS + 1))
    assert all(one.ok for one in kept.txs)
    assert len(kept.txs) == sum(one.txs for one in kept.blocks) == result.sent
    assert kept.ended is not None
    assert kept.ended.digest == result.digest


def test_run__calm__trades_on_a_two_sided_book_around_the_true_price(
    quiet: tuple[Kept, RunResult],
) -> None:
    kept, _ = quiet
    for market in kept.blocks[-1].markets:
        assert 0 < market.best_bid_wad < market.best_ask_wad
        assert abs(market.mark_wad - market.true_wad) * 500 < market.true_wad
        assert market.open_interest_wad > 0
        assert len(market.venues_wad) == len(market.feeds_wad) == 5


def test_run__calm__first_and_last_accounts_are_told(quiet: tuple[Kept, RunResult]) -> None:
    kept, _ = quiet
    assert {row.block for row in kept.held} == {0, BLOCKS}
    funded = [row for row in kept.held if row.block == 0]
    assert all(row.cash_wad == row.net_deposit_wad == row.equity_wad for row in funded)
    assert {"market_maker", "insurance_pool"} <= {row.kind for row in funded}


def test_run__events__carry_the_place_they_came_from(quiet: tuple[Kept, RunResult]) -> None:
    kept, _ = quiet
    assert kept.run is not None
    placed = next(one for one in kept.logs if one.event == "OrderPlaced")
    assert placed.contract == "OrderBook"
    assert placed.instance in ("BTC-USD", "ETH-USD")
    pushed = next(one for one in kept.logs if one.event == "PricePushed")
    assert pushed.instance == "BTC-USD/feed_1"
    for one in kept.logs:
        assert len(kept.run.schema[one.contract, one.event]) == len(one.values)
    logs = [one.log for one in kept.logs if one.block == 2]
    assert logs == list(range(len(logs)))


def test_run__same_seed_again__has_the_same_digest_and_another_has_not(
    quiet: tuple[Kept, RunResult],
) -> None:
    _, result = quiet
    assert run(calm())[1].digest == result.digest
    assert run(calm(), seed=4)[1].digest != result.digest


@pytest.mark.parametrize("ordering", ["fifo", "shuffle"])
def test_run__agents_listed_backwards__has_the_same_digest(ordering: str) -> None:
    scenario = calm(f"ordering.kind={ordering}")
    backwards = scenario.model_copy(update={"agents": scenario.agents[::-1]})
    assert run(scenario)[1].digest == run(backwards)[1].digest


def test_run__latency__delays_and_still_repeats() -> None:
    scenario = calm("ordering.kind=shuffle", "agents.3.latency_ms=7000")
    first, again = run(scenario), run(scenario)
    assert first[1].digest == again[1].digest
    assert first[1].violations == ()


def test_run__journal__replays_to_the_same_logs(quiet: tuple[Kept, RunResult]) -> None:
    _, result = quiet
    chain = RevmChain()
    first = result.journal[0]
    deployed = deploy_on_chain(
        chain, result.deployed.config, sender=DEPLOYER, number=1, timestamp_s=first.timestamp_s - 1
    )
    decoder = deployed.decoder()
    for block in result.journal:
        chain.begin_block(number=block.number, timestamp_s=block.timestamp_s)
        chain.submit(block.calls)
        receipts: list[Receipt] = chain.seal()
        for receipt in receipts:
            decoder.decode(block.number, receipt.logs)
    assert decoder.digest == result.digest


def test_run__crash__liquidates_the_leveraged_and_breaks_nothing(
    crash: tuple[Kept, RunResult],
) -> None:
    kept, result = crash
    assert result.violations == ()
    liquidated = {one.values[0] for one in kept.logs if one.event == "AccountLiquidated"}
    last = {row.account: row for row in kept.held if row.block == 60}
    kinds = [last[account].kind for account in liquidated]
    assert kinds.count("leveraged_long") >= 10
    # The pool gives back what it took over in its own time; what that loses, its cash stands for.
    pool_wad = [row.equity_wad for row in last.values() if row.kind == "insurance_pool"]
    assert len(pool_wad) > 1
    assert sum(pool_wad) >= 0
    assert all(row.equity_wad >= 0 for row in last.values() if row.kind != "insurance_pool")


def test_run__crash__a_lost_race_is_a_recorded_outcome(crash: tuple[Kept, RunResult]) -> None:
    kept, result = crash
    refused = [one for one in kept.txs if not one.ok]
    assert refused
    assert len(refused) == result.reverted
    assert "liquidator: account is healthy" in {one.error for one in refused}


def test_run__an_agent_added__leaves_the_others_capital_and_leverage_alone() -> None:
    def members(scenario: Scenario) -> dict[str, int]:
        made = simulation_of(scenario, 3, "revm", Kept()).members
        return {name: one.capital_wad for name, one in made.items()}

    before, after = members(calm()), members(calm("agents.5.count=9"))
    assert before.items() <= after.items()
    assert len(after) == len(before) + 5


def test_run__agent_that_fails__leaves_what_was_recorded_so_far() -> None:
    kept = Kept()
    simulation = simulation_of(calm(), 3, "revm", kept)
    simulation.set_up()
    for block in (1, 2, 3):
        simulation.step(block)
    simulation.lens = None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        simulation.step(4)
    assert [one.block for one in kept.blocks] == [1, 2, 3]
    assert kept.ended is None


def test_run__unknown_engine__says_what_is_allowed() -> None:
    with pytest.raises(ValueError, match=r"'geth'; allowed are revm, pyevm, anvil"):
        run_scenario(calm(), 1, "geth", Kept())


def test_run__capital_below_a_token_unit__fails_in_setup_with_the_reason() -> None:
    scenario = calm("agents.7.capital=0.0000001")
    with pytest.raises(SetupError, match="calm: setup refused"):
        run_scenario(scenario, 1, "revm", Kept())


def test_run__prices_for_a_simulated_market__are_refused() -> None:
    with pytest.raises(ValueError, match="kind replay"):
        run_scenario(calm(), 1, "revm", Kept(), prices=[Path("x.csv")])


def test_observe__true_price_asked_for__takes_the_venues_place() -> None:
    shown = []

    class Spy:
        name = "spy"

        def act(self, seen: object) -> tuple[()]:
            shown.append(seen)
            return ()

    spy = CustomAgent(name="spy", make=lambda _: Spy(), market="BTC-USD", capital=1)
    scenario = calm("observe_true_price=true")
    simulation = simulation_of(scenario, 3, "revm", Kept(), agents=[spy])
    simulation.set_up()
    simulation.step(1)
    true_wad = simulation.world.board.true_price_wad("BTC-USD", shown[0].time_s)
    assert shown[0].markets["BTC-USD"].venues_wad == (true_wad,)
    assert shown[0].account(0).cash_wad == 0
    assert true_wad > WAD

"""A run on a deployment that an earlier one left comes to what a fresh one comes to."""

from __future__ import annotations

import pytest

from sim import load_scenario, simulate
from sim.engine import deployments
from sim.records.folder import Run


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> dict[object, object]:
    """The deployments that wait for a next run: none at first."""
    kept: deployments.OrderedDict[deployments.Asked, deployments.Deployment]
    kept = deployments.OrderedDict()
    monkeypatch.setattr(deployments, "_idle", kept)
    return kept  # type: ignore[return-value]


def run(name: str = "calm", blocks: int = 8, seed: int = 1, *more: str) -> Run:
    return simulate(load_scenario(name, [f"blocks={blocks}", *more]), seed=seed)


def test_simulate__again_in_one_process__has_the_digests_of_a_first_run(
    idle: dict[object, object],
) -> None:
    fresh = []
    for seed in (1, 2):
        idle.clear()
        fresh.append(run(seed=seed).blocks["digest"].tolist())
    assert [run(seed=seed).blocks["digest"].tolist() for seed in (1, 2)] == fresh
    assert len(idle) == 1


def test_simulate__other_parameters__gets_a_deployment_of_its_own(
    idle: dict[object, object],
) -> None:
    run()
    run("calm", 8, 1, "markets.BTC-USD.mark.band=0.0005")
    assert len(idle) == 2


def test_simulate__more_kinds_than_are_kept__lets_the_oldest_go(
    idle: dict[object, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployments, "MOST_IDLE", 1)
    run()
    first = set(idle)
    run("calm", 8, 1, "markets.BTC-USD.mark.band=0.0005")
    assert len(idle) == 1
    assert set(idle) != first


def test_simulate__that_breaks__leaves_no_deployment(
    idle: dict[object, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr("sim.engine.run.Simulation.step", broken)
    with pytest.raises(OSError, match="no"):
        run()
    assert idle == {}


def test_simulate__journal_left_behind__leaves_no_deployment(
    idle: dict[object, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run().manifest["digest"]
    idle.clear()
    monkeypatch.setattr("sim.chain.revm.COMPACT_AT_FRAMES", 100)
    monkeypatch.setattr(
        "sim.chain.revm.RevmChain.__init__.__kwdefaults__", {"compact_at_frames": 100, "evm": None}
    )
    assert run().manifest["digest"] == whole
    assert idle == {}

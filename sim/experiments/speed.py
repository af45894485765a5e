"""What `bench` measures: each function does one thing once and says how long it took."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from sim.chain.anvil import AnvilChain
from sim.chain.anvil_node import find_anvil
from sim.chain.bare_revm import BareChain, Replayed, replay_bare, replay_counting, replay_through
from sim.chain.port import Chain
from sim.engine import RunRequest, Simulation, folder_recorder, open_run
from sim.portable import mean
from sim.protocol.ape_replay import Recording, replay_through_ape
from sim.protocol.deployment import deploy_on_chain
from sim.records.folder import read_run
from sim.records.recorder import FolderRecorder
from sim.scenario import Scenario, load_scenario
from sim.types.addresses import DEPLOYER

KIB_PER_MIB = 1024
CROWD, HOLDERS, ALL_OPEN_AT_BLOCK = "crowd", (2, 3), 40  # the places of its groups that only hold


class NoAnvilError(RuntimeError):
    """There is no anvil on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One run's calls, and what came of them in the simulation."""

    recording: Recording
    logs: int
    reverts: int


def record(scenario: Scenario, blocks: int | None) -> Recorded:
    """Run the simulation once and keep its calls."""
    with _set_up(scenario, blocks, keep_calls=True) as (simulation, recorder):
        result = simulation.run()
        logs = recorder.events
    start_s = simulation.world.start_s
    journal = result.journal
    return Recorded(
        recording=Recording(
            deployed=result.deployed,
            deployer=DEPLOYER,
            setup=[block for block in journal if block.timestamp_s <= start_s],
            blocks=[block for block in journal if block.timestamp_s > start_s],
        ),
        logs=logs,
        reverts=result.reverted,
    )


def time_simulation(scenario: Scenario, blocks: int | None) -> float:
    """Seconds of all blocks of a run through the revm engine, agents and run folder included."""
    with _set_up(scenario, blocks) as (simulation, _):
        began_s = perf_counter()
        simulation.run()
        return perf_counter() - began_s


def time_holders(accounts: int) -> float:
    """Seconds of a block in which so many accounts hold a position and few act (`crowd`)."""
    halves = [f"agents.{place}.count={accounts // 2}" for place in HOLDERS]
    scenario = load_scenario(CROWD, halves)
    with _set_up(scenario, None) as (simulation, recorder):
        simulation.run()
        blocks = read_run(recorder.path).blocks
    return mean(blocks.loc[blocks["block"] > ALL_OPEN_AT_BLOCK, "wall_s"].to_numpy())


def time_floor(recording: Recording) -> Replayed:
    """Bare pyrevm on the recorded calls."""
    chain = BareChain()
    _prepare(chain, recording)
    return replay_bare(chain, recording.blocks)


def count_floor(recording: Recording) -> Replayed:
    """Bare pyrevm again, counting what it logged."""
    chain = BareChain()
    _prepare(chain, recording)
    return replay_counting(chain, recording.blocks)


def time_anvil(recording: Recording) -> Replayed:
    """A local anvil on the recorded calls, in batches of JSON-RPC."""
    try:
        find_anvil()
    except RuntimeError as error:
        raise NoAnvilError(str(error)) from error
    chain = AnvilChain()
    try:
        _prepare(chain, recording)
        return replay_through(chain, recording.blocks)
    finally:
        chain.close()


def time_ape(recording: Recording, sample: int) -> Replayed:
    """Ape's contract API on the `test` provider, for a sample of the recorded calls."""
    return replay_through_ape(recording, sample)


def peak_memory_mib(scenario: str, blocks: int) -> float:
    """Peak resident memory of a whole `simulate` of so many blocks, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sim", "simulate", scenario, "--engine", "revm"]
        command += ["--blocks", str(blocks), "--out", f"{folder}/run"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"the run of {blocks} blocks whose memory is measured failed")
    peak_mib: float = usage.ru_maxrss / KIB_PER_MIB
    return peak_mib


@contextmanager
def _set_up(
    scenario: Scenario, blocks: int | None, *, keep_calls: bool = False
) -> Iterator[tuple[Simulation, FolderRecorder]]:
    """A simulation on revm before its first block, and its run folder, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        request = RunRequest(
            scenario=scenario, seed=scenario.seed, blocks=blocks, keep_calls=keep_calls
        )
        recorder = folder_recorder(request, Path(folder) / "run")
        with open_run(request, recorder) as simulation:
            simulation.set_up()
            yield simulation, recorder


def _prepare(chain: Chain, recording: Recording) -> None:
    """Deploy and fund exactly as the recorded run did."""
    first = recording.setup[0]
    deploy_on_chain(
        chain,
        recording.deployed.config,
        sender=recording.deployer,
        number=first.number - 1,
        timestamp_s=first.timestamp_s - 1,
    )
    done = replay_through(chain, recording.setup)
    if done.reverts:
        raise RuntimeError(f"{done.reverts} setup calls were refused on {chain.name}")

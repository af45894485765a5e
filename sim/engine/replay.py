"""A recorded run again, from its own folder, each block proved the same as it was recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sim.agents.custom import CustomAgent
from sim.engine.run import Simulation
from sim.engine.run_facts import contracts_sha256, kinds
from sim.engine.run_request import RunRequest
from sim.engine.start import open_run
from sim.prices.request import request_from
from sim.records.folder import CRASH, MANIFEST, SCENARIO, Run
from sim.records.rows import AccountRecord, BlockRecord, EventRecord, RunEnd, RunStart, TxRecord
from sim.records.validation import RunFolderError, read_json
from sim.scenario import Scenario, parse_scenario
from sim.types.addresses import OWNER_SHIFT

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


class ReplayError(ValueError):
    """One sentence: what keeps a run from being done again."""


class DifferentError(RuntimeError):
    """One sentence: the block that did not come to what was recorded of it."""


class Watch:
    """A recorder that keeps the last block."""

    def __init__(self) -> None:
        self.last: BlockRecord | None = None

    def start(self, run: RunStart) -> None:
        """Nothing to keep."""

    def block(
        self, block: BlockRecord, txs: Sequence[TxRecord], events: Sequence[EventRecord]
    ) -> None:
        """Keep it in place of the one before."""
        self.last = block

    def accounts(self, rows: Sequence[AccountRecord]) -> None:
        """Nothing to keep."""

    def end(self, run: RunEnd) -> None:
        """Nothing to keep."""


@contextmanager
def replayed(
    run: Run,
    engine: str,
    *,
    agents: Sequence[CustomAgent] = (),
    rpc: str | None = None,
    watch: Watch | None = None,
) -> Iterator[tuple[Simulation, Watch]]:
    """The run's own scenario, seed, prices and custom agents, before its money comes in."""
    _same_agents(run, agents)
    request = RunRequest(
        scenario=_scenario(run),
        seed=_seed(run),
        engine=engine,
        prices=request_from(run.manifest),
        agents=tuple(agents),
        rpc_url=rpc,
    )
    watch = watch or Watch()
    with open_run(request, watch) as simulation:
        _same_kinds(run, simulation)
        yield simulation, watch


def _scenario(run: Run) -> Scenario:
    path = run.path / SCENARIO
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise RunFolderError(f"{path} is not readable as text") from error
    if not text:
        raise ReplayError(f"{path}: found no scenario; a run made from a file can be replayed")
    return parse_scenario(text, label=str(path))


def _seed(run: Run) -> int:
    seed, prices = run.manifest["seed"], run.manifest.get("prices", [])
    assert isinstance(seed, int), "read_run has seen to it"
    if not isinstance(prices, list):
        raise RunFolderError(f"{run.path / MANIFEST}: prices: found {prices!r}; a list is allowed")
    return seed


def target_of(run: Run, block: int | None, *, is_crash: bool = False) -> int:
    """The last block to be the same as recorded."""
    recorded = len(run.blocks)
    if is_crash:
        path = run.path / CRASH
        if not path.is_file():
            raise ReplayError(f"{run.path} has no {CRASH}; the run did not break")
        last = read_json(path).get("last_good_block") or 0
        if type(last) is not int or not 0 <= last <= recorded:
            raise RunFolderError(
                f"{path}: last_good_block: found {last!r}; 0 to {recorded} are allowed"
            )
        return last
    if block is not None and not 0 <= block <= recorded:
        raise ReplayError(f"block: found {block}; 0 to {recorded} were recorded in {run.path}")
    return recorded if block is None else block


def account_of(simulation: Simulation, asked: str) -> int:
    """The account meant by a number, an owner's address or an agent's name."""
    if asked in simulation.members:
        return simulation.members[asked].account
    if _ADDRESS.fullmatch(asked):
        account = int(asked, 16) << OWNER_SHIFT
    elif asked.isascii() and asked.isdecimal():
        account = int(asked)
    else:
        raise ReplayError(
            f"found {asked!r}; a number, an address or the name of an agent is allowed"
        )
    owners = {owner for one in simulation.members.values() for owner in one.owners}
    owners |= {one >> OWNER_SHIFT for one in simulation.system_accounts}
    if account >> OWNER_SHIFT not in owners:
        raise ReplayError(f"found {asked}; an account of this run is allowed")
    return account


def replay_to(target: int, run: Run, simulation: Simulation, watch: Watch) -> None:
    """Every block up to the target, each compared with what was recorded of it."""
    recorded: list[str] = list(run.blocks["digest"])
    simulation.set_up()
    for block in range(1, target + 1):
        simulation.step(block)
        assert watch.last is not None, "a step tells its block"
        found, wanted = watch.last.digest, recorded[block - 1]
        if found != wanted:
            raise DifferentError(
                f"block {block} came to the digest {found[:16]}, recorded is {wanted[:16]}"
                f"{_reason(run, simulation)}"
            )


def _reason(run: Run, simulation: Simulation) -> str:
    if contracts_sha256(simulation.deployed) != run.manifest.get("contracts_sha256"):
        return ": the contracts are not those of the run"
    if names := ", ".join(sorted(_brought(run))):
        return f": {names} may not do what was done then"
    return ""


def _brought(run: Run) -> Mapping[str, object]:
    """The custom agents of a manifest, which earlier releases called newcomers."""
    for key in ("custom_agents", "newcomers"):
        if key in run.manifest:
            return run.section(key)
    return {}


def _same_agents(run: Run, agents: Sequence[CustomAgent]) -> None:
    """Refuse agents that are not those which were brought to the run."""
    recorded, brought = _brought(run), {one.name: one.manifest() for one in agents}
    if missing := sorted(recorded.keys() - brought.keys()):
        raise ReplayError(
            f"{run.path}: found agents brought from Python ({', '.join(missing)}); "
            f"there it is replayed, with all of them: sim.replay({str(run.path)!r}, agents=[...])"
        )
    if strangers := sorted(brought.keys() - recorded.keys()):
        raise ReplayError(
            f"{run.path}: found {', '.join(strangers)} brought along; "
            f"{', '.join(sorted(recorded)) or 'no agent'} was brought to the run"
        )
    for name, terms in brought.items():
        was = recorded[name]
        if not isinstance(was, dict):
            raise RunFolderError(f"{run.path / MANIFEST}: custom_agents: {name} is no object")
        for key, value in terms.items():
            if was.get(key) != value:
                raise ReplayError(
                    f"{run.path}: {name} is brought with {key} {value}, recorded is {was.get(key)}"
                )


def _same_kinds(run: Run, simulation: Simulation) -> None:
    """Refuse a run whose agents are not those of its scenario and its custom agents."""
    recorded = run.section("agents") if "agents" in run.manifest else {}
    found = kinds(simulation)
    for name, kind in recorded.items():
        if name not in found:
            raise ReplayError(
                f"{run.path}: found the agent {name}, which neither the scenario names nor "
                "the manifest's custom agents"
            )
        if found[name] != kind:
            raise ReplayError(f"{run.path}: {name} is a {found[name]}, recorded is a {kind}")

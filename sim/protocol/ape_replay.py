"""Recorded calls sent again through Ape's contract API on its in-process `test` provider.

Ape signs, so every sender becomes a funded test account, and its addresses are put in the place of
the recorded ones wherever they occur in calldata. Ape mines one block a transaction, so time runs
differently: a push is made as fresh as it was.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from time import perf_counter
from typing import Any, NamedTuple

from sim.chain.bare_revm import RecordedBlock, Replayed
from sim.chain.port import Call
from sim.protocol.ape_deployer import ApeDeployer, compiled_project
from sim.protocol.config import ProtocolConfig
from sim.protocol.deployment import Deployed, deploy_protocol

ETHER_EACH = 10**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What was recorded: a deployment, the setup's calls, the calls of which a sample is sent."""

    deployed: Deployed
    deployer: str
    setup: Sequence[RecordedBlock]
    blocks: Sequence[RecordedBlock]


class Sent(NamedTuple):
    """A call and the time of the block it was recorded in."""

    call: Call
    timestamp_s: int


def replay_through_ape(recording: Recording, sample: int) -> Replayed:
    """Send the first `sample` recorded calls one by one; the seconds are those of sending only."""
    import ape
    from ape.logging import logger

    chosen = list(islice(_sent(recording.blocks), sample))
    with logger.disabled(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what Ape's own dependencies say while it loads
        with _in_a_sentence(ape), ape.networks.parse_network_choice("ethereum:local:test"):
            stage = _Stage(ape, recording, chosen)
            for one in stage.needed_setup():
                stage.send(one)
            if stage.reverts:
                raise RuntimeError(f"{stage.reverts} setup calls were refused through Ape")
            stage.seconds = 0.0
            for one in chosen:
                stage.send(one)
            return Replayed(stage.seconds, len(chosen), stage.reverts, 0)


@contextmanager
def _in_a_sentence(ape: Any) -> Iterator[None]:
    """Turn what Ape itself cannot do into one plain error."""
    try:
        yield
    except ape.exceptions.ApeException as error:
        raise RuntimeError(f"{type(error).__name__}: {' '.join(str(error).split())}") from error


class _Stage:
    """The protocol deployed through Ape, and who is who there."""

    def __init__(self, ape: Any, recording: Recording, chosen: Sequence[Sent]) -> None:
        self._ape, self._recording = ape, recording
        self.seconds, self.reverts = 0.0, 0
        setup_senders = {recording.deployer, *_stakers(recording)}
        senders = sorted({one.call.sender for one in chosen} | setup_senders)
        self._accounts = dict(zip(senders, _funded(ape, len(senders)), strict=True))
        renamed = {old: str(one.address).lower() for old, one in self._accounts.items()}
        config = _with_reporters(recording.deployed.config, renamed)
        project = compiled_project({one.contract for one in recording.deployed.instances.values()})
        deployer = ApeDeployer(project, self._accounts[recording.deployer])
        made = deploy_protocol(deployer, config)
        self._contracts: dict[str, Any] = {}
        for name, (kind, old) in recording.deployed.instances.items():
            new = made.address(name)
            renamed[old] = new
            self._contracts[old] = getattr(project, kind).at(new)
        swaps = {bytes.fromhex(old[2:]): bytes.fromhex(new[2:]) for old, new in renamed.items()}
        pattern = re.compile(b"|".join(re.escape(old) for old in swaps), re.DOTALL)
        self._swap: Callable[[bytes], bytes] = lambda data: pattern.sub(
            lambda found: swaps[found[0]], data
        )

    def needed_setup(self) -> Iterator[Sent]:
        """The setup's calls by or for those who are here."""
        here = [bytes.fromhex(one[2:]) for one in self._accounts]
        deployer = self._recording.deployer
        for one in _sent(self._recording.setup):
            sender, _, data = one.call
            about = any(each in data for each in here)
            if sender in self._accounts and (sender != deployer or about):
                yield one

    def send(self, sent: Sent) -> None:
        """Send one call through the contract's method, as a test or a script would."""
        call = sent.call
        contract = self._contracts[call.to]
        data = self._swap(call.data)
        abi = contract.contract_type.mutable_methods[data[:4]]
        decoded = self._ape.networks.ethereum.decode_calldata(abi, data[4:])
        arguments = self._timely(abi.inputs, decoded.values(), sent.timestamp_s)
        method = getattr(contract, abi.name)
        sender = self._accounts[call.sender]
        began_s = perf_counter()
        try:
            method(*arguments, sender=sender)
        except self._ape.exceptions.ContractLogicError:
            self.reverts += 1
        self.seconds += perf_counter() - began_s

    def _timely(self, kinds: Sequence[Any], values: Iterable[Any], then_s: int) -> list[Any]:
        """The arguments with times moved from the recorded block's to this chain's."""
        now_s = self._ape.chain.blocks.head.timestamp

        def moved(kind: Any, value: Any) -> Any:
            if kind.components and str(kind.type).endswith("]"):
                return [inside(kind.components, each) for each in value]
            if kind.components:
                return inside(kind.components, value)
            if kind.name == "observed_at":
                return now_s  # a block ago, whatever it was: it has to be newer than the last
            return now_s + value - then_s if kind.name == "expires_at" and value else value

        def inside(kinds: Sequence[Any], values: Iterable[Any]) -> tuple[Any, ...]:
            return tuple(moved(kind, value) for kind, value in zip(kinds, values, strict=True))

        return list(inside(kinds, values))


def _sent(blocks: Iterable[RecordedBlock]) -> Iterator[Sent]:
    return (Sent(call, block.timestamp_s) for block in blocks for call in block.calls)


def _stakers(recording: Recording) -> set[str]:
    """Who stakes in the insurance pool: needed whoever trades."""
    pool = recording.deployed.address("InsurancePool")
    return {one.call.sender for one in _sent(recording.setup) if one.call.to == pool}


def _funded(ape: Any, count: int) -> list[Any]:
    """Test accounts that can pay for gas."""
    manager = ape.accounts.test_accounts
    rich = list(manager)
    made = rich[1 : count + 1]
    while len(made) < count:
        fresh = manager.generate_test_account()
        rich[0].transfer(fresh, ETHER_EACH)
        made.append(fresh)
    return made


def _with_reporters(config: ProtocolConfig, renamed: dict[str, str]) -> ProtocolConfig:
    """The same configuration with the reporters who sign here; one who never pushes stays."""
    return replace(
        config,
        markets=tuple(
            replace(
                market,
                feeds=tuple(
                    replace(feed, reporter=renamed.get(feed.reporter, feed.reporter))
                    for feed in market.feeds
                ),
            )
            for market in config.markets
        ),
    )

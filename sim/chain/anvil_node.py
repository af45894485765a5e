"""An anvil process, or a node of its kind elsewhere: where it is, what it must be able to do."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sim.abi.artifacts import EVM_VERSION
from sim.chain.json_rpc import JsonRpc, NoAnswerError, RpcError, readable
from sim.chain.port import TRANSACTION_GAS, EngineError, EngineMissingError
from sim.places import ROOT

ANSWER_TIMEOUT_S = 120.0
START_PATIENCE_S = 20.0  # of a node started here; one that runs already answers at once
_STOP_TIMEOUT_S = 20
# The sum of what the transactions of a block may use, far above what they do use.
_BLOCK_GAS = 2**53
# What creating a contract takes at most: 200 for each of the 24,576 bytes that EIP-170 allows, and
# calldata and constructor beside it; every other transaction takes a tenth.
NEEDED_GAS = 6_000_000
# The shell that becomes the node leaves a watcher in its group, which ends the group when the pipe
# to this process closes: when it closes it, or dies of whatever.
_WATCHED = 'exec 3<&0; (cat <&3 >/dev/null; kill -9 0) & exec "$@" 3<&- </dev/null'
_OPTIONS = [
    "--silent",
    "--no-mining",
    "--auto-impersonate",
    *("--hardfork", EVM_VERSION),
    "--no-request-size-limit",
    *("--order", "fees"),  # a batch is taken in parallel: only a price keeps its order
    *("--accounts", "1"),
    *("--gas-limit", str(_BLOCK_GAS)),
    *("--block-base-fee-per-gas", "0"),
    *("--prune-history", "8"),  # memory: nobody asks an old block for its state
    *("--transaction-block-keeper", "8"),
]
# What a node started by somebody else is told, and thereby asked whether it can.
_ABILITIES: tuple[tuple[str, Sequence[Any]], ...] = (
    ("anvil_autoImpersonateAccount", [True]),
    ("evm_setAutomine", [False]),
    ("evm_setBlockGasLimit", [hex(_BLOCK_GAS)]),
    ("anvil_nodeInfo", []),
)


class AnvilNode:
    """A node given by its address, or started here on first use."""

    def __init__(
        self,
        rpc_url: str | None = None,
        *,
        patience_s: float = START_PATIENCE_S,
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._url = rpc_url
        self._patience_s, self._timeout_s = patience_s, timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self.identity: Mapping[str, str] = {}  # client and hardfork, once it answered
        self.transaction_gas = TRANSACTION_GAS  # the most a transaction may ask for here
        self._rpc: JsonRpc | None = None

    @property
    def url(self) -> str:
        """Where the node is; empty before it starts."""
        return self._rpc.url if self._rpc is not None else ""

    def start(self, *, number: int, timestamp_s: int) -> None:
        """Connect; a node started here has its genesis at this number and time.

        Raises EngineMissingError if no node that was named answers, or it cannot hold a run.
        """
        if self._rpc is not None:
            return
        if self._url is not None:
            self._rpc = JsonRpc(self._url, timeout_s=self._timeout_s)
            self._patience_s = 0.0
            try:
                self._wait()
                self._examine(number, timestamp_s)
            except EngineError as error:
                raise EngineMissingError(str(error)) from error
            return
        port = _free_port()
        genesis = ["--number", str(number), "--timestamp", str(timestamp_s)]
        command = [find_anvil(), "--port", str(port), *_OPTIONS, *genesis]
        # In a session of its own: npm's anvil is a shell around the program, and both must end;
        # and an interrupt at the terminal is the run's to deal with.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHED, "anvil", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        atexit.register(self.close)  # no node survives a run that was broken off
        self._rpc = JsonRpc(f"http://127.0.0.1:{port}", timeout_s=self._timeout_s)
        self._wait()
        self._learn(self.ask("anvil_nodeInfo"))

    def head(self) -> tuple[int, int]:
        """Number and time of the newest block."""
        newest = self.ask("eth_getBlockByNumber", "latest", False)
        with readable(self.url, "eth_getBlockByNumber"):
            return int(newest["number"], 16), int(newest["timestamp"], 16)

    def close(self) -> None:
        """Hang up, and stop the node if it was started here."""
        if self._rpc is not None:
            self._rpc.close()
        if self._process is not None:
            self.signal(signal.SIGTERM)
            self._process.wait(timeout=_STOP_TIMEOUT_S)
            if self._process.stdin is not None:
                self._process.stdin.close()

    def signal(self, what: signal.Signals) -> None:
        """Send a signal to a node started here, and to whatever it is made of."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, what)

    def ask(self, method: str, *parameters: Any) -> Any:
        """The result of one call."""
        return self.ask_many([(method, parameters)])[0]

    def ask_many(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """The results of many calls, in order; the first error among them is raised."""
        if self._rpc is None:
            raise RuntimeError("no node yet: it starts when the first block begins")
        try:
            return self._rpc.ask_many(questions)
        except NoAnswerError as error:
            if self._has_ended():
                raise EngineError(f"{error}: the node has ended") from error
            raise

    def _has_ended(self) -> bool:
        """Whether a node started here is no more; its socket may close a moment before it ends."""
        if self._process is None:
            return False
        try:
            self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _wait(self) -> None:
        deadline = time.monotonic() + self._patience_s
        assert self._rpc is not None, "there is an address by now"
        while True:
            try:
                self._rpc.ask_many([("web3_clientVersion", [])])
                return
            except NoAnswerError as error:
                gone = self._process is not None and self._process.poll() is not None
                if gone or time.monotonic() > deadline:
                    raise EngineError(f"no node answers at {self._rpc.url}: {error.why}") from error
                time.sleep(0.05)

    def _examine(self, number: int, timestamp_s: int) -> None:
        """Make a node that was found here behave, and refuse one that cannot or is not fresh."""
        name = self.ask("web3_clientVersion")
        for method, parameters in _ABILITIES:
            try:
                said = self.ask(method, *parameters)
            except RpcError as error:
                raise EngineError(
                    f"the node at {self._url} ({name}) has no {method}: found {error}; "
                    "anvil, or a node that takes its calls, is allowed"
                ) from error
        order = said.get("transactionOrder") if isinstance(said, dict) else None
        if order != "fees":
            raise EngineError(
                f"the node at {self._url} orders its pool by {order!r}; start it with --order fees"
            )
        self._learn(said)
        found = self.head()
        if found[0] > number or found[1] > timestamp_s:
            raise EngineError(
                f"the node at {self._url} stands at block {found[0]}, time {found[1]}; a fresh one "
                f"is needed, at most at block {number}, time {timestamp_s}: anvil takes "
                f"--number {number} --timestamp {timestamp_s}"
            )

    def _learn(self, info: Any) -> None:
        """What the node says of itself; refuses one whose blocks hold too little for a contract."""
        with readable(self.url, "anvil_nodeInfo"):
            hardfork = str(info["hardFork"])
            self.transaction_gas = min(int(info["environment"]["gasLimit"], 16), TRANSACTION_GAS)
        self.identity = {"client": self.ask("web3_clientVersion"), "hardfork": hardfork}
        if self.transaction_gas < NEEDED_GAS:
            raise EngineError(
                f"the node at {self.url} allows a transaction {self.transaction_gas:,} gas; at "
                f"least {NEEDED_GAS:,} is needed to create a contract"
            )


def find_anvil() -> str:
    """Where the anvil program is: on PATH, or installed beside the project."""
    beside = ROOT / "node_modules" / ".bin" / "anvil"
    found = shutil.which("anvil") or (str(beside) if beside.exists() else None)
    if found is None:
        raise EngineMissingError(
            "anvil is not installed: run `make anvil` in a checkout, put it on PATH, or name a "
            "node with --rpc"
        )
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""An anvil process and its JSON-RPC, spoken in batches over one connection."""

from __future__ import annotations

import atexit
import itertools
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from sim.chain.artifacts import EVM_VERSION, ROOT

_STOP_TIMEOUT_S = 20
_ANSWER_TIMEOUT_S = 300
_BATCH = 500  # calls in one request: beyond it a larger batch is no faster
# The sum of what the transactions of a block may use, far above what they do use.
_BLOCK_GAS = 2**53
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


class RpcError(Exception):
    """The node answered with an error; `data` is what a call reverted with."""

    def __init__(self, message: str, data: bytes = b"") -> None:
        super().__init__(message)
        self.data = data


class AnvilNode:
    """A node given by its address, or started here on first use."""

    def __init__(self, rpc_url: str | None = None, *, patience_s: float = 20.0) -> None:
        self._url = rpc_url
        self._patience_s = patience_s
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: HTTPConnection | None = None
        self._ids = itertools.count(1)

    def start(self, *, number: int, timestamp_s: int) -> None:
        """Connect; a node started here has its genesis at this number and time."""
        if self._connection is not None:
            return
        if self._url is None:
            port = _free_port()
            genesis = ["--number", str(number), "--timestamp", str(timestamp_s)]
            command = [find_anvil(), "--port", str(port), *_OPTIONS, *genesis]
            self._process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            atexit.register(self.close)  # no node survives a run that was broken off
            self._url = f"http://127.0.0.1:{port}"
        place = urlsplit(self._url)
        self._connection = HTTPConnection(
            place.hostname or "127.0.0.1", place.port or 80, timeout=_ANSWER_TIMEOUT_S
        )
        self._wait()

    def close(self) -> None:
        """Hang up, and stop the node if it was started here."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=_STOP_TIMEOUT_S)

    def ask(self, method: str, *parameters: Any) -> Any:
        """The result of one call."""
        return self.ask_many([(method, parameters)])[0]

    def ask_many(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """The results of many calls, in order; the first error among them is raised."""
        results: list[Any] = []
        for start in range(0, len(questions), _BATCH):
            results += self._batch(questions[start : start + _BATCH])
        return results

    def _batch(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        requests = [
            {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(parameters)}
            for method, parameters in questions
        ]
        answers = {answer["id"]: answer for answer in self._post(requests)}
        results = []
        for request in requests:
            answer = answers[request["id"]]
            if "error" in answer:
                error = answer["error"]
                data = error.get("data")
                raw = bytes.fromhex(data[2:]) if isinstance(data, str) else b""
                raise RpcError(f"{request['method']}: {error['message']}", raw)
            results.append(answer["result"])
        return results

    def _post(self, body: Any) -> Any:
        if self._connection is None:
            raise RuntimeError("no node yet: it starts when the first block begins")
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", "/", json.dumps(body), headers)
        return json.loads(self._connection.getresponse().read())

    def _wait(self) -> None:
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                self.ask("web3_clientVersion")
                return
            except (OSError, HTTPException) as error:
                if self._connection is not None:
                    self._connection.close()
                gone = self._process is not None and self._process.poll() is not None
                if gone or time.monotonic() > deadline:
                    raise RuntimeError(f"no node answers at {self._url}: {error}") from error
                time.sleep(0.05)


def find_anvil() -> str:
    """Where the anvil program is: on PATH, or installed beside the project."""
    beside = ROOT / "node_modules" / ".bin" / "anvil"
    found = shutil.which("anvil") or (str(beside) if beside.exists() else None)
    if found is None:
        raise RuntimeError("anvil is not installed: run `make anvil`, or name a node with --rpc")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""JSON-RPC in batches, through web3.py's provider; whatever goes wrong with it is one sentence."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from sim.chain.port import EngineError

_BATCH = 500  # calls in one request: beyond it a larger batch is no faster
_SHOWN_CHARACTERS = 60
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

Question = tuple[str, Sequence[Any]]


class NoAnswerError(EngineError):
    """Nothing came back; `why` is the reason alone."""

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why


class RpcError(EngineError):
    """The node answered with an error; `data` is what a call reverted with."""

    def __init__(self, message: str, data: bytes = b"", *, is_execution: bool = False) -> None:
        super().__init__(message)
        self.data = data
        self.is_execution = is_execution


class JsonRpc:
    """One node's address and a connection to it."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        check_url(url)
        # Here, because loading it takes longer than starting a short run on another engine.
        import requests
        from web3 import HTTPProvider

        self.url = url
        self._timeout_s = timeout_s
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy is looked up for every call
        self._provider: Any = HTTPProvider(url, {"timeout": timeout_s}, session=self._session)
        self._asked = 0  # web3.py numbers requests from 0

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def ask_many(self, questions: Sequence[Question]) -> list[Any]:
        """The results of many calls, in order; the first error among them is raised."""
        results: list[Any] = []
        for start in range(0, len(questions), _BATCH):
            results += self._batch(questions[start : start + _BATCH])
        return results

    def _batch(self, questions: Sequence[Question]) -> list[Any]:
        methods = ", ".join(dict.fromkeys(method for method, _ in questions))
        expected = list(range(self._asked, self._asked + len(questions)))
        self._asked += len(questions)
        answers = self._post(questions, methods)
        if isinstance(answers, dict) and "error" in answers:
            with readable(self.url, methods):
                raise _error(methods, answers["error"])
        if not isinstance(answers, list):
            raise EngineError(f"the node at {self.url} answered {methods} with no list of answers")
        with readable(self.url, methods):
            if [answer["id"] for answer in answers] != expected:
                raise EngineError(f"the node at {self.url} answered {methods} out of turn")
            return [
                _result(method, answer)
                for (method, _), answer in zip(questions, answers, strict=True)
            ]

    def _post(self, questions: Sequence[Question], methods: str) -> Any:
        import requests

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about missing ids, which are looked at here
                return self._provider.make_batch_request(list(questions))
        except requests.Timeout as error:
            why = f"no answer within {self._timeout_s:g} s"
            raise NoAnswerError(f"the node at {self.url}: {why} to {methods}", why) from error
        except requests.HTTPError as error:
            status = error.response.status_code
            raise EngineError(
                f"the node at {self.url} answered {methods} with HTTP status {status}"
            ) from error
        except requests.RequestException as error:
            why = "connection refused or broken off"
            raise NoAnswerError(f"the node at {self.url}: {why} at {methods}", why) from error
        except _UNREADABLE as error:
            raise _nonsense(self.url, methods, error) from error


def check_url(url: str) -> None:
    """Refuse what is no address of a node."""
    place = urlsplit(url)
    if place.scheme not in ("http", "https") or not place.hostname:
        raise EngineError(f"found {url!r} as a node's address; http://host:port is allowed")


@contextmanager
def readable(url: str, what: str) -> Iterator[None]:
    """Say of an answer that cannot be read which one it was."""
    try:
        yield
    except _UNREADABLE as error:
        raise _nonsense(url, what, error) from error


def _nonsense(url: str, what: str, error: Exception) -> EngineError:
    detail = " ".join(str(error).split())[:_SHOWN_CHARACTERS]
    message = f"{type(error).__name__}: {detail}"
    return EngineError(f"the node at {url} answered {what} with what cannot be read ({message})")


def _result(method: str, answer: Any) -> Any:
    if "error" in answer:
        raise _error(method, answer["error"])
    return answer["result"]


def _error(method: str, error: Any) -> RpcError:
    message, data = str(error["message"]), error.get("data")
    raw = bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else b""
    reverted = error.get("code") == 3 or message.startswith(("EVM error", "execution reverted"))
    return RpcError(f"{method}: {message}", raw, is_execution=reverted)

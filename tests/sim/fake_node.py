"""A node that answers whatever a test wants it to, on a port of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Question = dict[str, Any]
# From the questions of a batch: a status and a body; no body hangs until the test is over.
Answerer = Callable[[list[Question]], tuple[int, bytes | None]]


@contextmanager
def fake_node(answer: Answerer) -> Iterator[str]:
    """Its address, while it runs."""
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = answer(asked)
            if body is None:
                over.wait(30)
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def results(asked: list[Question], result: object) -> bytes:
    """One result for every question, as a node should answer."""
    answers = [{"jsonrpc": "2.0", "id": one["id"], "result": result} for one in asked]
    return json.dumps(answers).encode()

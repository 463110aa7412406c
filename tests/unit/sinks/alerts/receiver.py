"""A real HTTP server that takes webhook calls and answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """Answers with `answers` in turn, the last one for ever. 0 hangs until the server closes."""

    answers: list[int] = field(default_factory=lambda: [204])
    calls: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    url: str = ""
    closing: threading.Event = field(default_factory=threading.Event)

    def ids(self) -> list[str]:
        """The alert ids that came in, repeats included."""
        return [headers["ce-id"] for headers, _ in self.calls]


@contextmanager
def receiver(*answers: int) -> Iterator[Receiver]:
    """Serve on a free loopback port for the time of the block."""
    state = Receiver(answers=list(answers) or [204])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            names = {name.lower(): value for name, value in self.headers.items()}
            state.bodies.append(body)
            state.calls.append((names, json.loads(body)))
            status = state.answers.pop(0) if len(state.answers) > 1 else state.answers[0]
            if status == 0:
                state.closing.wait(30)
                return
            self.send_response(status)
            if status == 302:
                self.send_header("Location", state.url + "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)

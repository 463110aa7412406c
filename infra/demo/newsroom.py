"""The demo's newsroom as a local HTTP server: ten fictional publishers on one loopback port.

with Newsroom(start=date(2026, 3, 2), port=8765) as newsroom:
    newsroom.set_now(datetime(2026, 3, 14, 8, tzinfo=UTC))
    fetch(newsroom.feed_urls())
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from types import TracebackType
from typing import Final, Self

import uvicorn

from infra.demo.articles import Library, load_library
from infra.demo.room import Room
from infra.demo.web import build_app

HOST: Final = "127.0.0.1"
FAMILIES: Final[dict[str, str]] = load_library().families()  # publisher name, as its feed gives it → family
_START_SECONDS: Final = 10.0
_STOP_SECONDS: Final = 5.0


class Newsroom(Room):
    """A room that is served over HTTP while open. `port` 0, or one that is taken, gives a free port."""

    def __init__(
        self,
        start: date,
        port: int = 0,
        clock: Callable[[], datetime] | None = None,
        library: Library | None = None,
    ) -> None:
        super().__init__(start, clock, library)
        self.port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def hook_url(self) -> str:
        """Where webhook alerts may be posted."""
        return f"{self.url}/hook"

    def open(self) -> Self:
        """Start serving in a thread; returns once connections are accepted."""
        listener = _listen(self.port)
        self.port = listener.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        config = uvicorn.Config(
            build_app(self),
            loop="asyncio",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="newsroom", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the demo's newsroom did not start")
            time.sleep(0.01)
        return self

    def close(self) -> None:
        """Stop serving; does nothing when not open."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(_STOP_SECONDS)
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _listen(port: int) -> socket.socket:
    """A listening loopback socket on the wanted port, or on any free one when it is taken."""
    for candidate in (port, 0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
            listener.listen(128)
        except OSError:
            listener.close()
            continue
        return listener
    raise OSError(f"no free port on {HOST}")

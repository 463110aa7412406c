"""A uvicorn server in a thread, for the pages and for the door."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import uvicorn

from schemas.errors import BadInput


class HttpServer:
    """A uvicorn server in a thread of its own, on a socket that is already bound: its port is known at once."""

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 0) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # With its protocol named, asyncio sends small writes at once; otherwise each answer waits 40 ms for a receipt.
        self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
            self._socket.listen(128)  # who comes before the thread is up waits instead of being refused
        except OSError as error:
            self._socket.close()
            where = _netloc(host, port)
            raise BadInput(f"{where} cannot be listened on: {error.strerror}; choose another port") from error
        self.host, self.port = host, int(self._socket.getsockname()[1])
        # Without a configuration of its own uvicorn logs where everybody does, in the same format and without secrets.
        config = uvicorn.Config(
            app, log_config=None, log_level="warning", lifespan="off", access_log=False, timeout_graceful_shutdown=2
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._server.serve(sockets=[self._socket])),
            name=f"http-{self.port}",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{_netloc(self.host, self.port)}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, or listening if it was never started."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(5)
        else:
            self._socket.close()


def _netloc(host: str, port: int) -> str:
    """Return host and port as they stand in an address: an IPv6 host in brackets (RFC 3986)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

"""Connections to checked addresses only: the name is resolved once, and that very address is connected to.

So a name that resolves differently a moment later (DNS rebinding) gains nothing; TLS still verifies the name.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2
import httpx2

Refusal = Callable[[str, int, str], str]


class AddressRefused(Exception):
    """The host resolved to an address that may not be fetched; the message says which and how to allow it."""


class PinnedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves a name, asks `refusal(host, port, address)` about each address, connects to the first."""

    def __init__(self, refusal: Refusal) -> None:
        self._refusal = refusal
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the base class says so)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise httpcore2.ConnectError(f"the host name {host} cannot be resolved") from None
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
        for address in addresses:  # one bad address spoils the name: a mixed answer is a trick
            reason = self._refusal(host, port, address)
            if reason:
                raise AddressRefused(reason)
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def pinned_client(refusal: Refusal, *, user_agent: str, connect_timeout: float, deadline: float) -> httpx2.AsyncClient:
    """Return an HTTP client that connects through PinnedBackend, ignores proxies and follows no redirect."""
    transport = httpx2.AsyncHTTPTransport(trust_env=False, retries=0)
    # httpx2 has no public way to hand over a network backend.
    transport._pool = httpcore2.AsyncConnectionPool(
        ssl_context=httpx2.create_ssl_context(),
        max_connections=100,
        max_keepalive_connections=20,
        keepalive_expiry=5.0,
        network_backend=PinnedBackend(refusal),
    )
    return httpx2.AsyncClient(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(deadline, connect=connect_timeout, pool=None),
        headers={"user-agent": user_agent, "accept-encoding": "gzip, deflate"},
    )

"""A fixed loopback port before the embedded broker, whose own port is any free one.

Kafka clients bootstrap at one address and go on to those that the broker advertises. The broker's own clients keep
to its own port, so what comes through here hears of this port instead: the answers that name brokers are rewritten
on their way, and only those. (librdkafka could advertise another port to all; then the stream itself would go
through here as well.)
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import threading
from contextlib import suppress
from typing import Final

from infra.expose_settings import LOOPBACK
from schemas.errors import BadInput

log = logging.getLogger("bellwether.expose")
# Metadata, FindCoordinator and DescribeCluster: requests whose answers name brokers by host and port.
_NAMING: Final = frozenset({3, 10, 60})
_MOST: Final = 120_000_000  # bytes of a frame; librdkafka's default is 100 MB, a stray HTTP request reads as more
_PIECE: Final = 262_144
_ENDS: Final = (asyncio.IncompleteReadError, ConnectionError)


class KafkaPort:
    """Listens from the beginning; forwards between `start` and `stop`, in a thread of its own.

    `port` 0 takes any free one. Raises BadInput when it is taken.
    """

    def __init__(self, bootstrap: str, port: int) -> None:
        host, _, own = bootstrap.partition(",")[0].rpartition(":")
        self._host, self._own = host, int(own)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((LOOPBACK, port))
            self._socket.listen(128)
        except OSError as error:
            self._socket.close()
            raise BadInput(f"{LOOPBACK}:{port} cannot be listened on: {error.strerror}; choose another port") from error
        self.port = int(self._socket.getsockname()[1])
        self._loop, self._ending = asyncio.new_event_loop(), asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=f"kafka-{self.port}", daemon=True)

    @property
    def address(self) -> str:
        """What clients take as `bootstrap.servers`."""
        return f"{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Begin to forward."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection through it."""
        if self._thread.is_alive():  # False too when it was never started
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(5)
        self._socket.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, sock=self._socket, limit=_PIECE)
        await self._ending.wait()
        self._loop.remove_reader(self._socket.fileno())  # a closed server would forget whom it has just accepted
        until = self._loop.time() + 3
        # Each connection ends itself, also one that was just accepted; cancelled, it would be reported as a fault.
        while (left := asyncio.all_tasks() - {asyncio.current_task()}) and self._loop.time() < until:
            await asyncio.wait(left, timeout=1)
        server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        naming: set[int] = set()  # correlation ids of requests under way whose answers name brokers
        writers = [writer]
        try:
            back, forth = await asyncio.open_connection(self._host, self._own, limit=_PIECE)
            writers.append(forth)
            ways = [
                asyncio.ensure_future(_requests(reader, forth, naming)),
                asyncio.ensure_future(self._answers(back, writer, naming)),
                asyncio.ensure_future(self._ending.wait()),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                for ended in await asyncio.gather(*ways, return_exceptions=True):
                    if isinstance(ended, Exception) and not isinstance(ended, _ENDS):
                        log.warning("a connection to the embedded broker was broken off: %s", ended)
        except OSError as error:
            log.warning("the embedded broker does not answer: %s", error)
        finally:
            for each in writers:
                each.close()
                with suppress(OSError):
                    await each.wait_closed()

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, naming: set[int]) -> None:
        while True:
            head = await reader.readexactly(8)
            size, correlation = struct.unpack(">ii", head)
            if correlation not in naming:
                writer.write(head)
                await _pass(reader, writer, size - 4)
                continue
            naming.discard(correlation)
            body = await reader.readexactly(size - 4)
            writer.write(head + renamed(body, self._host, self._own, self.port))
            await writer.drain()


def renamed(body: bytes, host: str, own: int, port: int) -> bytes:
    """Return an answer that names a broker by another port. Host and port stand side by side in every version."""
    name = host.encode()
    return body.replace(name + struct.pack(">i", own), name + struct.pack(">i", port))


async def _requests(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, naming: set[int]) -> None:
    while True:
        head = await reader.readexactly(12)
        size, api, _version, correlation = struct.unpack(">ihhi", head)
        if not 8 <= size <= _MOST:
            return  # this is not Kafka
        if api in _NAMING:
            naming.add(correlation)
        writer.write(head)
        await _pass(reader, writer, size - 8)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, size: int) -> None:
    while size > 0:
        piece = await reader.read(min(size, _PIECE))
        if not piece:
            raise asyncio.IncompleteReadError(b"", size)
        size -= len(piece)
        writer.write(piece)
        await writer.drain()
    await writer.drain()

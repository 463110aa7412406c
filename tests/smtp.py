"""A small SMTP server for tests (RFC 5321, as much as a client needs): keeps mails, refuses when told to."""

from __future__ import annotations

import asyncio
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


class FakeSmtp:
    """Listens on loopback in a thread of its own. `refuse` is answered to every recipient when it is set."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refuse = ""
        self.silent = False  # takes connections and never says a word
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> FakeSmtp:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.silent:
            await asyncio.sleep(60)
            return
        writer.write(b"220 fake\r\n")
        while line := await reader.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word in (b"EHLO", b"HELO"):
                writer.write(b"250-fake\r\n250 SMTPUTF8\r\n")
            elif word == b"RCPT" and self.refuse:
                writer.write(f"550 {self.refuse}\r\n".encode())
            elif word == b"DATA":
                writer.write(b"354 go on\r\n")
                await self._data(reader)
                writer.write(b"250 taken\r\n")
            elif word == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                if word == b"RCPT":
                    self.recipients.append(line.decode().partition("<")[2].partition(">")[0])
                writer.write(b"250 ok\r\n")
            await writer.drain()
        writer.close()

    async def _data(self, reader: asyncio.StreamReader) -> None:
        lines = []
        while (line := await reader.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.mails.append(message_from_bytes(b"".join(lines), policy=default))

"""A local server that speaks the OpenAI protocol over real HTTP and answers what a test tells it to.

    with FakeOpenAi() as server:
        server.reply = lambda request: answer({"items": []})

`python -m tests.llm.server [--port N]` serves the honest scripted model until it is stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

import uvicorn

from tests.llm.honest import honest
from tests.llm.replies import (
    ChatRequest,
    EmbedRequest,
    Reply,
    answer,
    completion,
    drop,
    hang,
    html,
    no_choices,
    no_usage,
    not_json_body,
    null,
    raw_content,
    refusal,
    status,
    truncated,
    vector,
    vectors,
)

__all__ = [
    "ChatRequest",
    "EmbedRequest",
    "FakeOpenAi",
    "Reply",
    "answer",
    "drop",
    "hang",
    "honest",
    "html",
    "no_choices",
    "no_usage",
    "not_json_body",
    "null",
    "raw_content",
    "refusal",
    "status",
    "truncated",
    "vector",
    "vectors",
]


class _Server(uvicorn.Server):
    """Ends the moment it is told: uvicorn looks ten times a second and then waits for its connections."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """May be called from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 0.5)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()


class FakeOpenAi:
    """The server in a thread of its own. `reply` and `embed_reply` run in that thread, one request at a time."""

    def __init__(self, port: int = 0, dimension: int = 64) -> None:
        self.dimension = dimension  # of embeddings, unless the request asks for another
        self.reply: Callable[[ChatRequest], Reply] = honest
        self.embed_reply: Callable[[EmbedRequest], Reply] = self.embeddings
        self.requests: list[ChatRequest] = []
        self.embed_requests: list[EmbedRequest] = []
        self.arrived = threading.Event()  # set by the first request
        self.under_way = 0  # requests being answered now
        self.most_under_way = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen(2048)  # a client that comes before the loop runs waits instead of being refused
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        config = uvicorn.Config(
            self._app,
            log_level="critical",
            interface="asgi3",
            lifespan="off",
            access_log=False,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self.run, name="fake-openai", daemon=True)

    def __enter__(self) -> FakeOpenAi:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.end()
        self._thread.join(10)
        self._socket.close()

    def run(self) -> None:
        """Serve in this thread until stopped."""
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def embeddings(self, request: EmbedRequest) -> Reply:
        """Vectors made of the texts' words."""
        dimension = request.dimensions or self.dimension
        return vectors(request, [vector(text, dimension) for text in request.texts])

    async def _app(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            reply = self._answer(scope, body)
            if reply.wait:
                try:
                    await asyncio.wait_for(receive(), reply.wait)
                    return  # the client has gone away
                except TimeoutError:
                    pass
            if reply.dropped:
                receive.__self__.transport.abort()  # uvicorn's own request object; ASGI has no word for it
                return
            headers = {"content-type": reply.content_type, "content-length": str(len(reply.body))} | dict(reply.headers)
            pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
            await send({"type": "http.response.body", "body": reply.body})
        finally:
            self.under_way -= 1

    def _answer(self, scope: dict[str, Any], body: bytes) -> Reply:
        self.arrived.set()
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        number = len(self.requests) + len(self.embed_requests) + 1
        path = scope["path"]
        if path.endswith("/models"):
            return Reply(body=b'{"object": "list", "data": [{"id": "scripted", "object": "model"}]}')
        sent = json.loads(body or b"{}")
        if path.endswith("/embeddings"):
            texts = (sent["input"],) if isinstance(sent["input"], str) else tuple(sent["input"])
            embed = EmbedRequest(sent["model"], texts, sent.get("dimensions"), sent, headers, number)
            self.embed_requests.append(embed)
            return self.embed_reply(embed)
        if not path.endswith("/chat/completions"):
            return status(404)
        shape = sent.get("response_format", {}).get("json_schema", {})
        request = ChatRequest(
            stage=shape.get("name", ""),
            model=sent["model"],
            system=_said(sent, "system", "developer"),
            user=_said(sent, "user"),
            schema=shape.get("schema", {}),
            body=sent,
            headers=headers,
            number=number,
        )
        self.requests.append(request)
        reply = self.reply(request)
        if reply.message is None:
            return reply
        return Reply(reply.status, reply.headers, completion(request, reply), wait=reply.wait)


def _said(sent: dict[str, Any], *roles: str) -> str:
    return "\n".join(str(message["content"]) for message in sent["messages"] if message["role"] in roles)


def main() -> None:
    """Serve the honest scripted model."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=8712)
    server = FakeOpenAi(parser.parse_args().port)
    print(f"OPENAI_BASE_URL={server.base_url} OPENAI_API_KEY=none", flush=True)
    server.run()


if __name__ == "__main__":
    main()

"""The client's side of the door: asks the process that holds the data folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import IO, Any

import httpx2
import msgspec

from infra.control import TOKEN_HEADER, to_json
from infra.generations.progress import Progress
from infra.generations.wanted import Wanted
from schemas.errors import BadInput, Retryable
from schemas.topics import LIVE


class Door:
    """The client's side: asks the process that holds the folder."""

    def __init__(self, announced: dict[str, Any]) -> None:
        self._client = httpx2.Client(
            base_url=f"http://127.0.0.1:{int(announced['port'])}",
            headers={TOKEN_HEADER: str(announced["token"])},
            timeout=httpx2.Timeout(60.0, read=None),
            trust_env=False,
        )

    def ask(self, name: str, arguments: dict[str, Any], generation: str = LIVE) -> Any:
        """Return the answer. Raises BadInput or Retryable as the other process did."""
        question = {"name": name, "arguments": arguments, "generation": generation}
        reply = self._client.post("/ask", content=to_json(question))
        return self._checked(reply)["answer"]

    def export(self, kind: str, form: str, out: IO[bytes], generation: str = LIVE) -> None:
        """Copy an export to `out`."""
        wanted = {"kind": kind, "format": form, "generation": generation}
        with self._client.stream("POST", "/export", params=wanted) as reply:
            if reply.status_code != 200:
                reply.read()
                self._checked(reply)
            for chunk in reply.iter_bytes():
                out.write(chunk)

    def replay(
        self, wanted: Wanted, show: Callable[[Progress], None], stop: Callable[[], bool], pause: float = 0.2
    ) -> dict[str, Any]:
        """Let the other process replay; return its summary when it is done, or has stopped because `stop` says so."""
        self._checked(self._client.post("/replay", content=to_json(wanted)))
        while True:
            params = {"stop": "1"} if stop() else {}
            state = self._checked(self._client.post(f"/replay/{wanted.name}", params=params))
            if "summary" in state:
                summary: dict[str, Any] = state["summary"]
                return summary
            if state.get("progress"):
                show(msgspec.convert(state["progress"], type=Progress))
            time.sleep(pause)

    def ingest(self, source: IO[bytes], pause: float = 0.2, *, prepared: bool = False) -> Iterator[dict[str, Any]]:
        """Send lines (`prepared`: drafts); yield how far the other process is, and at the end its `report`."""
        params = {"prepared": "1"} if prepared else {}
        upload = self._checked(self._client.post("/ingest", params=params))["upload"]
        read = getattr(source, "read1", source.read)  # a slow pipe is sent on as it comes
        while piece := read(262_144):
            yield self._checked(self._client.post(f"/ingest/{upload}", content=piece))
        while True:
            state = self._checked(self._client.post(f"/ingest/{upload}"))
            yield state
            if "error" in state:
                raise BadInput(state["error"])
            if "report" in state:
                return
            time.sleep(pause)

    @staticmethod
    def _checked(reply: httpx2.Response) -> dict[str, Any]:
        body: dict[str, Any] = msgspec.json.decode(reply.content)
        if reply.status_code == 400:
            raise BadInput(body["error"])
        if reply.status_code != 200:
            raise Retryable(body["error"])
        return body

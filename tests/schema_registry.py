"""A schema registry for tests: the REST calls that clients make, over real HTTP, with ids of its own."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeRegistry:
    """Ids begin at 7001. `fault` (a status) is answered to everything; `refused` names a subject it takes nothing for.

    With `password` only the user `desk` gets in.
    """

    def __init__(self, password: str = "") -> None:
        self.subjects: dict[str, list[int]] = {}
        self.schemas: dict[int, str] = {}
        self.asked: list[str] = []
        self.fault, self.refused = 0, ""
        self._wanted = "Basic " + base64.b64encode(f"desk:{password}".encode()).decode() if password else ""
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                registry._answer(self, b"")

            def do_POST(self) -> None:
                registry._answer(self, self.rfile.read(int(self.headers["content-length"])))

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add(self, subject: str, schema: str) -> int:
        """Register as a registry does: the same schema is the same id, under whichever subject."""
        known = next((number for number, text in self.schemas.items() if text == schema), 0)
        number = known or 7001 + len(self.schemas)
        self.schemas[number] = schema
        if number not in self.subjects.setdefault(subject, []):
            self.subjects[subject].append(number)
        return number

    def _answer(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        self.asked.append(f"{request.command} {request.path}")
        status, content = self._content(request.path, request.headers.get("authorization", ""), body)
        data = json.dumps(content).encode()
        request.send_response(status)
        request.send_header("content-length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def _content(self, path: str, authorization: str, body: bytes) -> tuple[int, dict[str, Any]]:
        parts = path.strip("/").split("/")
        if self.fault:
            return self.fault, {"error_code": self.fault, "message": "out of order"}
        if self._wanted and authorization != self._wanted:
            return 401, {"error_code": 401, "message": "who are you?"}
        if parts[0] == "subjects":
            if parts[1] == self.refused:
                return 409, {"error_code": 409, "message": "incompatible with an earlier schema"}
            return 200, {"id": self.add(parts[1], json.loads(body)["schema"])}
        number = int(parts[2])
        if number not in self.schemas:
            return 404, {"error_code": 40403, "message": "Schema not found"}
        return 200, {"schema": self.schemas[number]}

"""Who may ask at all: by the name that the site is asked by, and by the password of its readers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sinks.site.tries import Tries

# (request, status, title, words) → a page, or JSON, that tells nothing but the words
Refuse = Callable[[Request, int, str, str], Response]
_HEALTH: Final = ("/healthz", "/healthz.json")
_STRANGER: Final = "bellwether.stranger"  # in the scope of a request to an open address without the password
_CHALLENGE: Final = 'Basic realm="Bellwether", charset="UTF-8"'


class HostGuard:
    """Refuses a request whose Host is no name of ours: an attacker's page that gave its own name our address."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], refuse: Refuse) -> None:
        self._app, self._hosts, self._refuse = app, hosts, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            name = host_name(request.headers.get("host", ""))
            if name not in self._hosts:
                words = (
                    f"This site is not asked by the name {name[:100] or '(none)'}. If it is yours, add it to the "
                    "setting site.hosts and start again."
                )
                await self._refuse(request, 421, "Not here", words)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class PasswordGuard:
    """Asks for the readers' password by HTTP Basic, with any user name.

    Basic, because JSON twins, curl, feed readers and EventSource all can do it; a sign-in page only browsers could use.
    """

    def __init__(
        self,
        app: ASGIApp,
        password: str,
        refuse: Refuse,
        tries: Tries | None = None,
        locked: frozenset[str] = frozenset(),
    ) -> None:
        """`locked`: paths that have a lock of their own."""
        self._app, self._refuse, self._locked = app, refuse, locked
        self._digest = _digest(password)
        self._tries = tries or Tries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/") or scope["path"] in self._locked:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(Request(scope))  # tries are counted at open addresses too
        if refusal is not None and scope["path"] in _HEALTH:
            scope, refusal = {**scope, _STRANGER: True}, None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        given = password_in(request.headers)
        address = request.client.host if request.client else ""
        if given is not None:
            if wait := self._tries.wait(address):
                return too_many(self._refuse, request, wait)
            if hmac.compare_digest(_digest(given), self._digest):
                return None
            self._tries.failed(address)
        words = "This site has a password (setting site.password). Give it with any user name, as in curl -u reader:…"
        answer = self._refuse(request, 401, "A password is needed", words)
        answer.headers["WWW-Authenticate"] = _CHALLENGE
        return answer


def too_many(refuse: Refuse, request: Request, wait: int) -> Response:
    """Return the answer to somebody who has failed too often."""
    words = f"That was wrong too often. Wait {wait} seconds and try again."
    answer = refuse(request, 429, "Too many tries", words)
    answer.headers["Retry-After"] = str(wait)
    return answer


def host_name(host: str) -> str:
    """Return the name in a Host header, lower-case, without port: "[::1]:8711" gives "[::1]"."""
    host = host.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].rstrip(".")


def password_in(headers: Mapping[str, str]) -> str | None:
    """Return the password of HTTP Basic (RFC 7617), None without one."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return pair.partition(":")[2]


def is_stranger(scope: Scope) -> bool:
    """Say whether who asks at an address that is open to everybody did not give the password that there is."""
    return bool(scope.get(_STRANGER, False))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.strip().encode("utf-8", "replace")).digest()

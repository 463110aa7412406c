"""An analyst's session: a signed cookie, and the word that every form of it carries.

Nothing is kept on the server but which sessions were ended: the key comes from the token, so that another token ends
every session. The cookie is never readable by script, never sent with a request from elsewhere, and under https never
over plain http.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import Response

HOURS: Final = 12
COOKIE: Final = "bellwether-analyst"
_MOST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, until when (seconds since 1970), and what forms of this session carry."""

    session_id: str
    by: str
    until: float
    csrf: str


class Sessions:
    """Opens, reads and ends sessions. Thread-safe. `token` is the configured one, never empty."""

    def __init__(self, token: str, clock: Callable[[], float] = time.time) -> None:
        self._token, self._clock = token.encode(), clock
        # Slow on purpose: whoever has a cookie could otherwise try words for the token against its signature.
        self._key = hashlib.scrypt(self._token, salt=b"bellwether analyst session", n=2**14, r=8, p=1)
        self._signer = URLSafeSerializer(
            self._key, salt="bellwether.site.session", signer_kwargs={"digest_method": hashlib.sha256}
        )
        self._lock = threading.Lock()
        self._ended: dict[str, float] = {}

    def knows(self, token: str) -> bool:
        """Say whether this is the token, in a time that tells nothing about it."""
        given = hashlib.sha256(token.strip().encode("utf-8", "replace")).digest()
        return hmac.compare_digest(given, hashlib.sha256(self._token).digest())

    def open(self, by: str) -> Session:
        """Return a new session."""
        return self._session(secrets.token_urlsafe(16), by[:_MOST_NAME], self._clock() + HOURS * 3600)

    def of(self, request: Request) -> Session | None:
        """Return the session of a request, None without a valid one."""
        try:
            found = self._signer.loads(request.cookies.get(_name(request), ""))
            session = self._session(str(found["id"]), str(found["by"]), float(found["until"]))
        except (BadData, KeyError, TypeError, ValueError):
            return None
        with self._lock:
            ended = session.session_id in self._ended
        return None if ended or session.until <= self._clock() else session

    def give(self, response: Response, session: Session, request: Request) -> None:
        """Let the browser keep the session."""
        value = self._signer.dumps({"id": session.session_id, "by": session.by, "until": session.until})
        assert isinstance(value, str)
        response.set_cookie(
            _name(request), value, max_age=HOURS * 3600, path="/", secure=_is_secure(request), httponly=True,
            samesite="strict",
        )  # fmt: skip

    def end(self, response: Response, session: Session | None, request: Request) -> None:
        """Let the browser forget the session; a copy of its cookie is worth nothing any more."""
        response.delete_cookie(_name(request), path="/", secure=_is_secure(request), httponly=True, samesite="strict")
        if session is not None:
            with self._lock:
                now = self._clock()
                self._ended = {key: until for key, until in self._ended.items() if until > now}
                self._ended[session.session_id] = session.until

    def _session(self, session_id: str, by: str, until: float) -> Session:
        csrf = hmac.new(self._key, b"form\x00" + session_id.encode(), hashlib.sha256).hexdigest()
        return Session(session_id, by, until, csrf)


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _name(request: Request) -> str:
    """Under https the browser itself guards the prefix: no other host and no plain http can set such a cookie."""
    return f"__Host-{COOKIE}" if _is_secure(request) else COOKIE

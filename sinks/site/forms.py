"""Reads a form that was sent, after making sure that a page of this site sent it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from sinks.site.sessions import Session

MOST_BYTES = 256_000
_MOST_FIELDS = 3000


class Form:
    """The fields of a form; a field may occur more than once."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def one(self, name: str) -> str:
        """Return the first value, "" without one."""
        return next((value for key, value in self._pairs if key == name), "")

    def all(self, name: str) -> list[str]:
        """Return every value."""
        return [value for key, value in self._pairs if key == name]


async def read_form(request: Request) -> Form:
    """Return the form. Raises HTTPException for one that comes from elsewhere, is too large or is no form."""
    if why := reason_against(request.headers):
        raise HTTPException(403, why)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "Only a form can be sent here.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413, "The form is too large.")
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(413, "The form has too many fields.") from error
    return Form(pairs)


def check_word(form: Form, session: Session) -> None:
    """Raise HTTPException unless the form carries the word of this session."""
    if not hmac.compare_digest(form.one("csrf").encode("utf-8", "replace"), session.csrf.encode()):
        raise HTTPException(403, "This form is of an earlier session. Load the page again and send it anew.")


def reason_against(headers: Mapping[str, str]) -> str:
    """Return in words why a request that changes something may not come from where it does, "" if it may.

    Browsers say where a form was: in Sec-Fetch-Site (over https and on loopback) or in Origin. Pages here are sent
    with the referrer policy `same-origin`, since under `no-referrer` a browser's Origin is "null" for our own forms.
    The scheme is not compared: behind a proxy we may not know ours.
    """
    site, origin = headers.get("sec-fetch-site", ""), headers.get("origin", "")
    if site and site != "same-origin":
        return "The form was sent from another site."
    if not origin:
        return "" if site else "Your browser does not say where the form was (no Origin): it is not accepted."
    try:
        sender = urlsplit(origin).netloc.lower()
    except ValueError:  # no address at all, as "http://["
        sender = ""
    if not sender or sender != headers.get("host", "").lower():
        return "The form was sent from another site."
    return ""

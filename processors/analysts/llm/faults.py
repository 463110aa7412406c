"""What can go wrong with a request, sorted by what to do about it and by what it may have cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx2
import openai

from processors.analysts.llm.budget import Usage

Group = Literal[
    "service",  # try again later: nobody's fault here
    "setting",  # no use to try again before somebody changes a setting or pays
    "content",  # the model answered, and the answer cannot be used: one more try
    "request",  # the server refuses this very request
    "parameter",  # the server does not know a parameter, which has been dropped: try again at once
]
NOTHING = Usage(0, 0)
_MAYBE_BILLED = frozenset({408, 502, 504})  # and all from 520: a gateway spoke, the model may have worked


class Fault(Exception):
    """`kind` is a short name for the accounts, `text` for people; `usage` is what was used, None when unknown."""

    def __init__(
        self, group: Group, kind: str, text: str, *, after: float | None = None, usage: Usage | None = None
    ) -> None:
        super().__init__(text)
        self.group, self.kind, self.text, self.after, self.usage = group, kind, text, after, usage


TOO_SLOW = Fault("service", "timeout", "the model's server did not answer in time")
TRANSPORT = (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError)


def fault_of(error: Exception, now: datetime) -> Fault:
    """Return the fault behind an exception of the client, one of `TRANSPORT`. No text quotes a request."""
    if isinstance(error, openai.APIStatusError):
        return _status(error, now)
    cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
    unsent = isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
    usage = NOTHING if unsent else None
    if isinstance(cause, httpx2.UnsupportedProtocol | httpx2.InvalidURL):
        return Fault("setting", "address", "llm.base_url: this is not an address of a server", usage=NOTHING)
    if isinstance(error, TimeoutError | openai.APITimeoutError | httpx2.TimeoutException):
        return Fault("service", "timeout", "the model's server did not answer in time", usage=usage)
    if isinstance(cause, httpx2.DecodingError):
        return Fault("service", "not-json", "the model's server sent a body that cannot be read")
    why = type(cause or error).__name__
    return Fault("service", "connection", f"no connection to the model's server ({why})", usage=usage)


def _status(error: openai.APIStatusError, now: datetime) -> Fault:
    code, said = error.status_code, message_of(error.body)
    kind, known = str(code), None if code in _MAYBE_BILLED or code >= 520 else NOTHING
    if code == 402 or (code == 429 and "insufficient_quota" in str(error.body)):
        return Fault("setting", kind, "llm.api_key: the account has nothing left to spend", usage=NOTHING)
    if code in (401, 403):
        return Fault("setting", kind, f"llm.api_key: the server refuses it ({code})", usage=NOTHING)
    if code in (404, 405):
        text = f"llm.model or llm.base_url: the server does not have it ({code}{': ' + said if said else ''})"
        return Fault("setting", kind, text, usage=NOTHING)
    if code < 400:
        text = f"llm.base_url: the server redirects ({code}), which is not followed"
        return Fault("setting", kind, text, usage=NOTHING)
    if code in (408, 409, 429) or code >= 500:
        after = retry_after(error.response.headers, now)
        text = f"the model's server answered {code}{': ' + said if said else ''}"
        return Fault("service", kind, text, after=after, usage=known)
    return Fault("request", kind, f"the model's server refuses the request ({code}): {said}", usage=NOTHING)


def message_of(body: object, most: int = 200) -> str:
    """Return the server's own words out of an error's body: one short line without control characters."""
    if isinstance(body, Mapping):
        body = body.get("message") or body.get("error") or body.get("detail") or ""
    text = "".join(letter if letter.isprintable() else " " for letter in str(body or ""))
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def all_words(error: openai.APIStatusError) -> str:
    """Return everything that an error says, in lower case, to look for parameters' names in."""
    body: Any = error.body
    return str(body if body is not None else error.message)[:4000].lower()


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds of a Retry-After header: a number, or a date (RFC 9110 10.2.3); also `retry-after-ms`."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) * unit
        except ValueError:
            try:
                seconds = (parsedate_to_datetime(value) - now).total_seconds()
            except (ValueError, TypeError):  # TypeError: a date without a zone
                continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None

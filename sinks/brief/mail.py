"""A brief as an e-mail: plain text and HTML side by side (multipart/alternative, RFC 2046), nothing from afar."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Final, Literal

import aiosmtplib

from schemas.errors import BadInput, Retryable
from schemas.events import Brief
from sinks.brief.deliveries import content_of

Security = Literal["starttls", "tls", "none"]
# Control characters, line breaks and bidirectional controls: a subject is one line that says what it shows.
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_SUBJECT: Final = 160  # characters


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in. Without `username` nobody signs in; `timeout` in seconds, for the whole of one mail."""

    host: str
    port: int
    security: Security
    username: str
    password: str
    timeout: float


def message(brief: Brief, sender: str, recipient: str, now: datetime) -> EmailMessage:
    """Return the mail. Its Message-ID follows from what it says and to whom, so that a repeat is recognised as one.

    Raises BadInput for an address that is none.
    """
    made = EmailMessage(policy=SMTP)
    to = _address(recipient)
    made["From"] = _address(sender)
    made["To"] = to
    made["Subject"] = subject(brief)
    made["Date"] = format_datetime(now)
    domain = sender.rpartition("@")[2].rstrip(">") or "bellwether.invalid"
    to_whom = sha256(to.addr_spec.casefold().encode("utf-8", "surrogatepass")).hexdigest()[:16]
    made["Message-ID"] = f"<{brief.brief_id}.{content_of(brief)}.{to_whom}@{_UNFIT.sub('', domain)}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers
    made.set_content(_text(brief.markdown))
    made.add_alternative(_text(brief.html), subtype="html")
    return made


def subject(brief: Brief) -> str:
    """Return one line of at most 160 characters."""
    line = " ".join(_UNFIT.sub(" ", brief.headline).split())
    line = f"The Bellwether: {line}"
    return line if len(line) <= _SUBJECT else line[: _SUBJECT - 1].rstrip() + "…"


def send(mail: EmailMessage, server: Server) -> None:
    """Hand the mail in; it is the server's when this returns. Blocks. Raises Retryable with the reason."""
    try:
        asyncio.run(asyncio.wait_for(_sent(mail, server), server.timeout))
    except TimeoutError as error:
        raise Retryable(f"{server.host}:{server.port} did not take the mail within {server.timeout:g} s") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        what = " ".join(_UNFIT.sub(" ", str(error) or type(error).__name__).split())[:300]
        raise Retryable(f"{server.host}:{server.port}: {what}") from error


async def _sent(mail: EmailMessage, server: Server) -> None:
    await aiosmtplib.send(
        mail,
        hostname=server.host,
        port=server.port,
        username=server.username or None,
        password=server.password or None,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        timeout=server.timeout,
    )


def _address(text: str) -> Address:
    try:
        name, _, rest = text.rpartition("<")
        return Address(name.strip().strip('"'), addr_spec=rest.rstrip("> ").strip())
    except (ValueError, IndexError, LookupError) as error:
        raise BadInput(f"{text!r} is no e-mail address") from error
    except Exception as error:  # the parser of the standard library raises its own HeaderParseError, and others
        raise BadInput(f"{text!r} is no e-mail address") from error


def _text(text: str) -> str:
    """Return the text without halves of surrogate pairs, which no encoding of mail has."""
    return text.encode("utf-8", "replace").decode("utf-8")

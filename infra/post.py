"""The post: brings a brief to its readers, once on each channel, and remembers what went wrong.

Killed between sending and remembering, it sends again: a mail twice (with the same Message-ID) rather than never.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, Final, Protocol

from infra.mail_settings import MailSettings
from processors.emit import Emitter
from schemas.codec import encode
from schemas.errors import BadInput, Retryable
from schemas.events import Brief
from schemas.topics import BRIEFS
from sinks.brief.deliveries import ATTEMPTS, Deliveries, Delivery, content_of
from sinks.brief.mail import Server, message, send

log = logging.getLogger("bellwether.brief")
Row = dict[str, Any]
STANDS: Final = "stands"  # in the book of deliveries: not a channel, but what readers were told


class Courier(Protocol):
    """One way to readers."""

    channel: str

    def wants(self, brief: Brief, former: Delivery | None) -> bool:
        """Say whether this brief goes out here, after what went out before."""
        ...

    def bring(self, brief: Brief) -> None:
        """Send it; it has arrived when this returns. Raises Retryable or BadInput."""
        ...


class MailCourier:
    """Mails briefs that have something to say to one recipient, each day's once."""

    def __init__(self, settings: MailSettings, recipient: str, now: Callable[[], datetime]) -> None:
        self.channel = f"mail:{recipient}"
        self._settings, self._recipient, self._now = settings, recipient, now

    def wants(self, brief: Brief, former: Delivery | None) -> bool:
        """See Courier."""
        return brief.worth_saying and (former is None or former.delivered_at is None)

    def bring(self, brief: Brief) -> None:
        """See Courier."""
        of = self._settings
        password = of.password.get_secret_value()
        server = Server(of.host, of.port, of.security, of.username, password, of.timeout)
        send(message(brief, of.sender, self._recipient, self._now()), server)


class TopicCourier:
    """Publishes every brief, and every change of one, on `bellwether.briefs`."""

    channel = "topic"

    def __init__(self, emitter: Emitter) -> None:
        self._emitter = emitter

    def wants(self, brief: Brief, former: Delivery | None) -> bool:
        """See Courier."""
        return former is None or former.delivered_at is None or former.content != content_of(brief)

    def bring(self, brief: Brief) -> None:
        """See Courier."""
        headers = {
            "ce_specversion": "1.0",
            "ce_id": f"{brief.brief_id}:{content_of(brief)}",
            "ce_source": "bellwether",
            "ce_type": "bellwether.brief",
            "content-type": "application/avro",
        }
        self._emitter.send(BRIEFS.name, encode(brief), brief.date.encode(), headers)
        self._emitter.flush_now()


class Post:
    """Offers briefs to couriers, one at a time whichever thread asks; another process has a post of its own."""

    def __init__(self, book: Deliveries, couriers: Sequence[Courier], now: Callable[[], datetime]) -> None:
        self._book, self._couriers, self._now = book, couriers, now
        self._offering = Lock()

    def let_stand(self, brief: Brief) -> None:
        """Note, before anything is sent, that this is what readers of its day are told."""
        at = self._now()
        self._book.put(Delivery(brief.brief_id, STANDS, content_of(brief), at, 0, "", at))

    def stands(self, brief: Brief) -> bool:
        """Say whether this brief, as it is, was noted so."""
        noted = self._book.get(brief.brief_id, STANDS)
        return noted is not None and noted.content == content_of(brief)

    def offer(self, brief: Brief, only: str = "", *, again: bool = False) -> list[Row]:
        """Bring the brief to all whose channel begins with `only` and who want it; return what became of each.

        `state` is `sent`, `sent before`, `not wanted` or `failed` (with `error`). `again` sends whatever was before.
        """
        found = []
        with self._offering:
            for courier in self._couriers:
                if courier.channel.startswith(only):
                    state, error = self._brought(courier, brief, again)
                    found.append({"channel": courier.channel, "state": state, "error": error})
        return found

    def failures(self) -> list[Row]:
        """Return what could not be delivered in the last days."""
        return self._book.failures(self._now())

    def _brought(self, courier: Courier, brief: Brief, again: bool) -> tuple[str, str]:
        former, content = self._book.get(brief.brief_id, courier.channel), content_of(brief)
        if not again and not courier.wants(brief, former):
            return ("sent before" if former and former.delivered_at else "not wanted"), ""
        tried = former.attempts if former and former.content == content and former.delivered_at is None else 0
        if tried >= ATTEMPTS and not again:
            return "failed", former.error if former else ""
        try:
            courier.bring(brief)
        except (Retryable, BadInput) as error:
            log.warning(
                "the brief of %s could not be brought to %s: %s", brief.date, courier.channel, error,
                extra={"brief_id": brief.brief_id, "channel": courier.channel},
            )  # fmt: skip
            self._book.put(Delivery(brief.brief_id, courier.channel, content, None, tried + 1, str(error), self._now()))
            return "failed", str(error)
        now = self._now()
        self._book.put(Delivery(brief.brief_id, courier.channel, content, now, tried + 1, "", now))
        return "sent", ""


def mail_couriers(settings: MailSettings, now: Callable[[], datetime]) -> list[Courier]:
    """Return one courier a recipient, none when mail is off."""
    return [MailCourier(settings, recipient, now) for recipient in settings.recipients] if settings.host else []

"""The newsroom's desk: live articles that a visitor publishes, and the webhook alerts that came in."""

from __future__ import annotations

import html
import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from infra.demo.articles import Publisher
from infra.demo.edition import Printed, parse_blocks

ALERTS_KEPT: Final = 50
LIVE_KEPT: Final = 500
TITLE_LIMIT: Final = 300
BODY_LIMIT: Final = 20_000
_UNPRINTABLE: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NotPublishable(ValueError):
    """A visitor's text that cannot be printed; the message says why."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One webhook call: when it came and its JSON payload."""

    received: datetime
    payload: Any


class Desk:
    """Keeps what visitors and webhooks bring. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._live: list[Printed] = []
        self._alerts: deque[Alert] = deque(maxlen=ALERTS_KEPT)

    def publish(self, publisher: Publisher, title: str, body: str) -> Printed:
        """Print a live article now; NotPublishable when the text is empty or too long."""
        title = " ".join(_printable(title).split())
        body = _printable(body.replace("\r\n", "\n")).strip()
        if not title or not body:
            raise NotPublishable("A live article needs a title and a text.")
        if len(title) > TITLE_LIMIT or len(body) > BODY_LIMIT:
            raise NotPublishable(f"At most {TITLE_LIMIT} characters of title and {BODY_LIMIT} of text.")
        now = self._clock().replace(microsecond=0)
        with self._lock:
            if len(self._live) >= LIVE_KEPT:
                raise NotPublishable(f"The newsroom prints at most {LIVE_KEPT} live articles.")
            item = Printed(
                publisher=publisher,
                slug=f"live-{now:%Y%m%d-%H%M%S}-{len(self._live) + 1}-{_slug(title)}",
                title=title,
                title_markup=html.escape(title, quote=False),
                blocks=parse_blocks(body),
                published=now,
                updated=now,
                feed_text="full",
            )
            self._live.append(item)
        return item

    def live(self) -> list[Printed]:
        """The live articles so far, oldest first."""
        with self._lock:
            return list(self._live)

    def receive(self, payload: Any) -> None:
        """Keep the payload of one webhook call."""
        with self._lock:
            self._alerts.append(Alert(self._clock(), payload))

    def alerts(self) -> list[Alert]:
        """The last alerts, newest first."""
        with self._lock:
            return list(reversed(self._alerts))


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("", text)


def _slug(title: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:60].strip("-") or "untitled"

"""What an alert says to people: what moved, why, and where to read on. Pure."""

from __future__ import annotations

import re
from typing import Final

from schemas.events import Alert

# Control characters and bidirectional controls could rewrite what a reader sees around them.
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def headline(alert: Alert) -> str:
    """Return one line: the title and the movement."""
    return f"{_plain(alert.title)}: {alert.strength_before:.1f} → {alert.strength_after:.1f}"


def text(alert: Alert) -> str:
    """Return plain text of some lines: what happened, the quote with its source, the signal's page, the rule."""
    voices = "one publisher" if alert.families == 1 else f"{alert.families} independent publishers"
    stories = "one story" if alert.stories == 1 else f"{alert.stories} stories"
    lines = [f"{_plain(alert.kind or 'moved').capitalize()}, carried by {voices} over {stories}."]
    if alert.quote:
        lines.append(f"“{_plain(alert.quote)}” — {_plain(alert.publisher) or 'unknown publisher'}")
    lines += [_plain(address) for address in (alert.url, alert.link) if address]
    lines.append(f"{alert.at:%Y-%m-%d %H:%M} UTC · rule {_plain(alert.rule)} · {_plain(alert.signal_id)}")
    return "\n".join(lines)


def _plain(words: str) -> str:
    return " ".join(_UNFIT.sub(" ", words).split())

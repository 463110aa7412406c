"""When a feed is read next: a pure policy over what happened so far. Durations are seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from producers.ports import FeedState
from producers.settings import ProducerSettings

_FASTER, _SLOWER = 0.5, 1.5
_JITTER = 0.1
_LONGEST_WAIT = 7 * 86_400.0  # no server may silence a feed for longer
_FIRST_RETRY = 60.0


def after_success(
    state: FeedState, now: datetime, settings: ProducerSettings, *, fresh: int, hint: float | None
) -> datetime:
    """Return the next poll of a feed that was read at `now` and brought `fresh` new articles.

    A feed with news is read more often, one without less often, within the settings' bounds. `hint` is the
    wait that the server or the feed itself asks for (Cache-Control max-age, RSS ttl); it can only lengthen
    the wait, up to the longest interval.
    """
    low, high = settings.poll_interval_min, settings.poll_interval_max
    before = low
    if state.last_attempt is not None and state.next_poll is not None and not state.failures:
        before = (state.next_poll - state.last_attempt).total_seconds()
    interval = min(max(before * (_FASTER if fresh else _SLOWER), low), high)
    if hint is not None:
        interval = max(interval, min(hint, high))
    return now + timedelta(seconds=_jittered(interval, state.url))


def after_failure(state: FeedState, now: datetime, settings: ProducerSettings, *, asked: float | None) -> datetime:
    """Return the next poll after a failure; `state.failures` counts the former consecutive ones.

    One minute, doubled with each failure up to the settings' cap; never sooner than the server asked for
    (Retry-After), but within a week.
    """
    wait = min(_FIRST_RETRY * 2.0 ** min(state.failures, 30), settings.failure_interval_max)
    wait = _jittered(wait, state.url)
    if asked is not None:
        wait = max(wait, min(asked, _LONGEST_WAIT))
    return now + timedelta(seconds=wait)


def due(states: Iterable[FeedState], now: datetime) -> list[FeedState]:
    """Return the feeds to read at `now`, the longest overdue first; a feed never read is always due."""
    waiting = [state for state in states if state.next_poll is None or state.next_poll <= now]
    return sorted(waiting, key=lambda state: (state.next_poll or _NEVER, state.url))


def seconds_until_next(states: Iterable[FeedState], now: datetime, *, at_most: float) -> float:
    """Return how long nothing is due, between 0 and `at_most` seconds."""
    moments = [state.next_poll for state in states]
    if any(moment is None for moment in moments):
        return 0.0
    waits = [(moment - now).total_seconds() for moment in moments if moment is not None]
    return max(0.0, min([at_most, *waits]))


_NEVER = datetime.min.replace(tzinfo=UTC)


def _jittered(seconds: float, url: str) -> float:
    """Spread feeds of equal interval by up to ±10 %, the same for one URL every time."""
    share = int.from_bytes(hashlib.sha256(url.encode("utf-8", "replace")).digest()[:4], "big") / 2**32
    return seconds * (1.0 + _JITTER * (2.0 * share - 1.0))

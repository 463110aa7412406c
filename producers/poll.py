"""A reading's way into the stream: admit its drafts, and only then move the feed's cursor."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from producers.door import Admitted, Door
from producers.patience import Pause, admit_patiently
from producers.ports import FeedState, FeedStore
from producers.read_feed import Reading
from producers.schedule import after_success
from producers.settings import ProducerSettings

_CHUNK = 200  # articles admitted in one call


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll of one feed came to. `moved_to` is its new address when a server says so, else ""."""

    state: FeedState
    admitted: Admitted
    moved_to: str = ""


def settle(
    reading: Reading, door: Door, store: FeedStore, settings: ProducerSettings, pause: Pause = time.sleep
) -> Polled:
    """Admit the drafts of one reading as they come, then save the feed's state with its next poll. Blocks.

    Passes on what intake and store raise; then the cursor has not moved and the feed is read again.
    """
    admitted = Admitted()
    for start in range(0, len(reading.drafts), _CHUNK):
        chunk = reading.drafts[start : start + _CHUNK]
        admitted = sum(admit_patiently(door, chunk, pause, ordered=False), admitted)
    return Polled(_save(reading, admitted, store, settings), admitted, reading.moved_to)


def settle_all(
    readings: Sequence[Reading],
    door: Door,
    store: FeedStore,
    settings: ProducerSettings,
    pause: Pause = time.sleep,
) -> list[Polled]:
    """Admit the drafts of many readings in one order of event time, then save all states. Blocks."""
    merged = sorted(
        (draft for reading in readings for draft in reading.drafts),
        key=lambda draft: (draft.published_at, draft.article_id),
    )
    by_feed: dict[str, Admitted] = {}
    for start in range(0, len(merged), _CHUNK):
        chunk = merged[start : start + _CHUNK]
        counts = admit_patiently(door, chunk, pause, ordered=True)
        for draft, count in zip(chunk, counts, strict=True):
            by_feed[draft.feed_url] = by_feed.get(draft.feed_url, Admitted()) + count
    polled = []
    for reading in readings:
        admitted = by_feed.get(reading.state.url, Admitted())
        polled.append(Polled(_save(reading, admitted, store, settings), admitted, reading.moved_to))
    return polled


def _save(reading: Reading, admitted: Admitted, store: FeedStore, settings: ProducerSettings) -> FeedState:
    state = reading.state
    if not reading.failed:
        assert state.last_attempt is not None
        state = replace(
            state,
            articles=state.articles + admitted.new,
            failures=0,
            next_poll=after_success(
                reading.before,
                state.last_attempt,
                settings,
                fresh=admitted.new + admitted.revisions,
                hint=reading.hint,
            ),
        )
    store.save(state)
    return state

"""Offering again: a full stream is waited for, a failing store is tried a few times."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from producers.door import Admitted, Door
from producers.draft import Draft
from schemas.errors import Backpressure, Retryable

_TRIES = 6  # over about 12 seconds
Pause = Callable[[float], None]


def admit_patiently(door: Door, drafts: Sequence[Draft], pause: Pause, *, ordered: bool) -> list[Admitted]:
    """Admit `drafts` as Door.admit does; `pause(seconds)` waits between the tries.

    Waits for a full stream without end. Raises Retryable when the store has failed six times in a row.
    """
    failures = 0
    while True:
        try:
            return door.admit(drafts, ordered=ordered)
        except Backpressure as full:
            pause(full.after or 0.2)
        except Retryable as error:
            failures += 1
            if failures >= _TRIES:
                raise
            pause(error.after or 0.2 * 2**failures)

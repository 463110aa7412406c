"""The latest events of each signal, in memory, recalled from the store after a restart."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from processors.decisions.in_view import remembered
from schemas.events import SignalEvent

log = logging.getLogger("bellwether.revise")
KEPT: Final = 40  # events a signal, besides older ones that a narrator has in view
SIGNALS: Final = 5_000  # signals remembered; the one that was silent longest is forgotten first
Recall = Callable[[str], Sequence[SignalEvent]]


@dataclass(slots=True)
class _Signal:
    events: tuple[SignalEvent, ...] = ()  # in order of seq
    told: int = 0  # the seq that its latest narration had in view
    recalled: asyncio.Task[None] | None = field(default=None, repr=False)


class SignalMemory:
    """Remembers events by signal, each once. `recall` may block; it is called in a thread, once a signal."""

    def __init__(self, recall: Recall | None = None) -> None:
        self._recall = recall
        self._signals: OrderedDict[str, _Signal] = OrderedDict()

    async def add(self, event: SignalEvent) -> tuple[SignalEvent, ...]:
        """Remember an event; return all that is known of its signal in order of seq, later events included."""
        signal = self._signals.get(event.signal_id)
        if signal is None:
            signal = self._signals[event.signal_id] = _Signal()
            if self._recall is not None and event.seq > 1:
                signal.recalled = asyncio.create_task(self._look_up(signal, event.signal_id, self._recall))
        self._signals.move_to_end(event.signal_id)
        while len(self._signals) > SIGNALS:
            self._signals.popitem(last=False)
        _put(signal, [event])
        if signal.recalled is not None:
            await asyncio.shield(signal.recalled)
        return signal.events

    def known(self, signal_id: str) -> tuple[SignalEvent, ...]:
        """Return the known events of a signal in order of seq."""
        signal = self._signals.get(signal_id)
        return signal.events if signal else ()

    def told(self, signal_id: str) -> int:
        """Return the seq that the latest narration had in view, 0 before the first of this process."""
        signal = self._signals.get(signal_id)
        return signal.told if signal else 0

    def tell(self, signal_id: str, seq: int) -> None:
        """Remember that a narration had the events up to `seq` in view."""
        if (signal := self._signals.get(signal_id)) is not None:
            signal.told = max(signal.told, seq)

    async def _look_up(self, signal: _Signal, signal_id: str, recall: Recall) -> None:
        try:
            found = await asyncio.to_thread(recall, signal_id)
            _put(signal, [event for event in found if event.signal_id == signal_id])
        except Exception as error:  # the signal is narrated from what has come
            log.warning(
                "the events of signal %s cannot be recalled: %s", signal_id, error, extra={"signal_id": signal_id}
            )
        finally:
            signal.recalled = None


def _put(signal: _Signal, events: Sequence[SignalEvent]) -> None:
    by_seq = {event.seq: event for event in (*signal.events, *events)}
    signal.events = remembered([by_seq[seq] for seq in sorted(by_seq)], KEPT)

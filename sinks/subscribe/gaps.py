"""Whether the events of each signal come whole: `seq` goes on by one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from schemas.events import SignalEvent


@dataclass(frozen=True, slots=True)
class Gap:
    """Events of a signal that did not come: those with `after` < seq < `before`."""

    signal_id: str
    after: int
    before: int


@dataclass(frozen=True, slots=True)
class Lost:
    """Records that the broker has dropped while this program was away: those with `first` <= offset < `kept`."""

    partition: int
    first: int
    kept: int


class Sequences:
    """The last `seq` of each signal. The first event that is seen of one may have any: before it, it was not public."""

    def __init__(self, known: dict[str, int] | None = None) -> None:
        self.last: dict[str, int] = dict(known or {})

    def take(self, event: SignalEvent) -> Literal["new", "repeat"] | Gap:
        """Say what an event is; a Gap when others should have come before it, which is taken all the same."""
        last = self.last.get(event.signal_id)
        if last is not None and event.seq <= last:
            return "repeat"
        self.last[event.signal_id] = event.seq
        if last is None or event.seq == last + 1:
            return "new"
        return Gap(event.signal_id, last, event.seq)

    def expect(self, signal_id: str, seq: int) -> None:
        """Note up to which event a signal is known from elsewhere, such as its head."""
        self.last[signal_id] = max(seq, self.last.get(signal_id, 0))

    def forget(self, signal_ids: list[str]) -> None:
        """Forget signals whose events another consumer reads from now on."""
        for signal_id in signal_ids:
            self.last.pop(signal_id, None)

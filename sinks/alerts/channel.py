"""One way by which alerts reach somebody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from schemas.events import Alert

Acknowledged = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a delivery. `error` is in words, without the address, which may hold a secret.

    `answered` says whether a receiver answered at all, so that one that is down is not asked for every alert.
    """

    delivered: bool
    error: str = ""
    answered: bool = True


class Channel(Protocol):
    """Used by one thread at a time."""

    @property
    def name(self) -> str:
        """How settings call it."""
        ...

    def deliver(self, alert: Alert, acknowledged: Acknowledged) -> Delivery:
        """Send `alert`; call `acknowledged` the moment the other side has it. Blocks up to a deadline, never raises."""
        ...

    def close(self) -> None:
        """Let go of what is kept from one alert to the next; in the thread that delivered."""
        ...

"""One small tree of exceptions: what a caller may do about a failure decides its class.

* `BadInput`: the input is wrong and stays wrong; report it at the door it came through.
* `Poison`: a record on a topic cannot be understood; it goes to dead letters with its bytes.
* `Retryable`: the same call may succeed later.
* `Backpressure`: the receiver is full; wait, then offer the same thing again.
* `Fenced`: another owner has taken over; stop at once and write nothing.
"""

from __future__ import annotations


class BellwetherError(Exception):
    """Base of everything that Bellwether raises on purpose."""


class BadInput(BellwetherError, ValueError):
    """The given input cannot be used. The message names the input and the remedy."""


class BadSetting(BadInput):
    """A setting is unusable. The message starts with the setting's name."""


class Poison(BellwetherError):
    """A record's bytes cannot be decoded or break the rules of its schema."""

    def __init__(self, reason: str, *, stage: str = "decode") -> None:
        super().__init__(reason)
        self.reason = reason
        self.stage = stage


class Retryable(BellwetherError):
    """The same call may succeed later; `after` is the wait in seconds that the other side asked for, if any."""

    def __init__(self, reason: str, *, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Backpressure(Retryable):
    """The receiver is full for the moment."""


class Fenced(BellwetherError):
    """Another process owns this role now. Nothing may be written any more."""


class Stopping(BellwetherError):
    """This process is ending. What is stored goes on at the next start."""


class FolderBusy(BellwetherError):
    """Another process holds the data folder."""

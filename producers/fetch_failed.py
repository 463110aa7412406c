"""Why a fetch failed, for a person to read and for the schedule to act on."""

from __future__ import annotations

from schemas.errors import Retryable


class FetchFailed(Retryable):
    """Nothing usable came from an address. The message is for people; `after` is the wait asked for, in
    seconds.

    `status` is the HTTP status, 0 when there was none.
    """

    def __init__(self, reason: str, *, status: int = 0, after: float | None = None) -> None:
        super().__init__(reason, after=after)
        self.reason = reason
        self.status = status

"""What the producers need from outside: a door for articles and a memory for feeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from schemas.article import Article


@dataclass(frozen=True, slots=True)
class Known:
    """The newest stored revision of an article.

    `hashes` are the content hashes of all its stored revisions. Without them a file that holds two contents
    of one article would, when read again, alternate between them and make a new revision each time.
    """

    revision: int
    content_hash: str
    hashes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FeedState:
    """Everything remembered about one feed. All times UTC; `error` is "" while the feed is well.

    `floor` is where the backlog of the first contact ended: what was published before it is never read.
    """

    url: str
    title: str = ""
    publisher: str = ""
    etag: str = ""
    last_modified: str = ""
    ok: bool = True
    error: str = ""
    articles: int = 0
    failures: int = 0  # consecutive
    last_attempt: datetime | None = None
    last_success: datetime | None = None
    next_poll: datetime | None = None
    floor: datetime | None = None


class Intake(Protocol):
    """The door of the stream: an article is admitted once it is stored, and only then published."""

    def known(self, article_ids: Sequence[str]) -> Mapping[str, Known]:
        """Return the newest stored revision of those of `article_ids` that are stored."""
        ...

    def recent(self, since: datetime) -> Iterable[Article]:
        """Yield stored first revisions published at or after `since`, in the order they were admitted."""
        ...

    def admit(self, articles: Sequence[Article], *, ordered: bool) -> int:
        """Store `articles`, then publish them; return how many. Blocks while the stream's window is full.

        With `ordered` each gets the next ordinal, in the given order; otherwise they commit as they come.
        A pair (article_id, revision) that is already stored is skipped. Raises Retryable when the store
        fails; then nothing of the call was admitted and the same call may be made again.
        """
        ...


class FeedStore(Protocol):
    """Durable feed states, keyed by URL."""

    def load(self) -> Mapping[str, FeedState]:
        """Return every remembered state."""
        ...

    def save(self, state: FeedState) -> None:
        """Remember `state` durably before returning."""
        ...


class Clock(Protocol):
    """The wall clock, or a simulated one."""

    def __call__(self) -> datetime:
        """Return the present in UTC, aware."""
        ...

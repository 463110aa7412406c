"""The ports of the processors: what the roles need, without saying who provides it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from schemas.article import Article
from schemas.events import SignalEvent
from schemas.ledger import Applied, ArticleMark, Commit, SignalHead, StoryHead
from schemas.proposal import Answer, Extraction, Question, Revision


class Extractor(Protocol):
    """Takes evidence from an article. Never raises for what an article contains; raises Retryable for a service."""

    name: str  # with its version, e.g. "lexical/1"

    async def extract(self, article: Article) -> Extraction:
        """Return what the article says, possibly nothing."""
        ...


class Judge(Protocol):
    """Answers the ledger's questions."""

    name: str

    async def answer(self, question: Question) -> Answer:
        """Return verdicts; none of them means an abstention."""
        ...


class Narrator(Protocol):
    """Rewrites a signal's title and analysis from the events that moved it."""

    name: str

    async def revise(self, events: Sequence[SignalEvent]) -> Revision | None:
        """Return a revision of the signal that `events` (one signal's, in order of seq) belong to, or None."""
        ...


class CommitLog(Protocol):
    """Durable, ordered commits of one generation."""

    @property
    def carries(self) -> bool:
        """Say whether the log is the commits topic itself, so that nothing has to be sent there besides."""
        ...

    def last(self) -> int:
        """Return the number of the last durable commit, 0 if there is none."""
        ...

    def read(self, after: int, upto: int | None = None) -> Iterator[Commit]:
        """Yield durable commits with after < n (<= upto) in order."""
        ...

    def append(self, commits: Sequence[Commit], proposals: Sequence[bytes] = ()) -> None:
        """Make `commits` durable, all or none, before returning. Raises Fenced when another owner has taken over.

        `proposals`: what each of them was decided on, framed, in the same order; a log that has no topic of proposals
        beside it keeps them, so that they can be replayed.
        """
        ...


class Snapshot(Protocol):
    """The ledger's state as of some commit, read once at start."""

    def position(self) -> int:
        """Return the number of the last commit that the snapshot wholly contains, 0 if it is empty."""
        ...

    def signals(self) -> Iterable[SignalHead]: ...

    def stories(self) -> Iterable[StoryHead]: ...

    def marks(self) -> Iterable[ArticleMark]: ...

    def questions(self) -> Iterable[Question]: ...

    def applied(self) -> Iterable[Applied]: ...

    def document_frequencies(self) -> tuple[int, Mapping[str, int]]:
        """Return how many documents were counted, and in how many of them each term occurs."""
        ...


Now = Callable[[], datetime]

"""The embedded door: an article is stored first, then published while the window has room, until it has its outcome.

The window bounds how much the memory-only broker holds at any hop. What is stored and has no outcome is pending:
after a restart it is published again, in the order of its admission.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from infra.embedded.shelf import Shelf
from processors.emit import Emitter
from producers.ports import Known
from schemas.article import Article
from schemas.codec import encode
from schemas.errors import Stopping
from schemas.topics import ARTICLES
from sinks.clickhouse.stated import StatedPages

log = logging.getLogger("bellwether.intake")
Key = tuple[str, int]
_AT_ONCE = 100  # articles that are read again in one call
_NAMED = 20  # ids in one log line


@dataclass(frozen=True, slots=True)
class WindowSize:
    """How much may be on its way at once, and how long it may take."""

    articles: int = 800
    bytes: int = 3_000_000
    sweep_seconds: float = 120.0
    attempts: int = 4


@dataclass(slots=True)
class _OnItsWay:
    article: Article
    size: int
    since: float
    settled_before: int  # how many articles had left the window when this one entered it


class EmbeddedIntake:
    """Implements producers.ports.Intake. Thread-safe."""

    def __init__(
        self,
        store: Shelf,
        emitter: Emitter,
        generation: str,
        size: WindowSize,
        monotonic: Callable[[], float],
        give_up: Callable[[Article, str], None],
        next_ordinal: int = 0,
        stated: StatedPages | None = None,
    ) -> None:
        """`stated` has the imported pages whose quotes are attached to what is admitted; None for a replay."""
        self._stated = stated
        self._store, self._emitter, self._size, self._monotonic = store, emitter, size, monotonic
        self._generation, self._topic, self._give_up = generation, ARTICLES.named(generation), give_up
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._waiting: deque[Article] = deque()
        self._on_its_way: OrderedDict[Key, _OnItsWay] = OrderedDict()
        self._asked: set[Key] = set()  # decided but for an open question: a judge or its deadline settles them
        self._expected: frozenset[Key] = frozenset()
        self._bytes = 0
        self._loaded_seq = 0  # everything up to here is waiting, on its way or settled
        self._stored_seq = store.last_seq()
        self._ordinal = store.max_ordinal()
        self._next_ordinal = next_ordinal  # the ledger waits for this one and those after it
        self._settled_count = 0
        self._last_settled = monotonic()
        self._stopped = False

    def known(self, article_ids: Sequence[str]) -> Mapping[str, Known]:
        """See producers.ports.Intake."""
        found = self._store.known(article_ids)
        return {article_id: Known(k.revision, k.content_hash, k.hashes) for article_id, k in found.items()}

    def recent(self, since: datetime) -> Iterable[Article]:
        """See producers.ports.Intake."""
        return self._store.recent(since)

    def admit(self, articles: Sequence[Article], *, ordered: bool) -> int:
        """See producers.ports.Intake."""
        with self._lock:
            if self._stopped:
                raise Stopping("stopped; what was admitted goes on at the next start")
            known = self._store.known([a.article_id for a in articles])
            fresh = [a for a in articles if a.article_id not in known or known[a.article_id].revision < a.revision]
            if self._stated is not None:
                fresh = self._stated.attached(fresh)
            if ordered:
                fresh = [replace(a, ordinal=self._ordinal + i) for i, a in enumerate(fresh, start=1)]
            if not fresh:
                self._pump()
                return 0
            try:
                stored = self._store.put(fresh)
            except BaseException:
                # It may have been stored all the same: what is there is loaded and published from the store.
                self._stored_seq, self._ordinal = self._store.last_seq(), self._store.max_ordinal()
                raise
            if ordered:
                self._ordinal += len(fresh)
            if self._loaded_seq == self._stored_seq and len(self._waiting) < 2 * self._size.articles:
                self._waiting.extend(s.article for s in stored)
                self._loaded_seq = stored[-1].seq
            self._stored_seq = stored[-1].seq
            self._pump()
            # Back-pressure: whoever reads a file waits here, not in memory.
            self._changed.wait_for(
                lambda: (
                    self._stopped or self._stored_seq - self._loaded_seq + len(self._waiting) < 4 * self._size.articles
                )
            )
            return len(fresh)

    def read_again(self) -> int:
        """Admit stored articles again, as their next revision, that imported pages quote by now; return how many.

        After a page was saved, and at the start, since a process may have died between the two.
        """
        if self._stated is None:
            return 0
        with self._lock:  # nothing is stored between the look at the pages and the look at the articles
            version, lacking = self._stated.behind()
            again = list(lacking)
            for start in range(0, len(again), _AT_ONCE):
                self.admit(again[start : start + _AT_ONCE], ordered=False)
            self._stated.caught_up(version)
            return len(again)

    def expect(self, keys: Iterable[Key]) -> None:
        """Before the start: these (article_id, revision) pairs wait for a judge, so they are not published again."""
        with self._lock:
            self._expected = frozenset(keys)

    def start(self) -> None:
        """Publish again what has no outcome yet."""
        with self._lock:
            self._pump()

    def stop(self) -> None:
        """Let nobody wait any longer; stored articles stay pending."""
        with self._lock:
            self._stopped = True
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether nothing is admitted or published any more."""
        return self._stopped

    def settled(self, outcomes: Iterable[Key]) -> None:
        """Take settled (article_id, revision) pairs out of the window."""
        with self._lock:
            for article_id, revision in outcomes:
                for key in [(article_id, r) for r in range(revision + 1)]:
                    gone = self._on_its_way.pop(key, None)
                    self._asked.discard(key)
                    if gone is not None:
                        self._bytes -= gone.size
                        self._settled_count += 1
                        self._last_settled = self._monotonic()
            self._pump()
            self._changed.notify_all()

    def asked(self, keys: Iterable[Key]) -> None:
        """Take (article_id, revision) pairs that wait for a judge out of the window: their outcome comes by itself."""
        with self._lock:
            for key in keys:
                gone = self._on_its_way.pop(key, None)
                if gone is not None:
                    self._bytes -= gone.size
                    self._asked.add(key)
                    self._settled_count += 1
                    self._last_settled = self._monotonic()
            self._pump()
            self._changed.notify_all()

    def idle(self) -> bool:
        """Say whether every admitted article has its outcome."""
        with self._lock:
            under_way = self._on_its_way or self._asked or self._waiting
            return not under_way and self._loaded_seq >= self._stored_seq

    def counts(self) -> dict[str, int]:
        """Return how many articles are on their way and how many wait for room."""
        with self._lock:
            waiting = len(self._waiting) + self._stored_seq - self._loaded_seq
            return {
                "on_their_way": len(self._on_its_way),
                "waiting": waiting,
                "asked": len(self._asked),
                "bytes": self._bytes,
            }

    def sweep(self) -> int:
        """Publish again what has been on its way for too long; after the last attempt give it up. Return how many."""
        with self._lock:
            now = self._monotonic()
            late = [key for key, on_its_way in self._on_its_way.items() if self._is_late(on_its_way, now)]
            for key in late:
                was = self._on_its_way[key]
                attempt = was.article.attempt + 1
                if attempt >= self._size.attempts:
                    log.warning(
                        "article given up: no outcome after %d attempts", attempt,
                        extra={"article_id": key[0], "revision": key[1], "generation": self._generation},
                    )  # fmt: skip
                    self._give_up(was.article, f"no outcome after {attempt} attempts")
                    self._on_its_way[key] = _OnItsWay(was.article, was.size, now, self._settled_count)
                    continue
                again = replace(was.article, attempt=attempt)
                self._on_its_way[key] = _OnItsWay(again, was.size, now, self._settled_count)
                self._emitter.send(self._topic, encode(again), key[0].encode())
            if late:
                log.warning(
                    "%d articles had no outcome after %g s", len(late), self._size.sweep_seconds,
                    extra={"article_ids": [key[0] for key in late[:_NAMED]], "generation": self._generation},
                )  # fmt: skip
                self._emitter.flush_now()
            return len(late)

    def retry_deferred(self) -> int:
        """Publish again some of what was deferred, newest first; return how many.

        They have an outcome, so nothing waits for them; no more of them than the window has room for.
        """
        with self._lock:
            room = self._size.articles - len(self._on_its_way)
            if self._stopped or self._waiting or room <= 0:
                return 0
            rows = self._store.deferred(self._generation, room)
            for row in rows:
                self._emitter.send(self._topic, encode(row.article), row.article.article_id.encode())
            if rows:
                self._emitter.flush_now()
            return len(rows)

    def _is_late(self, on_its_way: _OnItsWay, now: float) -> bool:
        """Late is what others have overtaken, or what waits while nothing moves: a slow analyst makes nothing late."""
        if now - on_its_way.since <= self._size.sweep_seconds:
            return False
        overtaken = self._settled_count - on_its_way.settled_before > 2 * self._size.articles
        return overtaken or now - self._last_settled > self._size.sweep_seconds

    def _pump(self) -> None:
        sent = False
        while not self._stopped:
            if not self._waiting and not self._load():
                break
            article = self._waiting[0]
            data = encode(article)
            full = len(self._on_its_way) >= self._size.articles or self._bytes + len(data) > self._size.bytes
            if full and self._on_its_way:
                break
            self._waiting.popleft()
            key = (article.article_id, article.revision)
            self._on_its_way[key] = _OnItsWay(article, len(data), self._monotonic(), self._settled_count)
            self._bytes += len(data)
            self._emitter.send(self._topic, data, article.article_id.encode())
            sent = True
        if sent:
            self._emitter.flush_now()

    def _load(self) -> bool:
        if self._loaded_seq >= self._stored_seq:
            return False
        rows = self._store.pending(self._generation, self._loaded_seq, self._size.articles, self._next_ordinal)
        for row in rows:
            key = (row.article.article_id, row.article.revision)
            if key in self._expected:
                self._asked.add(key)
            else:
                self._waiting.append(row.article)
        self._loaded_seq = rows[-1].seq if len(rows) == self._size.articles else self._stored_seq
        return bool(rows)

"""The role `sinks`: articles, commits and dead letters from Kafka into ClickHouse, each loop in a thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from structlog.contextvars import bind_contextvars

from infra.kafka.commit_log import KafkaCommitLog
from infra.kafka.proposal_topic import ProposalTopic, ProposedArchive
from infra.letter_box import LetterBox
from schemas.article import Article
from schemas.codec import decode
from schemas.errors import Retryable
from schemas.events import DeadLetter
from schemas.kafka_connection import KafkaConnection
from schemas.ledger import Commit
from schemas.topics import ARTICLES, COMMITS, DEAD_LETTERS, PROPOSALS
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.follow import CommitFollower
from sinks.clickhouse.project import Projector
from sinks.consume import ConsumeLoop, Stats

log = logging.getLogger("bellwether.sinks")


class KafkaSinks:
    """Runs the loops until stopped. `on_fault` is told of a fault of the program, from the loop's thread."""

    def __init__(
        self,
        store: Store,
        *,
        connection: KafkaConnection,
        generation: str,
        incarnation: str,
        session_timeout: float,
        on_fault: Callable[[BaseException], None],
    ) -> None:
        self._store, self._on_fault = store, on_fault
        letters = LetterBox(store, incarnation)
        self._stop = threading.Event()
        self.projector = Projector(store, generation)
        self._proposals = ProposalTopic(connection, PROPOSALS.named(generation), incarnation)
        self._follow = CommitFollower(
            self.projector,
            KafkaCommitLog(connection, generation),
            archive=ProposedArchive(ChdbCommitLog(store, generation), self._proposals),
        )

        def loop(name: str, topic: str, record: type, handle: Callable[[Sequence[Any]], None]) -> ConsumeLoop[Any]:
            return ConsumeLoop(
                connection.client(
                    {
                        "group.id": f"bellwether-sink-{name}.{generation}",
                        "session.timeout.ms": int(session_timeout * 1000),
                        "isolation.level": "read_committed",
                        "log_level": 3,
                    }
                ),
                [topic],
                decode=lambda found: decode(found.value, record),
                handle=handle,
                dead_letter=letters,
                stop=self._stop,
            )

        self._loops = {
            "articles": loop("articles", ARTICLES.named(generation), Article, self._keep_articles),
            "commits": loop("commits", COMMITS.named(generation), Commit, self._follow),
            "dead-letters": loop(
                "dead-letters", DEAD_LETTERS.name, DeadLetter, lambda found: letters.save(list(found))
            ),
        }
        self._threads = [
            threading.Thread(target=self._run, args=(name,), name=f"sink-{name}", daemon=True) for name in self._loops
        ]

    def start(self) -> None:
        """Start every loop."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop every loop after the batch it is at."""
        self._stop.set()
        for thread in self._threads:
            thread.join(15)
        self._proposals.close()

    def stats(self) -> dict[str, Stats]:
        """Return how each loop does."""
        return {name: loop.stats for name, loop in self._loops.items()}

    def _run(self, name: str) -> None:
        bind_contextvars(sink=name)  # of this thread
        try:
            if name == "commits":
                self._catch_up()
            self._loops[name].run()
        except BaseException as error:
            log.critical("the sink %s cannot go on", name, exc_info=True)
            self._on_fault(error)

    def _catch_up(self) -> None:
        """A store that was restored from a backup lacks commits which the group has long passed."""
        while not self._stop.is_set():
            try:
                self._follow.catch_up()
            except Retryable as error:
                log.warning("catching up: %s", error)
                self._stop.wait(2.0)
            else:
                return

    def _keep_articles(self, articles: Sequence[Article]) -> None:
        # The feeds' door has usually stored them; this is for what others produced, or a store made anew.
        ArticleStore(self._store).put(articles)

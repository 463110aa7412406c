"""The sink loops of the embedded mode, each in a thread: commits into projections, dead letters into their table."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

from structlog.contextvars import bind_contextvars

from infra.carrier import Carrier
from infra.letter_box import LetterBox
from schemas.codec import decode
from schemas.events import DeadLetter
from schemas.ledger import Commit
from schemas.topics import COMMITS, DEAD_LETTERS
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.failures import GapError
from sinks.clickhouse.project import Projector
from sinks.consume import ConsumeLoop, Stats

log = logging.getLogger("bellwether.sinks")


class SinkThreads:
    """Runs the loops until stopped. A fault of the program in one of them ends the process: it is one crash domain."""

    def __init__(
        self,
        store: Store,
        broker: Carrier,
        generation: str,
        projector: Projector,
        commit_log: ChdbCommitLog,
        on_projected: Callable[[list[Commit]], None],
    ) -> None:
        self._projector, self._commit_log, self._on_projected = projector, commit_log, on_projected
        letters = LetterBox(store, broker.incarnation)
        self._generation = generation
        self._untold: list[Commit] = []
        self._stop = threading.Event()
        config = broker.connection.client(
            {
                "session.timeout.ms": int(broker.session_timeout * 1000),
                "fetch.wait.max.ms": broker.fetch_wait_ms,
                "log_level": 3,
            }
        )
        self._loops: dict[str, ConsumeLoop[Any]] = {
            "commits": ConsumeLoop(
                {**config, "group.id": f"bellwether-sink-commits.{generation}"},
                [COMMITS.named(generation)],
                decode=lambda record: decode(record.value, Commit),
                handle=self._project,
                dead_letter=letters,
                stop=self._stop,
                batch=1000,
                poll_seconds=0.15,
            ),
            "dead-letters": ConsumeLoop(
                {**config, "group.id": f"bellwether-sink-dead-letters.{generation}"},
                [DEAD_LETTERS.name],
                decode=lambda record: decode(record.value, DeadLetter),
                handle=lambda found: letters.save(list(found)),
                dead_letter=letters,
                stop=self._stop,
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
            thread.join(10)

    def stats(self) -> dict[str, Stats]:
        """Return how each loop does."""
        return {name: loop.stats for name, loop in self._loops.items()}

    def _run(self, name: str) -> None:
        bind_contextvars(role="sinks", sink=name, generation=self._generation)  # of this thread
        try:
            self._loops[name].run()
        except BaseException:
            log.critical("the sink %s cannot go on", name, exc_info=True)
            os._exit(70)

    def _project(self, commits: Sequence[Commit]) -> None:
        fresh = [commit for commit in commits if commit.n > self._projector.position()]
        try:
            self._projector.apply(fresh)
        except GapError as gap:
            # The broker forgot some: the log has them all.
            log.warning(
                "commits were not on the topic (%s); reading them from the log", gap, extra={"commit": gap.expected}
            )
            fresh = list(self._commit_log.read(self._projector.position(), fresh[-1].n))
            self._projector.apply(fresh)
        # Kept until they are told: if telling fails, the same batch comes again and is no longer fresh.
        self._untold += fresh
        self._on_projected(list(self._untold))
        self._untold.clear()

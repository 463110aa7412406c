"""Figures of the stream: how far stages and sinks are, and what is on its way in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

from infra.kafka.progress import KafkaProgress
from infra.metrics.catalogue import (
    ARTICLES_UNDER_WAY,
    SINK_LAG,
    SINK_RECORDS,
    SINK_RETRIES,
    STAGE_LAG,
    STAGE_RECORDS,
    UNPROJECTED,
)
from infra.metrics.sources import Figure
from processors.app import Role, app_id
from schemas.kafka_connection import KafkaConnection
from schemas.topics import ARTICLES, COMMITS, LIVE, PROPOSALS, QUESTIONS, SIGNAL_EVENTS, Topic
from sinks.consume import Stats

_READS: Final[dict[Role, Topic]] = {
    "extract": ARTICLES, "ledger": PROPOSALS, "publish": COMMITS, "judge": QUESTIONS, "revise": SIGNAL_EVENTS,
}  # fmt: skip
_ASKING: Final = ("judge", "revise")
_SECONDS: Final = 2.0  # for each answer of the brokers


class Offsets(Protocol):
    """What the brokers are asked: see infra.kafka.progress.KafkaProgress."""

    def spans(self, topic: str) -> Mapping[int, tuple[int, int]]: ...

    def committed(self, group: str, topic: str) -> Mapping[int, int]: ...

    def close(self) -> None: ...


def _opened(connection: KafkaConnection) -> Offsets:
    return KafkaProgress(connection, patience=_SECONDS)


class StageFigures:
    """How far each stage has come, by its group's offsets: so that one that is down shows its lag, too.

    Close it after use. Calls raise Retryable. Offsets are those of the broker's life: an embedded one begins anew.
    """

    def __init__(
        self, connection: KafkaConnection, *, asking: bool = False, generation: str = LIVE,
        opened: Callable[[KafkaConnection], Offsets] = _opened,
    ) -> None:  # fmt: skip
        """`asking`: whether the roles that ask a language model are shown before they have acknowledged anything.

        Afterwards they are in any case: who measures need not know how they are set up.
        """
        self._connection, self._asking, self._generation, self._opened = connection, asking, generation, opened
        self._progress: Offsets | None = None

    def __call__(self) -> Iterator[Figure]:
        """Yield records and lag of each stage."""
        if self._progress is None:
            self._progress = self._opened(self._connection)
        for role, read in _READS.items():
            topic = read.named(self._generation)
            done = self._progress.committed(app_id(role, self._generation), topic)
            if not done and role in _ASKING and not self._asking:
                continue
            yield Figure(STAGE_RECORDS, sum(done.values()), (role,))
            spans = self._progress.spans(topic)
            # What retention or a takedown has deleted waits for nobody.
            lag = sum(max(0, end - max(done.get(partition, 0), low)) for partition, (low, end) in spans.items())
            yield Figure(STAGE_LAG, lag, (role,))

    def close(self) -> None:
        """Let the connections go."""
        if self._progress is not None:
            self._progress.close()


def sink_figures(stats: Mapping[str, Stats]) -> Iterator[Figure]:
    """Yield what the loops of the sinks say of themselves."""
    for sink, found in stats.items():
        yield Figure(SINK_RECORDS, found.records, (sink,))
        yield Figure(SINK_RETRIES, found.retries, (sink,))
        if found.lag >= 0:
            yield Figure(SINK_LAG, found.lag, (sink,))


def under_way_figures(counts: Mapping[str, int]) -> Iterator[Figure]:
    """Yield what is on its way in one process: see infra.embedded.stream.EmbeddedStream.lag."""
    for where, name in (("window", "on_their_way"), ("waiting", "waiting"), ("question", "asked")):
        yield Figure(ARTICLES_UNDER_WAY, counts[name], (where,))
    yield Figure(UNPROJECTED, counts["unprojected"])

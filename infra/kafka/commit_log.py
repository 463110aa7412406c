"""The commit log as a Kafka topic: processors.ports.CommitLog on a real cluster.

A group of commits is one transaction, so readers see all of it or nothing. The transactional id belongs to
the generation: whoever claims it ends the transactions of its former owner and fences it (Kafka's
documentation, "Using Transactions"). Claimed at the first append, not at the start, so that a ledger which
only stands by does not take the log from the one at work.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from infra.kafka.commit_topic import CommitTopic, MakeConsumer
from schemas.codec import encode
from schemas.errors import BadSetting, Fenced, Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.kafka_trouble import failure
from schemas.ledger import Commit
from schemas.topics import COMMITS, LIVE
from sinks.clickhouse.failures import GapError

log = logging.getLogger("bellwether.kafka")
_NOTE_EVERY: Final = 500  # commits between two noted offsets
_FENCED: Final = frozenset({KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH})

MakeProducer = Callable[[dict[str, Any]], Any]


class KafkaCommitLog:
    """Durable, ordered commits of one generation. One writer at a time, any number of readers. Thread-safe."""

    carries: Final = True  # the log is the commits topic itself

    def __init__(
        self,
        connection: KafkaConnection,
        generation: str = LIVE,
        *,
        patience: float = 30.0,
        make_producer: MakeProducer = Producer,
        make_consumer: MakeConsumer = Consumer,
    ) -> None:
        """`patience`: seconds for each answer of the broker."""
        self.generation = generation
        self._connection, self._patience = connection, patience
        self._topic = COMMITS.named(generation)
        self._reader = CommitTopic(connection, self._topic, patience, make_consumer)
        self._make_producer = make_producer
        self._lock = threading.Lock()
        self._noted: dict[int, int] = {}  # commit number -> its offset
        self._producer: Any = None
        self._fenced = ""
        self._last: int | None = None  # None: unknown, to be read from the log's end
        self._undecided = False  # a transaction whose commit was not answered

    def last(self) -> int:
        """Return the number of the last durable commit, 0 if there is none. Raises Retryable."""
        return self._end()

    def read(self, after: int, upto: int | None = None) -> Iterator[Commit]:
        """Yield commits with after < n (<= upto) in order, as far as the log goes.

        Any other number than the next is ignored. Raises GapError when one is missing although later ones are
        there, BadSetting when this user may not read, Retryable when the broker does not answer.
        """
        expected, beyond = after + 1, 0
        low, end = self._reader.bounds(settled=self._writes)
        start = max((at for n, at in self._noted.items() if n <= expected and at >= low), default=low)
        start = self._reader.offset_before(after, start, end)
        for offset, commit in self._reader.records(start, end) if start < end else ():
            if upto is not None and expected > upto:
                return
            if commit.n == expected and commit.generation == self.generation:
                if expected % _NOTE_EVERY == 1:
                    self._noted[expected] = offset
                expected += 1
                yield commit
            elif commit.n > expected:
                beyond = beyond or commit.n
        if beyond and (upto is None or expected <= upto):
            raise GapError(expected, beyond)

    def claim(self) -> None:
        """Own the log from now on: what a former owner has under way is ended, and it is fenced. May be repeated.

        Whoever owns it reads everything that was committed before, and not only what readers see a moment later.
        Raises Fenced, BadSetting when this user may not, Retryable.
        """
        with self._lock:
            if self._fenced:
                raise Fenced(self._fenced)
            self._claim()

    def append(self, commits: Sequence[Commit], proposals: Sequence[bytes] = ()) -> None:
        """Make `commits` durable, all or none, before returning. A repeat of durable commits is harmless.

        Raises GapError when a number is missing, Fenced when another ledger has written or claimed the log
        since, BadSetting when this user may not, Retryable when it is not known to be done: then the same call may be
        made again. `proposals` are on their own topic.
        """
        with self._lock:
            if self._fenced:
                raise Fenced(self._fenced)
            self._claim()
            if self._undecided:
                self._commit()
            if self._last is None:
                self._last = self._end()
            again = [commit for commit in commits if commit.n <= self._last]
            if again:
                self._must_be_durable(again)
            fresh = commits[len(again) :]
            for expected, commit in enumerate(fresh, start=self._last + 1):
                if commit.generation != self.generation:
                    raise ValueError(f"commit {commit.n} is of generation {commit.generation}")
                if commit.n != expected:
                    raise GapError(expected, commit.n)
            if fresh:
                self._write(fresh)

    def _claim(self) -> None:
        if self._producer is not None:
            return
        producer = self._make_producer(
            self._connection.client(
                {
                    "log_level": 3,
                    "linger.ms": 0,
                    "compression.type": "gzip",  # the only one that aiokafka reads without further packages
                    "message.max.bytes": 4_000_000,
                    "transactional.id": f"{self._topic}.ledger",
                    "transaction.timeout.ms": 60_000,
                    "acks": "all",
                }
            )
        )
        with self._translated("claiming the commit log"):
            producer.init_transactions(self._patience)
        self._producer = producer

    def _write(self, commits: Sequence[Commit]) -> None:
        bodies = [encode(commit) for commit in commits]
        last, self._last = commits[-1].n, None  # unknown until the transaction is through
        with self._translated(f"writing commits {commits[0].n}–{last}"):
            self._producer.begin_transaction()
            for body in bodies:
                self._producer.produce(self._topic, value=body, partition=0)
        self._commit()
        self._last = last

    def _commit(self) -> None:
        self._undecided = True  # until answered; the next append asks again
        with self._translated("committing a transaction"):
            self._producer.commit_transaction(self._patience)
        self._undecided = False

    def _translated(self, doing: str) -> _Translation:
        return _Translation(self, doing)

    def _must_be_durable(self, commits: Sequence[Commit]) -> None:
        stored = self.read(commits[0].n - 1, commits[-1].n)
        for mine, theirs in zip(commits, stored, strict=True):
            if mine != theirs:
                self._fenced = (
                    f"commit {mine.n} of generation {self.generation} is in the log with other content: "
                    "another ledger owns it"
                )
                raise Fenced(self._fenced)

    @property
    def _writes(self) -> bool:
        """A commit is answered a moment before readers see it: the writer, and only it, waits for that."""
        return self._producer is not None and not self._fenced

    def _end(self) -> int:
        low, end = self._reader.bounds(settled=self._writes)
        found = self._reader.last(low, end)
        return found[1].n if found else 0


class _Translation:
    """Turns the producer's errors into Fenced, BadSetting or Retryable, and ends what transaction can be ended."""

    def __init__(self, owner: KafkaCommitLog, doing: str) -> None:
        self._owner, self._doing = owner, doing

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, raised: BaseException | None, trace: object) -> None:
        if isinstance(raised, BufferError):
            self._abort()
            raise Retryable(f"{self._doing}: the producer's queue is full") from raised
        if not isinstance(raised, KafkaException):
            return
        error, owner = raised.args[0], self._owner
        words = f"{self._doing}: {error.str()}"
        told = failure(error, owner._connection, self._doing)
        if isinstance(told, BadSetting):  # before the next: a missing right is fatal to the client, but no other ledger
            if error.txn_requires_abort():
                self._abort()
            raise told from raised
        if error.fatal() or error.code() in _FENCED:
            owner._fenced = f"another ledger has claimed the log ({words})"
            raise Fenced(owner._fenced) from raised
        if error.txn_requires_abort():
            self._abort()
        elif error.code() == KafkaError._STATE:
            owner._undecided = False  # nothing is open any more: the log's end tells what became of it
        raise told from raised

    def _abort(self) -> None:
        owner = self._owner
        try:
            owner._producer.abort_transaction(owner._patience)
            owner._undecided = False
        except KafkaException as again:
            if again.args[0].fatal():
                owner._fenced = f"another ledger has claimed the log ({again.args[0].str()})"
                raise Fenced(owner._fenced) from again
            log.warning("aborting: %s", again.args[0].str())

"""What commits were decided on, looked up on the proposals topic: for an archive that replays can be made from."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any, Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

from schemas.codec import decode
from schemas.errors import Poison, Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.ledger import Commit
from schemas.proposal import Proposal
from sinks.clickhouse.commit_log import ChdbCommitLog

log = logging.getLogger("bellwether.kafka")
GROUP: Final = "bellwether-proposals"  # the client demands one; nothing is committed to it
_AT_ONCE: Final = 500
_SECONDS: Final = 10.0  # without any record before the rest is taken to be gone


class ProposalTopic:
    """Reads one generation's proposals topic at the offsets that commits name. For one thread."""

    def __init__(self, connection: KafkaConnection, topic: str, incarnation: str, *, seconds: float = _SECONDS) -> None:
        self._topic, self._incarnation, self._seconds = topic, incarnation, seconds
        self._consumer = Consumer(
            connection.client(
                {
                    "group.id": GROUP,
                    "enable.auto.commit": False,
                    "enable.partition.eof": True,
                    "auto.offset.reset": "earliest",
                    "fetch.wait.max.ms": 100,
                    "log_level": 3,
                }
            )
        )
        self._next = -1

    def of(self, commits: Sequence[Commit]) -> list[bytes]:
        """Return the framed proposal of each commit, b"" where the topic has it no more. Raises Retryable."""
        offsets = [commit.input.offset for commit in commits if self._is_here(commit)]
        if not offsets:
            return [b""] * len(commits)
        found = self._between(min(offsets), max(offsets))
        return [
            body if self._is_here(one) and _is_of(one, body := found.get(one.input.offset, b"")) else b""
            for one in commits
        ]

    def close(self) -> None:
        """Let go of the connection."""
        self._consumer.close()

    def _is_here(self, commit: Commit) -> bool:
        where = commit.input
        return (where.incarnation, where.topic) == (self._incarnation, self._topic) and where.offset >= 0

    def _between(self, first: int, last: int) -> dict[int, bytes]:
        try:
            low, high = self._consumer.get_watermark_offsets(TopicPartition(self._topic, 0), self._seconds)
        except KafkaException as error:
            raise Retryable(f"asking where {self._topic} ends: {error.args[0].str()}") from error
        first, last = max(first, low), min(last, high - 1)
        if first > last:
            return {}
        if self._next != first:
            self._consumer.assign([TopicPartition(self._topic, 0, first)])
        self._next = last + 1
        return self._read(last)

    def _read(self, last: int) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        until = time.monotonic() + self._seconds
        while time.monotonic() < until:
            batch: list[Any] = self._consumer.consume(_AT_ONCE, 0.2)
            for at, message in enumerate(batch):
                if message.error() is not None:
                    continue
                found[message.offset()] = message.value() or b""
                if message.offset() >= last:
                    self._next = last + 1 if at == len(batch) - 1 else -1
                    return found
            if batch:
                until = time.monotonic() + self._seconds
        log.warning("%s: no record up to offset %d for %g s", self._topic, last, self._seconds)
        self._next = -1
        return found


class ProposedArchive:
    """The store's commits with what they were decided on; sinks.clickhouse.follow.CommitArchive fits."""

    def __init__(self, archive: ChdbCommitLog, proposals: ProposalTopic) -> None:
        self._archive, self._proposals = archive, proposals

    def append(self, commits: Sequence[Commit]) -> None:
        """Store `commits`; a repeat is harmless. Raises Retryable."""
        self._archive.append(commits, self._proposals.of(commits))


def _is_of(commit: Commit, body: bytes) -> bool:
    try:
        return decode(body, Proposal).proposal_id == commit.proposal_id
    except Poison:
        return False

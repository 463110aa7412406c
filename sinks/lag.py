"""How many records a consumer has before it: what is behind the ends of its partitions, and what is in its hands."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

_log = logging.getLogger("bellwether.sinks")
_ASK_EVERY: Final = 5.0  # seconds between questions to the brokers
_ANSWER: Final = 1.0  # seconds that one of them may take


class Lag:
    """`records` is the last measure, -1 while unknown. For the consumer's thread; `records` may be read from any."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self.records = -1
        self._begin_at: dict[tuple[str, int], int] = {}  # where the group is on partitions that nothing was read from
        self._ends: dict[tuple[str, int], int] = {}  # as they were asked for: the last fetch may know an older one
        self._asked = float("-inf")

    def may_ask(self) -> bool:
        """Say whether the brokers may be asked again; if so, the caller does it now."""
        now = time.monotonic()
        if now - self._asked < _ASK_EVERY:
            return False
        self._asked = now
        return True

    def measure(self, in_hand: int, *, cached: bool) -> None:
        """Count anew; `in_hand` records were read and are not done. Without an answer the last measure stays.

        `cached`: take the ends as the last fetch had them. Paused partitions are not fetched: ask for theirs.
        """
        assigned = self._consumer.assignment()
        if not assigned:
            self.records, self._begin_at, self._ends = -1, {}, {}
            return
        try:
            records = in_hand
            for at in self._consumer.position(assigned):
                marks = self._consumer.get_watermark_offsets(at, timeout=_ANSWER, cached=cached)
                begun = at.offset if at.offset >= 0 else self._beginning(at, assigned, ask=not cached)
                if marks is None or marks[1] < 0 or begun is None:
                    return
                if not cached:
                    self._ends[at.topic, at.partition] = marks[1]
                end = max(marks[1], self._ends.get((at.topic, at.partition), 0))
                records += max(0, end - max(begun, marks[0]))
            self.records = records
        except KafkaException as error:
            _log.debug("the lag could not be measured: %s", error)

    def _beginning(self, at: TopicPartition, assigned: Sequence[TopicPartition], *, ask: bool) -> int | None:
        """Return what the group has committed of a partition that nothing was read from; None while unknown."""
        if {(each.topic, each.partition) for each in assigned} != set(self._begin_at):
            if not (ask or self.may_ask()):
                return None
            found = self._consumer.committed(list(assigned), timeout=_ANSWER)
            self._begin_at = {(each.topic, each.partition): max(0, each.offset) for each in found}
        return self._begin_at.get((at.topic, at.partition))

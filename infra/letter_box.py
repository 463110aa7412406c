"""Where a sink puts what it cannot process: straight into the table, since a sink that fails cannot rely on a topic."""

from __future__ import annotations

from infra.clock import wall_clock
from infra.metrics.reading import count_dead_letter
from processors.guard import dead_letter
from schemas.events import DeadLetter
from sinks.clickhouse.connect import Store
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.tables import DEAD_LETTERS


class LetterBox:
    """Implements sinks.consume.DeadLetterBox. `incarnation` names the life of the broker that the offsets belong to."""

    def __init__(self, store: Store, incarnation: str) -> None:
        self._letters = LatestRecords(store, DEAD_LETTERS)
        self._incarnation = incarnation

    def save(self, letters: list[DeadLetter]) -> None:
        """Keep letters that the roles wrote; a second writing of one changes nothing."""
        self._letters.save(letters)
        for letter in letters:
            count_dead_letter(letter.stage)

    def __call__(
        self,
        *,
        topic: str,
        partition: int,
        offset: int,
        key: bytes | None,
        value: bytes | None,
        stage: str,
        reason: str,
    ) -> None:
        """Keep one record with its bytes; durable on return."""
        letter = dead_letter(
            topic, partition, offset, self._incarnation, key, value, f"sink/{stage}", reason, wall_clock()
        )
        self.save([letter])

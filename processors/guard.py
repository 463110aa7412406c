"""A bad record goes to dead letters with its bytes and reason, and the stream goes on."""

from __future__ import annotations

import logging
from typing import Any

from processors.decisions.ids import derived
from processors.emit import Emitter
from processors.ports import Now
from schemas.codec import encode
from schemas.events import DeadLetter
from schemas.topics import DEAD_LETTERS

log = logging.getLogger("bellwether.guard")
LARGEST = 1_000_000  # bytes of a record that are kept, so that its dead letter is no larger than a message may be


class Guard:
    """Writes dead letters for one role."""

    def __init__(self, emitter: Emitter, incarnation: str, now: Now) -> None:
        self._emitter, self._incarnation, self._now = emitter, incarnation, now

    def bury(self, event: Any, stage: str, reason: str) -> None:
        """Send the Faust event's original bytes to dead letters. The id makes a second burial recognisable."""
        message = event.message
        letter = dead_letter(
            message.topic, message.partition, message.offset, self._incarnation,
            message.key, message.value, stage, reason, self._now(),
        )  # fmt: skip
        where = (message.topic, message.partition, message.offset)
        log.warning(
            "dead letter %s[%d]@%d: %s", *where, letter.reason,
            extra={"stage": stage, "dead_letter_id": letter.dead_letter_id},
        )  # fmt: skip
        self._emitter.send(DEAD_LETTERS.name, encode(letter), key=letter.key)


def dead_letter(
    topic: str, partition: int, offset: int, incarnation: str, key: bytes | None, value: bytes | None,
    stage: str, reason: str, at: Any,
) -> DeadLetter:  # fmt: skip
    """Return the dead letter of one record; the broker's incarnation is part of its id."""
    return DeadLetter(
        dead_letter_id=derived("dl-", incarnation, topic, str(partition), str(offset), stage),
        topic=topic,
        partition=partition,
        offset=offset,
        incarnation=incarnation,
        key=key or b"",
        value=(value or b"")[:LARGEST],
        stage=stage,
        reason=reason[:2000],
        at=at,
    )

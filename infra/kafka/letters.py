"""Dead letters on real services: back onto Kafka's topics, articles through the door of the feeds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from infra.clock import wall_clock
from infra.kafka.intake import KafkaIntake
from infra.kafka.roles import opened_server_desk
from infra.kafka.topics import cluster_id
from infra.letters.replaying import LetterDesk
from infra.letters.ways import KafkaWays
from infra.settings import Loaded
from processors.emit import Emitter
from schemas.topics import LIVE

_GRACE: Final = 5.0  # seconds until the sinks have stored what a role has made


@contextmanager
def opened_letter_desk(loaded: Loaded) -> Iterator[LetterDesk]:
    """Open the configured ClickHouse and the ways into the configured Kafka. Raises BadSetting, Retryable."""
    connection = loaded.settings.kafka.connection
    with opened_server_desk(loaded) as desk:
        emitter = Emitter(connection)
        try:
            intake = KafkaIntake(desk.store, emitter, LIVE)

            def ways() -> KafkaWays:
                return KafkaWays(
                    connection, cluster_id(connection), lambda some: intake.admit(some, ordered=False), _GRACE
                )

            yield LetterDesk(desk.store, wall_clock, ways)
        finally:
            emitter.close()

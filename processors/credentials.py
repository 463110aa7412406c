"""A Kafka connection's security as Faust takes it (faust.auth, handed to aiokafka)."""

from __future__ import annotations

from typing import Any

from faust.auth import SASLCredentials, SSLCredentials

from schemas.kafka_connection import KafkaConnection


def credentials(connection: KafkaConnection) -> Any:
    """Return what Faust's `broker_credentials` takes, None for plaintext. Raises BadSetting for an unusable file."""
    context = connection.tls()
    if connection.signs_in:
        return SASLCredentials(
            username=connection.username,
            password=connection.password,
            mechanism=connection.mechanism,
            ssl_context=context,
        )
    return None if context is None else SSLCredentials(context)

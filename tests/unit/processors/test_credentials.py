"""What Faust hands to aiokafka."""

from __future__ import annotations

import ssl

import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from processors.credentials import credentials
from schemas.kafka_connection import KafkaConnection, Mechanism


def test_plaintext_has_none() -> None:
    assert credentials(KafkaConnection("a:1")) is None


def test_tls_alone() -> None:
    given = credentials_to_aiokafka_auth(credentials(KafkaConnection("a:1", "ssl")))
    assert given["security_protocol"] == "SSL"
    assert isinstance(given["ssl_context"], ssl.SSLContext)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("protocol", ["sasl_plaintext", "sasl_ssl"])
def test_a_name_and_a_password(protocol: str, mechanism: Mechanism) -> None:
    connection = KafkaConnection("a:1", protocol, mechanism=mechanism, username="ines", password="s3cret")  # type: ignore[arg-type]
    given = credentials_to_aiokafka_auth(credentials(connection))
    assert given["security_protocol"] == protocol.upper()
    assert (given["sasl_mechanism"], given["sasl_plain_username"], given["sasl_plain_password"]) == (
        mechanism, "ines", "s3cret",
    )  # fmt: skip
    assert (given["ssl_context"] is not None) == (protocol == "sasl_ssl")

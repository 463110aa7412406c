"""What librdkafka says becomes the setting to mend; its words are those that a real broker drew from it."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from schemas.errors import BadSetting
from schemas.kafka_connection import KafkaConnection
from schemas.kafka_trouble import Trouble, metadata, reason_of

KAFKA = KafkaConnection("k:9093", "sasl_ssl", mechanism="SCRAM-SHA-256", username="ines", password="s3cret")
SAID = [
    (KafkaError._AUTHENTICATION, "SASL authentication error: Authentication failed during "
     "authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512 (after 326ms in state AUTH_REQ)",
     "not signed in", "kafka.security.password: k:9093 refuses ines with this password"),
    (KafkaError._AUTHENTICATION, "SASL SCRAM-SHA-256 mechanism handshake failed: Broker: "
     "Unsupported SASL mechanism: broker's supported mechanisms: SCRAM-SHA-512 (after 3ms in state AUTH_HANDSHAKE)",
     "not signed in", "kafka.security.mechanism: k:9093 does not take SCRAM-SHA-256"),
    (KafkaError._AUTHENTICATION, "SASL SCRAM-SHA-512 mechanism handshake failed: Broker: "
     "Request not valid in current SASL state: broker's supported mechanisms:  (after 1ms in state AUTH_HANDSHAKE)",
     "not signed in", "kafka.security.protocol: k:9093 asks for no password"),
    (KafkaError._SSL, "SSL handshake failed: error:0A000086:SSL routines::certificate verify "
     "failed: broker certificate could not be verified, verify that ssl.ca.location is correctly configured or root CA "
     "certificates are installed (after 3ms in state SSL_HANDSHAKE)",
     "not trusted", "kafka.security.ca_file: the certificate of k:9093 cannot be verified"),
    (KafkaError._TRANSPORT, "Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate "
     "required: SSL alert number 116 (after 1ms in state APIVERSION_QUERY)",
     "not trusted", "kafka.security.certificate_file: k:9093 does not accept this client's certificate, or wants one"),
    (KafkaError._TRANSPORT, "SSL handshake failed: Disconnected: SSL connection closed by peer: "
     "connecting to a PLAINTEXT broker listener? (after 12ms in state SSL_HANDSHAKE)",
     "not trusted", "kafka.security.protocol: k:9093 does not speak TLS"),
    (KafkaError._TRANSPORT, "Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms "
     "in state CONNECT)", "unreachable", "kafka.bootstrap: k:9093 cannot be reached (Connect to"),
    (KafkaError.TOPIC_AUTHORIZATION_FAILED, "Broker: Topic authorization failed",
     "not allowed", "kafka.security.username: ines lacks a right on a topic"),
    (KafkaError.GROUP_AUTHORIZATION_FAILED, "FindCoordinator response error: Group authorization failed.",
     "not allowed", "kafka.security.username: ines lacks a right on a group"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "words", "kind", "said"), SAID)
def test_each_kind_names_its_setting(code: int, words: str, kind: str, said: str) -> None:
    reason = reason_of(KafkaError(code, f"sasl_ssl://k:9093/bootstrap: {words}"), KAFKA)
    assert reason is not None
    assert (reason.kind, reason.said[: len(said)]) == (kind, said)
    assert "state" not in reason.said or "SASL state" in reason.said  # librdkafka's own bookkeeping
    assert "s3cret" not in reason.said
    assert reason.lasting == (kind != "unreachable")


@pytest.mark.parametrize(
    "code", [KafkaError._ALL_BROKERS_DOWN, KafkaError._PARTITION_EOF, KafkaError.UNKNOWN_TOPIC_OR_PART]
)
def test_what_is_about_something_else_says_nothing(code: int) -> None:
    assert reason_of(KafkaError(code), KAFKA) is None


def test_a_lasting_reason_is_not_forgotten_for_one_that_may_pass() -> None:
    trouble = Trouble(KAFKA)
    for code, words, _, _ in (SAID[6], SAID[0], SAID[6]):
        trouble(KafkaError(code, words))
    assert trouble.lasting.startswith("kafka.security.password: ")


def test_a_plain_client_that_hears_nothing_gets_a_hint() -> None:
    assert "kafka.security.protocol" in Trouble(KafkaConnection("k:9092")).hint


class Silent:
    """A client that no broker answers; what it hears comes with `poll`, as librdkafka's."""

    def __init__(self, trouble: Trouble, *heard: KafkaError) -> None:
        self._trouble, self._heard, self.waited = trouble, list(heard), 0.0

    def list_topics(self, topic: str | None, timeout: float) -> Any:
        self.waited += timeout
        raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    def poll(self, timeout: float) -> None:
        for error in self._heard:
            self._trouble(error)


def test_a_refusal_is_told_at_once_and_silence_after_the_patience() -> None:
    trouble = Trouble(KAFKA)
    refused = Silent(trouble, KafkaError(*SAID[0][:2]))
    with pytest.raises(BadSetting, match=r"kafka\.security\.password"):
        metadata(refused, trouble, 120.0)
    assert refused.waited < 10
    for patience in (0.5, 3.0, 30.0):
        trouble = Trouble(KAFKA)
        silent = Silent(trouble, KafkaError(*SAID[6][:2]))
        with pytest.raises(KafkaException):
            metadata(silent, trouble, patience)
        assert silent.waited == patience

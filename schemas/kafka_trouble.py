"""Why a Kafka does not let a client in or through, with the setting that is to be mended.

librdkafka goes on trying for ever and tells its reason to `error_cb` alone: a call only says that no broker answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from confluent_kafka import KafkaError, KafkaException

from schemas.errors import BadSetting, Retryable
from schemas.kafka_connection import SECTION, KafkaConnection

Kind = Literal["unreachable", "not trusted", "not signed in", "not allowed"]
_RIGHTS: Final = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "topic",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "group",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "cluster",
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "transactional id",
}
_SIGNING_IN: Final = frozenset({KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED})
_FIRST_LOOK: Final = 3.0  # seconds; a refusal comes sooner
_WHERE: Final = re.compile(r"^\w+://[^ ]+: ")  # librdkafka names the broker in front
_AFTER: Final = re.compile(r"(?: \(after \d+ms|, verify that ssl\.ca\.location).*$")


@dataclass(frozen=True, slots=True)
class Reason:
    """`said` begins with the setting to mend, and ends with the remedy."""

    kind: Kind
    said: str

    @property
    def lasting(self) -> bool:
        """Say whether trying again without other settings, or other rights, would be in vain."""
        return self.kind != "unreachable"


def reason_of(error: KafkaError, connection: KafkaConnection) -> Reason | None:
    """Return what an error says of the connection; None for one that is about something else."""
    code, words = error.code(), error.str()
    short = _AFTER.sub("", _WHERE.sub("", words))
    at = connection.bootstrap
    if code in _RIGHTS:
        user = connection.username or ("this certificate's user" if connection.certificate_file else "this user")
        return Reason(
            "not allowed",
            f"{SECTION}.username: {user} lacks a right on a {_RIGHTS[code]} ({words}); grant it: "
            "`bellwether kafka acls` prints what each role needs",
        )
    if code in _SIGNING_IN:
        if "mechanism handshake failed" in words:
            return _other_mechanism(short, connection)
        return Reason(
            "not signed in",
            f"{SECTION}.password: {at} refuses {connection.username or 'this user'} with this password ({short}); set "
            f"{SECTION}.username and {SECTION}.password to those of a user that the brokers know for this mechanism",
        )
    if code == KafkaError._SSL or "SSL alert" in words:  # TLS 1.3 refuses a client only after the handshake
        return _of_certificates(short, at)
    if "PLAINTEXT broker listener" in words:
        return Reason(
            "not trusted",
            f"{SECTION}.protocol: {at} does not speak TLS on this port; use the port of its TLS listener, or "
            f"{'sasl_plaintext' if connection.signs_in else 'plaintext'}",
        )
    if code in (KafkaError._TRANSPORT, KafkaError._RESOLVE):
        return Reason("unreachable", f"kafka.bootstrap: {at} cannot be reached ({short})")
    return None


def failure(error: KafkaError, connection: KafkaConnection, doing: str) -> BadSetting | Retryable:
    """Return what to raise for an error of the broker: BadSetting where trying again is in vain, else Retryable."""
    why = reason_of(error, connection)
    if why is not None and why.lasting:
        return BadSetting(f"{why.said} ({doing})")
    return Retryable(f"{doing}: {error.str()}")


def _other_mechanism(short: str, connection: KafkaConnection) -> Reason:
    if "current SASL state" in short:
        words = (
            f"protocol: {connection.bootstrap} asks for no password on this port ({short}); use the port of its SASL "
        )
        return Reason("not signed in", f"{SECTION}.{words}listener, or a protocol without sasl")
    return Reason(
        "not signed in",
        f"{SECTION}.mechanism: {connection.bootstrap} does not take {connection.mechanism} ({short}); set "
        "one that it takes",
    )


def _of_certificates(short: str, at: str) -> Reason:
    if "verify failed" in short:  # librdkafka does not say whether it is the authority or the name
        words = (
            f"{SECTION}.ca_file: the certificate of {at} cannot be verified ({short}): another authority signed it, "
            "or it is for another name; name that authority's file, and in kafka.bootstrap the name that stands in it"
        )
    elif "alert" in short:
        words = (
            f"{SECTION}.certificate_file: {at} does not accept this client's certificate, or wants one ({short}); set "
            "certificate_file and key_file to a pair that the brokers trust"
        )
    else:
        words = f"{SECTION}.protocol: {at} and this client do not agree on TLS ({short}); check protocol and port"
    return Reason("not trusted", words)


class Trouble:
    """A client's `error_cb`: remembers why it cannot talk to the brokers. Called from within the client's own calls."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self.reason: Reason | None = None

    def __call__(self, error: KafkaError) -> None:
        """Take note of an error; the last that says anything counts, one that lasts before one that may pass."""
        found = reason_of(error, self._connection)
        if found is not None and (found.lasting or self.reason is None or not self.reason.lasting):
            self.reason = found

    @property
    def lasting(self) -> str:
        """What is said of a trouble that does not pass by itself, "" without one."""
        return self.reason.said if self.reason is not None and self.reason.lasting else ""

    @property
    def hint(self) -> str:
        """What may be the matter when nothing answers and nobody says why."""
        if self.reason is not None:
            return self.reason.said
        if self._connection.protocol == "plaintext":
            return f"if that port speaks TLS or asks for a password, set {SECTION}.protocol"
        if not self._connection.signs_in:
            return f"if that port asks for a password, set {SECTION}.protocol to sasl_ssl"
        return ""


def metadata(client: Any, trouble: Trouble, seconds: float, topic: str | None = None) -> Any:
    """Return what a client's `list_topics` answers; `trouble` is that client's.

    A refusal is told as soon as it is known, as BadSetting; silence after `seconds`, as KafkaException.
    """
    looks = [min(_FIRST_LOOK, seconds), max(0.0, seconds - _FIRST_LOOK)]
    while True:
        try:
            return client.list_topics(topic=topic, timeout=looks.pop(0))
        except KafkaException as error:
            client.poll(0)  # hands over what was said to `trouble`
            if trouble.lasting:
                raise BadSetting(trouble.lasting) from error
            if not any(looks):
                raise

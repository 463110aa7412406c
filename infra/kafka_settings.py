"""`[kafka]` and `[kafka.security]`: the real Kafka, and what proves each side to the other."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from infra.registry_settings import RegistrySettings
from infra.section import Section
from schemas.kafka_connection import KafkaConnection, Mechanism, Protocol

_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


class KafkaSecurity(Section):
    """Files are PEM. What does not belong to the protocol is refused: it would not be used."""

    protocol: Protocol = "plaintext"
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    key_password: SecretStr = SecretStr("")
    mechanism: Mechanism = ""
    username: str = ""
    password: SecretStr = SecretStr("")

    @field_validator("protocol", mode="before")
    @classmethod
    def _as_kafka_writes_it(cls, protocol: object) -> object:
        return protocol.lower() if isinstance(protocol, str) else protocol

    @field_validator("mechanism", mode="before")
    @classmethod
    def _known(cls, mechanism: object) -> object:
        made = mechanism.upper() if isinstance(mechanism, str) else mechanism
        if made and made not in _MECHANISMS:
            raise ValueError(
                f"write one of {', '.join(_MECHANISMS)}; GSSAPI (Kerberos), OAUTHBEARER and others are not built in"
            )
        return made

    @model_validator(mode="after")
    def _fits(self) -> KafkaSecurity:
        encrypted = self.protocol in ("ssl", "sasl_ssl")
        signs_in = self.protocol in ("sasl_plaintext", "sasl_ssl")
        for name in ("ca_file", "certificate_file", "key_file", "key_password"):
            if self._given(name) and not encrypted:
                raise ValueError(f"{name}: goes with protocol ssl or sasl_ssl, not {self.protocol}; set protocol")
        for name in ("mechanism", "username", "password"):
            if self._given(name) and not signs_in:
                raise ValueError(
                    f"{name}: goes with protocol sasl_ssl (or sasl_plaintext), not {self.protocol}; set protocol"
                )
            if signs_in and not self._given(name):
                remedy = f"write one of {', '.join(_MECHANISMS)}" if name == "mechanism" else "set it, too"
                raise ValueError(f"{name}: protocol {self.protocol} needs it; {remedy}")
        for name in ("key_file", "key_password"):
            if self._given(name) and not self.certificate_file:
                raise ValueError(f"{name}: goes with certificate_file; set that, too")
        return self

    def _given(self, name: Literal["ca_file"] | str) -> bool:
        value = getattr(self, name)
        return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


class Kafka(Section):
    """`bootstrap` empty: the embedded broker. `session_timeout`: seconds until a silent process counts as dead."""

    bootstrap: str = ""
    session_timeout: float = Field(30.0, gt=1)
    security: KafkaSecurity = KafkaSecurity()
    registry: RegistrySettings = RegistrySettings()

    @model_validator(mode="after")
    def _belongs_to_a_kafka(self) -> Kafka:
        if self.registry.url and not self.bootstrap:
            raise ValueError("registry.url: goes with kafka.bootstrap; the embedded broker's ids are the lock file's")
        if self.security.protocol != "plaintext" and not self.bootstrap:
            raise ValueError("security.protocol: goes with kafka.bootstrap; the embedded broker speaks plaintext")
        return self

    @property
    def connection(self) -> KafkaConnection:
        """Return what every client is made from."""
        given = self.security
        return KafkaConnection(
            self.bootstrap,
            given.protocol,
            given.ca_file,
            given.certificate_file,
            given.key_file,
            given.key_password.get_secret_value(),
            given.mechanism,
            given.username,
            given.password.get_secret_value(),
        )

"""How a Kafka is reached: its address, and what proves each side to the other.

Every client of the project is configured here and nowhere else, so that none can forget the security: librdkafka's by
`client`, Faust's (aiokafka) by `processors.credentials`. Names and meanings of librdkafka's settings:
https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from schemas.errors import BadSetting

Protocol = Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]
Mechanism = Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
SECTION: Final = "kafka.security"  # of the settings; errors name it


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """An address and its security. Files are paths of PEM files; "" for what is not used.

    With TLS the broker's certificate and the name in it are always checked, against `ca_file` or, without it, the
    authorities that the system trusts.
    """

    bootstrap: str  # host:port[,host:port]
    protocol: Protocol = "plaintext"
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""  # "": the key is in certificate_file
    key_password: str = field(default="", repr=False)
    mechanism: Mechanism = ""
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def encrypted(self) -> bool:
        """Say whether TLS is spoken."""
        return self.protocol in ("ssl", "sasl_ssl")

    @property
    def signs_in(self) -> bool:
        """Say whether a name and a password are given (SASL)."""
        return self.protocol in ("sasl_plaintext", "sasl_ssl")

    def client(self, config: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return `config` for a client by librdkafka (Producer, Consumer, AdminClient), address and security put in."""
        made: dict[str, Any] = {**(config or {}), "bootstrap.servers": self.bootstrap}
        if self.protocol != "plaintext":
            made["security.protocol"] = self.protocol.upper()
        if self.encrypted:
            made["ssl.endpoint.identification.algorithm"] = "https"
            made |= {
                name: value
                for name, value in (
                    ("ssl.ca.location", self.ca_file),
                    ("ssl.certificate.location", self.certificate_file),
                    ("ssl.key.location", self.key_file or self.certificate_file),
                    ("ssl.key.password", self.key_password),
                )
                if value
            }
        if self.signs_in:
            made |= {
                "sasl.mechanism": self.mechanism,
                "sasl.username": self.username,
                "sasl.password": self.password,
            }
        return made

    def tls(self) -> ssl.SSLContext | None:
        """Return the same for Python's own TLS, None without. Raises BadSetting for a file that cannot serve."""
        if not self.encrypted:
            return None
        context = self._trusting()
        if self.certificate_file:
            self._readable("certificate_file", self.certificate_file)
            if self.key_file:
                self._readable("key_file", self.key_file)
            try:
                # Asked as a function: without one, OpenSSL would ask at the terminal.
                context.load_cert_chain(self.certificate_file, self.key_file or None, lambda: self.key_password)
            except (ssl.SSLError, ValueError) as error:
                raise BadSetting(self._of_the_pair(error)) from error
        return context

    def _trusting(self) -> ssl.SSLContext:
        if self.ca_file:
            self._readable("ca_file", self.ca_file)
        try:
            return ssl.create_default_context(cafile=self.ca_file or None)
        except ssl.SSLError as error:
            raise BadSetting(
                f"{SECTION}.ca_file: {self.ca_file} holds no certificate ({error.reason or error}); name a PEM file "
                "with the certificates of the authorities that sign the brokers'"
            ) from error

    def _of_the_pair(self, error: Exception) -> str:
        reason = getattr(error, "reason", "") or str(error)
        files = " and ".join(path for path in (self.certificate_file, self.key_file) if path)
        if reason == "KEY_VALUES_MISMATCH":
            return f"{SECTION}.key_file: the key is not that of the certificate ({files}); name the pair that belongs"
        if self.key_password:
            return (
                f"{SECTION}.key_password: {files} cannot be used with it ({reason}); check the password, and that both "
                "are PEM"
            )
        name = "key_file" if self.key_file else "certificate_file"
        return (
            f"{SECTION}.{name}: {files} cannot be used ({reason}); name PEM files, and key_password if the key has one"
        )

    @staticmethod
    def _readable(name: str, path: str) -> None:
        try:
            with open(path, "rb"):
                pass
        except OSError as error:
            raise BadSetting(
                f"{SECTION}.{name}: {path} cannot be read ({error.strerror}); name a PEM file that this user may read"
            ) from error

"""A node whose clients come over TLS with a name and a password (SCRAM), and may do what ACLs say."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from infra.kafka.local.node import KafkaNode, Ports
from schemas.kafka_connection import KafkaConnection
from tests.certificates import KEY_PASSWORD, make_certificates

PASSWORD = "a-password-of-{}"


class SecuredNode(KafkaNode):
    """Besides the plain listener, whose nameless clients may do everything: SASL_SSL with SCRAM, and mutual TLS."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.tls_port, self.mutual_port = _free_port(), _free_port()
        self.ca_file = folder / "ca.pem"

    def user(self, name: str, **changed: str) -> KafkaConnection:
        """Return the connection of a user that `add` has made."""
        given = {"username": name, "password": PASSWORD.format(name), "ca_file": str(self.ca_file)} | changed
        return KafkaConnection(
            f"127.0.0.1:{self.tls_port}",
            "sasl_ssl",
            mechanism="SCRAM-SHA-512",
            **given,
        )

    def with_certificate(self, **changed: str) -> KafkaConnection:
        """Return a connection whose user is the one of the client's certificate: `CN=client`."""
        files = {
            "ca_file": str(self.ca_file),
            "certificate_file": str(self.folder / "client-only.pem"),
            "key_file": str(self.folder / "locked-key.pem"),
            "key_password": KEY_PASSWORD,
        }
        return KafkaConnection(f"127.0.0.1:{self.mutual_port}", "ssl", **files | changed)  # type: ignore[arg-type]

    def add(self, *names: str) -> None:
        """Make users, who may do nothing yet."""
        made: list[UserScramCredentialAlteration] = [
            UserScramCredentialUpsertion(
                name, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), PASSWORD.format(name).encode()
            )
            for name in names
        ]
        admin = AdminClient(self.connection.client())
        for future in admin.alter_user_scram_credentials(made).values():
            future.result(30)

    def _configure(self, ports: Ports, libraries: Path) -> None:
        super()._configure(ports, libraries)
        make_certificates(self.folder)
        listeners = f"PLAINTEXT://127.0.0.1:{ports.port},SAFE://127.0.0.1:{self.tls_port}"
        listeners += f",MUTUAL://127.0.0.1:{self.mutual_port}"
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        more = {
            "listeners": f"{listeners},CONTROLLER://127.0.0.1:{ports.controller}",
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SAFE:SASL_SSL,MUTUAL:SSL",
            "listener.name.mutual.ssl.client.auth": "required",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.folder / "broker.pem",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.folder / "ca.pem",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.safe.scram-sha-512.sasl.jaas.config": login,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }
        with (self.folder / "server.properties").open("a", encoding="utf-8") as config:
            config.writelines(f"{name}={value}\n" for name, value in more.items())  # the last of a name counts


@contextmanager
def secured_node() -> Iterator[SecuredNode]:
    """Give such a node, gone with its data at the end."""
    folder = Path(tempfile.mkdtemp(prefix="bellwether-kafka-"))
    node = SecuredNode(folder)
    try:
        node.start(0, 0, own=True)
        yield node
    finally:
        node.stop(seconds=20.0)
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])

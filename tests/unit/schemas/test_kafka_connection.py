"""What a connection makes of itself for librdkafka and Python's TLS, and what it says of files that cannot serve."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient

from schemas.errors import BadSetting
from schemas.kafka_connection import KafkaConnection
from tests.certificates import KEY_PASSWORD, make_certificates

SECRETS = {"key_password": "k3y", "password": "s3cret"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


@pytest.fixture
def full(certificates: Path) -> KafkaConnection:
    return KafkaConnection(
        "a:1,b:2", "sasl_ssl", str(certificates / "ca.pem"), str(certificates / "client-only.pem"),
        str(certificates / "locked-key.pem"), KEY_PASSWORD, "SCRAM-SHA-512", "ines", "s3cret",
    )  # fmt: skip


def test_plaintext_adds_the_address_alone() -> None:
    assert KafkaConnection("a:1").client({"linger.ms": 5}) == {"linger.ms": 5, "bootstrap.servers": "a:1"}
    assert KafkaConnection("a:1").tls() is None


def test_everything_reaches_librdkafka_which_takes_it(full: KafkaConnection) -> None:
    made = full.client({"group.id": "g", "bootstrap.servers": "elsewhere", "log_level": 0})
    assert made["bootstrap.servers"] == "a:1,b:2"
    assert made["security.protocol"] == "SASL_SSL"
    assert made["ssl.endpoint.identification.algorithm"] == "https"
    assert (made["ssl.ca.location"], made["ssl.key.password"]) == (full.ca_file, KEY_PASSWORD)
    assert (made["sasl.mechanism"], made["sasl.username"], made["sasl.password"]) == ("SCRAM-SHA-512", "ines", "s3cret")
    for protocol in ("ssl", "sasl_ssl", "sasl_plaintext"):
        config = replace(full, protocol=protocol).client({"log_level": 0})
        Producer(config)
        Consumer({**config, "group.id": "g"}).close()
        AdminClient(config)


def test_what_the_protocol_does_not_use_is_not_sent(full: KafkaConnection) -> None:
    assert not [name for name in replace(full, protocol="ssl").client() if name.startswith("sasl")]
    assert not [name for name in replace(full, protocol="sasl_plaintext").client() if name.startswith("ssl")]


def test_tls_checks_the_certificate_and_the_name(full: KafkaConnection) -> None:
    context = full.tls()
    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(context.get_ca_certs()) == 1


def test_secrets_are_not_shown() -> None:
    shown = repr(KafkaConnection("a:1", "sasl_ssl", username="ines", **SECRETS))  # type: ignore[arg-type]
    assert "ines" in shown
    assert not any(secret in shown for secret in SECRETS.values())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ca_file": "nowhere.pem"}, r"^kafka\.security\.ca_file: .*nowhere\.pem cannot be read"),
        ({"ca_file": "client-key.pem"}, r"^kafka\.security\.ca_file: .* holds no certificate"),
        ({"certificate_file": "nowhere.pem"}, r"^kafka\.security\.certificate_file: .* cannot be read"),
        ({"key_file": "nowhere.pem"}, r"^kafka\.security\.key_file: .* cannot be read"),
        ({"key_file": "broker-key.pem"}, r"^kafka\.security\.key_file: the key is not that of the certificate"),
        ({"key_file": "ca.pem", "key_password": ""}, r"^kafka\.security\.key_file: .* cannot be used"),
        ({"key_password": "wr0ng"}, r"^kafka\.security\.key_password: "),
        ({"key_password": ""}, r"^kafka\.security\.key_file: .* key_password if the key has one"),
    ],
)
def test_a_file_that_cannot_serve_is_named(
    full: KafkaConnection, certificates: Path, changed: dict[str, str], words: str
) -> None:
    there = {name: str(certificates / value) if name.endswith("file") else value for name, value in changed.items()}
    with pytest.raises(BadSetting, match=words) as raised:
        replace(full, **there).tls()  # type: ignore[arg-type]
    assert "wr0ng" not in str(raised.value)

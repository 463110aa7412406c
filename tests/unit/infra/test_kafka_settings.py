"""`[kafka.security]`: what belongs together, what is refused by name, and that secrets stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import Loaded, load
from schemas.errors import BadSetting

SIGNED = {"protocol": "sasl_ssl", "mechanism": "SCRAM-SHA-512", "username": "ines", "password": "s3cret"}


def loaded(tmp_path: Path, bootstrap: str = "a:1", **security: str) -> Loaded:
    variables = {f"BELLWETHER_KAFKA__SECURITY__{name.upper()}": value for name, value in security.items()}
    return load(environment={"BELLWETHER_KAFKA__BOOTSTRAP": bootstrap, **variables}, folder=tmp_path)


def test_a_whole_one_becomes_the_connection(tmp_path: Path) -> None:
    connection = loaded(tmp_path, **SIGNED).settings.kafka.connection
    assert (connection.bootstrap, connection.protocol, connection.mechanism) == ("a:1", "sasl_ssl", "SCRAM-SHA-512")
    assert (connection.username, connection.password) == ("ines", "s3cret")


def test_names_may_be_written_as_kafka_or_we_write_them(tmp_path: Path) -> None:
    changed = SIGNED | {"protocol": "SASL_SSL", "mechanism": "scram-sha-256"}
    connection = loaded(tmp_path, **changed).settings.kafka.connection
    assert (connection.protocol, connection.mechanism) == ("sasl_ssl", "SCRAM-SHA-256")


def test_a_password_is_never_read_as_a_list_and_never_shown(tmp_path: Path) -> None:
    found = loaded(tmp_path, **SIGNED | {"password": "[a,b"})
    assert found.settings.kafka.connection.password == "[a,b"
    rows = {row["name"]: row["value"] for row in found.rows()}
    assert rows["kafka.security.password"] == "********"
    assert "[a,b" not in repr(found.settings)


def test_what_does_not_go_together_is_told_with_where_it_came_from(tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as raised:
        loaded(tmp_path, protocol="sasl_ssl")
    assert str(raised.value) == (
        "kafka.security.mechanism: protocol sasl_ssl needs it; write one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"
        " (from environment BELLWETHER_KAFKA__SECURITY__PROTOCOL)"
    )
    (tmp_path / "bellwether.toml").write_text('[kafka.registry]\nurl = "http://registry:8081"\n')
    with pytest.raises(
        BadSetting, match=r"^kafka\.registry\.url: goes with kafka\.bootstrap.* \(from bellwether\.toml"
    ):
        load(environment={}, folder=tmp_path)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"protocol": "tls"}, r"^kafka\.security\.protocol: .*'ssl'"),
        ({"mechanism": "GSSAPI"}, r"^kafka\.security\.mechanism: .*SCRAM-SHA-512; GSSAPI \(Kerberos\)"),
        ({"mechanism": ""}, r"^kafka\.security\.mechanism: protocol sasl_ssl needs it; write one of PLAIN"),
        ({"username": ""}, r"^kafka\.security\.username: protocol sasl_ssl needs it"),
        ({"password": ""}, r"^kafka\.security\.password: protocol sasl_ssl needs it"),
        ({"protocol": "plaintext"}, r"^kafka\.security\.mechanism: goes with protocol sasl_ssl .*set protocol"),
        ({"protocol": "plaintext", "mechanism": "", "username": ""}, r"password: goes with protocol sasl_ssl"),
        ({"protocol": "ssl", "mechanism": "", "password": ""}, r"username: goes with protocol sasl_ssl"),
        ({"protocol": "sasl_plaintext", "ca_file": "ca.pem"}, r"ca_file: goes with protocol ssl or sasl_ssl"),
        ({"key_file": "key.pem"}, r"key_file: goes with certificate_file"),
        ({"key_password": "s3cret"}, r"key_password: goes with certificate_file"),
        ({"ca_file": "/nonexistent/ca.pem"}, r"^kafka\.security\.ca_file: /nonexistent/ca\.pem cannot be read"),
        ({"bootstrap": ""}, r"security\.protocol: goes with kafka\.bootstrap"),
        ({"pasword": "s3cret"}, r"^kafka\.security\.pasword: there is no such setting"),
    ],
)
def test_a_bad_combination_stops_the_start(tmp_path: Path, changed: dict[str, str], words: str) -> None:
    with pytest.raises(BadSetting, match=words) as raised:
        loaded(tmp_path, **SIGNED | changed)
    assert "s3cret" not in str(raised.value)

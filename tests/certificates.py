"""Certificates of authorities of our own, by the command `openssl`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

KEY_PASSWORD = "of-the-key"


def make_certificates(folder: Path) -> None:
    """Make ca.pem, other-ca.pem, broker.pem (key and certificate for 127.0.0.1) and client.pem/client-key.pem there.

    locked-key.pem is the client's key with a password.
    """
    for name in ("ca", "other-ca"):
        _openssl(
            folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN=test {name}",
            "-keyout", f"{name}-key.pem", "-out", f"{name}.pem",
        )  # fmt: skip
    for name, alternative in (("broker", "IP:127.0.0.1"), ("client", "DNS:client")):
        (folder / f"{name}.ext").write_text(f"subjectAltName={alternative}\n", "utf-8")
        _openssl(
            folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
            "-keyout", f"{name}-key.pem", "-out", f"{name}.csr",
        )  # fmt: skip
        _openssl(
            folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial",
            "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}-only.pem",
        )  # fmt: skip
        _joined(folder / f"{name}.pem", [folder / f"{name}-key.pem", folder / f"{name}-only.pem"])

    _openssl(
        folder, "pkcs8", "-topk8", "-in", "client-key.pem", "-passout", f"pass:{KEY_PASSWORD}", "-out", "locked-key.pem"
    )


def _joined(made: Path, parts: Iterable[Path]) -> None:
    made.write_text("".join(part.read_text("utf-8") for part in parts), "utf-8")


def _openssl(folder: Path, *words: str) -> None:
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

"""`python -m infra.compose_env`: writes .env for docker-compose.yml, with random passwords, readable by you alone.

What is in the file already stays as it is, so it may be run before every `docker compose up`.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final


def _password() -> str:
    # Letters, digits, - and _ only: it goes into a URL, an XML file and a shell.
    return secrets.token_urlsafe(24)


def _cluster_id() -> str:
    """Return 16 random bytes as base64url. Kafka's tools would take a leading - for an option."""
    while True:
        made = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        if not made.startswith("-"):
            return made


WANTED: Final[dict[str, Callable[[], str]]] = {
    "BELLWETHER_STORE_PASSWORD": _password,
    "BELLWETHER_STORE_READER_PASSWORD": _password,
    "BELLWETHER_GRAFANA_READER_PASSWORD": _password,
    "GRAFANA_ADMIN_PASSWORD": _password,
    "BELLWETHER_CLUSTER_ID": _cluster_id,
}
_FEEDS: Final = "BELLWETHER_FEEDS__URLS"


def write_env(path: Path) -> list[str]:
    """Add what is missing or empty to the file; return the names added. The file's mode becomes 600."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    given = {name.strip() for name, _, value in (line.partition("=") for line in lines) if value.strip()}
    missing = [name for name in WANTED if name not in given]
    lines = [line for line in lines if line.partition("=")[0].strip() not in missing]
    lines += [f"{name}={WANTED[name]()}" for name in missing]
    if not any(line.startswith(f"{_FEEDS}=") for line in lines):
        lines += ["# The feeds to read, with commas between them.", f"{_FEEDS}="]
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    fresh.replace(path)
    return missing


def main() -> int:
    """Write ./.env and say what is left to do."""
    path = Path(".env")
    added = write_env(path)
    print(f"{path}: added {', '.join(added)}" if added else f"{path}: has everything")
    if not any(line.startswith(f"{_FEEDS}=") and line != f"{_FEEDS}=" for line in path.read_text("utf-8").splitlines()):
        print(f"{path}: name your feeds in {_FEEDS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

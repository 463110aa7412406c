"""`[expose]`: broker and store of the embedded mode on fixed ports of this machine, for other programs."""

from __future__ import annotations

from typing import Final

from pydantic import Field, SecretStr, field_validator

from infra.section import Section

LOOPBACK: Final = "127.0.0.1"
_NAMES: Final = frozenset({"localhost", LOOPBACK, "[::1]"})
_PASSWORD_LENGTH: Final = 8


class ExposeSettings(Section):
    """Off unless `enabled` or asked for by `--expose`; always on loopback.

    `kafka_port` and `clickhouse_port`: 0 for any free one. `password` "": one is made and kept in the data folder.
    `hosts`: names, besides those of loopback, by which the store may be asked. Limits are for one question: seconds,
    bytes of its result, bytes of memory, and how many are answered at once.
    """

    enabled: bool = False
    kafka_port: int = Field(9092, ge=0, le=65535)
    clickhouse_port: int = Field(8123, ge=0, le=65535)
    user: str = Field("bellwether", pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    password: SecretStr = SecretStr("")
    hosts: tuple[str, ...] = ()
    max_seconds: float = Field(30.0, gt=0, le=3600)
    max_result_bytes: int = Field(64_000_000, ge=10_000)
    max_memory_bytes: int = Field(1_000_000_000, ge=50_000_000)
    max_queries: int = Field(2, ge=1, le=64)

    @field_validator("password")
    @classmethod
    def _long_enough(cls, password: SecretStr) -> SecretStr:
        text = password.get_secret_value().strip()
        if text and len(text) < _PASSWORD_LENGTH:
            raise ValueError(f"is too short: give {_PASSWORD_LENGTH} characters or more, or none to have one made")
        return SecretStr(text)

    def answers_to(self) -> frozenset[str]:
        """Return the names that a request's Host may have; others are a page's elsewhere (DNS rebinding)."""
        return _NAMES | {host.strip().lower().rstrip(".") for host in self.hosts}

"""`[metrics]`: who may read the metrics, and where a process without pages offers them."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator

from infra.section import Section
from infra.site_settings import is_loopback, long_enough

_TOKEN_LENGTH = 12


class MetricsSettings(Section):
    """`token` "": readers of the pages read /metrics, too; otherwise whoever gives it as a bearer token.

    `port` 0: no address of its own, only the pages'. `host` is that address's.
    """

    enabled: bool = True
    token: SecretStr = SecretStr("")
    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65535)

    @field_validator("token")
    @classmethod
    def _long_token(cls, token: SecretStr) -> SecretStr:
        return long_enough(token, _TOKEN_LENGTH)

    @property
    def on_loopback(self) -> bool:
        """Say whether only this machine reaches the address."""
        return is_loopback(self.host)

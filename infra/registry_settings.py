"""`[kafka.registry]`: a Confluent-compatible schema registry for the public topics."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator

from infra.section import Section
from schemas.confluent import SchemaRegistry


class RegistrySettings(Section):
    """Off without `url`. `timeout` in seconds."""

    url: str = ""
    username: str = ""
    password: SecretStr = SecretStr("")
    timeout: float = Field(10.0, gt=0)

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        if url and (not url.startswith(("http://", "https://")) or "@" in url or "?" in url):
            raise ValueError("write http(s)://host:port; name and password are settings of their own")
        return url

    def opened(self) -> SchemaRegistry | None:
        """Return a client, None where no registry is configured."""
        if not self.url:
            return None
        return SchemaRegistry(self.url, self.username, self.password.get_secret_value(), timeout=self.timeout)

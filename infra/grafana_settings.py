"""`[grafana]`: where `bellwether grafana push` puts its dashboards, and how Grafana reaches ClickHouse."""

from __future__ import annotations

from pydantic import Field, SecretStr, model_validator

from infra.section import Section


class GrafanaSettings(Section):
    """`token` of a service account, or `user` and `password`. `org` 0: the one that they belong to.

    The `clickhouse_…` are what Grafana itself connects with: a user that may only read, a host as Grafana sees it,
    the port of ClickHouse's HTTP interface. `timeout` in seconds.
    """

    url: str = "http://localhost:3000"
    token: SecretStr = SecretStr("")
    user: str = ""
    password: SecretStr = SecretStr("")
    org: int = Field(0, ge=0)
    folder: str = Field("Bellwether", min_length=1)
    timeout: float = Field(20.0, gt=0)
    clickhouse_host: str = ""
    clickhouse_port: int = Field(8123, ge=1, le=65535)
    clickhouse_secure: bool = False
    clickhouse_database: str = "bellwether"
    clickhouse_user: str = "grafana"
    clickhouse_password: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _usable(self) -> GrafanaSettings:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError("url: must be an http or https address, such as http://localhost:3000")
        if "@" in self.url:
            raise ValueError("url: must not hold a password; set grafana.user and grafana.password")
        if self.user and self.token.get_secret_value():
            raise ValueError("token: give either a token, or user and password")
        return self

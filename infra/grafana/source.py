"""The data source: ClickHouse, read as a user that may only read (infra/grafana/clickhouse/reader.xml)."""

from __future__ import annotations

from typing import Any

from infra.grafana.panels import SOURCE
from infra.grafana_settings import GrafanaSettings
from schemas.errors import BadSetting


def data_source(settings: GrafanaSettings) -> dict[str, Any]:
    """Return the data source as Grafana's HTTP API takes it, its password apart from what can be read again.

    Raises BadSetting without a host: Grafana cannot read an embedded store.
    """
    if not settings.clickhouse_host:
        raise BadSetting(
            "grafana.clickhouse_host: is not set; name the ClickHouse server as Grafana reaches it (Grafana cannot "
            "read the embedded store of a data folder)"
        )
    return {
        "uid": SOURCE["uid"],
        "name": "Bellwether",
        "type": SOURCE["type"],
        "access": "proxy",
        "jsonData": {
            "host": settings.clickhouse_host,
            "port": settings.clickhouse_port,
            "protocol": "http",
            "secure": settings.clickhouse_secure,
            "defaultDatabase": settings.clickhouse_database,
            "username": settings.clickhouse_user,
            "dialTimeout": "10",
            "queryTimeout": "30",
        },
    }

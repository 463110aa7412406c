"""Panels and dashboards as Grafana's file provisioning wants them: classic JSON, stable from one writing to the next.

The shape of a target is that of the ClickHouse plugin, version 4 (`editorType: sql`; format 0 is a time series,
1 a table).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

SOURCE: Final = {"type": "grafana-clickhouse-datasource", "uid": "bellwether-clickhouse"}
PLUGIN: Final = "4.20.0"
Kind = Literal["stat", "timeseries", "table", "barchart"]


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel with one query. Place and size are in Grafana's grid of 24 columns."""

    title: str
    kind: Kind
    sql: str
    x: int
    y: int
    width: int
    height: int
    description: str = ""
    least: float | None = None
    most: float | None = None
    stepped: bool = False  # a value holds until the next one
    bars: bool = False


def dashboard(uid: str, title: str, panels: Sequence[Panel]) -> dict[str, Any]:
    """Return a dashboard of `panels`, over the last ninety days, for the live generation."""
    return {
        "uid": uid,
        "title": title,
        "tags": ["bellwether"],
        "schemaVersion": 41,
        "version": 1,
        "editable": False,
        "timezone": "utc",
        "refresh": "30s",
        "time": {"from": "now-90d", "to": "now"},
        "templating": {
            "list": [{"name": "generation", "type": "constant", "query": "live", "hide": 2, "skipUrlSync": False}]
        },
        "annotations": {"list": []},
        "panels": [_panel(number, panel) for number, panel in enumerate(panels, start=1)],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    in_time = panel.kind == "timeseries"
    defaults: dict[str, Any] = {}
    if panel.least is not None:
        defaults["min"] = panel.least
    if panel.most is not None:
        defaults["max"] = panel.most
    if in_time:
        defaults["custom"] = {
            "drawStyle": "bars" if panel.bars else "line",
            "lineInterpolation": "stepAfter" if panel.stepped else "linear",
            "fillOpacity": 60 if panel.bars else 0,
            "spanNulls": True,
        }
    return {
        "id": number,
        "title": panel.title,
        "description": panel.description,
        "type": panel.kind,
        "datasource": SOURCE,
        "gridPos": {"x": panel.x, "y": panel.y, "w": panel.width, "h": panel.height},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {},
        "targets": [
            {
                "refId": "A",
                "datasource": SOURCE,
                "pluginVersion": PLUGIN,
                "editorType": "sql",
                "rawSql": panel.sql.strip(),
                "queryType": "timeseries" if in_time else "table",
                "format": 0 if in_time else 1,
            }
        ],
    }

"""Panels and dashboards as Grafana takes them: classic JSON, stable from one writing to the next.

The shape of a target is that of the ClickHouse plugin, version 4 (`editorType: sql`; format 0 is a time series,
1 a table). What is a dashboard here is the same for provisioning files and for the HTTP API, which wraps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

SOURCE: Final = {"type": "grafana-clickhouse-datasource", "uid": "bellwether-clickhouse"}
OWN_SOURCE: Final = {"type": "grafana", "uid": "-- Grafana --"}
PLUGIN: Final = "4.20.0"
TAG: Final = "bellwether"  # of every dashboard and every annotation
Kind = Literal["stat", "timeseries", "table", "barchart", "text"]


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel with one query (`text`: with Markdown instead). Place and size are in Grafana's grid of 24 columns.

    `unit` is Grafana's name of a unit; `series` the column that names the lines. `link`: a table's column `signal_id`
    leads to the dashboard of that signal.
    """

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
    unit: str = ""
    series: str = ""
    link: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice above the panels. A query with two columns gives values and their labels.

    `several`: any number of values, or all of them.
    """

    name: str
    label: str
    sql: str
    several: bool = False


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard. `marked`: the tags of the annotations that it shows, none for no annotations."""

    uid: str
    title: str
    description: str
    panels: Sequence[Panel]
    variables: Sequence[Variable] = ()
    marked: Sequence[str] = ()
    since: str = "now-90d"

    def as_json(self) -> dict[str, Any]:
        """Return the dashboard, without anything that Grafana itself numbers."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [TAG],
            "schemaVersion": 41,
            "editable": False,
            "timezone": "utc",
            "refresh": "30s",
            "time": {"from": self.since, "to": "now"},
            "templating": {"list": [_GENERATION, *(_variable(each) for each in self.variables)]},
            "annotations": {"list": [_annotations(self.marked)] if self.marked else []},
            "panels": [_panel(number, panel) for number, panel in enumerate(self.panels, start=1)],
        }


# Grafana wants the value of a constant in `current` as well.
_GENERATION: Final = {
    "name": "generation",
    "type": "constant",
    "query": "live",
    "current": {"text": "live", "value": "live"},
    "hide": 2,
    "skipUrlSync": False,
}


def _variable(given: Variable) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": given.name,
        "label": given.label,
        "type": "query",
        "datasource": SOURCE,
        "query": {**_target(given.sql, "table"), "refId": "variable"},
        "definition": given.sql.strip(),
        "refresh": 1,
        "sort": 0,
        "hide": 0,
        "multi": given.several,
        "includeAll": given.several,
    }
    if given.several:
        made["current"] = {"text": ["All"], "value": ["$__all"]}
    return made


def _annotations(tags: Sequence[str]) -> dict[str, Any]:
    return {
        "name": "Signal events",
        "datasource": OWN_SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": "purple",
        "target": {"type": "tags", "tags": list(tags), "matchAny": False, "limit": 500},
    }


def _target(sql: str, shape: Literal["timeseries", "table"]) -> dict[str, Any]:
    return {
        "refId": "A",
        "datasource": SOURCE,
        "pluginVersion": PLUGIN,
        "editorType": "sql",
        "rawSql": sql.strip(),
        "queryType": shape,
        "format": 0 if shape == "timeseries" else 1,
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": number,
        "title": panel.title,
        "description": panel.description,
        "type": panel.kind,
        "gridPos": {"x": panel.x, "y": panel.y, "w": panel.width, "h": panel.height},
    }
    if panel.kind == "text":
        return made | {"options": {"mode": "markdown", "content": panel.sql}}
    in_time = panel.kind == "timeseries"
    defaults: dict[str, Any] = {}
    if panel.least is not None:
        defaults["min"] = panel.least
    if panel.most is not None:
        defaults["max"] = panel.most
    if panel.unit:
        defaults["unit"] = panel.unit
    if panel.series:
        defaults["displayName"] = f"${{__field.labels.{panel.series}}}"
    if in_time:
        defaults["custom"] = {
            "drawStyle": "bars" if panel.bars else "line",
            "lineInterpolation": "stepAfter" if panel.stepped else "linear",
            "fillOpacity": 60 if panel.bars else 0,
            "spanNulls": True,
        }
    return made | {
        "datasource": SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": [_TO_SIGNAL] if panel.link else []},
        "options": {},
        "targets": [_target(panel.sql, "timeseries" if in_time else "table")],
    }


_SIGNAL_PAGE: Final = "/d/bellwether-signal?var-signal=${__value.raw}&${__url_time_range}"
_TO_SIGNAL: Final = {
    "matcher": {"id": "byName", "options": "signal_id"},
    "properties": [
        {
            "id": "links",
            "value": [{"title": "This signal", "url": _SIGNAL_PAGE}],
        }
    ],
}  # fmt: skip

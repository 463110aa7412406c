"""Pushes everything into one Grafana: only what is missing or differs, so that a second push changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from infra.grafana import alert_rules
from infra.grafana.dashboards import DASHBOARDS
from infra.grafana.events import event_ids, marks
from infra.grafana.http import Grafana
from infra.grafana.panels import TAG
from infra.grafana.source import data_source
from infra.grafana_settings import GrafanaSettings

FOLDER: Final = alert_rules.FOLDER
Done = Literal["made", "changed", "unchanged", "kept by provisioning files"]


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one thing. `note` says what else the reader must know."""

    what: str
    done: Done
    note: str = ""


def push(
    grafana: Grafana, settings: GrafanaSettings, events: Iterable[Mapping[str, Any]], now: datetime
) -> Iterator[Step]:
    """Push and yield each step when it is done. What provisioning files made is left alone: Grafana refuses changes.

    `events` are rows of signal events, `now` is the wall clock. Raises what Grafana's calls raise (see http.py).
    """
    source = data_source(settings)
    yield Step("folder", _folder(grafana, settings.folder))
    yield _source(grafana, source, settings.clickhouse_password.get_secret_value())
    for dashboard in DASHBOARDS:
        yield Step(f"dashboard {dashboard.title}", _dashboard(grafana, dashboard.as_json()))
    yield Step("alert rules", _rules(grafana))
    yield _annotations(grafana, events, now)


def _folder(grafana: Grafana, title: str) -> Done:
    there = grafana.folder(FOLDER)
    if there is None:
        grafana.make_folder(FOLDER, title)
        return "made"
    if there["title"] == title:
        return "unchanged"
    grafana.rename_folder(FOLDER, title)
    return "changed"


def _source(grafana: Grafana, source: dict[str, Any], password: str) -> Step:
    uid = source["uid"]
    secret = {"secureJsonData": {"password": password}} if password else {}
    there = grafana.source(uid)
    done: Done = "unchanged"
    if there is None:
        grafana.make_source(source | secret)
        done = "made"
    elif there.get("readOnly"):
        done = "kept by provisioning files"
    # A password cannot be read again; where it no longer opens the store, it is given once more.
    elif not holds(there, source) or (password and grafana.health(uid)):
        grafana.change_source(uid, source | secret)
        done = "changed"
    wrong = grafana.health(uid)
    return Step("data source", done, f"it does not work yet: {wrong}" if wrong else "")


def _dashboard(grafana: Grafana, dashboard: dict[str, Any]) -> Done:
    there = grafana.dashboard(dashboard["uid"])
    if there is None:
        grafana.save_dashboard(dashboard, FOLDER)
        return "made"
    if there["meta"].get("provisioned"):
        return "kept by provisioning files"
    if holds(there["dashboard"], dashboard) and there["meta"].get("folderUid") == FOLDER:
        return "unchanged"
    grafana.save_dashboard(dashboard, FOLDER)
    return "changed"


def _rules(grafana: Grafana) -> Done:
    wanted = alert_rules.over_http(grafana.organisation())
    there = grafana.rules(FOLDER, alert_rules.GROUP)
    if there is not None and any(rule.get("provenance") == "file" for rule in there["rules"]):
        return "kept by provisioning files"
    if there is not None and holds(there, wanted):
        return "unchanged"
    grafana.save_rules(FOLDER, alert_rules.GROUP, wanted)
    return "made" if there is None else "changed"


def _annotations(grafana: Grafana, events: Iterable[Mapping[str, Any]], now: datetime) -> Step:
    there = event_ids(grafana.annotations(TAG, now.astimezone(UTC) + timedelta(days=366)))
    missing = marks(events, there)
    for mark in missing:
        grafana.annotate(mark.at, list(mark.tags), mark.text)
    note = f"{len(missing)} new, {len(there)} were there"
    return Step("annotations", "changed" if missing else "unchanged", note)


def holds(there: Any, wanted: Any) -> bool:
    """Say whether `there` has everything that is wanted; what Grafana added to objects does not count."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(key in there and holds(there[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return isinstance(there, list) and len(there) == len(wanted) and all(map(holds, there, wanted))
    return bool(there == wanted)

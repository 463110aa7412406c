"""Every panel's SQL runs on a store with known signals, and the provisioning files are what the code writes."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from infra.grafana.panels import SOURCE
from infra.grafana.signals_dashboard import FILE, PANELS, signals
from schemas.topics import LIVE
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.feeds import FeedRows
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.project import Projector
from sinks.clickhouse.tables import DEAD_LETTERS
from tests.builders import T0, commit, dead_letter, event, evidence_row, minutes, outcome, signal

GRAFANA = Path(__file__).parents[4] / "infra" / "grafana"


def expanded(sql: str, start: datetime, end: datetime) -> str:
    """Return a query as the plugin sends it: macros and variables replaced."""
    span = f"toDateTime({int(start.timestamp())})", f"toDateTime({int(end.timestamp())})"
    sql = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 >= {span[0]} AND \1 <= {span[1]}", sql)
    sql = sql.replace("$generation", LIVE).replace("$__fromTime", span[0]).replace("$__toTime", span[1])
    assert "$" not in sql, f"a macro or variable is left: {sql}"
    return sql


def titled(title: str) -> str:
    panels = signals()["panels"]
    return str(next(panel["targets"][0]["rawSql"] for panel in panels if panel["title"] == title))


@pytest.fixture
def filled(store: Store) -> Store:
    """Two published signals, one of them contradicted, and a candidate that no panel may list."""
    Projector(store, LIVE).apply(
        [
            commit(
                1,
                events=(event(1, 1, strength_after=1.0),),
                outcomes=(outcome(1),),
                signals=(signal(1, 1),),
                evidence=(evidence_row(1),),
            ),
            commit(
                2,
                events=(event(1, 2, kind="published", strength_before=1.0, strength_after=4.5, at=minutes(5)),),
                outcomes=(outcome(2, outcome="nothing"),),
                signals=(signal(1, 2, title="Gallium", strength=4.5),),
            ),
            commit(
                3,
                events=(
                    event(2, 1, kind="published", strength_after=3.0),
                    event(2, 2, kind="contradicted", strength_before=3.0, strength_after=2.0, at=minutes(6)),
                    event(3, 1, strength_after=0.5),
                ),
                outcomes=(outcome(3),),
                signals=(
                    signal(2, 3, title="Ports", strength=2.0),
                    signal(3, 3, title="Maybe", state="candidate", published_at=None),
                ),
            ),
        ]
    )
    LatestRecords(store, DEAD_LETTERS).save([dead_letter()])
    feed: Row = dict.fromkeys(("title", "publisher", "etag", "last_modified", "error"), "")
    times: Row = dict.fromkeys(("last_attempt", "last_success", "next_poll"))
    for url, ok in (("https://a.example/f", True), ("https://b.example/f", False)):
        FeedRows(store).save({"url": url, "ok": ok, "articles": 3, "failures": 0 if ok else 4, **feed, **times})
    return store


def rows(store: Store, title: str) -> list[Row]:
    return store.query(expanded(titled(title), T0 - timedelta(days=1), T0 + timedelta(days=1)))


@pytest.mark.parametrize("title", [panel.title for panel in PANELS])
def test_every_panel_returns_rows(filled: Store, title: str) -> None:
    assert rows(filled, title)


def test_what_the_panels_show(filled: Store) -> None:
    strength = [(row["signal"], row["strength"]) for row in rows(filled, "Strength over time")]
    assert sorted(strength) == [("Gallium", 1.0), ("Gallium", 4.5), ("Ports", 2.0), ("Ports", 3.0)]
    today = rows(filled, "Strength over time, as the evidence stands today")
    assert {row["signal"] for row in today} == {"Gallium"}
    assert len(today) == len({row["time"] for row in today}) == 49
    assert today[-1]["strength"] < max(row["strength"] for row in today) == today[0]["strength"]
    movers = [(row["signal"], row["change"]) for row in rows(filled, "Movers")]
    assert movers == [("Gallium", 4.5), ("Ports", 2.0)]
    by_day = rows(filled, "Published and faded, a day")
    assert [(row["published"], row["faded"], row["contradicted"]) for row in by_day] == [(2, 0, 1)]
    assert rows(filled, "Outcomes of articles") == [
        {"outcome": "accepted", "articles": 2},
        {"outcome": "nothing", "articles": 1},
    ]
    assert [row["state"] for row in rows(filled, "Feeds")] == ["failing", "well"]
    assert rows(filled, "Signals now") == [{"published": 2, "faded": 0, "candidates": 1}]
    assert rows(filled, "Failing feeds") == [{"failing": 1}]


def test_the_provisioning_file_is_what_the_code_writes() -> None:
    assert json.loads(FILE.read_text("utf-8")) == signals()


def test_panels_do_not_overlap_and_use_the_provisioned_source() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in signals()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not taken & cells, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    source = provisioned("datasources/clickhouse.yaml")["datasources"][0]
    assert {"type": source["type"], "uid": source["uid"]} == SOURCE


def test_grafana_reads_as_a_user_that_may_only_read() -> None:
    users = ElementTree.parse(GRAFANA / "clickhouse" / "reader.xml").getroot()
    assert users.findtext("profiles/bellwether_reader/readonly") == "1"
    assert users.findtext("users/grafana/profile") == "bellwether_reader"
    assert users.findtext("users/grafana/grants/query") == "GRANT SELECT ON bellwether.*"
    password = users.find("users/grafana/password")
    assert password is not None
    assert password.get("from_env")
    assert not password.text
    source = provisioned("datasources/clickhouse.yaml")["datasources"][0]
    assert source["jsonData"]["username"] == "grafana"
    assert source["secureJsonData"]["password"] == "${" + str(password.get("from_env")) + "}"


def test_the_provider_points_where_the_dashboards_are_mounted() -> None:
    path = provisioned("dashboards/bellwether.yaml")["providers"][0]["options"]["path"]
    assert path == f"/etc/grafana/provisioning/dashboards/{FILE.parent.name}"


def provisioned(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((GRAFANA / "provisioning" / name).read_text("utf-8"))
    return loaded

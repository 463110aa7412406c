"""Grafana on the demo's data: every panel shows what the site shows, and the command pushes it, once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from infra.grafana.dashboards import DASHBOARDS
from infra.grafana.events import TOLD
from infra.grafana.pipeline_dashboard import PIPELINE
from infra.http_server import HttpServer
from tests.embedded.commands import bellwether
from tests.embedded.conftest import Demo
from tests.fake_grafana import FakeGrafana

EMPTY = {"Dead letters by stage", "Newest dead letters"}  # the demo has none
Told = dict[str, Any]


@pytest.fixture(scope="module")
def told(demo: Demo) -> Told:
    """What panels and site show of the demo's folder."""
    command = [sys.executable, "-m", "tests.embedded.panels", str(demo.folder)]
    done = subprocess.run(command, capture_output=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr.decode()[-4000:]
    found: Told = json.loads(done.stdout)
    return found


def test_every_panel_and_choice_has_rows(told: Told) -> None:
    titles = {panel.title for board in DASHBOARDS for panel in board.panels if panel.kind != "text"}
    filled = {title for title, rows in told["panels"].items() if rows}
    for shown in told["of"].values():
        filled |= {title for title, rows in shown.items() if rows}
    assert titles - filled == EMPTY
    assert all(told["choices"].values())
    assert len(told["of"]) >= 5
    assert [row["signal_id"] for row in told["choices"]["signal"]] != []


def test_the_list_is_the_list_of_the_pages(told: Told) -> None:
    listing, rows = told["site"]["listing"], told["panels"]["Listed signals"]
    assert {row["signal_id"] for row in rows} == set(listing)
    for row in rows:
        site = listing[row["signal_id"]]
        assert row["strength"] == pytest.approx(site["strength"], abs=0.00501)
        assert (row["in_a_week"] is None) == (site["trend"] is None)
        if site["trend"] is not None:
            assert row["in_a_week"] == pytest.approx(site["trend"], abs=0.00501)
        assert bool(row["contested"]) == site["contested"]
        assert (row["families"], row["stories"]) == (site["family_count"], site["story_count"])
    assert [row["strength"] for row in rows] == sorted((row["strength"] for row in rows), reverse=True)
    (contested,) = told["panels"]["Contested"]
    assert contested["signals"] == len(listing)
    assert contested["contested"] == sum(site["contested"] for site in listing.values())
    assert contested["contested"] >= 1


def test_counts_are_those_of_the_status(told: Told) -> None:
    status, (counts,), (now,) = told["site"]["status"], told["panels"]["Signals now"], told["panels"]["Now"]
    assert counts["published"] + counts["faded"] + counts["dormant"] == status["published"]
    assert now == {
        "articles": status["articles"],
        "without_outcome": status["without_outcome"],
        "last_commit": status["last_commit"],
        "commits_not_in_tables": status["lag"],
        "dead_letters": status["dead_letters"],
    }
    outcomes = {row["outcome"]: row["articles"] for row in told["panels"]["Outcomes of articles"]}
    assert outcomes == status["outcomes"]
    seconds = 86_400
    admitted = sum(row["articles"] * seconds for row in told["panels"]["Articles a second"])
    assert admitted >= status["articles"]
    by_family = told["panels"]["Publisher families"]
    assert sum(row["articles"] for row in by_family) <= status["articles"]


def test_history_is_that_of_the_events(told: Told) -> None:
    events, listing = told["site"]["events"], told["site"]["listing"]
    ours: dict[str, list[Told]] = {}
    for event in sorted(events, key=lambda event: event["seq"]):
        ours.setdefault(event["signal_id"], []).append(event)
    movers = {row["signal_id"]: row for row in told["panels"]["Movers"]}
    assert set(movers) == set(ours) & set(listing)
    for signal_id, row in movers.items():
        first, last = ours[signal_id][0], ours[signal_id][-1]
        change = last["strength_after"] - first["strength_before"]
        assert row["change"] == pytest.approx(change, abs=0.00501)
        assert row["events"] == len(ours[signal_id])
    assert [abs(row["change"]) for row in told["panels"]["Movers"]] == sorted(
        (abs(row["change"]) for row in movers.values()), reverse=True
    )
    kinds = Counter(event["kind"] for event in events)
    days = told["panels"]["Published and faded, a day"]
    for kind in ("published", "faded", "revived", "contradicted"):
        assert sum(row[kind] for row in days) == kinds[kind]
    assert kinds["published"] >= 5
    known = Counter(row["signal"] for row in told["panels"]["Strength over time"])
    titles = {signal_id: site["title"] for signal_id, site in listing.items()}
    assert known == {titles[signal_id]: len(ours[signal_id]) for signal_id in listing}


def test_one_signal_is_as_on_its_page(told: Told) -> None:
    compared = 0
    for shown in told["of"].values():
        site = shown["site"]
        (now,) = shown["Strength now"]
        assert now["strength"] == pytest.approx(site["strength"], abs=1e-9)
        assert now["opposing"] == pytest.approx(site["opposing"], abs=1e-9)
        drawn: dict[str, dict[datetime, float]] = {}
        for row in shown["Strength over time with its events"]:
            drawn.setdefault(row["series"], {})[_at(row["time"])] = row["strength"]
        curve = {_at(point["at"]): point["strength"] for point in site["curve"]}
        both = curve.keys() & drawn["as the evidence stands today"].keys()
        assert len(both) >= len(curve) - 1, "a panel has all hours of the page's curve, and more"
        for at in both:
            assert drawn["as the evidence stands today"][at] == pytest.approx(curve[at], abs=1e-9)
        compared += len(both)
        seen = [row for row in site["evidence"] if row["status"] in ("accepted", "provisional")]
        assert len(shown["Quotes"]) == len(seen)
        assert {row["quote"] for row in shown["Quotes"]} == {row["quote"] for row in seen}
        days = shown["Articles for and against, a day"]
        assert sum(row["contradicting"] for row in days) == site["counts"]["against"]
        by_family: dict[str, set[str]] = {}
        for row in seen:
            by_family.setdefault(row["family"], set()).add(row["article_id"])
        assert {row["family"]: row["articles"] for row in shown["Publisher families"]} == {
            family: len(articles) for family, articles in by_family.items()
        }
        assert [row["story_id"] for row in shown["Stories"]] == [row["story_id"] for row in site["story_rows"]]
        assert len(shown["Events"]) == len(site["events"])
    assert compared > 300


def test_alerts_and_rules(told: Told) -> None:
    alerts = told["site"]["alerts"]
    assert len(told["panels"]["Alerts"]) == len(alerts) >= 1
    (row,) = told["panels"]["Alerts by rule"]
    waits = [(_at(alert["fired_at"]) - _at(alert["at"])).total_seconds() for alert in alerts]
    assert (row["alerts"], row["longest"]) == (len(alerts), max(waits))
    assert row["undelivered"] == sum(not alert["delivered"] for alert in alerts)
    quiet = {uid for uid, rows in told["site"]["rules"].items() if not rows}
    assert "bellwether-feed-failing" in quiet
    (hours,) = told["site"]["rules"]["bellwether-no-article"]
    assert 0 <= hours["hours"] < 1, "the demo's articles were admitted just now"


@pytest.fixture
def grafana() -> Iterator[tuple[FakeGrafana, str]]:
    fake = FakeGrafana(token="glsa-1", opens="sesame")
    server = HttpServer(fake.app)
    server.start()
    yield fake, server.url
    server.stop()


def test_the_command(demo: Demo, grafana: tuple[FakeGrafana, str]) -> None:
    (fake, url), folder = grafana, demo.folder
    environment = {
        "BELLWETHER_GRAFANA__URL": url,
        "BELLWETHER_GRAFANA__TOKEN": "glsa-1",
        "BELLWETHER_GRAFANA__CLICKHOUSE_HOST": "clickhouse",
        "BELLWETHER_GRAFANA__CLICKHOUSE_PASSWORD": "sesame",
    }
    shown = bellwether("grafana", "push", "--data", str(folder), environment=environment).stdout
    assert shown.splitlines()[:3] == ["folder: made", "data source: made", "dashboard Signals: made"]
    assert set(fake.dashboards) == {board.uid for board in DASHBOARDS} >= {PIPELINE.uid}
    said = {tag for each in fake.annotations for tag in each["tags"]} & TOLD
    assert said >= {"published", "faded", "contradicted"}
    events = [tag for each in fake.annotations for tag in each["tags"] if tag.startswith("event:")]
    assert len(events) == len(set(events)) == len(fake.annotations)
    fake.changes.clear()
    again = bellwether("grafana", "push", "--data", str(folder), "--json", environment=environment)
    assert {step["done"] for step in json.loads(again.stdout)["steps"]} == {"unchanged"}
    assert fake.changes == []
    refused = bellwether("grafana", "push", "--data", str(folder), check=False)
    assert refused.returncode == 2
    assert "grafana.token: is not set" in refused.stderr
    configured = bellwether("config", "--data", str(folder), environment=environment).stdout
    assert "glsa-1" not in configured
    assert "sesame" not in configured


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

"""The SQL of every panel and rule runs on a store with known signals; the provisioning files are as the code writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from infra.grafana import alert_rules
from infra.grafana.dashboards import DASHBOARDS
from infra.grafana.panels import SOURCE, Dashboard, Panel
from infra.grafana.provision import FOLDER, TITLE, files, text_of
from infra.grafana.signal_dashboard import SIGNAL
from infra.grafana.signals_dashboard import SIGNALS
from infra.grafana.source import data_source
from infra.grafana_settings import GrafanaSettings
from schemas.topics import LIVE
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.feeds import FeedRows
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.project import Projector
from sinks.clickhouse.queries import Reader
from sinks.clickhouse.tables import ALERTS, DEAD_LETTERS
from tests.builders import T0, alert, article, commit, dead_letter, event, evidence_row, minutes, outcome, signal, story
from tests.grafana_macros import ALL, Asked

GRAFANA = Path(__file__).parents[4] / "infra" / "grafana"
NOW = datetime.now(UTC)
CHOSEN = Asked(
    T0 - timedelta(days=1), T0 + timedelta(days=1), 3600, {"sector": ALL, "geography": ALL, "signal": ("g1",)}
)


def titled(title: str) -> str:
    panels = (panel for board in DASHBOARDS for panel in board.panels)
    return next(panel.sql for panel in panels if panel.title == title)


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
                evidence=(evidence_row(1), evidence_row(9, status="rejected", reason="the quote is not there")),
                stories=(story(1, 1),),
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
    waiting = alert(alert_id="b", delivered=False, error="503", at=minutes(1), fired_at=minutes(31))
    LatestRecords(store, ALERTS).save([alert(at=minutes(1), fired_at=minutes(2)), waiting])
    ArticleStore(store, lambda: minutes(3)).put([article(number) for number in range(1, 5)])
    commits: list[tuple[Any, ...]] = [("live", n, f"p{n}", minutes(n), minutes(5), [], "") for n in (1, 2, 3)]
    store.insert("commits", ("generation", "n", "proposal_id", "at", "committed_at", "terms", "body"), commits)
    delivery = ("brief-1", "mail", "x", None, 2, "550", minutes(9), 1)
    names = ("brief_id", "channel", "content", "delivered_at", "attempts", "error", "at", "version")
    store.insert("deliveries", names, [delivery])
    feed: Row = dict.fromkeys(("title", "publisher", "etag", "last_modified", "error"), "")
    times: Row = dict.fromkeys(("last_attempt", "last_success", "next_poll"))
    for url, ok in (("https://a.example/f", True), ("https://b.example/f", False)):
        FeedRows(store).save({"url": url, "ok": ok, "articles": 3, "failures": 0 if ok else 4, **feed, **times})
    return store


def rows(store: Store, title: str, **variables: tuple[str, ...]) -> list[Row]:
    asked = replace(CHOSEN, variables={**CHOSEN.variables, **variables})
    return store.query(asked.of(titled(title)))


@pytest.mark.parametrize(
    ("board", "panel"), [(board, panel) for board in DASHBOARDS for panel in board.panels if panel.kind != "text"]
)
def test_every_panel_returns_rows(filled: Store, board: Dashboard, panel: Panel) -> None:
    found = filled.query(CHOSEN.of(panel.sql))
    assert found
    if panel.kind == "timeseries":
        times = [row["time"] for row in found]
        assert times == sorted(times), "Grafana wants a time series in order of time"
        assert all(isinstance(at, datetime) for at in times)
    if panel.link:
        assert "signal_id" in found[0]
    if panel.series:
        assert panel.series in found[0]


@pytest.mark.parametrize("panel", [panel for panel in SIGNALS.panels if "$sector" in panel.sql])
def test_a_choice_narrows_what_a_panel_shows(filled: Store, panel: Panel) -> None:
    def sum_of(**chosen: tuple[str, ...]) -> list[Row]:
        return filled.query(replace(CHOSEN, variables={**CHOSEN.variables, **chosen}).of(panel.sql))

    assert sum_of(sector=("metals", "O'Hare")) == sum_of()
    assert sum_of(sector=("O'Hare",)) != sum_of()
    assert sum_of(geography=("XX",)) != sum_of()


def test_what_the_panels_show(filled: Store) -> None:
    strength = [(row["signal"], row["strength"]) for row in rows(filled, "Strength over time")]
    assert sorted(strength) == [("Gallium", 1.0), ("Gallium", 4.5), ("Ports", 2.0), ("Ports", 3.0)]
    today = rows(filled, "Strength over time, as the evidence stands today")
    assert {row["signal"] for row in today} == {"Gallium"}
    assert today[-1]["strength"] < max(row["strength"] for row in today)
    movers = [(row["signal"], row["change"]) for row in rows(filled, "Movers")]
    assert movers == [("Gallium", 4.5), ("Ports", 2.0)]
    by_day = rows(filled, "Published and faded, a day")
    assert [(row["published"], row["faded"], row["contradicted"]) for row in by_day] == [(2, 0, 1)]
    assert rows(filled, "Outcomes of articles") == [
        {"outcome": "accepted", "articles": 2},
        {"outcome": "nothing", "articles": 1},
    ]
    assert [row["state"] for row in rows(filled, "Feed health")] == ["failing", "well"]
    assert rows(filled, "Signals now") == [{"published": 2, "faded": 0, "dormant": 0, "candidates": 1}]
    assert rows(filled, "Feeds") == [{"well": 1, "failing": 1}]
    assert rows(filled, "By sector")[0]["signals"] == 2
    assert rows(filled, "Now") == [
        {"articles": 4, "without_outcome": 1, "last_commit": 3, "commits_not_in_tables": 0, "dead_letters": 1}
    ]
    assert rows(filled, "Rejected, by reason") == [
        {"what": "evidence rejected", "reason": "the quote is not there", "times": 1}
    ]
    assert rows(filled, "Alerts by rule") == [
        {"rule": "strong", "alerts": 2, "undelivered": 1, "half": 1800.0, "longest": 1800.0}
    ]
    assert [row["error"] for row in rows(filled, "Alerts")] == ["503", ""]
    (lag,) = rows(filled, "From admission to outcome")
    assert lag["half"] == 120.0
    (read,) = rows(filled, "From publication to reading")
    assert read["p95"] == 30.0


def test_evidence_against_a_signal_shows(store: Store) -> None:
    against = evidence_row(2, signal_id="g1", stance="contradicts", family="family-2")
    Projector(store, LIVE).apply(
        [
            commit(
                1,
                evidence=(evidence_row(1, family="family-1"), against),
                signals=(signal(1, 1),),
                stories=(story(1, 1),),
            )
        ]
    )
    assert rows(store, "Share of contradicting evidence, a week")[0]["contradicting"] == 0.5
    days = rows(store, "Articles for and against, a day")
    assert [(row["supporting"], row["contradicting"]) for row in days] == [(1, 1)]
    families = store.query(CHOSEN.of(SIGNAL.panels[4].sql))
    assert [(row["family"], row["supporting"], row["against"]) for row in families] == [
        ("family-1", 1, 0),
        ("family-2", 0, 1),
    ]
    assert rows(store, "Contested") == [{"signals": 1, "contested": 0, "share": 0.0}]


def test_evidence_of_a_merged_signal_counts_for_the_other(store: Store) -> None:
    Projector(store, LIVE).apply(
        [
            commit(
                1,
                evidence=(evidence_row(1, family="family-1"), evidence_row(2, family="family-2")),
                signals=(signal(1, 1), signal(2, 1, state="merged", merged_into="g1")),
            )
        ]
    )
    assert len(rows(store, "Quotes")) == 2
    (now,) = rows(store, "Strength now")
    assert now["supporting"] == Reader(store, LIVE).signals(at=CHOSEN.end)[0]["supporting"]


@pytest.mark.parametrize("rule", alert_rules.RULES)
def test_a_rule_asks_one_number_and_labels(store: Store, rule: alert_rules.Rule) -> None:
    assert "$" not in rule.sql, "an alert rule has no variables"
    assert over(store, rule) == ([{}] if rule.uid == "bellwether-no-article" else [])


def test_the_rules_fire(store: Store) -> None:
    feed: Row = dict.fromkeys(("title", "publisher", "etag", "last_modified", "error"), "")
    for name, ok, failures, success in (
        ("well", True, 0, NOW - timedelta(days=9)),
        ("short", False, 2, NOW - timedelta(hours=5.9)),
        ("long", False, 9, NOW - timedelta(hours=6.1)),
        ("never", False, 7, None),
        ("new", False, 2, None),
    ):
        times: Row = {"last_attempt": NOW, "last_success": success, "next_poll": NOW}
        FeedRows(store).save({"url": name, "ok": ok, "articles": 3, "failures": failures, **feed, **times})
    LatestRecords(store, DEAD_LETTERS).save([dead_letter(at=NOW - timedelta(minutes=50))])
    late, new = NOW - timedelta(minutes=20), NOW - timedelta(minutes=5)
    LatestRecords(store, ALERTS).save(
        [alert(alert_id=f"{rule}{at}", rule=rule, delivered=done, fired_at=at)
         for rule, at, done in (("a", late, False), ("b", new, False), ("c", late, True), ("a", new, False))]
    )  # fmt: skip
    ArticleStore(store, lambda: NOW - timedelta(hours=25)).put([article(1), article(2)])
    Projector(store, LIVE).apply([commit(1, outcomes=(outcome(1),))])
    fired = {rule.uid: over(store, rule) for rule in alert_rules.RULES}
    assert fired == {
        "bellwether-feed-failing": [{"feed": "long"}, {"feed": "never"}],
        "bellwether-dead-letters": [{}],
        "bellwether-no-article": [{}],
        "bellwether-undelivered": [{"rule": "a"}],
        "bellwether-unsettled": [{}],
    }
    ArticleStore(store, lambda: NOW).put([article(3)])
    LatestRecords(store, DEAD_LETTERS).save([dead_letter(at=NOW - timedelta(minutes=70))])
    assert over(store, alert_rules.RULES[1]) == []
    assert over(store, alert_rules.RULES[2]) == []


def over(store: Store, rule: alert_rules.Rule) -> list[Row]:
    """Return the labels of the alerts that fire, as Grafana makes them of a query's rows."""
    found = store.query(rule.sql)
    if not found and rule.when_empty == "Alerting":
        return [{}]
    labels = [{name: value for name, value in row.items() if isinstance(value, str)} for row in found]
    numbers = [[value for value in row.values() if not isinstance(value, str)] for row in found]
    assert all(len(each) == 1 and isinstance(each[0], float) for each in numbers)
    assert len({tuple(each.items()) for each in labels}) == len(labels), "each row needs labels of its own"
    return [each for each, (number,) in zip(labels, numbers, strict=True) if number > rule.above]


@pytest.mark.parametrize(("path", "value"), files().items())
def test_a_provisioning_file_is_what_the_code_writes(path: Path, value: dict[str, Any]) -> None:
    assert path.read_text("utf-8") == text_of(value), "run python -m infra.grafana.provision"


def test_there_is_no_other_file_of_dashboards_or_rules() -> None:
    there = {path for name in ("dashboards", "alerting") for path in (FOLDER / name).rglob("*.json")}
    assert there == set(files())


def test_in_a_file_no_dollar_of_a_rule_is_taken_for_a_variable() -> None:
    said = text_of(alert_rules.as_file(TITLE))
    assert "{{ $$labels.feed }}" in said
    assert "$" not in said.replace("$$", "")
    assert "{{ $labels.feed }}" in text_of(alert_rules.over_http(1))


@pytest.mark.parametrize("board", DASHBOARDS)
def test_panels_do_not_overlap_and_are_told_apart(board: Dashboard) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board.as_json()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not taken & cells, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel.title for panel in board.panels}) == len(board.panels)


def test_the_push_and_the_files_name_one_source_and_one_folder() -> None:
    source = provisioned("datasources/clickhouse.yaml")["datasources"][0]
    pushed = data_source(GrafanaSettings(clickhouse_host="clickhouse"))
    assert {"type": source["type"], "uid": source["uid"]} == SOURCE
    assert source["jsonData"] | {"host": "clickhouse"} == pushed["jsonData"]
    assert {name: source[name] for name in ("uid", "type", "name", "access")} == {
        name: pushed[name] for name in ("uid", "type", "name", "access")
    }
    provider = provisioned("dashboards/bellwether.yaml")["providers"][0]
    assert (provider["folder"], provider["folderUid"]) == (TITLE, alert_rules.FOLDER)


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
    assert path == "/etc/grafana/provisioning/dashboards/bellwether"


def provisioned(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((GRAFANA / "provisioning" / name).read_text("utf-8"))
    return loaded

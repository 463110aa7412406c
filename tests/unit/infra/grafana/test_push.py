"""A push into a fake Grafana, by the real library: what arrives, and that a second push changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount

from infra.grafana.dashboards import DASHBOARDS
from infra.grafana.http import Grafana
from infra.grafana.push import Step, holds, push
from infra.grafana_settings import GrafanaSettings
from infra.http_server import HttpServer
from schemas.errors import BadInput, BadSetting, Retryable
from tests.builders import event, minutes
from tests.fake_grafana import FakeGrafana

NOW = minutes(1000)
EVENTS: list[dict[str, Any]] = [
    asdict(event(1, 1, title="Gallium <b>")),
    asdict(event(1, 2, kind="published", strength_before=1.0, strength_after=4.5, at=minutes(5), title="Gallium <b>")),
    asdict(event(2, 1, kind="contradicted", at=minutes(6))),
]


@pytest.fixture
def fake() -> FakeGrafana:
    return FakeGrafana(token="glsa-1", opens="sesame")


@pytest.fixture
def url(fake: FakeGrafana) -> Iterator[str]:
    server = HttpServer(fake.app)
    server.start()
    yield server.url
    server.stop()


def settings(url: str, **given: Any) -> GrafanaSettings:
    secrets = {"token": SecretStr("glsa-1"), "clickhouse_password": SecretStr("sesame")}
    return GrafanaSettings(**{"url": url, "clickhouse_host": "clickhouse", **secrets, **given})


def pushed(given: GrafanaSettings, events: Iterable[Mapping[str, Any]] = EVENTS) -> dict[str, Step]:
    return {step.what: step for step in push(Grafana(given), given, events, NOW)}


def test_a_second_push_changes_nothing(fake: FakeGrafana, url: str) -> None:
    first = pushed(settings(url))
    assert {step.done for what, step in first.items() if what != "annotations"} == {"made"}
    assert set(fake.folders) == {"bellwether"}
    assert set(fake.dashboards) == {board.uid for board in DASHBOARDS}
    assert {board["meta"]["folderUid"] for board in fake.dashboards.values()} == {"bellwether"}
    assert len(fake.groups["bellwether", "bellwether"]["rules"]) >= 5
    source = fake.sources["bellwether-clickhouse"]
    assert (source["jsonData"]["username"], source["isDefault"]) == ("grafana", False)
    assert "sesame" not in str(source)
    assert fake.secrets["bellwether-clickhouse"] == "sesame"
    fake.changes.clear()
    second = pushed(settings(url))
    assert {step.done for step in second.values()} == {"unchanged"}
    assert fake.changes == []
    assert second["annotations"].note == "0 new, 2 were there"


def test_annotations_are_the_turns_of_signals_each_once(fake: FakeGrafana, url: str) -> None:
    pushed(settings(url), EVENTS[:2])
    assert [each["tags"][1] for each in fake.annotations] == ["published"], "an opened signal is none"
    only = fake.annotations[0]
    assert only["tags"] == ["bellwether", "published", "signal:g1", "event:live:g1:2"]
    assert only["time"] == int(minutes(5).timestamp() * 1000)
    assert "Gallium &lt;b&gt;" in only["text"]
    assert "1.0 → 4.5" in only["text"]
    assert pushed(settings(url))["annotations"].note == "1 new, 1 were there"


def test_more_annotations_than_an_answer_holds_are_found_again(fake: FakeGrafana, url: str) -> None:
    many = [asdict(event(1, 1 + seq, kind="faded", at=minutes(seq // 1200))) for seq in range(2500)]
    fake.annotations = [
        {"id": number, "time": int(each["at"].timestamp() * 1000), "tags": ["bellwether", f"event:{each['event_id']}"]}
        for number, each in enumerate(many)
    ]
    assert pushed(settings(url), many)["annotations"].note == "0 new, 2500 were there"


def test_what_somebody_changed_or_moved_is_put_right(fake: FakeGrafana, url: str) -> None:
    pushed(settings(url))
    fake.dashboards["bellwether-signals"]["dashboard"]["panels"][0]["title"] = "Mine"
    fake.folders["other"] = {}
    fake.dashboards["bellwether-pipeline"]["meta"]["folderUid"] = "other"
    fake.groups["bellwether", "bellwether"]["rules"][0]["data"][1]["model"]["conditions"][0]["evaluator"]["params"] = [
        9
    ]
    fake.sources["bellwether-clickhouse"]["jsonData"]["host"] = "elsewhere"
    found = pushed(settings(url, folder="News"))
    changed = {what for what, step in found.items() if step.done == "changed"}
    assert changed == {"folder", "data source", "dashboard Signals", "dashboard Pipeline", "alert rules"}
    assert fake.folders["bellwether"]["title"] == "News"
    assert {step.done for step in pushed(settings(url, folder="News")).values()} == {"unchanged"}


def test_a_new_password_is_sent_and_a_wrong_one_told(fake: FakeGrafana, url: str) -> None:
    wrong = pushed(settings(url, clickhouse_password=SecretStr("guess")))["data source"]
    assert wrong.note == "it does not work yet: Authentication failed"
    assert "guess" not in str(wrong)
    right = pushed(settings(url))["data source"]
    assert (right.done, right.note) == ("changed", "")


def test_what_provisioning_files_made_is_left_alone(fake: FakeGrafana, url: str) -> None:
    pushed(settings(url))
    fake.sources["bellwether-clickhouse"].update(readOnly=True, name="Older")
    for board in fake.dashboards.values():
        board["meta"]["provisioned"] = True
        board["dashboard"]["title"] = "Older"
    for rule in fake.groups["bellwether", "bellwether"]["rules"]:
        rule.update(provenance="file", title=f"Older {rule['title']}")
    fake.changes.clear()
    found = pushed(settings(url))
    kept = {what for what, step in found.items() if step.done == "kept by provisioning files"}
    assert kept == {"data source", "alert rules", *(f"dashboard {board.title}" for board in DASHBOARDS)}
    assert fake.changes == []


def test_user_and_password_and_organisation_and_a_path(url: str) -> None:
    fake = FakeGrafana(user="admin", password="pw", opens="sesame")
    server = HttpServer(Starlette(routes=[Mount("/grafana", fake.app)]))
    server.start()
    try:
        given = settings(f"{server.url}/grafana", token=SecretStr(""), user="admin", password=SecretStr("pw"), org=7)
        assert pushed(given)["folder"].done == "made"
    finally:
        server.stop()
    assert set(fake.organisations) == {"7"}


def test_refusals_name_the_setting(fake: FakeGrafana, url: str) -> None:
    with pytest.raises(BadSetting, match=r"grafana\.token: .* refuses these credentials"):
        pushed(settings(url, token=SecretStr("wrong")))
    with pytest.raises(BadSetting, match=r"grafana\.token: is not set"):
        Grafana(settings(url, token=SecretStr("")))
    with pytest.raises(BadSetting, match=r"grafana\.clickhouse_host: is not set"):
        pushed(settings(url, clickhouse_host=""))
    assert fake.changes == []
    fake.down = True
    with pytest.raises(Retryable, match="database is locked"):
        pushed(settings(url))
    with pytest.raises(Retryable, match="does not answer"):
        pushed(settings("http://127.0.0.1:1"))
    fake.down = False
    pushed(settings(url))
    fake.sources["bellwether-clickhouse"]["uid"] = "taken"
    fake.sources["taken"] = fake.sources.pop("bellwether-clickhouse")
    with pytest.raises(BadInput, match=r"data source: Grafana at .* refuses it: .*same name"):
        pushed(settings(url))


def test_without_the_library_the_remedy_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "grafana_client"] or ["grafana_client"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(BadSetting, match=r"install bellwether\[grafana\]"):
        Grafana(settings(url))


@pytest.mark.parametrize(
    ("there", "wanted", "held"),
    [
        ({"a": 1, "id": 5}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}, True),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": "x"}, {"a": ["x"]}, False),
        ([1], {"a": 1}, False),
    ],
)
def test_what_counts_as_the_same(there: Any, wanted: Any, held: bool) -> None:
    assert holds(there, wanted) is held

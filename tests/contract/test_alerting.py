"""Alerts on a store: settings become rules and channels, and what was or would have been told can be asked."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.alerting import Alerting, rules_of, try_channels
from infra.settings import load
from schemas.errors import BadInput, BadSetting
from schemas.events import Alert
from sinks.alerts.stored import StoredAlerts
from sinks.clickhouse.connect import Store
from tests.builders import T0, alert, minutes
from tests.contract.test_morning import DAY, happens
from tests.unit.sinks.alerts.receiver import receiver

RULES = """
[alerts.channels]
desk = "{url}"

[alerts.rules.rising]
when = "move >= 1 && event.kind != 'published'"
min_families = 1

[alerts.rules.new]
when = 'event.kind == "published"'
channels = ["desk"]
min_families = 1
cooldown = "6h"
"""


def alerting(store: Store, folder: Path, text: str, now: datetime) -> Alerting:
    folder.mkdir(exist_ok=True)
    (folder / "bellwether.toml").write_text(text, "utf-8")
    loaded = load({"data": str(folder / "data")}, environment={}, folder=folder)
    return Alerting(store, loaded.settings, "live", lambda: now)


def until_told(store: Store, count: int) -> list[Alert]:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        found = StoredAlerts(store).since(T0 - timedelta(days=9))
        if len(found) == count and all(one.delivered for one in found):
            return found
        time.sleep(0.05)
    raise AssertionError(f"not told in time: {found}")


def test_rules_of_the_settings_alert_channels_store_and_book(store: Store, tmp_path: Path) -> None:
    happens(store, 1, "published", 0.0, 3.0, 0)
    happens(store, 2, "reinforced", 3.0, 4.5, 5)
    happens(store, 3, "reinforced", 4.5, 4.6, 6)
    with receiver() as hook:
        found = alerting(store, tmp_path, RULES.format(url=hook.url), minutes(10))
        loop = found.loop(poll_seconds=0.05)
        loop.start()
        try:
            told = until_told(store, 2)
        finally:
            loop.stop()
    assert sorted(hook.ids()) == ["new:live:g1:1", "rising:live:g1:2"]
    assert {one.alert_id: one.delivered for one in told} == dict.fromkeys(hook.ids(), True)
    listed = found.listed()
    assert [row["deliveries"][0]["state"] for row in listed["alerts"]] == ["arrived", "arrived"]
    assert [rule["name"] for rule in listed["rules"]] == ["rising", "new"]
    assert found.undelivered() == []


def test_a_process_without_the_book_shows_what_the_store_has(store: Store, tmp_path: Path) -> None:
    kept = [alert(alert_id=f"a{n}", fired_at=minutes(n)) for n in (1, 2, 3)]
    kept[1] = replace(kept[1], delivered=False, error="desk: away")
    StoredAlerts(store).save(kept)
    elsewhere = alerting(store, tmp_path, RULES.format(url="https://hooks.example/x"), minutes(10))
    assert [row["alert_id"] for row in elsewhere.listed(2)["alerts"]] == ["a3", "a2"]
    assert [row["alert_id"] for row in elsewhere.listed(undelivered=True)["alerts"]] == ["a2"]
    assert [row["error"] for row in elsewhere.undelivered()] == ["desk: away"]
    assert not (tmp_path / "data").exists(), "looking makes no book"


def test_a_dry_run_tells_history_and_keeps_nothing(store: Store, tmp_path: Path) -> None:
    happens(store, 1, "published", 0.0, 3.0, 0)
    happens(store, 2, "reinforced", 3.0, 4.5, DAY)
    happens(store, 3, "reinforced", 4.5, 6.0, 40 * DAY)
    found = alerting(store, tmp_path, RULES.format(url="https://hooks.example/x"), minutes(90 * DAY))
    said = found.dry_run("2026-04-01")
    assert (said["events"], [row["alert_id"] for row in said["alerts"]]) == (
        3, ["new:live:g1:1", "rising:live:g1:2", "rising:live:g1:3"],
    )  # fmt: skip
    assert [row["rule"] for row in found.dry_run("2026-05-01", "crossed(5)")["alerts"]] == []
    own = alerting(store, tmp_path, "[alerts]\nmin_families = 1\n", minutes(90 * DAY)).dry_run(
        "2026-05-01", "crossed(5)"
    )
    assert [row["strength_after"] for row in own["alerts"]] == [6.0]
    assert StoredAlerts(store).since(T0 - timedelta(days=9)) == []
    for since, when in (("yesterday", ""), ("2026-04-01", "nope")):
        with pytest.raises(BadInput, match="--"):
            found.dry_run(since, when)


def test_a_test_says_what_became_of_it(tmp_path: Path) -> None:
    with receiver(204) as hook, receiver(400) as refusing:
        text = f'[alerts]\nwebhook = "{hook.url}"\n[alerts.channels]\ndesk = "{refusing.url}"\n'
        (tmp_path / "bellwether.toml").write_text(text, "utf-8")
        settings = load({}, environment={}, folder=tmp_path).settings.alerts
        said = {row["channel"]: row["error"] for row in try_channels(settings, T0)}
        assert said == {"webhook": "", "desk": "the receiver answered 400"}
        assert [row["channel"] for row in try_channels(settings, T0, "webhook")] == ["webhook"]
        with pytest.raises(BadInput, match="phone: there is no such channel"):
            try_channels(settings, T0, "phone")
    assert all(call[1]["title"].startswith("A test") for call in hook.calls)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[alerts.rules.a]\nwhen = "nope > 1"', r"alerts\.rules\.a\.when: .*undeclared reference to 'nope'"),
        ('[alerts.rules.a]\nwhen = "true"\nchannels = ["b"]', r"^alerts\.rules\.a: there is no channel b"),
        ('[alerts.rules.a]\nwhen = "true"\nquiet = "at night"', r"alerts\.rules\.a\.quiet: .*22:00-07:00"),
        ('[alerts.rules.a]\nwhen = "true"\ncooldown = "soon"', r"alerts\.rules\.a\.cooldown: .*6h"),
        ('[alerts.rules."A b"]\nwhen = "true"', r"alerts.*rules\.A b: a name"),
        ('[alerts.rules.a]\nwhat = "true"', r"alerts\.rules\.a\.w"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bellwether.toml").write_text(text, "utf-8")
    with pytest.raises(BadSetting, match=said):
        load({}, environment={}, folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[alerts]\nwebhook = "ftp://x"', r"^alerts\.webhook: must be"),
        ('[alerts.channels]\nops = "nosuch://token"', r"^alerts\.channels\.ops: nosuch"),
        ('[alerts]\nsecret = "whsec_?"', r"^alerts\.secret: "),
    ],
)
def test_channels_that_cannot_work_stop_the_start(store: Store, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSetting, match=said) as refused:
        alerting(store, tmp_path, text, T0).loop()
    assert "token" not in str(refused.value)


def test_channels_and_rules_come_from_the_environment_too(tmp_path: Path) -> None:
    environment = {
        "BELLWETHER_ALERTS__CHANNELS__DESK": "https://hooks.example/one",
        "BELLWETHER_ALERTS__CHANNELS__PHONE": "json://hooks.example/two",
        "BELLWETHER_ALERTS__RULES__STRONG__WHEN": "crossed(7)",
        "BELLWETHER_ALERTS__RULES__STRONG__CHANNELS": "desk",
    }
    settings = load({}, environment=environment, folder=tmp_path).settings.alerts
    assert settings.addresses() == {"desk": "https://hooks.example/one", "phone": "json://hooks.example/two"}
    assert [(rule.name, rule.where.text, rule.channels) for rule in rules_of(settings)] == [
        ("strong", "crossed(7)", ("desk",))
    ]


def test_addresses_are_masked_wherever_settings_are_shown(tmp_path: Path) -> None:
    (tmp_path / "bellwether.toml").write_text(RULES.format(url="https://hooks.example/T0KEN"), "utf-8")
    rows: list[dict[str, Any]] = load({}, environment={}, folder=tmp_path).rows()
    assert "T0KEN" not in str(rows)

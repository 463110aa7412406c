"""The loop on a real store and a real receiver, through failures and restarts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from schemas.events import Alert, SignalEvent
from sinks.alerts.loop import NO_WEBHOOK, AlertLoop
from sinks.alerts.rules import Crossing
from sinks.clickhouse.connect import Store
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.tables import ALERTS, EVENTS
from tests.builders import event, minutes
from tests.unit.sinks.alerts.receiver import receiver

NOW = minutes(10)


def crossing(number: int = 1, **given: Any) -> SignalEvent:
    made: dict[str, Any] = {
        "seq": 2,
        "strength_before": 4.9,
        "strength_after": 5.1,
        "families": 3,
        "state": "published",
    }
    return event(number, **(made | given))


def project(store: Store, *events: SignalEvent) -> None:
    n = list(range(1, len(events) + 1))
    store.insert_columns(EVENTS.table, EVENTS.columns, EVENTS.data(events, n=n, i=0))


def alerts(store: Store) -> list[Alert]:
    return LatestRecords(store, ALERTS).load()


@contextmanager
def running(store: Store, url: str, **given: Any) -> Iterator[AlertLoop]:
    loop = AlertLoop(store, Crossing(), url, lambda: NOW, **({"retry_seconds": 0.2, "deadline": 2.0} | given))
    loop.start()
    try:
        yield loop
    finally:
        loop.stop()


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def test_an_offered_crossing_is_delivered_recorded_and_announced_once(store: Store) -> None:
    heard: list[Alert] = []
    with receiver() as hook, running(store, hook.url, on_alert=heard.append) as loop:
        loop.offer([crossing(), event(2)])
        loop.offer([crossing()])
        wait_for(lambda: bool(heard))
        time.sleep(0.5)
    assert hook.ids() == ["crossing:live:g1:2"]
    assert [(one.alert_id, one.delivered, one.error) for one in alerts(store)] == [("crossing:live:g1:2", True, "")]
    assert heard == alerts(store)


def test_a_restart_repeats_nothing_and_finds_what_was_missed(store: Store) -> None:
    project(store, crossing(1))
    with receiver() as hook:
        with running(store, hook.url):
            wait_for(lambda: len(hook.calls) == 1)
            wait_for(lambda: all(one.delivered for one in alerts(store)))
        project(store, crossing(1), crossing(2), crossing(3, at=NOW - timedelta(days=3)))
        with running(store, hook.url):
            wait_for(lambda: len(hook.calls) == 2)
            time.sleep(0.5)
    assert hook.ids() == ["crossing:live:g1:2", "crossing:live:g2:2"]


def test_an_undelivered_alert_is_tried_again_until_it_arrives(store: Store) -> None:
    heard: list[Alert] = []
    with receiver(400, 400, 204) as hook, running(store, hook.url, on_alert=heard.append) as loop:
        loop.offer([crossing()])
        wait_for(lambda: len(heard) == 2)
        time.sleep(0.5)
    assert len(hook.calls) == 3
    assert [one.delivered for one in heard] == [False, True]
    assert heard[0].error == "the receiver answered 400"
    assert [one.delivered for one in alerts(store)] == [True]


def test_what_could_not_be_delivered_is_delivered_after_a_restart(store: Store) -> None:
    with receiver() as gone:
        nowhere = gone.url
    with running(store, nowhere, retry_seconds=60.0) as loop:
        loop.offer([crossing()])
        wait_for(lambda: any("yet" not in one.error for one in alerts(store)))
    with receiver() as hook, running(store, hook.url):
        wait_for(lambda: [one.delivered for one in alerts(store)] == [True])
    assert hook.ids() == ["crossing:live:g1:2"]


def test_alerts_older_than_a_day_are_given_up(store: Store) -> None:
    with receiver(400) as hook, running(store, hook.url, retry_seconds=60.0) as loop:
        loop.offer([crossing()])
        wait_for(lambda: any(one.error.endswith("400") for one in alerts(store)))
    with receiver() as hook:
        later = AlertLoop(store, Crossing(), hook.url, lambda: NOW + timedelta(hours=25), retry_seconds=0.1)
        later.start()
        time.sleep(0.6)
        later.stop()
    assert hook.calls == []


def test_without_a_webhook_alerts_are_recorded_and_announced(store: Store) -> None:
    heard: list[Alert] = []
    with running(store, "", on_alert=heard.append) as loop:
        loop.offer([crossing()])
        wait_for(lambda: bool(heard))
    assert [(one.delivered, one.error) for one in alerts(store)] == [(False, NO_WEBHOOK)]


def test_the_loop_outlives_a_failing_listener(store: Store) -> None:
    def broken(alert: Alert) -> None:
        raise RuntimeError(alert.alert_id)

    with receiver() as hook, running(store, hook.url, on_alert=broken) as loop:
        loop.offer([crossing(1)])
        wait_for(lambda: len(hook.calls) == 1)
        loop.offer([crossing(2)])
        wait_for(lambda: len(hook.calls) == 2)
    assert sorted(hook.ids()) == ["crossing:live:g1:2", "crossing:live:g2:2"]


def test_other_generations_are_not_caught_up(store: Store) -> None:
    project(store, crossing(1, generation="shadow", event_id="shadow:g1:2"))
    with receiver() as hook, running(store, hook.url):
        time.sleep(0.6)
    assert hook.calls == []

"""The loop with a real receiver and a real book, through failures and restarts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import Retryable
from schemas.events import Alert
from sinks.alerts.book import AlertBook
from sinks.alerts.decide import Deciding
from sinks.alerts.loop import AlertLoop
from sinks.alerts.webhook import Webhook
from tests.unit.sinks.alerts.parts import NOW, Listed, crossing, deciding, rule
from tests.unit.sinks.alerts.receiver import receiver


class Clock:
    """A wall clock that is set."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AlertBook]:
    made = AlertBook(tmp_path / "alerts.sqlite")
    yield made
    made.close()


@contextmanager
def running(
    events: Listed,
    book: AlertBook,
    *urls: str,
    rules: Deciding | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
    **given: Any,
) -> Iterator[AlertLoop]:
    names = ["hook", "second", "third"][: len(urls)]
    channels = [Webhook(url, name, deadline=2.0, tries=1) for url, name in zip(urls, names, strict=True)]
    loop = AlertLoop(
        events, book, rules or deciding(channels=tuple(names)), channels, clock, poll_seconds=0.05, **given
    )
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


def states(book: AlertBook) -> list[str]:
    return [each["state"] for row in book.listed() for each in row["deliveries"]]


def test_a_crossing_is_delivered_kept_and_announced_once(book: AlertBook) -> None:
    heard: list[Alert] = []
    told: list[Alert] = []
    with receiver() as hook:
        for _ in range(2):
            with running(Listed(crossing()), book, hook.url, on_alert=heard.append, tell=told.extend):
                wait_for(lambda: bool(told) and told[-1].delivered)
    assert hook.ids() == ["crossing:live:g1:2"]
    assert [(one.alert_id, one.delivered, one.error) for one in heard] == [("crossing:live:g1:2", True, "")]
    assert told[-1] == heard[0]


def test_a_restart_repeats_nothing_and_finds_what_was_missed(book: AlertBook) -> None:
    events = Listed(crossing(1))
    with receiver() as hook:
        with running(events, book, hook.url):
            wait_for(lambda: states(book) == ["arrived"])
        events.events += [crossing(2), crossing(3, at=NOW - timedelta(days=3))]
        with running(events, book, hook.url):
            wait_for(lambda: states(book) == ["arrived", "arrived"])
    assert hook.ids() == ["crossing:live:g1:2", "crossing:live:g2:2"]


def test_an_undelivered_alert_is_tried_again_until_it_arrives(book: AlertBook) -> None:
    heard: list[Alert] = []
    clock = Clock()
    with (
        receiver(400, 400, 204) as hook,
        running(Listed(crossing()), book, hook.url, clock=clock, on_alert=heard.append),
    ):
        for tries in (1, 2, 3):
            wait_for(lambda tries=tries: len(heard) == tries)  # type: ignore[misc]
            clock.at += timedelta(minutes=1)
    assert [one.delivered for one in heard] == [False, False, True]
    assert heard[0].error == "hook: the receiver answered 400"
    assert heard[2].error == ""


def test_a_dead_channel_keeps_no_other_waiting(book: AlertBook) -> None:
    with receiver() as gone:
        nowhere = gone.url
    with receiver() as hook, running(Listed(crossing(1), crossing(2)), book, nowhere, hook.url):
        wait_for(lambda: len(hook.calls) == 2)
        wait_for(lambda: sorted(states(book)) == ["arrived", "arrived", "waiting", "waiting"])
    assert len(book.listed(undelivered=True)) == 2
    with (
        receiver() as hook,
        running(Listed(), book, hook.url, clock=lambda: NOW + timedelta(minutes=1), rules=deciding()),
    ):
        wait_for(lambda: set(states(book)) == {"arrived"})
    assert sorted(hook.ids()) == ["crossing:live:g1:2", "crossing:live:g2:2"]


def test_a_day_later_it_is_given_up_and_shown(book: AlertBook) -> None:
    clock = Clock()
    with receiver(400) as hook, running(Listed(crossing()), book, hook.url, clock=clock):
        for _ in range(3):
            wait_for(lambda: book.listed()[0]["deliveries"][0]["attempts"] > 0 if book.listed() else False)
            clock.at += timedelta(hours=12, minutes=1)
            time.sleep(0.1)
        wait_for(lambda: states(book) == ["given up"])
        calls = len(hook.calls)
        clock.at += timedelta(hours=1)
        time.sleep(0.3)
        assert len(hook.calls) == calls
    assert book.listed(undelivered=True)[0]["error"] == "hook: the receiver answered 400"


def test_quiet_hours_hold_an_alert_until_they_are_over(book: AlertBook) -> None:
    clock = Clock()  # 10:40 in Berlin
    rules = deciding(rule(quiet="10:00-12:00"))
    with receiver() as hook, running(Listed(crossing()), book, hook.url, rules=rules, clock=clock):
        wait_for(lambda: states(book) == ["waiting"])
        time.sleep(0.2)
        assert hook.calls == []
        assert book.listed()[0]["error"] == "hook: held back until 10:00 UTC"
        clock.at += timedelta(hours=2)
        wait_for(lambda: states(book) == ["arrived"])


def test_what_a_cooldown_leaves_out_is_kept_with_its_reason(book: AlertBook) -> None:
    rules = deciding(rule("strength > 1", cooldown=timedelta(hours=6)))
    with receiver() as hook, running(Listed(crossing(1), crossing(1, seq=3)), book, hook.url, rules=rules):
        wait_for(lambda: len(book.listed()) == 2 and states(book) == ["arrived"])
    assert len(hook.calls) == 1
    assert [row["suppressed"] for row in book.listed()].count("within 6 h of the last one on this signal") == 1


class Faulty(AlertBook):
    """A book that cannot be written at first."""

    fails = 1

    def record(self, *given: Any) -> Any:
        if self.fails:
            self.fails -= 1
            raise Retryable("the disk is full")
        return super().record(*given)


def test_what_could_not_be_noted_is_decided_on_again_as_if_for_the_first_time(tmp_path: Path) -> None:
    book = Faulty(tmp_path / "faulty.sqlite")
    rules = deciding(rule("strength > 1", cooldown=timedelta(hours=6)))
    with receiver() as hook, running(Listed(crossing(1)), book, hook.url, rules=rules):
        wait_for(lambda: states(book) == ["arrived"])
    assert [row["suppressed"] for row in book.listed()] == [""]
    book.close()


def test_without_a_channel_alerts_are_kept(book: AlertBook) -> None:
    told: list[Alert] = []
    with running(Listed(crossing()), book, tell=told.extend):
        wait_for(lambda: bool(told))
    assert [(one.delivered, one.error) for one in told] == [(False, "no channel is configured")]


def test_the_loop_outlives_a_failing_listener_and_a_failing_store(book: AlertBook) -> None:
    told: list[Alert] = []

    def broken(alert: Alert) -> None:
        raise RuntimeError(alert.alert_id)

    def away_at_first(alerts: Sequence[Alert]) -> None:
        told.extend(alerts)
        if len(told) < 2:
            raise Retryable("the store is away")

    with (
        receiver() as hook,
        running(Listed(crossing(1), crossing(2)), book, hook.url, on_alert=broken, tell=away_at_first),
    ):
        wait_for(lambda: len(hook.calls) == 2)
        wait_for(lambda: book.untold() == [])
    assert {one.alert_id for one in told if one.delivered} == {"crossing:live:g1:2", "crossing:live:g2:2"}


def test_alerts_that_the_store_knows_do_not_fire_again_when_the_book_is_lost(tmp_path: Path, book: AlertBook) -> None:
    told: list[Alert] = []
    with receiver() as hook, running(Listed(crossing()), book, hook.url, tell=told.extend):
        wait_for(lambda: bool(told) and told[-1].delivered)
    fresh = AlertBook(tmp_path / "another.sqlite")
    fresh.adopt([told[-1]])
    with receiver() as hook, running(Listed(crossing(), crossing(2)), fresh, hook.url):
        wait_for(lambda: len(hook.calls) == 1)
    assert hook.ids() == ["crossing:live:g2:2"]
    fresh.close()


def test_what_alerts_say_can_be_rewritten_and_is_told_again(book: AlertBook) -> None:
    told: list[Alert] = []
    with receiver() as hook, running(Listed(crossing(1), crossing(2)), book, hook.url, tell=told.extend):
        wait_for(lambda: len(hook.calls) == 2 and book.untold() == [])
    changed = book.rewrite(lambda alert: alert | ({"quote": "[gone]"} if alert["signal_id"] == "g1" else {}))
    assert changed == 1
    assert {row["signal_id"]: row["quote"] == "[gone]" for row in book.listed()} == {"g1": True, "g2": False}
    assert [(one.signal_id, one.delivered) for one, _ in book.untold()] == [("g1", True)], "the store is told of it"

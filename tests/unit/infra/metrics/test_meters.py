"""What is wrapped is counted, and works as before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

import pytest

from infra.metrics.alerts import CommitTimes, MeasuredChannel, TimedEvents, alert_figures, held_by
from infra.metrics.commits import MeasuredCommitLog
from infra.metrics.llm_figures import llm_figures
from infra.metrics.reading import (
    count_admitted,
    count_articles_from_zero,
    count_dead_letter,
    count_dead_letters_from_zero,
    count_refused,
    counting_polls,
)
from infra.metrics.registry import Metrics
from infra.metrics.stream_figures import StageFigures, sink_figures
from processors.analysts.llm.client import OpenAiLlm
from processors.ports import CommitLog
from producers.copies import CopyIndex
from producers.door import Admitted, Door
from producers.draft import Draft
from producers.poll import Polled
from producers.ports import FeedState
from schemas.errors import Retryable
from schemas.events import Alert
from schemas.kafka_connection import KafkaConnection
from schemas.vocabulary import EventKind, OutcomeKind
from sinks.alerts.book import AlertBook
from sinks.alerts.channel import Acknowledged, Delivery
from sinks.alerts.loop import AlertLoop
from sinks.alerts.rules import alert_of
from sinks.alerts.webhook import Webhook
from sinks.clickhouse.connect import Store
from sinks.consume import Stats
from tests.builders import article, commit, event, minutes, outcome
from tests.fakes import MemoryCommitLog
from tests.llm.server import ChatRequest, Reply, answer, raw_content
from tests.unit.infra.metrics.test_registry import values
from tests.unit.processors.analysts.llm import asking
from tests.unit.producers.fakes import FakeIntake
from tests.unit.sinks.alerts.parts import NOW, Listed, crossing, deciding, rule
from tests.unit.sinks.alerts.receiver import receiver


def test_commits_are_counted_when_they_are_durable() -> None:
    metrics, inner, made = Metrics(), MemoryCommitLog(), commit(1, outcomes=(outcome(1),), events=(event(1),))
    log: CommitLog = MeasuredCommitLog(inner, lambda: made.committed_at + timedelta(seconds=0.04), metrics)
    inner.failures.append(Retryable("the disk is full"))
    with pytest.raises(Retryable):
        log.append([made])
    assert values(metrics)["bellwether_commits_total", ()] == 0
    log.append([made])
    found = values(metrics)
    assert found["bellwether_commits_total", ()] == 1
    assert found["bellwether_commit_number", ()] == 1
    assert found["bellwether_commit_seconds_count", ()] == 1
    assert found["bellwether_commit_seconds_sum", ()] == pytest.approx(0.04)
    outcomes = {of[0]: value for (name, of), value in found.items() if name == "bellwether_outcomes_total"}
    assert set(outcomes) == set(get_args(OutcomeKind)), "each begins at 0"
    assert sum(outcomes.values()) == len(made.outcomes) > 0
    kinds = {of[0]: value for (name, of), value in found.items() if name == "bellwether_signal_events_total"}
    assert sum(kinds.values()) == len(made.events) > 0
    assert found["bellwether_questions_asked_total", ()] == len(made.questions)
    assert ([each.n for each in log.read(0)], log.last(), log.carries) == ([1], 1, False)


def test_a_restarted_ledger_tells_the_number_that_it_remembers() -> None:
    metrics, inner = Metrics(), MemoryCommitLog()
    inner.append([commit(1, outcomes=(outcome(1),)), commit(2, outcomes=(outcome(2),))])
    log = MeasuredCommitLog(inner, lambda: minutes(0), metrics)
    assert next(iter(log.read(1, 2))).n == 2
    assert next(iter(log.read(0, 1))).n == 1, "an older one is looked up"
    found = values(metrics)
    assert found["bellwether_commit_number", ()] == 2
    assert found["bellwether_commits_total", ()] == 0


def test_what_never_happened_has_a_figure_that_stands_still() -> None:
    metrics = Metrics()
    count_articles_from_zero(metrics)
    MeasuredCommitLog(MemoryCommitLog(), lambda: minutes(0), metrics)
    MeasuredChannel(Webhook("https://hook.example/", "hook"), lambda _: None, lambda: NOW, metrics)
    found = values(metrics)
    assert found["bellwether_articles_read_total", ("new",)] == 0
    assert found["bellwether_alert_tries_total", ("hook", "failed")] == 0
    kinds = {of[0] for name, of in found if name == "bellwether_signal_events_total"}
    assert kinds == set(get_args(EventKind))


@pytest.mark.parametrize(("fired", "seconds"), [("23:30", 2.0), ("12:00", 3600.0)])
def test_quiet_hours_are_no_slowness(fired: str, seconds: float) -> None:
    """An alert that they hold back is due at their end; one that fires outside of them at the event's commit."""

    class Quick:
        name = "hook"

        def deliver(self, alert: Alert, acknowledged: Acknowledged) -> Delivery:
            acknowledged()
            return Delivery(delivered=True)

        def close(self) -> None: ...

    metrics, zone = Metrics(), ZoneInfo("Europe/Berlin")
    at = datetime.combine(date(2026, 4, 15), datetime.strptime(fired, "%H:%M").time(), zone)
    night = rule(quiet="22:00-07:00")
    over = datetime(2026, 4, 16, 7, tzinfo=zone)
    received = over + timedelta(seconds=2) if fired == "23:30" else at
    channel = MeasuredChannel(
        Quick(), lambda _: at - timedelta(hours=1), lambda: received, metrics, held_until=held_by([night], zone)
    )
    channel.deliver(alert_of(crossing(1), night, at), lambda: None)
    assert values(metrics)["bellwether_alert_seconds_sum", ()] == seconds


def test_a_commit_of_a_clock_that_was_set_back_takes_no_negative_time() -> None:
    metrics, made = Metrics(), commit(1, outcomes=(outcome(1, outcome="rejected"),))
    MeasuredCommitLog(MemoryCommitLog(), lambda: made.committed_at - timedelta(hours=1), metrics).append([made])
    found = values(metrics)
    assert found["bellwether_commit_seconds_sum", ()] == 0
    assert found["bellwether_outcomes_total", ("rejected",)] == 1


def test_what_comes_in_is_counted() -> None:
    metrics, heard = Metrics(), list[Polled]()
    count_admitted(Admitted(new=3, revisions=1, unchanged=5, copies=2), metrics)
    count_refused(4, metrics)
    polled = counting_polls(heard.append, metrics)
    assert values(metrics)["bellwether_feed_polls_total", ("failed",)] == 0
    for ok in (True, True, False):
        polled(Polled(FeedState("https://news.example/feed", ok=ok), Admitted()))
    found = values(metrics)
    fates = {"new": 3, "revision": 1, "unchanged": 5, "refused": 4}
    assert {fate: found["bellwether_articles_read_total", (fate,)] for fate in fates} == fates
    assert found["bellwether_article_copies_total", ()] == 2
    assert [found["bellwether_feed_polls_total", (result,)] for result in ("ok", "failed")] == [2, 1]
    assert len(heard) == 3
    assert "news.example" not in metrics.exposition()[0].decode()


def test_the_door_tells_what_it_admitted_and_nothing_of_what_it_did_not() -> None:
    def draft(number: int) -> Draft:
        made = article(number)
        return Draft(**{field.name: getattr(made, field.name) for field in fields(Draft)})

    told = list[Admitted]()
    door = Door(FakeIntake(), CopyIndex(7), told=told.append)
    door.admit([draft(1), draft(2), draft(1)], ordered=False)
    door.admit([], ordered=False)
    assert told == [Admitted(new=2, unchanged=1, copies=1)]  # they have the same text


def test_dead_letters_of_strangers_make_no_new_series() -> None:
    metrics = Metrics()
    count_dead_letters_from_zero(metrics)
    before = len(values(metrics))
    count_dead_letter("extract/analyst", metrics)
    count_dead_letter("sink/handle", metrics)
    for number in range(50):
        count_dead_letter(f"evil-{number}/x", metrics)
        count_dead_letter(f"extract/{number}", metrics)
    found = values(metrics)
    assert found["bellwether_dead_letters_total", ("extract", "analyst")] == 1
    assert found["bellwether_dead_letters_total", ("sink", "handle")] == 1
    assert found["bellwether_dead_letters_total", ("ledger", "check")] == 0
    assert found["bellwether_dead_letters_total", ("other", "other")] == 50
    assert found["bellwether_dead_letters_total", ("extract", "other")] == 50
    assert len(found) == before + 2


def test_sinks_tell_no_lag_before_they_know_it() -> None:
    found = {(f.metric.name, f.labels): f.value for f in sink_figures({"a": Stats(records=3, lag=2), "b": Stats()})}
    assert found["bellwether_sink_lag_records", ("a",)] == 2
    assert ("bellwether_sink_lag_records", ("b",)) not in found
    assert found["bellwether_sink_records_total", ("a",)] == 3


class Brokers:
    """What StageFigures asks: by topic the spans of its partitions, by group what it has committed."""

    def __init__(self, done: dict[str, dict[int, int]]) -> None:
        self.done = done

    def spans(self, topic: str) -> dict[int, tuple[int, int]]:
        return {0: (40, 100), 1: (0, 10)}

    def committed(self, group: str, topic: str) -> dict[int, int]:
        return self.done.get(group, {})

    def close(self) -> None: ...


def stage_figures(done: dict[str, dict[int, int]], asking: bool = False) -> dict[tuple[str, str], float]:
    figures = StageFigures(KafkaConnection("nowhere:1"), asking=asking, opened=lambda _: Brokers(done))
    return {(figure.metric.name, figure.labels[0]): figure.value for figure in figures()}


def test_lag_counts_records_that_there_are() -> None:
    found = stage_figures({"bellwether-ledger": {0: 90, 1: 10}, "bellwether-publish": {0: 20}})
    assert found["bellwether_stage_lag_records", "ledger"] == 10
    assert found["bellwether_stage_lag_records", "publish"] == 60 + 10, "acknowledged before the oldest that is left"
    assert found["bellwether_stage_lag_records", "extract"] == 60 + 10, "a stage that nobody ran"
    assert found["bellwether_stage_records_total", "extract"] == 0


def test_stages_that_ask_a_model_are_shown_when_they_run_whoever_measures() -> None:
    assert {stage for _, stage in stage_figures({})} == {"extract", "ledger", "publish"}
    found = stage_figures({"bellwether-judge": {0: 95}})
    assert found["bellwether_stage_lag_records", "judge"] == 5 + 10
    assert ("bellwether_stage_lag_records", "revise") not in found
    assert ("bellwether_stage_lag_records", "revise") in stage_figures({}, asking=True)


class Table:
    """The one question that CommitTimes asks; `rows` None: the store is away."""

    def __init__(self, rows: list[dict[str, Any]] | None) -> None:
        self.rows = rows

    def query(self, sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        if self.rows is None:
            raise Retryable("the store is away")
        return [row for row in self.rows if row["n"] in params["numbers"]]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AlertBook]:
    made = AlertBook(tmp_path / "alerts.sqlite")
    yield made
    made.close()


@pytest.mark.parametrize(("away", "seconds"), [(False, 600.0), (True, 0.0)])
def test_alerts_are_measured_from_commit_to_receipt(book: AlertBook, away: bool, seconds: float) -> None:
    metrics = Metrics()
    rows = [{"n": 1, "committed_at": minutes(0)}]  # the event is of commit 1, ten minutes before NOW
    times = CommitTimes(cast("Store", Table(None if away else rows)), "live")
    with receiver(500, 204) as hook:
        channel = MeasuredChannel(Webhook(hook.url, "hook", deadline=2.0, tries=1), times.of, lambda: NOW, metrics)
        clock = [NOW]
        loop = AlertLoop(
            TimedEvents(Listed(crossing(1)), times), book, deciding(), [channel], lambda: clock[0], poll_seconds=0.05
        )
        loop.start()
        try:
            wait_until(lambda: bool(book.listed()) and book.listed()[0]["deliveries"][0]["attempts"] == 1)
            clock[0] = NOW + timedelta(seconds=30)  # the next try is due
            wait_until(lambda: book.counts() == {("hook", "arrived"): 1})
        finally:
            loop.stop()
    found = values(metrics)
    assert found["bellwether_alert_tries_total", ("hook", "failed")] == 1
    assert found["bellwether_alert_tries_total", ("hook", "delivered")] == 1
    assert found["bellwether_alert_seconds_count", ()] == 1
    assert found["bellwether_alert_seconds_sum", ()] == seconds
    assert [(f.metric.name, f.labels, f.value) for f in alert_figures(book)] == [
        ("bellwether_alert_deliveries", ("hook", "arrived"), 1)
    ]


def test_the_model_is_counted_from_the_books(tmp_path: Path) -> None:
    def reply(request: ChatRequest) -> Reply:
        if request.user == "article 3":
            return raw_content("nonsense")
        usage = {"prompt_tokens": 100, "completion_tokens": 10}
        return Reply(message=answer(asking.GOOD).message, usage=usage)

    assert [(f.metric.name, f.value) for f in llm_figures(tmp_path / "none.db")] == [
        ("bellwether_llm_requests_under_way", 0)
    ]
    with asking.serving(reply) as server:
        config = asking.config_for(tmp_path, server, money_per_day=1.0, breaker_failures=1)

        async def work(llm: OpenAiLlm) -> None:
            for number in (1, 2, 1, 3):
                await asking.outcome(llm.ask(asking.call(number)))

        asking.using(config, work)
    dead = asking.config_for(tmp_path, None, money_per_day=1.0, breaker_failures=1)
    asking.using(dead, lambda llm: asking.outcome(llm.ask(asking.call(9))))
    found = {(f.metric.name, f.labels): f.value for f in llm_figures(tmp_path / "llm.db")}
    of = ("extract", "m")
    assert found["bellwether_llm_cache_hits_total", of] == 1
    assert found["bellwether_llm_calls_total", of] > 3
    assert found["bellwether_llm_tokens_total", (*of, "in")] >= 200
    assert found["bellwether_llm_tokens_total", (*of, "out")] >= 20
    assert found["bellwether_llm_spend_total", of] >= 240e-6
    assert sum(value for (name, _), value in found.items() if name == "bellwether_llm_failures_total") >= 1
    assert found["bellwether_llm_requests_under_way", ()] == 0
    assert 0.99 < found["bellwether_llm_limit_left_ratio", ("llm.money_per_day",)] <= 1
    assert found["bellwether_llm_breaker_open", ("chat m",)] == 1


def wait_until(met: Any, seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)

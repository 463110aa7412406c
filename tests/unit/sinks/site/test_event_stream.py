"""Whole events over HTTP: resumed by their ids, chosen by a condition, and refused in words."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx2
import pytest
from starlette.applications import Starlette

from infra.http_server import HttpServer
from schemas.errors import Retryable
from schemas.events import SignalEvent
from sinks.site.event_stream import LISTENERS, Cursor, EventStream
from tests.builders import event, minutes
from tests.unit.sinks.site.test_live import Listener


class Stored:
    """Events that a test adds; away for the next `faults` questions."""

    def __init__(self) -> None:
        self.all: list[tuple[Cursor, SignalEvent]] = [((n, 0), event(1, n, kind="reinforced")) for n in (1, 2, 3)]
        self.faults = 0

    def read(self, cursor: Cursor, limit: int, *, published_only: bool) -> list[tuple[Cursor, SignalEvent]]:
        assert published_only
        if self.faults:
            self.faults -= 1
            raise Retryable("the store is away")
        return [one for one in self.all if one[0] > cursor][:limit]

    def position(self) -> int:
        return self.all[-1][0][0]


@pytest.fixture
def stored() -> Stored:
    return Stored()


@pytest.fixture
def url(stored: Stored) -> Iterator[str]:
    server = HttpServer(Starlette(routes=EventStream(stored, poll=0.02).routes()))
    server.start()
    yield f"{server.url}/events"
    server.stop()


def heard(url: str, count: int, **headers: str) -> list[tuple[str, int]]:
    with httpx2.stream("GET", url, headers=headers, timeout=10) as answer:
        listener = Listener(answer)
        return [(place, found["seq"]) for place, found in (listener.next() for _ in range(count))]


def test_history_first_and_then_what_comes(url: str, stored: Stored) -> None:
    threading.Timer(0.3, stored.all.append, [((4, 0), event(1, 4, kind="reinforced"))]).start()
    assert heard(f"{url}?since=beginning", 4) == [("1-0", 1), ("2-0", 2), ("3-0", 3), ("4-0", 4)]


def test_history_since_a_time(url: str, stored: Stored) -> None:
    stored.all = [((n, 0), event(1, n, kind="reinforced", at=minutes(n))) for n in (1, 2, 3)]
    time = minutes(2).isoformat().replace("+00:00", "Z")
    assert heard(f"{url}?since={time}", 2) == [("2-0", 2), ("3-0", 3)]


def test_who_comes_back_misses_nothing(url: str) -> None:
    assert heard(url, 2, **{"Last-Event-ID": "1-0"}) == [("2-0", 2), ("3-0", 3)]


def test_by_default_only_what_comes_now(url: str, stored: Stored) -> None:
    threading.Timer(0.5, stored.all.append, [((4, 0), event(1, 4, kind="reinforced"))]).start()
    assert heard(url, 1) == [("4-0", 4)]


def test_a_condition_chooses_and_whole_events_come(url: str) -> None:
    with httpx2.stream("GET", url, params={"since": "beginning", "where": "event.seq == 2"}, timeout=10) as answer:
        place, found = Listener(answer).next()
    assert (place, found["event_id"], found["quote"]) == ("2-0", "live:g1:2", event(1, 2).quote)


def test_a_store_that_is_away_is_asked_again(url: str, stored: Stored) -> None:
    stored.faults = 3
    assert heard(f"{url}?since=beginning", 3)[-1] == ("3-0", 3)


@pytest.mark.parametrize(
    ("query", "headers"),
    [("where=nope", {}), ("since=yesterday", {}), ("", {"Last-Event-ID": "soon"})],
)
def test_what_cannot_be_meant_is_refused(url: str, query: str, headers: dict[str, str]) -> None:
    answer = httpx2.get(f"{url}?{query}", headers=headers)
    assert answer.status_code == 400
    assert answer.text.startswith(("where", "since", "Last-Event-ID")), "in words for a program's log"


def test_too_many_are_refused(stored: Stored) -> None:
    stream = EventStream(stored)
    stream._listeners = LISTENERS
    server = HttpServer(Starlette(routes=stream.routes()))
    server.start()
    assert httpx2.get(f"{server.url}/events").status_code == 503
    server.stop()

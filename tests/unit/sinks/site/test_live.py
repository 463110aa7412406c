"""Live pages: what happens is told to everybody who listens, once, and to those who come back what they missed."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from infra.http_server import HttpServer
from tests.builders import event
from tests.unit.sinks.site.fakes import FakeReader, client


def told(n: int, i: int = 0, **given: Any) -> dict[str, Any]:
    made = event(1, n, kind="reinforced")
    return {name: getattr(made, name) for name in made.__dataclass_fields__} | {"n": n, "i": i} | given


class Listener:
    """Reads messages from /live."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._lines = answer.iter_lines()

    def until_open(self) -> None:
        for line in self._lines:
            if line.startswith(": listening"):
                return

    def next(self) -> tuple[str, dict[str, Any]]:
        found: dict[str, str] = {}
        for line in self._lines:
            if not line and "data" in found:
                return found.get("id", ""), json.loads(found["data"])
            name, _, value = line.partition(": ")
            found[name] = value
        raise AssertionError("the stream ended")


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def url(reader: FakeReader) -> Iterator[str]:
    server = HttpServer(client(reader).app)
    server.start()
    yield server.url
    server.stop()


@contextmanager
def listening(url: str, last: str = "") -> Iterator[Listener]:
    headers = {"Last-Event-ID": last} if last else {}
    address = url if "/live" in url else f"{url}/live"
    with httpx2.stream("GET", address, headers=headers, timeout=20, trust_env=False) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        yield Listener(answer)


def test_two_listeners_hear_the_same(url: str, reader: FakeReader) -> None:
    with listening(url) as first, listening(url) as second:
        first.until_open()
        second.until_open()
        reader.told = [told(5, title="It <moved>"), told(5, 1)]
        reader.last = 5
        for listener in (first, second):
            key, content = listener.next()
            assert key == "5-0"
            assert content["title"] == "It <moved>"
            assert listener.next()[0] == "5-1"


class SlowReader(FakeReader):
    """Takes its time, so that whoever asks together waits together."""

    def position(self) -> int:
        time.sleep(0.05)
        return super().position()

    def events(self, after: tuple[int, int] = (0, 0), **given: Any) -> list[dict[str, Any]]:
        time.sleep(0.05)
        return super().events(after, **given)


def test_listeners_who_come_together_hear_everything_once() -> None:
    reader = SlowReader()
    server = HttpServer(client(reader).app)
    server.start()
    heard: list[list[str]] = [[], [], []]
    come = threading.Barrier(len(heard) + 1)

    def listen(mine: list[str]) -> None:
        come.wait(10)
        with listening(server.url) as listener:
            listener.until_open()
            come.wait(10)
            while not mine or mine[-1] != "9-0":
                mine.append(listener.next()[0])

    threads = [threading.Thread(target=listen, args=(mine,), daemon=True) for mine in heard]
    for thread in threads:
        thread.start()
    come.wait(10)
    come.wait(10)
    for n in (5, 9):
        reader.told, reader.last = [*reader.told, told(n)], n
        time.sleep(1.5)
    for thread in threads:
        thread.join(10)
    server.stop()
    assert heard == [["5-0", "9-0"]] * 3


def test_who_was_away_gets_what_was_missed(url: str, reader: FakeReader) -> None:
    reader.told, reader.last = [told(n) for n in (2, 3, 4)], 4
    with listening(url, "2-0") as listener:
        listener.until_open()
        assert [listener.next()[0] for _ in range(2)] == ["3-0", "4-0"]
        reader.told, reader.last = [*reader.told, told(6)], 6
        assert listener.next()[0] == "6-0"


def test_what_happened_while_a_page_was_loaded_is_told(url: str, reader: FakeReader) -> None:
    page = httpx2.get(f"{url}/signals/g1", trust_env=False).text
    found = re.search(r'data-since="(\d+)"', page)
    assert found
    reader.told, reader.last = [told(4), told(5)], 5
    with listening(f"{url}/live?since={found[1]}") as listener:
        listener.until_open()
        assert listener.next()[0] == "5-0"


def test_a_senseless_id_is_as_none(url: str, reader: FakeReader) -> None:
    reader.told = [told(3)]
    with listening(url, "9999999999999999999999-0") as listener:
        listener.until_open()
        reader.told, reader.last = [told(7)], 7
        assert listener.next()[0] == "7-0"

"""A newsroom on a free port, and requests to it that never raise for a status."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.message import Message

import pytest

from infra.demo.newsroom import Newsroom

START = date(2026, 3, 2)


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    headers: Message

    @property
    def text(self) -> str:
        return self.body.decode()


def at(day: int, clock: str = "23:59") -> datetime:
    return datetime.combine(START + timedelta(days=day - 1), time.fromisoformat(clock), UTC)


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def request(url: str, data: bytes | None = None, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    opener = urllib.request.build_opener(_StayHere)
    try:
        with opener.open(urllib.request.Request(url, data, named), timeout=10) as answer:
            return Reply(answer.status, answer.read(), answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, error.read(), error.headers)


@pytest.fixture(scope="module")
def shared() -> Iterator[Newsroom]:
    with Newsroom(START) as newsroom:
        yield newsroom


@pytest.fixture
def newsroom(shared: Newsroom) -> Newsroom:
    """At the end of the last day, with nothing live."""
    shared.set_now(at(42))
    return shared

"""Briefs and their readers: what was brought stands, what was not is brought later, and reading changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.desk import Desk
from infra.morning_call import MorningCall
from infra.settings import load
from processors.decisions.policy import Policy
from schemas.errors import BadInput
from sinks.clickhouse.connect import Store
from tests.contract.test_morning import DAY, brief, happens
from tests.smtp import FakeSmtp


class Clock:
    """A wall clock that stands still until it is set."""

    at = datetime(2026, 4, 15, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def smtp() -> Iterator[FakeSmtp]:
    with FakeSmtp() as fake:
        yield fake


def desk(store: Store, clock: Clock, port: int, **environment: str) -> Desk:
    settings = {
        "BELLWETHER_BRIEF__MAIL__HOST": "127.0.0.1", "BELLWETHER_BRIEF__MAIL__PORT": str(port),
        "BELLWETHER_BRIEF__MAIL__SECURITY": "none", "BELLWETHER_BRIEF__MAIL__SENDER": "brief@example.org",
        "BELLWETHER_BRIEF__MAIL__RECIPIENTS": "ines@example.org",
    } | {f"BELLWETHER_{name}": value for name, value in environment.items()}  # fmt: skip
    return Desk(store, load({"data": "unused"}, environment=settings), Policy(), clock=clock)


def test_what_comes_after_the_mail_is_the_next_mails_whoever_reads_meanwhile(
    store: Store, clock: Clock, smtp: FakeSmtp
) -> None:
    found = desk(store, clock, smtp.port)
    happens(store, 1, "published", 0.0, 3.0, 0)
    assert [row["state"] for row in found.answer("deliver", {})] == ["sent"]
    happens(store, 2, "reinforced", 3.0, 4.2, 60)
    assert "**0.0 → 3.0**" in brief(found)["markdown"], "it stands, however much has come since"
    happens(store, 3, "reinforced", 4.2, 4.3, DAY)
    clock.at = datetime(2026, 4, 16, 7, 0, tzinfo=UTC)
    assert [row["state"] for row in found.answer("deliver", {})] == ["sent"]
    assert "**3.0 → 4.3**" in brief(found)["markdown"]
    assert len(smtp.mails) == 2


def test_a_reading_before_the_hour_does_not_keep_the_brief_from_its_readers(
    store: Store, clock: Clock, smtp: FakeSmtp
) -> None:
    found = desk(store, clock, smtp.port)
    happens(store, 1, "published", 0.0, 3.0, 0)
    assert brief(found)["worth_saying"]
    happens(store, 2, "reinforced", 3.0, 4.2, 60)
    assert [row["state"] for row in found.answer("deliver", {})] == ["sent"]
    assert "**0.0 → 4.2**" in brief(found)["markdown"]


def test_nothing_in_the_morning_leaves_room_for_a_brief_later_that_day(
    store: Store, clock: Clock, smtp: FakeSmtp
) -> None:
    found = desk(store, clock, smtp.port)
    happens(store, 1, "reinforced", 3.0, 3.1, 0)
    assert [row["state"] for row in found.answer("deliver", {})] == ["not wanted"]
    happens(store, 2, "published", 0.0, 3.0, 60)
    assert not brief(found)["worth_saying"], "read, it is what was brought"
    assert [row["state"] for row in found.answer("deliver", {})] == ["sent"]


def test_the_days_brief_is_the_calendars_even_before_the_first_article_of_the_day(
    store: Store, clock: Clock, smtp: FakeSmtp
) -> None:
    found = desk(store, clock, smtp.port)
    happens(store, 1, "published", 0.0, 3.0, 0)
    found.answer("deliver", {})
    happens(store, 2, "reinforced", 3.0, 4.2, 60)
    clock.at = datetime(2026, 4, 16, 7, 0, tzinfo=UTC)
    assert [row["state"] for row in found.answer("deliver", {})] == ["sent"], "nothing came since midnight"
    assert [one.date for one in found.briefing.morning.briefs.list()] == ["2026-04-16", "2026-04-15"]


def test_reading_a_past_day_that_had_none_keeps_nothing(store: Store, clock: Clock) -> None:
    found = desk(store, clock, 1)
    happens(store, 1, "published", 0.0, 3.0, 0)
    happens(store, 2, "reinforced", 3.0, 3.1, 3 * DAY)
    past = brief(found, "2026-04-15")
    assert (past["worth_saying"], past["recorded"]) == (True, False)
    assert found.briefing.morning.briefs.list() == ()
    with pytest.raises(BadInput, match="before the first article, of 2026-04-15"):
        brief(found, "1999-01-01")


def test_the_sums_of_a_past_day_are_those_of_its_brief(store: Store, clock: Clock) -> None:
    found = desk(store, clock, 1)
    happens(store, 1, "published", 0.0, 3.0, 0)
    kept = brief(found)
    happens(store, 2, "reinforced", 3.0, 5.0, 60)
    happens(store, 3, "reinforced", 5.0, 5.1, DAY)
    sums = found.answer("worthiness", {"day": "2026-04-15"})
    assert sums["until"] == kept["composed_at"]
    assert sums["signals"][0]["points"]["move"] == 3.0
    assert sums["reasons"] == list(kept["reasons"])


def test_an_older_brief_that_did_not_arrive_is_offered_again(store: Store, clock: Clock, smtp: FakeSmtp) -> None:
    found, away = desk(store, clock, smtp.port), desk(store, clock, 1)
    happens(store, 1, "published", 0.0, 3.0, 0)
    assert [row["state"] for row in away.answer("deliver", {})] == ["failed"]
    happens(store, 2, "reinforced", 3.0, 4.2, DAY)
    clock.at = datetime(2026, 4, 16, 7, 0, tzinfo=UTC)
    assert [row["state"] for row in away.answer("deliver", {})] == ["failed"]
    assert [row["state"] for row in found.answer("redeliver", {})] == ["sent", "sent"]
    assert found.briefing.undelivered() == []
    assert found.answer("redeliver", {})[-1]["state"] == "sent before"


class Faulty:
    """A desk whose store is away for the first `faults` questions."""

    def __init__(self, desk: Desk, faults: int) -> None:
        self._desk, self._faults = desk, faults
        self.settings, self.briefing = desk.settings, desk.briefing

    def answer(self, name: str, arguments: dict[str, Any]) -> Any:
        if self._faults:
            self._faults -= 1
            raise BadInput("the store is away")
        return self._desk.answer(name, arguments)


def test_a_call_that_failed_or_was_missed_by_hours_is_made_up_for(store: Store, clock: Clock, smtp: FakeSmtp) -> None:
    happens(store, 1, "published", 0.0, 3.0, 0)
    found = Faulty(desk(store, clock, smtp.port), faults=2)
    clock.at = datetime(2026, 4, 15, 6, 0, tzinfo=UTC)
    call = MorningCall(found, clock)  # type: ignore[arg-type]
    call.plan()  # not started: the scheduler's own clock is the machine's
    call.retry()
    assert smtp.mails == [], "its hour has not come"
    clock.at = datetime(2026, 4, 15, 11, 0, tzinfo=UTC)
    call.retry()
    assert smtp.mails == [], "the store was away"
    for _ in range(2):
        call.retry()
        assert len(smtp.mails) == 1

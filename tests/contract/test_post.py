"""The post: each brief once on each channel, whatever is run twice, fails or is killed."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from apscheduler.triggers.cron import CronTrigger

from infra.morning_call import missed
from infra.post import Post, TopicCourier, mail_couriers
from infra.settings import load
from schemas.errors import BadSetting, Retryable
from schemas.events import Brief
from sinks.brief.deliveries import ATTEMPTS, Deliveries
from sinks.clickhouse.connect import Store
from tests.builders import brief
from tests.smtp import FakeSmtp

NOW = datetime(2026, 4, 16, 7, 0, tzinfo=UTC)
BRIEF = brief(worth_saying=True)


class Channel:
    """A courier in memory, which wants what the topic wants."""

    channel = "topic"
    wants = TopicCourier.wants

    def __init__(self) -> None:
        self.brought: list[Brief] = []
        self.fails = ""
        self.dies = False

    def bring(self, one: Brief) -> None:
        if self.fails:
            raise Retryable(self.fails)
        time.sleep(0.05)  # as long as a mail takes: whoever comes meanwhile must wait
        self.brought.append(one)
        if self.dies:
            raise KeyboardInterrupt


def post(store: Store, *couriers: object) -> Post:
    return Post(Deliveries(store), list(couriers), lambda: NOW)  # type: ignore[arg-type]


def states(found: list[dict[str, object]]) -> list[object]:
    return [row["state"] for row in found]


def test_twice_is_once_and_a_change_goes_out(store: Store) -> None:
    channel = Channel()
    assert states(post(store, channel).offer(BRIEF)) == ["sent"]
    assert states(post(store, channel).offer(BRIEF)) == ["sent before"]
    later = replace(BRIEF, composed_at=BRIEF.composed_at + timedelta(hours=1))
    assert states(post(store, channel).offer(later)) == ["sent before"], "time alone changes nothing"
    assert states(post(store, channel).offer(replace(BRIEF, headline="Another"))) == ["sent"]
    assert states(post(store, channel).offer(BRIEF, again=True)) == ["sent"]
    assert len(channel.brought) == 3


def test_a_failure_is_kept_shown_and_tried_again(store: Store) -> None:
    channel = Channel()
    channel.fails = "the other side is away"
    carrier = post(store, channel)
    assert states(carrier.offer(BRIEF)) == ["failed"]
    [shown] = carrier.failures()
    assert (shown["channel"], shown["error"], shown["attempts"]) == ("topic", "the other side is away", 1)
    channel.fails = ""
    assert states(carrier.offer(BRIEF)) == ["sent"]
    assert carrier.failures() == []


def test_after_many_attempts_only_a_person_tries_again(store: Store) -> None:
    channel = Channel()
    channel.fails = "no"
    carrier = post(store, channel)
    for _ in range(ATTEMPTS + 3):
        carrier.offer(BRIEF)
    channel.fails = ""
    assert states(carrier.offer(BRIEF)) == ["failed"]
    assert channel.brought == []
    assert states(carrier.offer(BRIEF, again=True)) == ["sent"]


def test_killed_between_sending_and_remembering_it_is_sent_again(store: Store) -> None:
    channel = Channel()
    channel.dies = True
    with pytest.raises(KeyboardInterrupt):
        post(store, channel).offer(BRIEF)
    channel.dies = False
    assert states(post(store, channel).offer(BRIEF)) == ["sent"]
    assert len(channel.brought) == 2


def test_two_deliveries_at_once_are_one(store: Store) -> None:
    channel = Channel()
    carrier, both = post(store, channel), Barrier(2)

    def offer() -> None:
        both.wait()
        carrier.offer(BRIEF)

    threads = [Thread(target=offer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(channel.brought) == 1


def mailing(tmp_path: Path, port: int, recipients: str = "ines@example.org,jo@example.org") -> object:
    environment = {
        "BELLWETHER_BRIEF__MAIL__HOST": "127.0.0.1", "BELLWETHER_BRIEF__MAIL__PORT": str(port),
        "BELLWETHER_BRIEF__MAIL__SECURITY": "none", "BELLWETHER_BRIEF__MAIL__SENDER": "brief@example.org",
        "BELLWETHER_BRIEF__MAIL__RECIPIENTS": recipients, "BELLWETHER_BRIEF__MAIL__PASSWORD": "hush-hush",
    }  # fmt: skip
    loaded = load(environment=environment, folder=tmp_path)
    assert "hush-hush" not in str(loaded.rows())
    return loaded.settings.brief.mail


def test_a_mail_a_day_to_each_and_none_about_nothing(store: Store, tmp_path: Path) -> None:
    with FakeSmtp() as fake:
        couriers = mail_couriers(mailing(tmp_path, fake.port), lambda: NOW)  # type: ignore[arg-type]
        carrier = post(store, *couriers)
        nothing = replace(BRIEF, worth_saying=False, headline="Nothing worth saying today")
        assert states(carrier.offer(nothing)) == ["not wanted", "not wanted"]
        assert states(carrier.offer(BRIEF)) == ["sent", "sent"]
        assert states(carrier.offer(replace(BRIEF, headline="More"))) == ["sent before", "sent before"]
    assert fake.recipients == ["ines@example.org", "jo@example.org"]
    assert [mail["To"] for mail in fake.mails] == fake.recipients


@pytest.mark.parametrize("recipients", ["", "nobody"])
def test_mail_settings_that_cannot_work_stop_the_start(tmp_path: Path, recipients: str) -> None:
    with pytest.raises(BadSetting, match=r"brief\.mail"):
        mailing(tmp_path, 25, recipients)


@pytest.mark.parametrize(
    ("now", "known", "is_missed"),
    [
        ("2026-04-16T05:30", False, True),  # 07:30 in Berlin
        ("2026-04-16T04:30", False, False),  # 06:30
        ("2026-04-16T05:30", True, False),
        ("2026-04-15T22:30", False, False),  # 00:30 of the next day
    ],
)
def test_an_hour_that_passed_without_a_brief_that_stands_is_missed(now: str, known: bool, is_missed: bool) -> None:
    trigger = CronTrigger.from_crontab("0 7 * * *", timezone="Europe/Berlin")
    asked: list[str] = []

    def stands(day: str) -> bool:
        asked.append(day)
        return known

    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert missed(trigger, "Europe/Berlin", at, stands) is is_missed
    assert asked in ([], ["2026-04-16"])

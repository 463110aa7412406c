from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from producers.ports import FeedState
from producers.schedule import after_failure, after_success, due, seconds_until_next
from producers.select import select
from producers.settings import ProducerSettings
from tests.unit.producers.fakes import NOW

SETTINGS = ProducerSettings(poll_interval_min=100, poll_interval_max=1000, failure_interval_max=5000)
FEED = FeedState("https://a.test/feed")


def _wait(moment: datetime) -> float:
    return (moment - NOW).total_seconds()


def test_a_feed_without_news_is_read_less_often_and_one_with_news_more() -> None:
    state = replace(FEED, last_attempt=NOW - timedelta(seconds=400), next_poll=NOW)
    quiet = _wait(after_success(state, NOW, SETTINGS, fresh=0, hint=None))
    busy = _wait(after_success(state, NOW, SETTINGS, fresh=3, hint=None))
    assert 540 <= quiet <= 660
    assert 180 <= busy <= 220


def test_hints_lengthen_the_wait_up_to_the_longest_interval() -> None:
    assert _wait(after_success(FEED, NOW, SETTINGS, fresh=1, hint=500)) >= 450
    assert _wait(after_success(FEED, NOW, SETTINGS, fresh=1, hint=1e9)) <= 1100
    assert _wait(after_success(FEED, NOW, SETTINGS, fresh=1, hint=1)) <= 110


@given(st.integers(0, 10_000), st.one_of(st.none(), st.floats(0, 1e12)))
def test_failures_back_off_within_bounds(failures: int, asked: float | None) -> None:
    wait = _wait(after_failure(replace(FEED, failures=failures), NOW, SETTINGS, asked=asked))
    assert 54 <= wait <= 7 * 86_400
    if asked is None:
        assert wait <= 5500
    else:
        assert wait >= min(asked, 7 * 86_400) - 1


def test_backoff_grows() -> None:
    waits = [_wait(after_failure(replace(FEED, failures=n), NOW, SETTINGS, asked=None)) for n in range(8)]
    assert waits == sorted(waits)
    assert waits[-1] > 20 * waits[0]


def test_jitter_is_the_same_for_one_url_and_differs_between_urls() -> None:
    waits = {after_failure(FeedState(f"https://a.test/{n}"), NOW, SETTINGS, asked=None) for n in range(50)}
    assert len(waits) == 50
    assert after_failure(FEED, NOW, SETTINGS, asked=None) == after_failure(FEED, NOW, SETTINGS, asked=None)


def test_due_and_the_nap_until_then() -> None:
    late = FeedState("b", next_poll=NOW - timedelta(seconds=5))
    soon = FeedState("c", next_poll=NOW + timedelta(seconds=7))
    assert [each.url for each in due([soon, late, FEED], NOW)] == [FEED.url, "b"]
    assert seconds_until_next([soon], NOW, at_most=30) == 7
    assert seconds_until_next([soon, FEED], NOW, at_most=30) == 0
    assert seconds_until_next([], NOW, at_most=30) == 30


@dataclass(frozen=True)
class Item:
    article_id: str
    at: datetime
    dated: bool = True


def _items(count: int, *, first_day: float = 0, step: float = 1, dated: bool = True) -> list[Item]:
    return [Item(f"i{n}", NOW - timedelta(days=first_day + n * step), dated) for n in range(count)]


def _select(items: list[Item], state: FeedState, known: set[str], count: int = 5) -> tuple[list[str], datetime]:
    chosen = select(items, state, known, NOW, backlog_days=7, backlog_items=count)
    return [each.article_id for each in chosen.taken], chosen.floor


def test_first_contact_takes_the_newest_within_days_and_items() -> None:
    assert _select(_items(30), FEED, set()) == (["i0", "i1", "i2", "i3", "i4"], NOW - timedelta(days=4))
    assert _select(_items(30), FEED, set(), 50)[0] == [f"i{n}" for n in range(8)]
    assert _select(list(reversed(_items(30))), FEED, set())[0] == ["i0", "i1", "i2", "i3", "i4"]


def test_later_polls_never_read_the_rest_of_the_backlog() -> None:
    items = _items(30)
    taken, floor = _select(items, FEED, set())
    again, _ = _select([Item("new", NOW), *items], replace(FEED, floor=floor), set(taken))
    assert [each for each in again if each not in taken] == ["new"]


def test_after_a_long_pause_nothing_is_lost() -> None:
    state = replace(FEED, floor=NOW - timedelta(days=100))
    assert len(_select(_items(60), state, set())[0]) == 60


def test_a_known_article_is_always_looked_at() -> None:
    state = replace(FEED, floor=NOW)
    assert _select(_items(10, first_day=20), state, {"i7"})[0] == ["i7"]


def test_undated_entries_are_taken_once_not_as_rest_of_the_backlog() -> None:
    items = [Item(f"i{n}", NOW, dated=False) for n in range(20)]
    taken, floor = _select(items, FEED, set())
    assert taken == ["i0", "i1", "i2", "i3", "i4"]
    fresh = Item("new", NOW, dated=False)
    again, _ = _select([fresh, *items], replace(FEED, floor=floor), set(taken))
    assert [each for each in again if each not in taken] == ["new"]


def test_an_empty_feed_still_gets_its_floor() -> None:
    assert _select([], FEED, set()) == ([], NOW - timedelta(days=7))

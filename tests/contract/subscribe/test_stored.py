"""Following the store: a durable cursor, whatever is killed or away, and the same events as the public topic has."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from infra.control import to_json
from infra.subscribing import LAST, AskedEvents, RunningFolder, cursor_file, event_of
from schemas.errors import BadInput, Retryable
from schemas.events import SignalEvent
from sinks.clickhouse.connect import Store
from sinks.subscribe.start import start_of
from sinks.subscribe.stored import BEGINNING, Cursor, CursorFile, follow
from sinks.where import Where
from tests.builders import event, minutes
from tests.contract.test_morning import desk, happens


class Listed:
    """Commits with one event each; away for the first `faults` questions."""

    def __init__(self, count: int, faults: int = 0) -> None:
        self.all = [((n, 0), event(n % 3 + 1, n, at=minutes(n))) for n in range(1, count + 1)]
        self.faults = faults

    def events(self, after: Cursor, limit: int) -> list[tuple[Cursor, SignalEvent]]:
        self._away()
        return [one for one in self.all if one[0] > after][:limit]

    def position(self) -> Cursor:
        self._away()
        return (len(self.all), LAST)

    def _away(self) -> None:
        if self.faults:
            self.faults -= 1
            raise Retryable("nobody runs the folder")


def seqs(source: Listed, **given: Any) -> list[int]:
    return [one.seq for one in follow(source, idle=0, poll=0.01, **given)]


def test_a_cursor_goes_on_where_the_last_follower_was(tmp_path: Path) -> None:
    place, source = CursorFile(tmp_path / "deep" / "desk.json"), Listed(5)
    assert seqs(source, cursor=place, start=BEGINNING) == [1, 2, 3, 4, 5]
    assert seqs(source, cursor=place, start=BEGINNING) == []
    source.all += Listed(8).all[5:]
    assert seqs(source, cursor=place) == [6, 7, 8]


def test_what_was_given_and_not_handled_comes_again(tmp_path: Path) -> None:
    place, source = CursorFile(tmp_path / "desk.json"), Listed(5)
    given = list(islice(follow(source, cursor=place, start=BEGINNING, poll=0.01), 3))
    assert [one.seq for one in given] == [1, 2, 3]
    assert seqs(source, cursor=place) == [3, 4, 5], "the third one was not done with"


def test_without_a_start_only_what_comes_now(tmp_path: Path) -> None:
    source = Listed(5)
    assert seqs(source) == []
    assert seqs(source, start=BEGINNING, since=minutes(4)) == [4, 5]
    assert seqs(source, start=BEGINNING, where=Where("event.seq > 3")) == [4, 5]


def test_a_new_name_that_ends_before_its_first_event_misses_none(tmp_path: Path) -> None:
    place, source = CursorFile(tmp_path / "desk.json"), Listed(5)
    assert seqs(source, cursor=place) == []
    source.all += Listed(6).all[5:]
    assert seqs(source, cursor=place) == [6]


def test_what_a_condition_passes_over_is_passed_for_good(tmp_path: Path) -> None:
    place, source = CursorFile(tmp_path / "desk.json"), Listed(5)
    assert seqs(source, cursor=place, start=BEGINNING, where=Where("event.seq == 2")) == [2]
    assert seqs(source, cursor=place) == []


def test_a_source_that_is_away_is_waited_for(tmp_path: Path) -> None:
    assert seqs(Listed(3, faults=3), start=BEGINNING) == [1, 2, 3]


def test_a_folder_that_nobody_runs_may_be_run_later(tmp_path: Path) -> None:
    with pytest.raises(Retryable, match="nobody runs"):
        RunningFolder(tmp_path / "data")("status", {})


def test_a_cursor_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "cursors").mkdir()
    (tmp_path / "cursors" / "desk.json").write_text("[]", "utf-8")
    with pytest.raises(BadInput, match="holds no cursor"):
        cursor_file(str(tmp_path), "desk").load()
    for name in ("", "a/b", "..", "x" * 61):
        with pytest.raises(BadInput, match="--cursor"):
            cursor_file(str(tmp_path), name)


@pytest.mark.parametrize("since", ["soon", "2026-13-01"])
def test_a_start_that_is_none_is_told(since: str) -> None:
    with pytest.raises(BadInput, match="--since"):
        start_of(since)


def test_events_asked_for_are_the_stores(store: Store) -> None:
    happens(store, 1, "published", 0.0, 3.0, 0)
    happens(store, 2, "reinforced", 3.0, 4.5, 5)
    found = desk(store)

    def ask(name: str, arguments: dict[str, Any]) -> Any:
        import msgspec

        return msgspec.json.decode(to_json(found.answer(name, arguments)))

    source = AskedEvents(ask)
    assert [(place, one.seq, one.strength_after) for place, one in source.events(BEGINNING, 10)] == [
        ((1, 0), 1, 3.0), ((2, 0), 2, 4.5),
    ]  # fmt: skip
    assert source.position() == (2, LAST)
    assert source.events((1, 0), 10)[0][1] == event_of(ask("events", {"after_n": 1, "after_i": 0})[0])

"""What a move notes of its target, and what it makes of notes that do not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.kafka.migrating import in_words, must_be_there, must_still_hold
from infra.moving import named, notes_of
from schemas.errors import BadInput

SERVER = "clickhouse://u:secret@host:8123/db"


def noted(folder: Path, **changed: Any) -> dict[str, Any]:
    notes = {"target": named(SERVER), "expected": {}, "tables": [], "ours": True} | changed
    (folder / "notes.json").write_text(json.dumps(notes), "utf-8")
    return notes


def test_a_finished_move_is_told_of_the_kafka_that_it_went_to_alone() -> None:
    must_be_there({"cluster": "a"}, "a", "k:9092", Path("moving"))
    for notes in ({"cluster": "a"}, {}):
        with pytest.raises(BadInput, match=r"--to-kafka: .* not to the Kafka at k:9092 \(cluster b"):
            must_be_there(notes, "b", "k:9092", Path("moving"))


def test_topics_that_lost_commits_since_are_told() -> None:
    must_still_hold({"commits": 3}, 5, "k:9092")
    with pytest.raises(BadInput, match="with 3 commits, but the Kafka at k:9092 has 2"):
        must_still_hold({"commits": 3}, 2, "k:9092")


def test_equal_is_said_only_where_it_was_compared() -> None:
    counts = {"commits": 3, "articles": 2}
    assert "equal to it" in in_words({"store": "moved", **counts})
    assert "equal" not in in_words({"store": "moved before", **counts})


def test_another_password_or_user_is_the_same_target() -> None:
    assert named(SERVER) == named("clickhouse://v:other@HOST:8123/db")
    for other in ("clickhouse://u:secret@host:8124/db", "clickhouse://u:secret@host:8123/other", "chdb:///host"):
        assert named(SERVER) != named(other)


def test_a_target_binds_once_it_has_been_found_to_be_ours(tmp_path: Path) -> None:
    assert notes_of(tmp_path, SERVER) == {}
    notes = noted(tmp_path, ours=False)
    assert notes_of(tmp_path, "clickhouse://u:p@mistyped/db") == notes
    noted(tmp_path)
    with pytest.raises(BadInput, match="--to-store: a move to another store was begun"):
        notes_of(tmp_path, "clickhouse://u:p@other/db")


@pytest.mark.parametrize("content", ['{"target": "a', "[]", '{"ours": true}', "", "\x00"])
def test_damaged_notes_are_told_with_the_remedy(tmp_path: Path, content: str) -> None:
    (tmp_path / "notes.json").write_text(content, "utf-8")
    with pytest.raises(BadInput, match=r"data: .*notes\.json is damaged .* delete"):
        notes_of(tmp_path, SERVER)

"""kill -9 during an ingest: nothing is lost, nothing counts twice, and the signals are those of a quiet run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.embedded.killing import Course, articles, digest, export, faults, ingest


def compare(tmp_path: Path, count: int, kills: int) -> Course:
    """Ingest the same file twice, once disturbed, and compare everything that is exported."""
    file = tmp_path / "news.jsonl"
    articles(file, count)
    quiet, disturbed = tmp_path / "quiet", tmp_path / "disturbed"
    assert ingest(file, quiet).errors == []
    course = ingest(file, disturbed, kills=kills)
    assert course.errors == []
    assert course.kills == kills, "the ingest ended before it could be killed often enough"
    for data in (quiet, disturbed):
        assert faults(data, count) == []
    for kind, key in (
        ("signals", "signal_id"), ("stories", "story_id"), ("outcomes", "article_id"), ("evidence", "evidence_id"),
        ("signal-events", "event_id"),
    ):  # fmt: skip
        assert digest(export(disturbed, kind), key) == digest(export(quiet, kind), key), kind
    return course


def test_three_kills(tmp_path: Path) -> None:
    compare(tmp_path, 1500, 3)


@pytest.mark.slow
def test_twenty_kills_in_five_thousand_articles(tmp_path: Path) -> None:
    course = compare(tmp_path, 5000, 20)
    print(f"{course.kills} kills, {course.starts} starts, {course.seconds:.0f} s")

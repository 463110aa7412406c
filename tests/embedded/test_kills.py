"""kill -9 during an ingest: nothing is lost, nothing counts twice, and the signals are those of a quiet run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.embedded.killing import KINDS, Course, articles, digest, faults, ingest, look


def compare(tmp_path: Path, count: int, kills: int, *, spread: bool) -> Course:
    """Ingest the same file twice, once disturbed, and compare everything that is exported."""
    file = tmp_path / "news.jsonl"
    articles(file, count)
    quiet, disturbed = tmp_path / "quiet", tmp_path / "disturbed"
    assert ingest(file, quiet).errors == []
    course = ingest(file, disturbed, kills=kills, settled=count if spread else 0)
    assert course.errors == []
    assert course.kills == kills, "the ingest ended before it could be killed often enough"
    expected, found = look(quiet), look(disturbed)
    for seen in (expected, found):
        assert faults(seen, count) == []
    for kind, key in KINDS.items():
        assert digest(found[kind], key) == digest(expected[kind], key), kind
    return course


def test_three_kills(tmp_path: Path) -> None:
    compare(tmp_path, 1000, 3, spread=True)


@pytest.mark.slow
def test_twenty_kills_in_five_thousand_articles(tmp_path: Path) -> None:
    course = compare(tmp_path, 5000, 20, spread=False)
    print(f"{course.kills} kills, {course.starts} starts, {course.seconds:.0f} s")

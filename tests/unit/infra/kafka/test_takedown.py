"""Which books a takedown on real services looks for before it erases."""

from __future__ import annotations

from pathlib import Path

from infra.kafka.takedown import missing_books
from infra.settings import load


def test_a_book_that_is_not_there_is_named_with_its_setting(tmp_path: Path) -> None:
    given = {"data": str(tmp_path), "llm.books": str(tmp_path / "far" / "llm.sqlite")}
    settings = load(given, environment={}, folder=tmp_path).settings
    assert [each.split()[0] for each in missing_books(settings)] == ["alerts.book", "llm.books"]
    (tmp_path / "alerts.sqlite").touch()
    assert missing_books(settings) == [f"llm.books ({tmp_path}/far/llm.sqlite)"]
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "llm.sqlite").touch()
    assert missing_books(settings) == []

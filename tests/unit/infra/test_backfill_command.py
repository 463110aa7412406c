"""How far a backfill is, and what it says at its end, in words; and its lines as one stream."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from infra.backfilling import as_stream
from infra.commands.backfill_progress import progress_words
from infra.commands.backfill_report import refusals, report_lines, source_lines
from producers.backfill.gather import Refusal, SourceReport

FOUND: dict[str, Any] = {
    "articles": 10, "revisions": 1, "repeated": 2, "stored": 4,
    "first": datetime(2024, 1, 2, tzinfo=UTC), "last": datetime(2025, 3, 4, tzinfo=UTC),
}  # fmt: skip


def test_progress_counts_what_is_done_and_not_what_is_on_its_way() -> None:
    state = {"lines": 600, "admitted": 500, "waiting": 90, "on_their_way": 10}
    words = progress_words(state, 1_500, 50.0)
    assert words == "500 of 1,500 done, 500 admitted, 100 under way, 10/s, 1:40 left"
    assert progress_words({"lines": 10, "admitted": 10, "waiting": 10}, 20, 5.0).endswith("10 under way")


def test_the_report_for_people() -> None:
    one = SourceReport("a.jsonl", "lines", 12, 10, 2, errors=[Refusal("a.jsonl", 3, "not a JSON object")])
    feed = SourceReport("https://a.example/feed", "feed", 3, 3, pages=3, failure="more than 3 pages")
    assert list(source_lines([one, feed])) == [
        "a.jsonl (JSON lines): 10 articles, 2 refused",
        "https://a.example/feed (feed): 3 articles of 3 pages; ended early: more than 3 pages",
    ]
    assert list(refusals([one, feed])) == ["a.jsonl:3: not a JSON object", "… and 1 more of a.jsonl"]
    assert report_lines({"found": {**FOUND, "first": None}}, dry_run=False) == ["nothing to admit"]
    dry = report_lines({"found": FOUND, "estimate": ["10 articles ≈ 1 token"]}, dry_run=True)
    assert dry[0].startswith("10 articles from 2024-01-02 to 2025-03-04: 6 new, 4 stored already; 1 revisions")
    assert dry[1:] == ["10 articles ≈ 1 token", "nothing was admitted (--dry-run)"]


def test_lines_of_any_length_are_one_stream() -> None:
    pieces = [b"a\n", b"", b"b" * 700_000 + b"\n", b"c\n"]
    assert as_stream(iter(pieces)).read() == b"".join(pieces)
    stream = as_stream(iter(pieces))
    assert stream.peek(2)[:2] == b"a\n"
    assert [len(line) for line in stream] == [2, 700_001, 2]

"""Where two summaries differ is said in words; equal ones say nothing."""

from __future__ import annotations

from typing import Any

from infra.summing import differences

ONE: dict[str, Any] = {
    "tables": {"articles": 3, "commits": 3, "feeds": 0},
    "sums": {"articles": "aa", "commits": "bb", "feeds": "00"},
    "last_commit": 3,
    "signals": {"sg-1": ["published", "Gallium is short", 4.5]},
}


def test_the_same_and_a_table_without_rows_say_nothing() -> None:
    other = ONE | {"tables": {"articles": 3, "commits": 3, "new": 0}, "sums": {"articles": "aa", "commits": "bb"}}
    assert differences(ONE, ONE) == differences(ONE, other) == []


def test_each_difference_is_named() -> None:
    other = {
        "tables": {"articles": 2, "commits": 3},
        "sums": {"articles": "aa", "commits": "cc"},
        "last_commit": 2,
        "signals": {"sg-1": ["published", "Gallium is short", 4.4], "sg-2": ["candidate", "New", 1.0]},
    }
    told = differences(ONE, other)
    assert told[:3] == [
        "articles: 3 rows there, 2 here",
        "commits: its 3 rows are not the same",
        "the last commit: 3 there, 2 here",
    ]
    assert [words.split(":")[0] for words in told[3:]] == ["signal sg-1", "signal sg-2"]

"""Rate, time left and cost of a replay, in words."""

from __future__ import annotations

import pytest

from infra.generations.progress import Progress


def test_rate_and_time_left_are_of_this_start_alone() -> None:
    progress = Progress(600, 1000, began_at=500, seconds=10.0, articles=80)
    assert progress.rate == 8.0
    assert progress.left == 40.0
    assert progress.line() == "600 of 1,000 · 8 articles/s · 40 s left"


def test_nothing_is_promised_before_anything_is_known() -> None:
    assert Progress(0, 1000).line("USD") == "0 of 1,000 · 0 articles/s · 0.0000 USD"


@pytest.mark.parametrize(("left", "words"), [(59, "59 s"), (61, "2 min"), (3600, "1 h 0 min"), (9000, "2 h 30 min")])
def test_long_times_are_told_in_minutes_and_hours(left: int, words: str) -> None:
    assert Progress(1, 1 + left, seconds=1.0).line().endswith(f"· {words} left")

"""Records to columns, without a store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sinks.clickhouse.rows import micros
from sinks.clickhouse.tables import EVENTS, SIGNALS, STORIES
from tests.builders import event, signal, story


def test_micros_are_exact_before_and_after_1970() -> None:
    assert micros(datetime(1969, 12, 31, 23, 59, 59, 999999, UTC)) == -1
    assert micros(datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)) == 253402300799999999
    east = timezone(timedelta(hours=2))
    assert micros(datetime(1970, 1, 1, 2, 0, 0, 1, east)) == 1


def test_extra_columns_are_one_value_or_a_list() -> None:
    data = dict(zip(EVENTS.columns, EVENTS.data([event(1), event(2)], n=7, i=[0, 1]), strict=True))
    assert data["n"] == [7, 7]
    assert data["i"] == [0, 1]
    with pytest.raises(TypeError, match="signal_events takes the extra columns"):
        EVENTS.data([event(1)], n=7)


def test_an_omitted_field_is_no_column() -> None:
    assert "centroid" not in STORIES.columns
    assert len(STORIES.data([story()], generation="live")) == len(STORIES.columns)


def test_nested_records_become_tuples_and_none_stays_none() -> None:
    data = dict(zip(SIGNALS.columns, SIGNALS.data([signal(published_at=None)], generation="live"), strict=True))
    assert data["mass"][0][0] == ("s1", "family-1", "supports", 20558, 2**40, "")
    assert data["published_at"] == [None]

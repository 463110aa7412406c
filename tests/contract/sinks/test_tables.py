"""The tables hold exactly what the records have, and give it back unchanged."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.ports import FeedState
from sinks.clickhouse import tables
from sinks.clickhouse.connect import Store
from sinks.clickhouse.feeds import FeedRows
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.meta import Meta
from sinks.clickhouse.rows import Rows
from tests import builders

ALL = [value for value in vars(tables).values() if isinstance(value, Rows)]
EVERY_STORE = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TIMES = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@pytest.mark.parametrize("rows", ALL, ids=lambda rows: rows.table)
def test_a_table_has_exactly_the_columns_of_its_record(store: Store, rows: Rows[Any]) -> None:
    found = store.query(
        "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {t:String}",
        {"t": rows.table},
    )
    assert {row["name"] for row in found} == set(rows.columns)


def test_feed_rows_have_exactly_the_fields_of_a_feed_state(store: Store) -> None:
    found = store.query("SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'feeds'")
    assert {row["name"] for row in found} == {field.name for field in fields(FeedState)} | {"version"}


@pytest.mark.parametrize(
    ("rows", "record", "extra"),
    [
        (tables.ARTICLES, builders.article(), {"seq": 1, "admitted_at": 0}),
        (tables.EVIDENCE, builders.evidence_row(), {"generation": "live", "n": 1}),
        (tables.EVENTS, builders.event(), {"n": 1, "i": 0}),
        (tables.OUTCOMES, builders.outcome(), {"generation": "live", "n": 1}),
        (tables.SIGNALS, builders.signal(published_at=None), {"generation": "live"}),
        (tables.SIGNALS, builders.signal(mass=(), sectors={}, stories=()), {"generation": "live"}),
    ],
    ids=lambda value: getattr(value, "table", None),
)
def test_a_record_comes_back_unchanged(store: Store, rows: Rows[Any], record: Any, extra: Any) -> None:
    store.insert_columns(rows.table, rows.columns, rows.data([record], **extra))
    assert [rows.read(row) for row in store.query(rows.select(""))] == [record]


@EVERY_STORE
@given(title=TEXTS, text=TEXTS, ordinal=st.integers(0, 2**63), at=TIMES)
def test_any_text_number_and_time_comes_back_unchanged(
    store: Store, title: str, text: str, ordinal: int, at: datetime
) -> None:
    record = builders.article(title=title, text=text, ordinal=ordinal, published_at=at)
    rows = tables.ARTICLES
    store.command("TRUNCATE TABLE articles")
    store.insert_columns(rows.table, rows.columns, rows.data([record], seq=1, admitted_at=0))
    assert [rows.read(row) for row in store.query(rows.select(""))] == [record]


def test_services_keep_the_newest_writing(store: Store) -> None:
    alerts = LatestRecords(store, tables.ALERTS)
    alerts.save([builders.alert(delivered=False, error="503 ☠")])
    alerts.save([builders.alert()])
    assert alerts.load() == [builders.alert()]
    letters = LatestRecords(store, tables.DEAD_LETTERS)
    letters.save([builders.dead_letter(), builders.dead_letter(dead_letter_id="x", key=b"", value=b"")])
    assert letters.load("dead_letter_id != 'x'") == [builders.dead_letter()]
    briefs = LatestRecords(store, tables.BRIEFS)
    briefs.save([builders.brief()])
    assert briefs.load("date = {d:String}", {"d": "2026-04-16"}) == [builders.brief()]


def test_feeds_and_meta_remember(store: Store) -> None:
    feeds = FeedRows(store)
    state = FeedState(url="https://a.example/ü", error="404", ok=False, last_attempt=builders.T0, failures=3)
    feeds.save(asdict(FeedState(url=state.url)))
    feeds.save(asdict(state))
    feeds.save(asdict(FeedState(url="https://b.example/")))
    assert FeedState(**feeds.load()[state.url]) == state
    assert len(feeds.load()) == 2
    meta = Meta(store)
    assert meta.get("brief.last", "never") == "never"
    meta.put("brief.last", "1")
    meta.put("brief.last", "ü2")
    assert Meta(store).get("brief.last") == "ü2"

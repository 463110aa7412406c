"""Briefs are kept by date, the newest writing wins."""

from __future__ import annotations

from dataclasses import replace

from sinks.brief.compose import compose
from sinks.brief.store import BriefStore
from sinks.clickhouse.connect import Store
from tests.builders import brief, minutes
from tests.unit.sinks.brief.samples import Said, inputs, row


def test_a_brief_comes_back_as_it_was_saved(store: Store) -> None:
    briefs = BriefStore(store)
    assert briefs.latest() is None
    assert briefs.get("2026-04-16") is None
    assert briefs.save(brief(brief_id="brief-2026-04-16"))
    assert briefs.get("2026-04-16") == brief(brief_id="brief-2026-04-16")


def test_the_same_brief_is_kept_once_and_a_new_one_of_the_day_replaces_it(store: Store) -> None:
    briefs = BriefStore(store)
    assert briefs.save(brief())
    assert not briefs.save(replace(brief(), composed_at=minutes(2000)))
    assert briefs.save(replace(brief(), headline="Germanium"))
    assert [one.headline for one in BriefStore(store).list()] == ["Germanium"]


def test_composing_again_after_a_quiet_hour_is_no_other_brief(store: Store) -> None:
    briefs = BriefStore(store)
    composed = [
        compose(inputs(row(), until=minutes(at)), Said(), date="2026-04-16", composed_at=minutes(at))
        for at in (60, 120)
    ]
    assert composed[0].markdown != composed[1].markdown
    assert [briefs.save(one) for one in composed] == [True, False]
    assert briefs.get("2026-04-16") == composed[0]


def test_newest_first_and_before_a_date(store: Store) -> None:
    briefs = BriefStore(store)
    for date in ("2026-04-16", "2026-04-18", "2026-04-17"):
        briefs.save(brief(brief_id=f"brief-{date}", date=date))
    assert [one.date for one in briefs.list(2)] == ["2026-04-18", "2026-04-17"]
    latest, before = briefs.latest(), briefs.latest("2026-04-17")
    assert latest is not None
    assert latest.date == "2026-04-18"
    assert before is not None
    assert before.date == "2026-04-16"

"""The listing follows every commit, and says what the general reading says."""

from __future__ import annotations

from datetime import timedelta

from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Store
from sinks.clickhouse.listing import SignalListing, sparklines
from sinks.clickhouse.one_article import one_article
from sinks.clickhouse.project import Projector
from sinks.clickhouse.queries import Reader
from tests.builders import T0, article, commit, event, evidence_row, minutes, outcome, signal, story

NOW = T0 + timedelta(hours=2)


def write(store: Store, n: int, **parts: object) -> None:
    Projector(store, "live").apply([commit(n, **parts)])


def test_it_follows_commits_and_agrees_with_the_reader(store: Store) -> None:
    listing, reader = SignalListing(store, "live", quick=60.0), Reader(store, "live")
    assert listing.at(NOW).rows == {}
    write(store, 1, evidence=(evidence_row(1, signal_id="g1"),), signals=(signal(1, 1),))
    write(store, 2, evidence=(evidence_row(2, signal_id="g2", family="f2"),), signals=(signal(2, 2),))
    for later in (NOW, NOW + timedelta(days=3)):
        found = listing.at(later).rows
        known = {row["signal_id"]: row for row in reader.signals(at=later)}
        assert found.keys() == known.keys() == {"g1", "g2"}
        for key, row in found.items():
            for name in ("strength", "supporting", "opposing", "contested", "title", "story_count"):
                assert row[name] == known[key][name], (key, name)


def test_a_signal_that_grows_is_weighed_anew_and_one_that_goes_leaves(store: Store) -> None:
    listing = SignalListing(store, "live", quick=60.0)
    write(store, 1, evidence=(evidence_row(1, signal_id="g1"),), signals=(signal(1, 1),))
    before = listing.at(NOW).rows["g1"]["strength"]
    more = evidence_row(2, signal_id="g1", family="another")
    write(store, 2, evidence=(more,), signals=(signal(1, 2),))
    assert listing.at(NOW).rows["g1"]["strength"] > before
    write(store, 3, signals=(signal(1, 3, state="dismissed"),))
    assert listing.at(NOW).rows == {}
    write(store, 4, signals=(signal(1, 4, published_at=None, state="candidate"),))
    assert listing.at(NOW).rows == {}


def test_a_merged_signal_lends_its_evidence_to_its_survivor(store: Store) -> None:
    listing = SignalListing(store, "live", quick=60.0)
    rows = (evidence_row(1, signal_id="g1"), evidence_row(2, signal_id="g2", family="f2"))
    write(store, 1, evidence=rows, signals=(signal(1, 1), signal(2, 1)))
    alone = listing.at(NOW).rows["g1"]["strength"]
    write(store, 2, signals=(signal(1, 2), signal(2, 2, state="merged", merged_into="g1")))
    found = listing.at(NOW).rows
    assert found.keys() == {"g1"}
    assert found["g1"]["strength"] > alone


def test_a_trend_is_the_move_in_a_week(store: Store) -> None:
    listing = SignalListing(store, "live", quick=60.0)
    rows = (evidence_row(1, signal_id="g1", day=20558 - 10), evidence_row(2, signal_id="g1", family="f2", day=20558))
    new = evidence_row(3, signal_id="g2", day=20558)
    write(store, 1, evidence=(*rows, new), signals=(signal(1, 1), signal(2, 1)))
    found = listing.at(NOW).rows
    assert found["g1"]["trend"] > 0
    assert found["g2"]["trend"] is None, "it had no evidence a week ago"


def test_when_weighing_all_is_slow_the_last_hours_strengths_are_served(store: Store) -> None:
    listing = SignalListing(store, "live", quick=60.0)
    write(store, 1, evidence=(evidence_row(1, signal_id="g1"),), signals=(signal(1, 1),))
    first = listing.at(NOW)
    listing._seconds = 61.0
    later = NOW + timedelta(days=30)
    assert listing.at(later).as_of == first.as_of
    assert listing._aside is not None
    listing._aside.join(20)
    assert listing.at(later).as_of == later
    assert listing.at(later).rows["g1"]["strength"] < first.rows["g1"]["strength"]


def test_sparklines_are_the_last_strength_of_each_day(store: Store) -> None:
    events = (
        event(1, 1, at=minutes(0), strength_after=1.0),
        event(1, 2, at=minutes(10), strength_after=2.0),
        event(1, 3, at=minutes(1440), strength_after=1.5),
    )
    write(store, 1, events=events)
    found = sparklines(store, "live", ["g1", "g2"], T0 - timedelta(days=1))
    assert [value for _, value in found["g1"]] == [2.0, 1.5]
    assert "g2" not in found


def test_an_article_comes_with_outcome_evidence_and_titles(store: Store) -> None:
    ArticleStore(store).put([article(1), article(2, copy_of=article(1).article_id)])
    mine = evidence_row(1, article_id=article(1).article_id, signal_id="g1")
    write(store, 1, evidence=(mine,), signals=(signal(1, 1),), stories=(story(1),), outcomes=(outcome(1),))
    found = one_article(store, "live", article(1).article_id)
    assert found is not None
    assert found["outcome"]["outcome"] == "accepted"
    assert [row["signal_title"] for row in found["evidence"]] == [signal(1).title]
    assert [row["article_id"] for row in found["copies"]] == [article(2).article_id]
    assert one_article(store, "live", "nobody") is None

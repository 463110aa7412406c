"""The morning on a store: what was told is remembered, a day is the reader's, and a dry run keeps nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from infra.desk import Desk
from infra.morning import end_of, told_before
from infra.settings import load
from processors.decisions.policy import Policy
from sinks.brief.times import Times
from sinks.clickhouse.connect import Store
from sinks.clickhouse.project import Projector
from tests.builders import T0, commit, event, evidence_row, minutes, signal

DAY = 1440


def desk(store: Store, **environment: str) -> Desk:
    settings = {f"BELLWETHER_{name}": value for name, value in environment.items()}
    return Desk(store, load({"data": "unused"}, environment=settings), Policy())


def happens(store: Store, n: int, kind: str, before: float, after: float, at: float) -> None:
    head = signal(1, n, seq=n)
    told = event(1, n, kind=kind, strength_before=before, strength_after=after, at=minutes(at), state="published")
    row = evidence_row(n, signal_id="g1", published_at=minutes(at), family=f"f{n}")
    made = commit(n, at=minutes(at), events=(told,), evidence=(row,), signals=(head,))
    Projector(store, "live").apply([made])
    store.insert(
        "commits",
        ("generation", "n", "proposal_id", "at", "committed_at", "body"),
        [("live", n, f"p{n}", made.at, made.at, "")],
    )


def brief(found: Desk, day: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = found.answer("brief", {"day": day})
    return answer


def test_what_was_told_yesterday_is_not_repeated_unless_it_moved(store: Store) -> None:
    found = desk(store)
    happens(store, 1, "published", 0.0, 3.0, 0)
    assert brief(found)["worth_saying"]
    happens(store, 2, "contradicted", 3.0, 2.9, DAY)
    quiet = brief(found)
    assert not quiet["worth_saying"]
    assert "1 signal was told before, and not moved since" in quiet["reasons"]
    happens(store, 3, "contradicted", 2.9, 2.4, 2 * DAY)
    happens(store, 4, "contradicted", 2.4, 1.9, 3 * DAY)
    moved = brief(found)
    assert moved["worth_saying"]
    assert "since told on 15 Apr 2026" in moved["markdown"]
    assert "**3.0 → 1.9**" in moved["markdown"]


def test_a_dry_run_shows_the_sums_and_keeps_nothing(store: Store) -> None:
    found = desk(store, READER__SECTORS="metals", READER__SIGNALS="g1")
    happens(store, 1, "published", 0.0, 3.0, 0)
    sums = found.answer("worthiness", {})
    assert sums["worth_saying"]
    [row] = sums["signals"]
    assert row["points"] == {"published": 1.0, "move": 3.0, "families": row["points"]["families"]}
    assert (row["factor"], row["place"], row["title"]) == (1.75, "whole", signal(1).title)
    assert found.briefing.morning.briefs.list() == ()


def test_a_day_is_the_readers(store: Store) -> None:
    late = (T0.replace(hour=22) - T0).total_seconds() / 60
    happens(store, 1, "published", 0.0, 3.0, late)
    assert brief(desk(store))["date"] == "2026-04-15"
    assert brief(desk(store, READER__ZONE="Europe/Berlin"))["date"] == "2026-04-16"
    assert end_of(date(2026, 4, 15), Times("Europe/Berlin")).isoformat().startswith("2026-04-15T21:59:59")


def test_a_reader_forgets_after_two_weeks(store: Store) -> None:
    found = desk(store)
    happens(store, 1, "published", 0.0, 3.0, 0)
    brief(found)
    briefs, first = found.briefing.morning.briefs.list(), date(2026, 4, 15)
    assert told_before(briefs, first) == {}, "a day does not remember itself"
    assert told_before(briefs, first + timedelta(days=14)) == {"g1": ("2026-04-15", 3.0)}
    assert told_before(briefs, first + timedelta(days=15)) == {}


def test_what_was_not_worth_a_brief_adds_up_until_it_is(store: Store) -> None:
    found = desk(store)
    happens(store, 1, "reinforced", 2.0, 2.7, 0)
    first = brief(found)
    assert not first["worth_saying"]
    happens(store, 2, "reinforced", 2.7, 3.2, DAY)
    second = brief(found)
    assert second["worth_saying"]
    assert "**2.0 → 3.2**" in second["markdown"]
    assert second["since_n"] == first["until_n"], "each brief goes on where the last one ended"
    happens(store, 3, "reinforced", 3.2, 3.3, 2 * DAY)
    assert not brief(found)["worth_saying"], "what was told is told"


def test_what_the_tables_do_not_show_yet_is_the_next_briefs(store: Store) -> None:
    found = desk(store)
    happens(store, 1, "published", 0.0, 3.0, 0)
    row = ("live", 2, "p2", minutes(5), minutes(5), "")
    store.insert("commits", ("generation", "n", "proposal_id", "at", "committed_at", "body"), [row])
    assert brief(found)["until_n"] == 1

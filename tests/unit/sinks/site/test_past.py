"""A signal as of a past day, and why it is as strong as it is."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from sinks.brief.times import Times
from sinks.profile import Profile
from tests.builders import event, minutes
from tests.unit.sinks.site.fakes import FakeReader, client, signal_row
from tests.unit.sinks.site.test_pages import words


def grown() -> FakeReader:
    row = signal_row(1, title="The newest title")
    row["opened_at"] = row["story_rows"][0]["opened_at"] = minutes(-3 * 1440)
    first, later = row["events"]
    first.update(at=minutes(-3 * 1440), title="The first title", families=1, articles=1, stories=1)
    later.update(at=minutes(1000), title="The newest title")
    row["evidence"][0]["published_at"] = minutes(-3 * 1440)
    return FakeReader({"g1": row})


def test_a_past_day_shows_what_was_known_then() -> None:
    text = words(client(grown()).get("/signals/g1?as_of=2026-04-13").text)
    assert "As it was known at the end of 13 Apr 2026" in text
    assert "The first title" in text
    assert "The newest title" not in text
    assert "str 1.0" in text, "the strength of then"
    assert "Source articles (1)" in text
    assert "published" not in text[text.index("History") :]


def test_the_curve_and_the_stories_end_then() -> None:
    then = client(grown()).get("/signals/g1.json?as_of=2026-04-13").json()
    assert then["curve"][-1]["strength"] == then["strength"]
    assert [(story["articles"], len(story["families"])) for story in then["story_rows"]] == [(1, 1)]


def test_today_and_the_future_are_now() -> None:
    for day in ("2026-04-16", "2030-01-01", ""):
        text = words(client(grown()).get(f"/signals/g1?as_of={day}").text)
        assert "As it was known at the end" not in text
        assert "The newest title" in text


def test_a_day_ends_where_the_reader_lives() -> None:
    site = client(grown(), profile=Profile(times=Times("Pacific/Kiritimati")))
    assert site.get("/signals/g1.json?as_of=2026-04-13").json()["as_of"].startswith("2026-04-13T09:59:59")


def rejected_later(*kinds: str) -> FakeReader:
    """A signal whose first evidence was rejected on the 15th, brought back on the 16th, and so on."""
    reader = grown()
    row = reader.rows["g1"]
    row["evidence"][0]["status"] = "rejected" if kinds[-1] == "evidence-rejected" else "accepted"
    row["evidence"][0]["reason"] = "rejected by Ada"
    told = [
        asdict(event(1, 3 + day, kind=kind, evidence_id=row["evidence"][0]["evidence_id"], title="The newest title"))
        | {"at": minutes(day * 1440), "note": f"said on day {day}"}
        for day, kind in enumerate(kinds)
    ]
    row["events"] = [row["events"][0], *told]
    return reader


def test_what_was_rejected_later_counted_then() -> None:
    reader = rejected_later("evidence-rejected")
    then = client(reader).get("/signals/g1.json?as_of=2026-04-13").json()
    assert [one["status"] for one in then["evidence"]] == ["accepted"]
    assert (then["not_counted"], then["counts"]["articles"], then["counts"]["not_counted"]) == ([], 1, 0)
    assert then["evidence"][0]["reason"] == ""
    text = words(client(reader).get("/signals/g1?as_of=2026-04-13").text)
    assert "Not counted" not in text
    assert "Source articles (1)" in text
    own = reader.rows["g1"]["evidence"][0]["evidence_id"]
    assert own not in [one["evidence_id"] for one in client(reader).get("/signals/g1.json").json()["evidence"]]


def test_what_was_brought_back_later_did_not_count_then() -> None:
    reader = rejected_later("evidence-rejected", "undone")
    then = client(reader).get("/signals/g1.json?as_of=2026-04-15").json()
    own = reader.rows["g1"]["evidence"][0]["evidence_id"]
    found = next(one for one in then["not_counted"] if one["evidence_id"] == own)
    assert (found["status"], found["reason"]) == ("rejected", "said on day 0")
    assert own not in [one["evidence_id"] for one in then["evidence"]]


def test_a_title_is_an_analysts_from_the_day_that_it_was_given_on() -> None:
    reader = grown()
    row = reader.rows["g1"]
    first, _ = row["events"]
    row["retitled"] = True
    row["events"] = [first]
    for seq, (kind, title, by) in enumerate(
        [("renamed", "By Ada", "Ada"), ("renamed", "By Bob", "Bob"), ("undone", "By Ada", "Cy")], 2
    ):
        made = asdict(event(1, seq, kind=kind, title=title, by=by))
        row["events"].append(made | {"at": minutes((seq - 4) * 1440 + 10)})
    site = client(reader)
    for day, giver in ((12, "lexical/1"), (13, "Ada"), (14, "Bob"), (15, "Ada")):
        assert f"title by {giver}." in words(site.get(f"/signals/g1?as_of=2026-04-{day}").text)
        assert site.get(f"/signals/g1.json?as_of=2026-04-{day}").json()["retitled"] == (day > 12)
    assert "title by Ada." in words(site.get("/signals/g1").text), "an undone renaming gave no title"


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize("path", ["/signals/g1", "/signals/g1.json", "/signals/g1/why"])
def test_days_at_the_ends_of_the_calendar(path: str, zone: str) -> None:
    site = client(grown(), profile=Profile(times=Times(zone)))
    assert site.get(f"{path}?as_of=9999-12-31").status_code == 200
    for day in ("0001-01-01", "1969-12-31"):
        answer = site.get(f"{path}?as_of={day}")
        assert answer.status_code == 400
        assert "ask for a day from 1970 on" in answer.text


def test_a_day_that_is_none_is_told() -> None:
    answer = client().get("/signals/g1?as_of=yesterday")
    assert answer.status_code == 400
    assert "write it as YYYY-MM-DD" in answer.text


def test_why_to_the_last_digit() -> None:
    page = client().get("/signals/g1/why")
    text = words(page.text)
    assert "strength 1.014500000" in text
    assert "0.420000" in text
    assert "all as recorded" in text
    assert client().get("/signals/g1/why.json").json()["supports"][0]["voice"] == 0.3
    assert client().get("/signals/nobody/why").status_code == 404


def test_the_chart_has_the_curve_and_a_dot_an_event() -> None:
    page = client().get("/signals/g1").text
    assert page.count("<circle") == 2
    assert 'class="line" points="0.0,142.4' in page
    assert "published: 1.1 → 2.3" in page

"""A signal as of a past day, and why it is as strong as it is."""

from __future__ import annotations

from sinks.brief.times import Times
from sinks.profile import Profile
from tests.builders import minutes
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

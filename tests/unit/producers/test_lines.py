from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.draft import Draft
from producers.lines import LineError, headline_of, read_line
from tests.unit.producers.fakes import NOW

GOOD: dict[str, Any] = {
    "id": "n-1",
    "title": "Port grows",
    "text": "It grows.",
    "published": "2026-05-01T06:00:00Z",
}


def read(fields: object) -> Draft | LineError:
    raw = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    return read_line(raw, 7, NOW, lambda url, publisher: f"{url}|{publisher}", lambda text, declared: declared)


def good(**fields: Any) -> Draft:
    draft = read({**GOOD, **fields})
    assert isinstance(draft, Draft), draft
    return draft


def test_a_whole_line() -> None:
    draft = good(url="https://www.harbour.test/a?utm_source=x&id=3", publisher=" Harbour  Daily ", language="en")
    assert draft.url == "https://www.harbour.test/a?id=3"
    assert draft.external_id == "n-1"
    assert (draft.title, draft.text, draft.publisher) == ("Port grows", "It grows.", "Harbour Daily")
    assert draft.published_at == datetime(2026, 5, 1, 6, tzinfo=UTC)
    assert (draft.date_flag, draft.text_origin, draft.language) == ("ok", "given", "en")


def test_the_id_comes_from_the_url_else_from_the_given_id() -> None:
    assert good(url="https://a.test/1").article_id == good(url="https://a.test/1", id="other").article_id
    assert good().article_id == good(title="Changed").article_id != good(id="n-2").article_id
    assert good(id=12).external_id == "12"


def test_a_headline_or_a_sentence_alone_is_an_article() -> None:
    assert good(text="").text == "Port grows"
    assert good(text=None).text == "Port grows"
    only_text = good(title="", text="One thing happened. Then another did.")
    assert only_text.title == "One thing happened."
    assert only_text.text == "One thing happened. Then another did."


def test_text_is_kept_as_given_but_for_control_characters() -> None:
    text = "  Ünï\u0065\u0301 “q”\t\u200b\n\nnew\x07 line \x85"
    assert good(text=text).text == "  Ünï\u0065\u0301 “q”\t\u200b\n\nnew line "
    assert good(text="a\r\nb").text == "a\nb"


def test_publishers_default() -> None:
    assert good().publisher == "unknown"
    assert good(url="https://news.bbc.co.uk/1").publisher == "bbc.co.uk"


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2026-05-01", datetime(2026, 5, 1, tzinfo=UTC)),
        ("2026-05-01T06:00:00+02:00", datetime(2026, 5, 1, 4, tzinfo=UTC)),
        ("2026-05-01 06:00:00", datetime(2026, 5, 1, 6, tzinfo=UTC)),
        (1_394_584_256, datetime(2014, 3, 12, 0, 30, 56, tzinfo=UTC)),
        (1_394_584_256_000, datetime(2014, 3, 12, 0, 30, 56, tzinfo=UTC)),
        (1_394_584_256.0, datetime(2014, 3, 12, 0, 30, 56, tzinfo=UTC)),
        ("1394584256", datetime(2014, 3, 12, 0, 30, 56, tzinfo=UTC)),
    ],
)
def test_published(published: object, expected: datetime) -> None:
    assert good(published=published).published_at == expected


def test_dates_that_lie_are_clamped_and_flagged() -> None:
    ahead = good(published="2099-01-01")
    assert (ahead.published_at, ahead.date_flag) == (NOW, "future")
    assert "2099" in ahead.note
    old = good(published=0)
    assert (old.published_at.year, old.date_flag) == (1990, "ancient")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not valid JSON"),
        (b"nonsense", "not valid JSON"),
        (b"[1]", "not a JSON object"),
        (b'"x"', "not a JSON object"),
        (b'{"title": "\xff"}', "not valid UTF-8"),
        (b'{"title": "\\ud800 x", "id": 1, "published": 1}', "surrogate"),
        (b'{"a":' * 100_000, "JSON|nested"),
        ({**GOOD, "title": "", "text": " "}, "neither title nor text"),
        ({**GOOD, "published": None}, "published is missing"),
        ({**GOOD, "published": "yesterday"}, "neither an ISO 8601 date nor an epoch"),
        ({**GOOD, "published": 1e300}, "neither an ISO 8601 date nor an epoch"),
        ({**GOOD, "published": True}, "published: must be"),
        ({**GOOD, "published": [1]}, "published: must be"),
        ({**GOOD, "published": "0001-01-01T00:00:00+23:00"}, "neither an ISO"),
        ({**GOOD, "id": None}, "neither url nor id"),
        ({**GOOD, "id": ""}, "neither url nor id"),
        ({**GOOD, "id": 1.5}, "id: must be"),
        ({**GOOD, "id": "x" * 1001}, "id: longer"),
        ({**GOOD, "url": "ftp://a.test/x"}, "url: not an http"),
        ({**GOOD, "url": 3}, "url: must be a text"),
        ({**GOOD, "title": 3}, "title: must be a text, not a number"),
        ({**GOOD, "text": ["a"]}, "text: must be a text, not a list"),
        ({**GOOD, "text": "x" * 400_001}, "text: longer than 400,000"),
        ({**GOOD, "title": "x" * 1001}, "title: longer than 1,000"),
        ({**GOOD, "text": "a\x00b"}, "NUL"),
        ({**GOOD, "publisher": {}}, "publisher: must be"),
    ],
)
def test_what_does_not_fit_is_told_with_its_number(line: object, reason: str) -> None:
    error = read(line)
    assert isinstance(error, LineError)
    assert error.number == 7
    assert any(part in error.reason for part in reason.split("|")), error.reason


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_fields = st.fixed_dictionaries({}, optional=dict.fromkeys(("title", "text", "published", "id", "url"), _json))


@given(st.binary(max_size=200) | _fields.map(lambda fields: json.dumps(fields).encode()))
def test_any_bytes_give_a_draft_or_a_reason(raw: bytes) -> None:
    result = read(raw)
    if isinstance(result, LineError):
        assert result.reason
    else:
        assert result.text.strip()
        assert result.title
        assert result.published_at.tzinfo is not None
        assert len(result.title) <= 1000


def test_headlines() -> None:
    assert headline_of("Short one. More.") == "Short one."
    long = headline_of("word " * 60)
    assert len(long) <= 110
    assert long.endswith("word…")
    assert len(headline_of("x" * 500)) <= 110

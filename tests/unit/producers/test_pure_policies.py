"""Dates, families, languages, revisions, hints, addresses and feed lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from producers.addresses import refusal
from producers.content_hash import content_hash
from producers.dates import OLDEST, clamp
from producers.families import load_families
from producers.http_hints import max_age, retry_after
from producers.languages import LangidDetector, declared_language, language_of
from producers.opml import feed_sources, read_opml
from producers.ports import Known
from producers.revisions import after, next_revision
from producers.settings import ProducerSettings
from schemas.errors import BadInput, BadSetting
from tests.unit.producers.fakes import NOW


def test_dates_that_lie() -> None:
    assert (clamp(None, NOW).at, clamp(None, NOW).flag) == (NOW, "missing")
    assert clamp(NOW + timedelta(minutes=14), NOW).flag == "ok"
    assert (clamp(NOW + timedelta(hours=1), NOW).at, clamp(NOW + timedelta(hours=1), NOW).flag) == (
        NOW,
        "future",
    )
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert (clamp(epoch, NOW).at, clamp(epoch, NOW).flag) == (NOW, "ancient")
    assert clamp(epoch, NOW, ancient_at=OLDEST).at == OLDEST
    eastern = datetime(2026, 5, 1, 6, tzinfo=timezone(timedelta(hours=2)))
    assert clamp(eastern, NOW).at == datetime(2026, 5, 1, 4, tzinfo=UTC)
    assert clamp(datetime(2026, 5, 1, 6), NOW).at == datetime(2026, 5, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "publisher", "family"),
    [
        ("https://www.wsj.com/a", "", "news-corp"),
        ("https://online.barrons.com/a", "x", "news-corp"),
        ("", "The Wall Street Journal", "news-corp"),
        ("", "reuters", "reuters"),
        ("https://techcrunch.com/a", "TechCrunch", "techcrunch.com"),
        ("http://127.0.0.1:8000/a", "Harbour Daily", "harbour daily"),
        ("http://localhost/a", "The Inlet Post", "inlet post"),
        ("", "", "unknown"),
        ("https://tide.harbour.test/a", "Tide", "harbour-group"),
        ("", "Inlet Gazette", "harbour-group"),
    ],
)
def test_families(url: str, publisher: str, family: str) -> None:
    families = load_families({"harbour.test": "harbour-group", "Inlet Gazette": "harbour-group"})
    assert families.family_of(url, publisher) == family


def test_an_empty_family_is_refused() -> None:
    with pytest.raises(BadSetting, match="families"):
        load_families({"a.test": " "})


def test_languages() -> None:
    detector = LangidDetector()
    assert language_of("anything", "en-GB", detector) == "en"
    assert language_of("Die Bundesregierung will die Steuern für Betriebe senken", "", detector) == "de"
    assert language_of("The government wants to lower taxes for small firms", "", detector) == "en"
    assert language_of("Kim Jong Un", "", detector) == ""
    assert declared_language("english") == ""
    assert declared_language("nb-NO") == "no"


def test_revisions() -> None:
    assert next_revision("a", None) == 0
    first = after("a", None)
    assert next_revision("a", first) is None
    assert next_revision("b", first) == 1
    second = after("b", first)
    assert next_revision("a", second) is None  # the first content again is no third one
    assert second.revision == 1
    assert next_revision("c", Known(4, "x")) == 5


def test_white_space_and_quote_marks_are_no_change() -> None:
    assert content_hash("A", "“x”  y\n\nz") == content_hash("A ", '"x" y z')
    assert content_hash("A", "B") != content_hash("AB", "")


def test_retry_after_and_max_age() -> None:
    assert retry_after("120", NOW) == 120.0
    assert retry_after("Wed, 20 May 2026 12:01:00 GMT", NOW) == 60.0
    assert retry_after("Wed, 20 May 2020 12:01:00 GMT", NOW) == 0.0
    assert retry_after("soon", NOW) is None
    assert max_age("public, max-age=600") == 600.0
    assert max_age("no-store, max-age=600") is None
    assert max_age("") is None


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("127.0.0.1", "loopback"), ("10.0.0.1", "private"), ("192.168.1.1", "private"),
        ("169.254.169.254", "link-local"), ("100.64.0.1", "reserved"), ("0.0.0.0", "unspecified"),
        ("224.0.0.1", "multicast"), ("240.0.0.1", ""), ("::1", "loopback"), ("fe80::1%eth0", "link-local"),
        ("fd00::1", "private"), ("::ffff:127.0.0.1", "loopback"), ("64:ff9b::7f00:1", "loopback"),
        ("2002:7f00:1::", "loopback"), ("255.255.255.255", ""),
    ],
)  # fmt: skip
def test_special_addresses_are_refused(address: str, word: str) -> None:
    reason = refusal("evil.test", 80, address, ())
    assert "refused" in reason
    assert word in reason
    assert "--allow-host evil.test" in reason
    assert refusal("evil.test", 80, address, {"evil.test"}) == ""
    assert refusal("evil.test", 80, address, {"evil.test:80"}) == ""
    assert refusal("evil.test", 81, address, {"evil.test:80"}) != ""


def test_public_addresses_are_allowed() -> None:
    assert refusal("example.com", 443, "93.184.216.34", ()) == ""
    assert refusal("example.com", 443, "2606:2800:220:1:248:1893:25c8:1946", ()) == ""


def test_opml() -> None:
    body = b"""<?xml version="1.0"?><opml version="2.0"><body><outline text="News">
    <outline type="rss" text="A" xmlUrl="https://a.test/f"/><outline text="B" xmlUrl="http://b.test/f"/>
    <outline type="rss" text="A again" xmlUrl="https://a.test/f"/></outline></body></opml>"""
    assert [(each.url, each.title) for each in feed_sources(read_opml(body, "x.opml"))] == [
        ("https://a.test/f", "A"),
        ("http://b.test/f", "B"),
    ]
    for bad in (b"", b"<html></html>", b"words", b"\xff\xfe\x00"):
        with pytest.raises(BadInput, match=r"x\.opml"):
            read_opml(bad, "x.opml")
    with pytest.raises(BadInput, match="feed address"):
        feed_sources(["file:///etc/passwd"])


@pytest.mark.parametrize("wrong", [{"backlog_items": 0}, {"per_host_delay": -1.0}, {"poll_interval_max": 1.0}])
def test_settings_that_cannot_work(wrong: dict[str, float]) -> None:
    with pytest.raises(BadSetting, match=next(iter(wrong))):
        ProducerSettings(**wrong)  # type: ignore[arg-type]

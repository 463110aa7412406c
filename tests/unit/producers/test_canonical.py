from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.canonical import accepted_canonical, article_id, canonical_url, registrable_domain


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("HTTP://Example.COM:80", "http://example.com/"),
        ("https://example.com:443/a?b=1#top", "https://example.com/a?b=1"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://user:pw@example.com/a", "https://example.com/a"),
        ("https://example.com/?p=12&utm_source=rss&utm_medium=feed", "https://example.com/?p=12"),
        ("https://example.com/a?story=x&fbclid=1&id=5", "https://example.com/a?story=x&id=5"),
        ("https://example.com/a?z=1&a=2&gclid=9", "https://example.com/a?z=1&a=2"),
        ("https://example.com/a?id=5&id=6", "https://example.com/a?id=5&id=6"),
        ("https://example.com/app#!/story/7", "https://example.com/app#!/story/7"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/ä"),
        ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("  https://example.com/a b ", "https://example.com/a%20b"),
        ("https://example.com/a?", "https://example.com/a"),
        ("javascript:alert(1)", ""),
        ("mailto:a@b.c", ""),
        ("http://", ""),
        ("http://exa mple.com/", ""),
        ("http://host:99999/", ""),
        ("", ""),
    ],
)
def test_canonical_form(given_url: str, expected: str) -> None:
    assert canonical_url(given_url) == expected


def test_relative_urls_are_resolved() -> None:
    assert canonical_url("/p?id=1", base="https://example.com/feed/rss.xml") == "https://example.com/p?id=1"
    assert canonical_url("../x", base="https://example.com/a/b/c") == "https://example.com/a/x"


@given(st.text(max_size=80))
def test_never_raises_and_is_idempotent_on_anything(text: str) -> None:
    for url in (text, "https://example.com/" + text, "https://" + text, "https://example.com/?" + text):
        once = canonical_url(url)
        assert canonical_url(once) == once


_names = st.sampled_from(["id", "p", "story", "article", "q", "page", "utm_source", "gclid", "UTM_Campaign"])


@given(st.lists(st.tuples(_names, st.integers(0, 99)), max_size=8))
def test_only_tracking_is_dropped_and_order_is_kept(pairs: list[tuple[str, int]]) -> None:
    query = "&".join(f"{name}={value}" for name, value in pairs)
    kept = [f"{n}={v}" for n, v in pairs if not n.lower().startswith("utm_") and n != "gclid"]
    expected = "https://example.com/x" + ("?" + "&".join(kept) if kept else "")
    assert canonical_url(f"https://example.com/x?{query}") == expected


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.news.bbc.co.uk/x", "bbc.co.uk"),
        ("http://localhost:8000/feed", "localhost"),
        ("http://127.0.0.1:80/feed", "127.0.0.1"),
        ("https://daily.harbour.test/x", "harbour.test"),
        ("", ""),
    ],
)
def test_registrable_domain(url: str, domain: str) -> None:
    assert registrable_domain(url) == domain


def test_a_pages_own_canonical_is_believed_within_its_domain_only() -> None:
    page = "https://m.example.com/news/5?x=1"
    assert accepted_canonical("https://www.example.com/news/5", page) == "https://www.example.com/news/5"
    assert accepted_canonical("/news/5", page) == "https://m.example.com/news/5"
    assert accepted_canonical("https://other.org/news/5", page) == ""
    assert accepted_canonical("https://www.example.com/", page) == ""


def test_article_ids_are_stable_and_distinct() -> None:
    by_url = article_id("https://example.com/a", "guid-1")
    assert by_url == article_id("http://example.com/a", "another")
    assert len(by_url) == 20
    assert set(by_url) <= set("0123456789abcdef")
    assert article_id("", "guid-1", scope="f1") != article_id("", "guid-1", scope="f2")
    assert article_id("", "", fallback="t") != article_id("", "t")

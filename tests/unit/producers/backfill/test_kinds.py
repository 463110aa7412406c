"""What an archive is, by its first bytes."""

from __future__ import annotations

import gzip

import pytest

from producers.backfill.kinds import is_address, is_archive_address, kind_of

LINE = b'{"id": "a", "title": "T", "published": "2026-01-01"}\n'
FEED = b'<?xml version="1.0"?><rss version="2.0"><channel></channel></rss>'
JSON_FEED = b'{\n "version": "https://jsonfeed.org/version/1.1",\n "items": []\n}\n'


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"PAR1\x15\x04", "parquet"), (LINE, "lines"), (gzip.compress(LINE), "lines"),
        (b"\xef\xbb\xbf" + LINE, "lines"),
        (FEED, "feed"), (b"\n  " + FEED, "feed"), (gzip.compress(FEED), "feed"),
        (FEED.decode().encode("utf-16"), "feed"),
        (JSON_FEED, "feed"), (JSON_FEED.replace(b"\n", b""), "feed"), (b"", "lines"), (b"garbage", "lines"),
        (LINE + JSON_FEED, "lines"), (gzip.compress(LINE)[:5], "lines"), (b"\x1f\x8bnot gzip", "lines"),
    ],
)  # fmt: skip
def test_the_kind(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind


def test_addresses() -> None:
    assert is_address("HTTPS://a.example/feed")
    assert not is_address("feeds/http.xml")
    assert is_archive_address("https://a.example/x/2025.jsonl.gz?token=1")
    assert is_archive_address("https://a.example/x.PARQUET")
    assert not is_archive_address("https://a.example/feed.xml")

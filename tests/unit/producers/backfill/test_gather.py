"""Sources in any mix, each read as what it is; what is wrong with one is told and keeps no other from being read."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from producers.backfill.gather import Gatherer, SourceReport
from producers.backfill.limits import Limits
from producers.backfill.spool import Spool, decoded
from producers.draft import Draft
from producers.fetch import Fetcher
from schemas.errors import BadInput
from tests.unit.producers.fakes import NOW, FakeClock
from tests.unit.producers.served import Reply, Site, serve
from tests.unit.producers.test_fetch import SETTINGS


def english(text: str) -> tuple[str, float]:
    """A detector that knows one language."""
    return "en", 1.0


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as served:
        yield served


def line(name: str, days: float = 1.0) -> bytes:
    published = (NOW - timedelta(days=days)).isoformat()
    return json.dumps({"id": name, "title": f"Title {name}", "text": "Text.", "published": published}).encode() + b"\n"


def item(name: str, day: int | None, link: str = "") -> str:
    date = f"<pubDate>{day:02} Mar 2024 10:00:00 GMT</pubDate>" if day else ""
    return f"<item><title>{name}</title><description>About {name}.</description><guid>{name}</guid>{date}{link}</item>"


def rss(*items: str, links: str = "") -> bytes:
    head = '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Paper</title>'
    return f"{head}{links}{''.join(items)}</channel></rss>".encode()


def older(url: str, rel: str = "prev-archive") -> str:
    return f'<atom:link rel="{rel}" href="{url}"/>'


def no_parquet(path: Path) -> Iterator[bytes]:
    if path.exists():
        raise BadInput("the column published is missing")
    yield b""


def gather(*sources: str, limits: Limits = Limits(), **changes: object) -> tuple[list[SourceReport], list[Draft]]:
    async def main(spool: Spool) -> list[SourceReport]:
        settings = replace(SETTINGS, **{"max_feed_bytes": 100_000, **changes})  # type: ignore[arg-type]
        async with Fetcher(settings, FakeClock()) as fetcher:
            gatherer = Gatherer(spool, fetcher, no_parquet, FakeClock(), settings, limits, detector=english)
            return await gatherer.gather(sources)

    with closing(Spool()) as spool:
        reports = asyncio.run(main(spool))
        return reports, [decoded(each) for each in spool.lines()]


def names(drafts: list[Draft]) -> list[str]:
    return [draft.external_id for draft in drafts]


def test_files_and_addresses_come_together_in_time(site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(line("a1", 1) + b"garbage\n" + line("a2", 900))
    (tmp_path / "b").write_bytes(gzip.compress(line("b1", 10)))
    (tmp_path / "c.xml").write_bytes(rss(item("c1", 3), item("undated", None)))
    site.replies["/d.jsonl.gz"] = Reply(gzip.compress(line("d1", 2)))
    site.replies["/feed"] = Reply(rss(item("e1", 4)))
    sources = [str(tmp_path / "a.jsonl"), f"{site.base}/feed", str(tmp_path / "c.xml"), str(tmp_path / "b")]
    reports, drafts = gather(*sources, f"{site.base}/d.jsonl.gz")
    assert names(drafts) == ["a2", "c1", "e1", "b1", "d1", "a1"]
    assert [(one.kind, one.drafts, one.refused, one.failure) for one in reports] == [
        ("lines", 2, 1, ""), ("feed", 1, 0, ""), ("feed", 1, 1, ""), ("lines", 1, 0, ""), ("lines", 1, 0, ""),
    ]  # fmt: skip
    assert (reports[0].errors[0].number, reports[2].errors[0].number) == (2, 2)
    assert "no date" in reports[2].errors[0].reason


def test_an_archived_feed_is_read_back_to_its_beginning(site: Site) -> None:
    site.replies["/feed"] = Reply(rss(item("n5", 5), item("n4", 4), links=older("/2") + older("/wrong", "next")))
    site.replies["/2"] = Reply(rss(item("n3", 3), links=older("/1")))
    site.replies["/1"] = Reply(rss(item("n2", 2)))
    (report,), drafts = gather(f"{site.base}/feed")
    assert names(drafts) == ["n2", "n3", "n4", "n5"]
    assert (report.pages, report.failure) == (3, "")
    assert site.paths() == ["/feed", "/2", "/1"]
    assert {draft.feed_url for draft in drafts} == {f"{site.base}/feed"}, "ids are those of the polled feed"


def test_a_paged_feed_that_never_ends_is_left(site: Site) -> None:
    site.replies["/feed"] = Reply(rss(item("n1", 5), links=older("/feed?page=2", "next")))
    for page in range(2, 9):
        site.replies[f"/feed?page={page}"] = Reply(rss(item("n1", 5), links=older(f"/feed?page={page + 1}", "next")))
    (report,), drafts = gather(f"{site.base}/feed")
    assert names(drafts) == ["n1"]
    assert "says nothing that the pages before it do not" in report.failure
    assert len(site.paths()) == 2


def test_a_circle_of_pages_is_left(site: Site) -> None:
    site.replies["/feed"] = Reply(rss(item("n2", 5), links=older("/1")))
    site.replies["/1"] = Reply(rss(item("n1", 4), links=older("/feed")))
    (report,), drafts = gather(f"{site.base}/feed")
    assert names(drafts) == ["n1", "n2"]
    assert "circle" in report.failure


@pytest.mark.parametrize(
    ("limits", "said"),
    [(Limits(pages=2), "more than 2 pages"), (Limits(bytes=10), "MB"), (Limits(seconds=-1), "0 s|-1 s")],
)
def test_limits_end_a_walk_and_keep_what_came(site: Site, limits: Limits, said: str) -> None:
    for page in range(4):
        site.replies[f"/{page}"] = Reply(rss(item(f"n{page}", page + 1), links=older(f"/{page + 1}")))
    (report,), drafts = gather(f"{site.base}/0", limits=limits)
    assert re.search(said, report.failure)
    assert len(drafts) == report.drafts < 4


def test_a_page_that_fails_is_named_and_what_came_before_stands(site: Site) -> None:
    site.replies["/feed"] = Reply(rss(item("n1", 5), links=older("/gone")))
    (report,), drafts = gather(f"{site.base}/feed")
    assert names(drafts) == ["n1"]
    assert report.failure == f"{site.base}/gone: 404 Not Found"


def test_private_addresses_are_refused_on_the_way_back_and_for_downloads(site: Site) -> None:
    site.replies["/feed"] = Reply(rss(item("n1", 5), links=older("http://10.0.0.1/older")))
    (feed,), _ = gather(f"{site.base}/feed")
    (download,), _ = gather("http://10.0.0.1/x.jsonl")
    (forbidden,), _ = gather(f"{site.base}/x.parquet", allow_hosts=frozenset[str]())
    for report in (feed, download, forbidden):
        assert "private address" in report.failure or "loopback" in report.failure
    assert site.paths() == ["/feed"]


def test_a_download_keeps_to_its_limits(site: Site) -> None:
    site.replies["/big.jsonl"] = Reply(line("a") * 1_000)
    site.replies["/slow.jsonl"] = Reply(b"x", drip=True)
    site.replies["/gone.jsonl"] = Reply(status=503)
    site.replies["/odd.jsonl"] = Reply(line("a"), headers={"Content-Encoding": "br"})
    (big,), _ = gather(f"{site.base}/big.jsonl", limits=Limits(bytes=5_000))
    (slow,), _ = gather(f"{site.base}/slow.jsonl", limits=Limits(seconds=0.5))
    reports, drafts = gather(f"{site.base}/gone.jsonl", f"{site.base}/odd.jsonl", f"{site.base}/big.jsonl")
    assert "larger than 5 kB" in big.failure
    assert "more than 0.5 s" in slow.failure
    assert reports[0].failure == "503 Service Unavailable"
    assert "compressed" in reports[1].failure
    assert (reports[2].drafts, len(drafts)) == (1_000, 1_000)


def test_a_saved_feed_has_the_ids_of_the_polled_one(site: Site, tmp_path: Path) -> None:
    body = rss(item("n1", 5), links=f'<atom:link rel="self" href="{site.base}/feed"/>')
    site.replies["/feed"] = Reply(body)
    (tmp_path / "saved.xml").write_bytes(body)
    _, polled = gather(f"{site.base}/feed")
    _, saved = gather(str(tmp_path / "saved.xml"))
    assert [one.article_id for one in polled] == [one.article_id for one in saved]
    assert polled[0].content_hash == saved[0].content_hash


def test_what_is_broken_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(line("a1") * 2_000)[:-20])
    (tmp_path / "x.parquet").write_bytes(b"PAR1....")
    (tmp_path / "page.html").write_bytes(b"<html><body>no feed</body></html>")
    (tmp_path / "big.xml").write_bytes(rss(*[item(f"n{n}", 3) for n in range(50)]))
    (tmp_path / "good.jsonl").write_bytes(line("g"))
    files = ("cut.jsonl.gz", "x.parquet", "page.html", "big.xml", "gone", "good.jsonl")
    reports, drafts = gather(*(str(tmp_path / name) for name in files), limits=Limits(feed_bytes=1_000))
    assert [bool(one.failure) for one in reports] == [True] * 5 + [False]
    assert "ends early" in reports[0].failure
    assert reports[1].failure == "the column published is missing"
    assert "more than a feed may be" in reports[3].failure
    assert "g" in names(drafts)

"""The external sort: whatever order goes in, time comes out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.backfill.spool import Spool, decoded
from producers.draft import Draft
from producers.lines import read_line
from schemas.errors import BadInput
from tests.unit.producers.fakes import NOW


def draft(name: str, at: float = 0.0, text: str = "Text.", family: str = "f") -> Draft:
    """Return the draft of an article published `at` days before NOW."""
    moment = (NOW - timedelta(days=at)).isoformat()
    made = read_line(
        msgspec.json.encode({"id": name, "title": "Title", "text": text, "published": moment}),
        1, NOW, lambda url, publisher: family, lambda words, declared: "en",
    )  # fmt: skip
    assert isinstance(made, Draft)
    return made


@pytest.fixture
def spool() -> Iterator[Spool]:
    with closing(Spool()) as made:
        yield made


def order(spool: Spool) -> list[str]:
    return [decoded(line).external_id for line in spool.lines()]


def test_time_decides_the_order_whatever_came_first(spool: Spool) -> None:
    for name, at in (("new", 1.0), ("old", 400.0), ("older", 12_000.0)):
        spool.add(draft(name, at))
    assert order(spool) == ["older", "old", "new"]
    assert len(spool) == 3


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), max_size=30), st.randoms())
def test_the_order_of_the_sources_decides_nothing(given: list[tuple[int, int]], chance: random.Random) -> None:
    drafts = [draft(f"a{name}", at / 3, text=f"Text of {name}.") for name, at in given]
    mixed = list(drafts)
    chance.shuffle(mixed)
    with closing(Spool()) as one, closing(Spool()) as other:
        for each in drafts:
            one.add(each)
        for each in mixed:
            other.add(each)
        assert list(one.lines()) == list(other.lines())
        assert one.figures() == other.figures()


def test_of_two_contents_at_one_moment_the_one_put_in_later_comes_later(spool: Spool) -> None:
    first, second = draft("a", 1.0, "Before."), draft("a", 1.0, "After.")
    spool.add(second)
    spool.add(first)
    assert [decoded(line).text for line in spool.lines()] == ["After.", "Before."]


def test_a_draft_comes_out_as_it_went_in(spool: Spool) -> None:
    made = replace(draft("a", 0.123456), note="Zürich 東京 \u2028", text="x\ty\n\x85z")
    spool.add(made)
    (line,) = spool.lines()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decoded(line) == made


def test_the_figures(spool: Spool) -> None:
    assert spool.figures().drafts == 0
    with closing(Spool()) as full:
        for each in (draft("a", 3), draft("a", 3), draft("a", 2, "Changed."), draft("b", 1)):
            full.add(each)
        full.mark_stored(lambda ids: [one for one in ids if one == draft("b").article_id], page=1)
        found = full.figures()
        assert (found.articles, found.revisions, found.repeated, found.stored) == (2, 1, 1, 1)
        assert (found.first, found.last) == (NOW - timedelta(days=3), NOW - timedelta(days=1))
        assert list(full.missing()) == [(NOW - timedelta(days=2), len("Changed."))]


def test_a_full_disk_is_told_with_its_remedy(spool: Spool) -> None:
    spool._db.execute("PRAGMA max_page_count = 40")
    huge = draft("a", text="words " * 50_000)
    with pytest.raises(BadInput, match="TMPDIR"):
        spool.add(huge)


def test_what_is_no_draft_is_refused() -> None:
    with pytest.raises(msgspec.MsgspecError):
        decoded(b'{"title": "only that"}')

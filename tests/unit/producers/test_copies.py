from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from producers.copies import CopyIndex
from schemas.article import Article
from tests.unit.producers.fakes import NOW

WIRE = (
    "The port authority of Harbour said on Tuesday that it will close two of its five container terminals "
    "for six weeks because the electricity grid operator can no longer guarantee supply at peak hours. "
    "Shipping lines were told to book berths elsewhere until the new substation is finished in August, the "
    "authority added. Analysts expect freight rates on the northern route to rise by a tenth while the "
    "closure lasts."
)


def article(
    name: str, text: str, *, hours: float = 0, family: str = "f", copy_of: str = "", revision: int = 0
) -> Article:
    return Article(
        article_id=name, revision=revision, url="", external_id=name, title="T", text=text, publisher=family,
        family=family, language="en", published_at=NOW + timedelta(hours=hours), fetched_at=NOW,
        date_flag="ok", text_origin="feed", note="", feed_url="", content_hash="h", copy_of=copy_of,
        ordinal=0,
    )  # fmt: skip


def test_syndicated_text_points_to_the_first_and_shares_its_family() -> None:
    index = CopyIndex(7)
    index.add(article("a", WIRE, family="wire"))
    edited = "HARBOUR (Wire) - " + WIRE.replace("on Tuesday ", "").replace("the authority added", "it added")
    found = index.find("b", edited, NOW)
    assert found is not None
    assert (found.article_id, found.family) == ("a", "wire")


def test_a_copy_of_a_copy_points_to_the_original() -> None:
    index = CopyIndex(7)
    index.add(article("a", WIRE, family="wire"))
    index.add(article("b", WIRE, hours=24 * 6, family="wire", copy_of="a"))
    found = index.find("c", WIRE, NOW + timedelta(days=12))
    assert found is not None
    assert found.article_id == "a"


def test_different_reports_of_one_event_are_no_copies() -> None:
    other = (
        "Container ships will have to avoid Harbour for most of the summer. Two terminals go dark next week, "
        "the port's management announced, as power cuts make night work impossible. A substation that would "
        "solve the problem is due in August. Freight on the northern route may become ten percent dearer, "
        "brokers said, and importers have begun to look for berths along the coast."
    )
    index = CopyIndex(7)
    index.add(article("a", WIRE))
    assert index.find("b", other, NOW) is None


def test_an_article_never_copies_itself_nor_its_own_copy() -> None:
    index = CopyIndex(7)
    index.add(article("a", WIRE))
    index.add(article("b", WIRE, copy_of="a"))
    assert index.find("a", WIRE, NOW) is None


def test_beyond_the_window_nothing_is_a_copy() -> None:
    index = CopyIndex(7)
    index.add(article("a", WIRE))
    assert index.find("b", WIRE, NOW + timedelta(days=8)) is None


def test_short_texts_only_when_equal_and_long_enough() -> None:
    index = CopyIndex(7)
    index.add(article("a", "Carney pledges to push BoE FX investigations all the way"))
    index.add(article("x", "Markets close higher"))
    assert index.find("b", "Carney pledges to push BoE FX investigations 'all the way'", NOW) is not None
    assert index.find("c", "Carney pledges to push BoE FX investigations some of the way", NOW) is None
    assert index.find("d", "Markets close higher", NOW) is None


def test_a_rebuilt_index_answers_the_same() -> None:
    stored = [article(f"n{i}", f"{WIRE} Report {i}.", hours=i) for i in range(20)]
    grown = CopyIndex(7)
    for each in stored:
        grown.add(each)
    rebuilt = CopyIndex(7)
    rebuilt.cover(NOW, lambda since: [each for each in stored if each.published_at >= since])
    assert grown.find("q", WIRE, NOW) == rebuilt.find("q", WIRE, NOW) is not None


def test_an_older_article_makes_it_load_further_back() -> None:
    stored = [article("old", WIRE, hours=-24 * 30), article("new", WIRE, hours=0)]
    asked: list[object] = []

    def load(since: object) -> list[Article]:
        asked.append(since)
        return [each for each in stored if each.published_at >= since]  # type: ignore[operator]

    index = CopyIndex(7)
    index.cover(NOW, load)
    index.cover(NOW + timedelta(days=1), load)
    assert len(asked) == 1
    index.cover(NOW - timedelta(days=29), load)
    assert len(asked) == 2
    found = index.find("q", WIRE, NOW - timedelta(days=29))
    assert found is not None
    assert found.article_id == "old"


def test_revisions_are_not_entered() -> None:
    index = CopyIndex(7)
    index.add(replace(article("a", WIRE), revision=1))
    assert len(index) == 0


@given(st.lists(st.sampled_from([WIRE, WIRE + " More.", "Another text of at least eight words in it all", "x"])))
def test_the_answer_is_always_the_earliest(texts: list[str]) -> None:
    index = CopyIndex(7)
    for place, text in enumerate(texts):
        found = index.find(f"a{place}", text, NOW)
        index.add(article(f"a{place}", text, copy_of=found.article_id if found else ""))
        if found:
            assert int(found.article_id[1:]) < place

"""The content: enough of it, well formed, and with every part that the demo needs."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from datetime import time

import pytest

from infra.demo.articles import DAYS, DemoArticle, Library, load_library


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def of(library: Library, storyline: str) -> tuple[DemoArticle, ...]:
    return next(line.articles for line in library.storylines if line.key == storyline)


def said(text: str) -> str:
    """The words without the line breaks of the content file."""
    return " ".join(text.split())


def families(library: Library, articles: tuple[DemoArticle, ...]) -> set[str]:
    return {library.publishers[a.publisher].family for a in articles if not a.copy_of}


def test_there_is_enough_to_read(library: Library) -> None:
    assert 95 <= len(list(library.articles())) <= 120
    assert len(library.publishers) >= 8
    assert len(library.storylines) >= 8
    formats = Counter(publisher.format for publisher in library.publishers.values())
    assert formats["rss"] >= 4
    assert formats["atom"] >= 2
    assert formats["json"] >= 2


def test_exactly_one_family_has_two_outlets(library: Library) -> None:
    voices = Counter(library.families().values())
    assert [family for family, outlets in voices.items() if outlets > 1] == ["Northgate Press Group"]


def test_every_article_is_well_formed(library: Library) -> None:
    seen: set[str] = set()
    for article in library.articles():
        assert article.slug not in seen
        seen.add(article.slug)
        assert re.fullmatch(r"[a-z0-9-]+", article.slug)
        assert article.publisher in library.publishers
        assert 1 <= article.day <= DAYS
        time.fromisoformat(article.time)
        assert 10 <= len(article.plain_title) <= 110
        assert len(article.body.split()) >= 25
    for article in library.articles():
        assert all(slug in seen for slug in article.mentions)


def test_domains_are_fictional(library: Library) -> None:
    assert all(publisher.domain.endswith(".example") for publisher in library.publishers.values())


def test_main_signal_rises_over_six_weeks_and_many_families(library: Library) -> None:
    main = of(library, "chip-controls")
    assert len(families(library, main)) >= 6
    assert {(article.day - 1) // 7 for article in main} == set(range(6))
    assert len(families(library, of(library, "war-risk"))) >= 3


def test_echo_comes_from_one_family(library: Library) -> None:
    echo = of(library, "marlowe-echo")
    assert 6 <= len(echo) <= 8
    assert len({article.publisher for article in echo}) == 2
    assert families(library, echo) == {"Northgate Press Group"}


def test_contradiction_comes_in_week_five_from_several_families(library: Library) -> None:
    denial = re.compile(r"denie[ds]|reversed|contrary to|no evidence that|withdr[ae]w", re.IGNORECASE)
    articles = of(library, "voltara")
    against = tuple(article for article in articles if denial.search(said(article.body)))
    assert {(article.day - 1) // 7 + 1 for article in against} == {5}
    assert len(families(library, against)) >= 3
    assert len(families(library, tuple(a for a in articles if a not in against))) >= 4


def test_supporting_articles_of_the_signals_carry_no_denial(library: Library) -> None:
    denial = re.compile(r"\b(denied|reversed|no evidence|withdrew|refuted)\b", re.IGNORECASE)
    for key in ("chip-controls", "war-risk"):
        assert not [article.slug for article in of(library, key) if denial.search(said(article.body))]


def test_copies_are_nearly_identical_and_come_later(library: Library) -> None:
    copies = [article for article in library.articles() if article.copy_of]
    assert len(copies) >= 5
    for copy in copies:
        original = library.article(copy.copy_of)
        assert original.publisher == "meridian-wire"
        assert copy.publisher != original.publisher
        assert (copy.day, copy.time) > (original.day, original.time)
        likeness = difflib.SequenceMatcher(None, original.body, copy.body, autojunk=False).ratio()
        assert 0.95 < likeness < 1


def test_revision_corrects_a_figure_and_drops_a_quote(library: Library) -> None:
    [article] = [article for article in library.articles() if article.revision]
    assert article.revision is not None
    assert article.revision.day > article.day
    assert "within four per cent" in said(article.body)
    assert "within nine per cent" in said(article.revision.body)
    assert "Joris van Aalst" in article.body
    assert "Joris van Aalst" not in article.revision.body


def test_round_ups_have_sections_and_name_what_they_repeat(library: Library) -> None:
    round_ups = of(library, "round-ups")
    assert 4 <= len(round_ups) <= 6
    for article in round_ups:
        assert article.body.count("## ") >= 3
        assert article.body.count("\n- ") >= 2
        assert len(article.mentions) >= 2
        assert all(library.article(slug).day <= article.day for slug in article.mentions)


def test_a_third_of_the_days_have_noise_or_nothing(library: Library) -> None:
    telling = {article.day for article in library.articles() if article.storyline != "noise"}
    printed = {article.day for article in library.articles()}
    assert DAYS - len(telling) >= 10
    assert DAYS - len(printed) >= 2
    assert {41, 42} <= telling, "the demo should end on days worth a brief"


def test_typographic_traps_are_there(library: Library) -> None:
    noise = of(library, "noise")
    assert 15 <= len(noise) <= 20
    text = "".join(article.title + article.body for article in library.articles())
    for trap in ("“", "’", "—", "…", "\u00a0", "\u00ad", "\u200b", "🐈", "ﬁ"):
        assert trap in text
    assert {article.language for article in noise} == {"en", "de", "fr"}
    assert any("<b>" in article.title and "&amp;" in article.title for article in noise)
    assert any("ignore all previous instructions" in article.hidden.lower() for article in noise)


def test_samples_name_known_publishers(library: Library) -> None:
    assert len(library.samples) >= 2
    assert all(sample.publisher in library.publishers for sample in library.samples)

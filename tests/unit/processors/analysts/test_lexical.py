"""The lexical analyst: every quote is the article's own, items stay apart, tags rest on the text."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.analysts.lexical.extractor import LexicalExtractor, analyse, clean_title
from processors.ports import Extractor
from schemas.article import Article
from schemas.evidence import Evidence
from schemas.vocabulary import COUNTRIES, KINDS, LENSES, SECTORS, STANCES

AT = datetime(2026, 5, 4, 7, tzinfo=UTC)
STRAIT = (
    "Insurers have begun to withdraw cover from ships that use the northern strait, forcing "
    "carriers to sail around "
    "the cape. The Port Authority of Calder Bay said on Monday that arrivals fell 38 percent in April. "
    "“Without war-risk cover no bank will finance a voyage,” said Ana Ruiz, chief executive "
    "of Meridian Shipping. "
    "Because underwriters price the whole route rather than a single vessel, one attack raises premiums for "
    "everyone, which means that smaller operators leave first.\n"
    "Japan and South Korea are affected most; Japan has asked its underwriters for help.\n"
    "Subscribe to our newsletter for more."
)


def article(title: str, text: str = "", **changes: object) -> Article:
    made = Article(
        article_id="a" * 20, revision=0, url="https://x.test/1", external_id="1", title=title,
        text=text or title, publisher="The Calder Post", family="calder", language="en", published_at=AT,
        fetched_at=AT, date_flag="ok", text_origin="given", note="", feed_url="",
        content_hash="", copy_of="", ordinal=1,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def only(made: Article) -> Evidence:
    (evidence,) = analyse(made).evidence
    return evidence


def check(made: Article) -> None:
    """What must hold for any article."""
    found = analyse(made)
    assert (found.outcome == "accepted") == bool(found.evidence)
    assert (found.outcome == "nothing") == bool(found.reason)
    for evidence in found.evidence:
        assert made.text[evidence.quote_start : evidence.quote_end] == evidence.quote
        assert evidence.anchor
        assert evidence.anchor in evidence.quote
        assert len(evidence.anchor) <= 300
        assert 1 <= len(evidence.claim) <= 600
        assert evidence.reasoning in made.text
        assert evidence.reasoning_origin == ("extractive" if evidence.reasoning else "none")
        assert set(evidence.geographies) <= COUNTRIES
        assert set(evidence.sectors) <= set(SECTORS)
        assert evidence.kind in KINDS
        assert evidence.lens in LENSES
        assert evidence.stance in STANCES
        assert 0 <= evidence.salience <= 1_000_000
        assert len(evidence.terms) <= 80
        assert len(evidence.actors) <= 20
        assert all(0 < len(actor) <= 120 for actor in evidence.actors)


def test_it_is_an_extractor() -> None:
    extractor: Extractor = LexicalExtractor()
    found = asyncio.run(extractor.extract(article("Port strike ends in Calder Bay")))
    assert found.analyst == extractor.name == "lexical/1"
    assert found.ordinal == 1
    assert found.outcome == "accepted"


def test_an_article_gives_one_grounded_observation() -> None:
    evidence = only(article("Insurers' retreat from northern strait redraws shipping routes", STRAIT))
    assert evidence.quote.startswith("Insurers have begun")
    assert evidence.reasoning.startswith("Because underwriters")
    assert evidence.claim == "Insurers' retreat from northern strait redraws shipping routes"
    assert evidence.kind == "structural"
    assert evidence.sectors[:2] == ("shipping", "insurance")
    assert evidence.geographies == ("JP",)
    assert {"Port Authority of Calder Bay", "Ana Ruiz", "Meridian Shipping"} <= set(evidence.actors)
    assert evidence.salience >= 700_000
    check(article("Insurers' retreat", STRAIT))


def test_a_headline_alone_is_its_own_quote() -> None:
    evidence = only(article("Chipmaker opens plant in Germany"))
    assert evidence.quote == "Chipmaker opens plant in Germany"
    assert evidence.geographies == ("DE",)
    assert evidence.sectors[0] == "semiconductors"
    assert evidence.terms["plant"] == 1.0


def test_a_sentence_without_title_is_a_fine_article() -> None:
    evidence = only(article("", "Kenya bans the export of raw timber."))
    assert evidence.claim == evidence.quote == "Kenya bans the export of raw timber."


@pytest.mark.parametrize(
    ("title", "stance"),
    [
        ("Novasil denies it planned to close its Lund plant", "contradicts"),
        ("Audit finds fewer ships left the route than Meridian claimed", "contradicts"),
        ("Agency withdrew the forecast of a copper shortage", "contradicts"),
        ("Judge: suspect in port fire denied bail", "supports"),
        ("Ministry did not comment on plant closure", "supports"),
        ("Explainer: How war-risk insurance is priced", "context"),
        ("What is war-risk insurance?", "context"),
        ("Port closes after storm", "supports"),
    ],
)
def test_stance_is_told_by_clear_words_only(title: str, stance: str) -> None:
    assert only(article(title)).stance == stance


@pytest.mark.parametrize(
    ("title", "places"),
    [
        ("Turkey’s central bank raises rates", ("TR",)),
        ("Roast turkey sells well", ()),
        ("Michael Jordan opens a school", ()),
        ("Troops from Chad cross the border", ("TD",)),
        ("Chad Smith joins the board", ()),
        ("They told us more about it", ()),
        ("US and EU agree on chips", ("US", "EU")),
        ("New Mexico plans a pipeline", ("US",)),
        ("Georgia votes; Tbilisi counts", ("GE",)),
        ("Trial opens in Georgia", ()),
    ],
)
def test_places_need_evidence_in_the_text(title: str, places: tuple[str, ...]) -> None:
    assert only(article(title)).geographies == places


@pytest.mark.parametrize(
    "title",
    [
        "Your daily horoscope for May 4", "Powerball winning numbers for Saturday", "Crossword No. 1,204",
        "Recipe: lemon cake", "What’s on TV tonight", "OK", "...", "",
    ],
)  # fmt: skip
def test_nothing_worth_extracting_is_a_normal_answer(title: str) -> None:
    found = analyse(article(title))
    assert found.outcome == "nothing"
    assert found.reason.startswith("nothing worth extracting: ")
    assert found.evidence == ()


def test_boilerplate_is_never_the_quote() -> None:
    text = "By Jo Lind\nPhoto: AFP\nSubscribe to our newsletter for the best.\nThe quay sank overnight."
    assert only(article("Harbour news of the night", text)).quote == "The quay sank overnight."
    assert analyse(article("Harbour", "By Jo Lind\nPhoto: AFP\nSubscribe to our newsletter")).outcome == "nothing"


ROUND_UPS = {
    "paragraphs": (
        "Morning Brief (May 4): Port strike ends, chip plant opens, wheat fails",
        "Good morning.\n\nPort strike ends\nDockers in Calder returned to work after a nine-day "
        "strike, unions said.\n\n"
        "Chip plant opens\nNovasil opened a plant for power chips in Lund that cost 2 billion euros.\n\n"
        "Wheat fails\nWheat farmers in the Orsk valley expect the worst harvest in a decade "
        "because of drought.",
    ),
    "bullets": (
        "The week",
        "• Dockers in Calder returned to work after a nine-day strike.\n"
        "• Novasil opened a plant for power chips in Lund that cost 2 billion euros.\n"
        "• Wheat farmers in the Orsk valley expect the worst harvest in a decade.",
    ),
    "numbers": (
        "Tech Digest",
        "1. Dockers in Calder returned to work.\n2. Novasil opened a plant for power chips.\n3. "
        "Wheat prices rose again.",
    ),
    "sentences": (
        "Morning Brief (May 4): Port strike ends in Calder, chip plant opens in Lund, wheat harvest fails",
        "Dockers in Calder returned to work after a strike. The port needs a week. In Lund, "
        "Novasil opened a plant "
        "for power chips. Wheat farmers in the Orsk valley expect the worst harvest in a decade.",
    ),
}


@pytest.mark.parametrize("form", sorted(ROUND_UPS))
def test_round_ups_are_split_and_items_keep_to_themselves(form: str) -> None:
    made = article(*ROUND_UPS[form])
    found = analyse(made).evidence
    assert [evidence.item for evidence in found] == [1, 2, 3]
    assert "Dockers" in found[0].quote
    assert "Novasil" in found[1].quote
    assert "Wheat" in found[2].quote
    assert all(a.quote_end <= b.quote_start for a, b in pairwise(found))
    assert "novasil" in found[1].terms
    assert "novasil" not in found[0].terms
    assert len({evidence.evidence_id for evidence in found}) == 3
    check(made)


def test_a_bare_round_up_headline_is_split_only_between_whole_pieces() -> None:
    split = analyse(article("The Download: DeepSeek’s latest AI breakthrough, and the race to build world models"))
    assert [evidence.item for evidence in split.evidence] == [1, 2]
    whole = only(article("Business Brief (April 23): Tencent, Alibaba in Talks to Invest in DeepSeek"))
    assert whole.item == 0


def test_a_feature_with_subheads_is_one_thing() -> None:
    text = "\n".join(
        f"{head}\nThe strait route lost insurers as underwriters priced the strait route anew, {n} said."
        for n, head in enumerate(("Why insurers left the strait", "What ships do now", "Where the route goes"))
    )
    assert only(article("How the strait route lost its insurers", text)).item == 0


def test_actors_are_names_without_titles_places_and_the_publisher() -> None:
    text = (
        "The Calder Post spoke to Prime Minister Ana Ruiz on Tuesday. Ruiz said that France’s "
        "Novasil AG and the "
        "Bank of England had agreed. French Finance Minister Jean de la Tour declined. Novasil "
        "is based in Paris."
    )
    evidence = only(article("Deal agreed over plant", text))
    assert set(evidence.actors) == {"Ana Ruiz", "Novasil AG", "Bank of England", "Jean de la Tour"}
    assert evidence.actors[0] == "Ana Ruiz"


def test_german_nouns_are_no_actors() -> None:
    text = "Der Hersteller hat in Dresden ein Werk eröffnet, weil die Nachfrage steigt. Das sagte die EZB."
    assert only(article("Neues Werk eröffnet", text, language="de")).actors == ("EZB",)


def test_scripts_without_spaces_give_quote_and_terms() -> None:
    text = "政府は輸出を規制すると発表した。価格は上がる見通しだ。"
    evidence = only(article("半導体の輸出を規制", text, language="ja"))
    assert evidence.quote.startswith("政府は輸出を規制すると発表した。")
    assert evidence.terms["輸出"] == 3.0


def test_a_new_sector_is_matched_by_its_own_name() -> None:
    found = analyse(article("Toymaking grows in Lund"), (*SECTORS, "toymaking"))
    assert found.evidence[0].sectors == ("toymaking",)


def test_titles_are_cleaned() -> None:
    assert clean_title("UPDATE 2-Port strike ends | The Calder Post", "The Calder Post") == "Port strike ends"
    assert clean_title("BREAKING: Port strike ends", "") == "Port strike ends"


def test_ids_tell_revision_offsets_and_item_apart() -> None:
    first = only(article("Port strike ends in Calder Bay"))
    again = only(article("Port strike ends in Calder Bay"))
    revised = only(article("Port strike ends in Calder Bay", revision=1))
    assert first == again
    assert len(first.evidence_id) == 20
    assert revised.evidence_id != first.evidence_id


@given(st.text(max_size=60), st.text(max_size=400))
def test_no_article_breaks_it(title: str, text: str) -> None:
    check(article(title, text))


@given(
    st.lists(
        st.sampled_from(
            ["• ", "1. ", "# ", "\n", "\n\n", "By Jo Lind\n", "Brief: ", "US ", "“", "… ", "Ana Ruiz said ",
             "İstanbul ", "Dockers in Calder returned because of rain. ", "規制。", "A, B; ", "---\n"]
        ),
        max_size=30,
    ).map("".join)
)  # fmt: skip
def test_no_layout_breaks_it(text: str) -> None:
    check(article("Morning Brief: one thing here; another thing there", text))
    check(article(text[:200], text))

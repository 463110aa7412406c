"""How a brief is built: the lead, what fits, what to watch, and numbers that lead to quotes."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sinks.brief.budget import Fitted, fit, words_of
from sinks.brief.compose import compose
from sinks.brief.interest import touched
from sinks.brief.items import BriefItem, BriefQuote, ProseSentence, decode_body, item
from sinks.brief.lead import lead
from sinks.brief.prose import Written
from sinks.brief.terminal import terminal
from sinks.brief.watch import to_watch
from sinks.profile import Interests
from tests.builders import event, evidence_row, minutes
from tests.unit.sinks.brief.samples import Said, inputs, row
from tests.unit.sinks.brief.test_terminal import printed


def quote(number: int, text: str, **given: Any) -> BriefQuote:
    made = BriefQuote(text, text.split()[0], "supports", f"Paper {number}", "", "", minutes(number), f"e{number}")
    return replace(made, **given)


def made(number: int, *quotes: BriefQuote, against: tuple[BriefQuote, ...] = (), **given: Any) -> BriefItem:
    plain = item(row(number))
    return replace(plain, quotes=quotes, contradicting=against, **given)


LONG = " ".join(["word"] * 60)


def test_the_lead_is_what_the_newest_evidence_claims_without_the_title_again() -> None:
    one = made(
        1,
        quote(1, "Old words", claim="Gallium gets scarce!"),
        quote(2, "Newer words", claim="Prices double"),
        quote(3, "Newest words", claim="Mines close."),
        quote(4, "Same", claim="Mines close"),
        title="Gallium gets scarce",
    )
    assert [(each.text, each.cites) for each in lead(one)] == [("Mines close.", ("e4",)), ("Prices double.", ("e2",))]
    assert lead(made(1, quote(1, "Words"))) == ()


def measure(fitted: Fitted) -> int:
    """Ten words of frame, then what stands in it."""
    quotes = sum(words_of(quote.quote) for one in fitted.items for quote in one.all_quotes)
    return 10 + quotes + 5 * len(fitted.lines) + 6 * len(fitted.watch) + (4 if fitted.dropped else 0)


def test_what_fits_is_told_whole_then_short_then_in_a_line() -> None:
    items = [made(number, quote(1, LONG), quote(2, LONG)) for number in range(1, 5)]
    assert len(fit(items, [], 10_000, measure).items[3].quotes) == 2
    two = fit(items, [], 250, measure)
    assert [len(each.quotes) for each in two.items] == [2, 1]
    assert len(two.lines) + two.dropped == 2
    assert fit(items, [], 1, measure).items == (items[0],), "the lead whatever its length"


def test_an_item_without_quotes_is_a_line() -> None:
    fitted = fit([made(1, quote(1, "Words here")), made(2)], [made(3, quote(2, "More"))], 1000, measure)
    assert [one.signal_id for one in fitted.items] == ["g1"]
    assert [one.signal_id for one in fitted.lines] == ["g2", "g3"]


@given(st.lists(st.integers(0, 80), min_size=1, max_size=8), st.integers(0, 5), st.integers(1, 600))
def test_nothing_is_lost_without_being_counted(sizes: list[int], others: int, words: int) -> None:
    items = [
        made(number, *([quote(number, " ".join(["will"] * size))] if size else []))
        for number, size in enumerate(sizes, 1)
    ]
    fitted = fit(items, [made(90 + number) for number in range(others)], words, measure)
    assert len(fitted.items) + len(fitted.lines) + fitted.dropped == len(items) + others
    assert measure(fitted) <= max(words, measure(fit(items[:1], [], 1, measure)) + 4)


@pytest.mark.parametrize("words", [300, 600, 900])
def test_the_words_are_of_the_whole_brief_prose_and_all(words: int) -> None:
    rows, sentences = [], {}
    for number in range(1, 13):
        quotes = [asdict(evidence_row(10 * number + at, quote=f"It will be {at}. {LONG}", anchor="will", claim=LONG))
                  for at in range(3)]  # fmt: skip
        rows.append(row(number, quotes=quotes))
        cites = tuple(each["evidence_id"] for each in quotes[:2])
        sentences[f"g{number}"] = (ProseSentence(f"{LONG}.", cites), ProseSentence("More.", cites))
    verdict = Said(picked=tuple(f"g{number}" for number in range(1, 8)), others=("g8", "g9", "g10", "g11", "g12"))
    brief = compose(
        inputs(*rows), verdict, date="2026-04-16", composed_at=minutes(1440), words=words,
        prose=lambda items: Written("narrator/1", sentences),
    )  # fmt: skip
    body = decode_body(brief.body)
    assert body.items[0].prose, "the lead is told whole"
    alone = compose(
        inputs(rows[0]), Said(picked=("g1",)), date="2026-04-16", composed_at=minutes(1440), words=50,
        prose=lambda items: Written("narrator/1", sentences),
    )  # fmt: skip
    assert words_of(brief.markdown) <= max(words, words_of(alone.markdown) + 6)  # "; N signals left out for length"
    assert len(body.items) + len(body.lines) + body.dropped == 12


def test_what_to_watch_is_asked_in_the_words_of_quotes() -> None:
    ahead = made(1, quote(1, "The ministry will decide by March 2027 on all licences."))
    assert [(one.question, one.fragments, one.cites) for one in to_watch([ahead])] == [
        ("Does this come about?", ("The ministry will decide by March 2027 on all licences.",), ("e1",))
    ]
    against = quote(2, "Licences arrive within a week.", stance="contradicts")
    sides = to_watch([made(1, quote(1, "Licences take months."), against=(against,))])
    assert (sides[0].question, sides[0].cites) == ("Which of the two holds?", ("e1", "e2"))


def test_where_nothing_is_open_there_is_nothing_to_watch() -> None:
    assert to_watch([made(1, quote(1, "Prices rose. The ministry will not comment."))]) == ()
    assert to_watch([made(1, quote(1, "It will rise.", evidence_id=""))]) == (), "what cannot be cited is not asked"


def test_a_long_quote_is_cut_around_what_is_open_and_says_so() -> None:
    text = f"{LONG} the ministry will decide soon {LONG}"
    fragment = to_watch([made(1, quote(1, text))])[0].fragments[0]
    assert "ministry will decide" in fragment
    assert fragment.startswith("… ")
    assert fragment.endswith(" …")
    assert fragment.strip("… ") in text


def test_every_number_in_every_form_leads_to_its_quote() -> None:
    rows = []
    for number in (1, 2):
        quotes = [asdict(evidence_row(10 * number + at, claim=f"Claim {number}{at}", quote=f"It will be {number}{at}."))
                  for at in (1, 2)]  # fmt: skip
        for each in quotes:
            each["anchor"] = "will"
        rows.append(row(number, quotes=quotes))
    brief = compose(inputs(*rows), Said(picked=("g1", "g2")), date="2026-04-16", composed_at=minutes(1440))
    body = decode_body(brief.body)
    assert [body.number(one, at) for one in body.items for at in (0, 1)] == [1, 2, 3, 4]
    ids = re.findall(r'id="quote-(\d+)"', brief.html)
    assert ids == ["1", "2", "3", "4"]
    cited = set(re.findall(r'href="#quote-(\d+)"', brief.html))
    assert cited
    assert cited <= set(ids)
    text = MarkdownIt().render(brief.markdown)
    assert "Does this come about? “It will be 12.” [1]" in text
    assert "Claim 1" in text


def test_a_brief_of_before_these_fields_still_reads() -> None:
    brief = compose(inputs(row()), Said(), date="2026-04-16", composed_at=minutes(1440))
    old = json.loads(brief.body)
    for name in ("lead", "lines", "watch", "dropped", "changes_since"):
        del old[name]
    for each in old["items"]:
        del each["told_on"], each["interests"]
        for words in (*each["quotes"], *each["contradicting"]):
            del words["claim"]
    stored = replace(brief, body=json.dumps(old))
    body = decode_body(stored.body)
    assert (len(body.items), body.watch) == (1, ())
    assert terminal(stored)


def test_interests_are_what_a_signal_is_mainly_about() -> None:
    one = row(
        sectors={"AI": 9, "metals": 1, **{f"s{n}": 5 for n in range(6)}}, geographies={"CN": 2}, actors={"MOFCOM": 3}
    )
    wanted = Interests(("AI", "metals"), ("CN", "US"), ("mofcom",))
    assert touched(one, wanted) == ("AI", "CN", "mofcom")
    assert touched(one, Interests()) == ()


def test_the_brief_says_what_is_of_interest_and_since_when_it_is_known() -> None:
    asked = inputs(row(touched=("AI", "CN"), told_on="2026-04-10"))
    brief = compose(asked, Said(), date="2026-04-16", composed_at=minutes(1440))
    for form in (brief.html, brief.markdown):
        assert "of interest to you: AI, CN" in form
        assert "since told on 10 Apr 2026" in form


def test_the_lead_cites_the_first_quotes_first() -> None:
    quotes = [asdict(evidence_row(at, claim=f"C{at}", quote=f"Words {at}.", anchor="Words", published_at=minutes(at)))
              for at in (1, 2, 3)]  # fmt: skip
    brief = compose(inputs(row(quotes=quotes)), Said(), date="2026-04-16", composed_at=minutes(1440))
    body = decode_body(brief.body)
    assert [body.cited(sentence.cites) for sentence in body.lead] == [(1,), (2,)]


def test_changes_that_go_further_back_say_since_when() -> None:
    window = [asdict(event(1, 2, kind="reinforced", strength_before=2.0, strength_after=3.2))]
    asked = inputs(row(window=window), untold_since=minutes(-3 * 1440))
    brief = compose(asked, Said(), date="2026-04-16", composed_at=minutes(1440))
    for form in (brief.html, brief.markdown, printed(brief)):
        assert "since 12 Apr 2026" in form
        assert "changes are since" in form
    new = compose(inputs(row(), untold_since=minutes(-3 * 1440)), Said(), date="2026-04-16", composed_at=minutes(1440))
    assert "since 12 Apr 2026 ·" not in new.markdown, "what is new has no before"


def test_titles_link_to_the_site_where_there_is_one() -> None:
    brief = compose(
        inputs(row()), Said(), date="2026-04-16", composed_at=minutes(1440), site="https://bellwether.example"
    )
    assert 'href="https://bellwether.example/signals/g1"' in brief.html
    assert "(<https://bellwether.example/signals/g1>)" in brief.markdown
    plain = compose(inputs(row()), Said(), date="2026-04-16", composed_at=minutes(1440))
    assert "/signals/" not in plain.html + plain.markdown

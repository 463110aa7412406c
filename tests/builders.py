"""Small functions that make valid records: every field has a value, and any of them can be given.

Times are UTC; `T0` is the beginning of all of them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.article import Article, ImportedQuote, Outcome
from schemas.events import Alert, Brief, DeadLetter, SignalEvent
from schemas.evidence import EvidenceRow, MatchScore
from schemas.ledger import (
    ArticleMark,
    Commit,
    EvidenceChange,
    EvidenceMark,
    InputPosition,
    SignalHead,
    StoryHead,
)
from schemas.mass import Mass
from schemas.proposal import Candidate, Question

T0 = datetime(2026, 4, 15, 8, 30, 0, 123457, tzinfo=UTC)
QUOTE = "Beijing’s export rules now cover gallium 🇨🇳 and germanium"
TEXT = f"A morning in Rotterdam. {QUOTE}, three traders said.\n\tPrices rose \\ 4 %."


def minutes(count: float) -> datetime:
    """Return the time `count` minutes after T0."""
    return T0 + timedelta(minutes=count)


def article(number: int = 1, **given: Any) -> Article:
    """Article `a00…n`, published n minutes after T0."""
    made = Article(
        article_id=f"a{number:019d}",
        revision=0,
        url=f"https://news.example/{number}?id={number}&q=ü",
        external_id=f"ext-{number}",
        title=f"Gallium № {number}: “tight” — 'dry'",
        text=TEXT,
        publisher=f"Paper {number % 5}",
        family=f"family-{number % 5}",
        language="en",
        published_at=minutes(number),
        fetched_at=minutes(number + 0.5),
        date_flag="ok",
        text_origin="feed",
        note="",
        feed_url="https://news.example/feed.xml",
        content_hash=f"{number:064x}",
        copy_of="",
        ordinal=number,
    )
    return replace(made, **given)


def imported_quote(**given: Any) -> ImportedQuote:
    """What an imported page quotes from `article()`."""
    made = ImportedQuote(
        quote=QUOTE, anchor="gallium 🇨🇳", reasoning="Fewer licences → tighter supply", import_id="im-" + "0" * 16,
        kind="structural", lens="investment", sectors=("metals", "Alchemy"), geographies=("CN",),
    )  # fmt: skip
    return replace(made, **given)


def evidence_row(number: int = 1, **given: Any) -> EvidenceRow:
    """Accepted evidence `e<n>` from article n, in story s<n> and signal g<n>."""
    source = article(number)
    start = TEXT.index(QUOTE)
    made = EvidenceRow(
        evidence_id=f"e{number:019d}",
        article_id=source.article_id,
        revision=0,
        external_id=source.external_id,
        article_url=source.url,
        article_title=source.title,
        publisher=source.publisher,
        family=source.family,
        published_at=source.published_at,
        story_id=f"s{number}",
        signal_id=f"g{number}",
        status="accepted",
        basis="story",
        reason="cosine 0.71",
        is_copy=False,
        micro=420_000,
        item=0,
        quote=QUOTE,
        quote_start=start,
        quote_end=start + len(QUOTE),
        anchor="gallium 🇨🇳",
        claim="Export rules widen to a second metal",
        stance="supports",
        reasoning="Rules → fewer licences → longer lead times",
        reasoning_origin="extractive",
        kind="structural",
        lens="policy",
        sectors=("metals", "semiconductors"),
        geographies=("CN", "EU"),
        actors=("MOFCOM", "Müller & Söhne"),
        salience=700_000,
        analyst="lexical/1",
        day=20558,
        candidates=(MatchScore("s9", "g9", 0.41, {"centroid": 0.5, "actors": 1.0}),),
    )
    return replace(made, **given)


def event(number: int = 1, seq: int = 1, **given: Any) -> SignalEvent:
    """Event `seq` of signal g<n>."""
    signal_id = given.get("signal_id", f"g{number}")
    source = evidence_row(number)
    made = SignalEvent(
        event_id=f"live:{signal_id}:{seq}",
        generation="live",
        signal_id=signal_id,
        seq=seq,
        kind="opened" if seq == 1 else "reinforced",
        at=minutes(number),
        cause=f"x:{source.article_id}:0",
        evidence_id=source.evidence_id,
        article_id=source.article_id,
        strength_before=0.0 if seq == 1 else 1.1,
        strength_after=1.1 if seq == 1 else 0.1 + 0.2 + 2,
        state="candidate" if seq == 1 else "published",
        basis="story",
        title="Gallium gets scarce",
        scope=source.claim,
        class_kind="structural",
        class_lens="policy",
        sectors=("metals",),
        geographies=("CN",),
        actors=("MOFCOM",),
        stories=1,
        families=1,
        articles=seq,
        quote=QUOTE,
        anchor=source.anchor,
        publisher=source.publisher,
        url=source.article_url,
        policy="policy/1",
        note="",
    )
    return replace(made, **given)


def outcome(number: int = 1, **given: Any) -> Outcome:
    """Accepted outcome of article n."""
    made = Outcome(
        article_id=f"a{number:019d}",
        revision=0,
        external_id=f"ext-{number}",
        outcome="accepted",
        reason="",
        primary_story_id=f"s{number}",
        primary_signal_id=f"g{number}",
        story_ids=(f"s{number}",),
        signal_ids=(f"g{number}",),
        evidence_ids=(f"e{number:019d}",),
        at=minutes(number),
    )
    return replace(made, **given)


def story(number: int = 1, n: int = 1, **given: Any) -> StoryHead:
    """Story s<number> as written by commit n."""
    made = StoryHead(
        story_id=f"s{number}",
        n=n,
        title="Gallium",
        signal_id=f"g{number}",
        merged_into="",
        question_id="",
        opened_at=minutes(number),
        last_at=minutes(number + 3),
        articles=1,
        families={"family-1": 1, "família ☂": 2},
        centroid={f"term{i}": 1 / (i + 3) for i in range(60)},
        weight=1.0,
        actors={"MOFCOM": 1},
        geographies={"CN": 1},
    )
    return replace(made, **given)


def signal(number: int = 1, n: int = 1, **given: Any) -> SignalHead:
    """Published signal g<number> as written by commit n."""
    made = SignalHead(
        signal_id=f"g{number}",
        n=n,
        seq=2,
        state="published",
        basis="story",
        scope="Export rules widen to a second metal",
        title="Gallium gets scarce",
        analysis="",
        kinds={"structural": 1},
        lenses={"policy": 1},
        kind="structural",
        lens="policy",
        sectors={"metals": 1},
        geographies={"CN": 1},
        actors={"MOFCOM": 1},
        stories=(f"s{number}",),
        articles=1,
        evidence=1,
        times_extracted=1,
        families={"family-1": 1},
        mass=(
            Mass(story_id=f"s{number}", family="family-1", stance="supports", day=20558, micro=2**40),
            Mass(story_id=f"s{number}", family="família ☂", stance="contradicts", day=-3, micro=-7),
        ),
        opened_at=minutes(number),
        published_at=minutes(number + 1),
        last_reinforced=minutes(number + 2),
        top_evidence_id=f"e{number:019d}",
        top_salience=700_000,
        strength=2.3000000000000003,
        merged_into="",
        analyst="lexical/1",
    )
    return replace(made, **given)


def mark(number: int = 1, n: int = 1, **given: Any) -> ArticleMark:
    """Final mark of article `number`, written by commit n."""
    made = ArticleMark(
        article_id=f"a{number:019d}",
        n=n,
        revision=0,
        evidence=(
            EvidenceMark(
                evidence_id=f"e{number:019d}",
                story_id=f"s{number}",
                signal_id=f"g{number}",
                family="family-1",
                stance="supports",
                day=20558,
                micro=420_000,
                is_copy=False,
                quote_key="k",
            ),
        ),
        open_questions=(),
        final=True,
    )
    return replace(made, **given)


def question(number: int = 1, **given: Any) -> Question:
    """Open question q<n> about evidence n."""
    made = Question(
        question_id=f"q{number}",
        generation="live",
        article_id=f"a{number:019d}",
        evidence_id=f"e{number:019d}",
        story_id=f"s{number}",
        quote=QUOTE,
        claim="Export rules widen to a second metal",
        stance="supports",
        candidates=(Candidate(story_id="s9", signal_id="g9", scope="Rules", title="Rules", score=0.3),),
        pending=(evidence_row(number, status="provisional"),),
        asked_at=minutes(number),
        deadline=minutes(number + 60),
    )
    return replace(made, **given)


def change(number: int = 1, **given: Any) -> EvidenceChange:
    """Withdrawal of evidence n."""
    made = EvidenceChange(
        evidence_id=f"e{number:019d}",
        status="withdrawn",
        story_id=f"s{number}",
        signal_id=f"g{number}",
        stance="supports",
        micro=0,
        reason="the revision dropped it",
    )
    return replace(made, **given)


def commit(n: int = 1, **given: Any) -> Commit:
    """An otherwise empty commit n; give the parts that matter."""
    made = Commit(
        n=n,
        generation="live",
        policy="policy/1",
        proposal_id=f"x:a{n:019d}:0",
        input=InputPosition(incarnation="b1", topic="bellwether.proposals", partition=0, offset=n - 1),
        at=minutes(n),
        committed_at=minutes(n + 10_000),
        next_ordinal=n + 1,
        ahead=None,
        events=(),
        outcomes=(),
        evidence=(),
        changes=(),
        questions=(),
        closed_questions=(),
        stories=(),
        signals=(),
        marks=(),
        terms=(),
    )
    return replace(made, **given)


def full_commit(n: int, signals: int = 1000) -> Commit:
    """A commit as an accepted article makes it: article n reinforces one of `signals` signals."""
    number = n % signals + 1
    ids = {"story_id": f"s{number}", "signal_id": f"g{number}"}
    return commit(
        n,
        events=(event(n, seq=1 + n // signals, signal_id=f"g{number}"),),
        outcomes=(outcome(n, primary_story_id=f"s{number}", primary_signal_id=f"g{number}"),),
        evidence=(evidence_row(n, **ids),),
        stories=(story(number, n),),
        signals=(signal(number, n),),
        marks=(mark(n, n),),
        terms=tuple(f"term{(n * 7 + i) % 5000}" for i in range(40)),
    )


def alert(**given: Any) -> Alert:
    """An alert that was delivered."""
    made = Alert(
        alert_id="strong:live:g1:2",
        rule="strong",
        event_id="live:g1:2",
        signal_id="g1",
        title="Gallium gets scarce",
        strength_before=2.9,
        strength_after=5.0,
        quote=QUOTE,
        publisher="Paper 1",
        url="https://news.example/1",
        at=minutes(1),
        fired_at=minutes(2),
        delivered=True,
        error="",
        kind="reinforced",
        anchor="gallium 🇨🇳",
        claim="Export rules widen",
        families=3,
        stories=2,
        link="https://bellwether.example/signals/g1",
    )
    return replace(made, **given)


def brief(**given: Any) -> Brief:
    """A brief worth reading."""
    made = Brief(
        brief_id="2026-04-16",
        date="2026-04-16",
        composed_at=minutes(1440),
        since=T0,
        since_n=0,
        until_n=2,
        worth_saying=True,
        reasons=("one signal moved",),
        headline="Gallium",
        markdown="# Gallium",
        html="<h1>Gallium</h1>",
        body="{}",
    )
    return replace(made, **given)


def dead_letter(**given: Any) -> DeadLetter:
    """A record that no schema fits."""
    made = DeadLetter(
        dead_letter_id="b1:bellwether.articles:0:7",
        topic="bellwether.articles",
        partition=0,
        offset=7,
        incarnation="b1",
        key=b"\x00\xffkey",
        value=b"\x00\x00\x00\x00\x09\xfe not avro",
        stage="decode",
        reason="schema id 9 is not in the lock file",
        at=T0,
    )
    return replace(made, **given)

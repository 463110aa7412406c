"""The role `extract` on a broker: one proposal for each article, whatever happens on the way."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from dataclasses import replace

from infra.logs import formatter
from processors.app import Ports
from schemas.article import Article
from schemas.codec import encode
from schemas.errors import Retryable
from schemas.events import DeadLetter
from schemas.proposal import Extraction, Proposal
from schemas.topics import ARTICLES, DEAD_LETTERS, PROPOSALS
from tests.builders import T0, article
from tests.fakes import PlainExtractor
from tests.stream.embedded import Stream


class Broke(PlainExtractor):
    """Has no money for articles that cost."""

    async def extract(self, article: Article) -> Extraction:
        if "COSTS" in article.text:
            raise Retryable("the spend limit of the day is reached")
        return await super().extract(article)


def ports() -> Ports:
    return Ports(now=lambda: T0, extractor=Broke())


def test_each_article_becomes_one_proposal(stream: Stream) -> None:
    async def body() -> list[Proposal]:
        stream.send(ARTICLES, *(article(n) for n in range(1, 31)))
        async with stream.running("extract", ports(), window=4):
            found = await stream.until(PROPOSALS, Proposal, 30)
            await stream.until_acknowledged("extract", ARTICLES)
            return found

    proposals = asyncio.run(body())
    assert {p.proposal_id for p in proposals} == {f"x:{article(n).article_id}:0" for n in range(1, 31)}
    assert len(proposals) == 30
    first = next(p.extraction for p in proposals if p.extraction and p.extraction.ordinal == 1)
    assert first is not None
    assert (first.outcome, first.external_id, len(first.evidence)) == ("accepted", "ext-1", 1)


def test_what_cannot_be_read_goes_to_dead_letters_and_the_stream_goes_on(stream: Stream) -> None:
    poison = [b"not avro at all", b"", encode(article(1))[:-9], b"\x00\x00\x00\x00\x63body"]

    async def body() -> tuple[list[DeadLetter], list[Proposal]]:
        stream.send(ARTICLES, *poison, article(2))
        async with stream.running("extract", ports()):
            letters = await stream.until(DEAD_LETTERS, DeadLetter, len(poison))
            proposals = await stream.until(PROPOSALS, Proposal, 1)
            await stream.until_acknowledged("extract", ARTICLES)
            return letters, proposals

    letters, proposals = asyncio.run(body())
    assert sorted(letter.value for letter in letters) == sorted(poison)
    assert {(letter.topic, letter.stage, letter.key) for letter in letters} == {
        (ARTICLES.name, "extract/decode", b"key")
    }
    assert {letter.incarnation for letter in letters} == {stream.broker.incarnation}
    assert len({letter.dead_letter_id for letter in letters}) == len(poison)
    assert [p.proposal_id for p in proposals] == [f"x:{article(2).article_id}:0"]


def test_an_analyst_that_fails_costs_one_article_only(stream: Stream) -> None:
    async def body() -> tuple[list[DeadLetter], list[Proposal]]:
        stream.send(
            ARTICLES, article(1, text="RAISE"), article(2), article(3, text="COSTS"), article(4, text="NOTHING")
        )
        async with stream.running("extract", ports()):
            proposals = await stream.until(PROPOSALS, Proposal, 4)
            await stream.until_acknowledged("extract", ARTICLES)
            return stream.read(DEAD_LETTERS, DeadLetter), proposals

    letters, proposals = asyncio.run(body())
    found = {p.extraction.ordinal: p.extraction for p in proposals if p.extraction}
    assert {n: x.outcome for n, x in found.items()} == {1: "rejected", 2: "accepted", 3: "deferred", 4: "nothing"}
    assert found[1].reason == "plain/1 failed: ValueError: told to fail"
    assert found[3].reason == "the spend limit of the day is reached"
    assert [(letter.stage, letter.value) for letter in letters] == [
        ("extract/analyst", encode(article(1, text="RAISE")))
    ]


def test_what_an_analyst_gives_must_fit_the_schema(stream: Stream) -> None:
    """What the ledger could not read would leave the article without an outcome."""

    class Wordy(PlainExtractor):
        async def extract(self, article: Article) -> Extraction:
            plain = await super().extract(article)
            return replace(plain, evidence=(replace(plain.evidence[0], claim="c" * 601),))

    async def body() -> list[Proposal]:
        stream.send(ARTICLES, article(1))
        async with stream.running("extract", Ports(now=lambda: T0, extractor=Wordy())):
            return await stream.until(PROPOSALS, Proposal, 1)

    (proposal,) = asyncio.run(body())
    assert proposal.extraction is not None
    assert proposal.extraction.outcome == "rejected"


def test_log_lines_about_an_article_have_its_id(stream: Stream) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter("json"))

    class Telling(Broke):
        """Says something in the middle of each article, in its thread too."""

        async def extract(self, article: Article) -> Extraction:
            await asyncio.sleep(0.001 * (article.ordinal % 7))
            await asyncio.to_thread(logging.getLogger("bellwether.telling").warning, "reading %d", article.ordinal)
            return await super().extract(article)

    async def body() -> None:
        stream.send(ARTICLES, b"not avro at all", *(article(n) for n in range(2, 20)), article(20, text="RAISE"))
        async with stream.running("extract", Ports(now=lambda: T0, extractor=Telling()), window=8):
            await stream.until(PROPOSALS, Proposal, 19)
            await stream.until_acknowledged("extract", ARTICLES)

    logger = logging.getLogger("bellwether")
    logger.addHandler(handler)
    try:
        asyncio.run(body())
    finally:
        logger.removeHandler(handler)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    about = [line for line in lines if line["logger"] == "bellwether.telling"]
    assert {line["event"]: line["article_id"] for line in about} == {
        f"reading {n}": article(n).article_id for n in range(2, 21)
    }
    letters = {line["stage"]: line for line in lines if line["event"].startswith("dead letter")}
    assert set(letters) == {"extract/decode", "extract/analyst"}
    assert letters["extract/analyst"]["article_id"] == article(20).article_id
    assert letters["extract/decode"]["article_id"] == "key", "of what cannot be read, the key"
    assert all(line["dead_letter_id"].startswith("dl-") for line in letters.values())
    assert {(line["role"], line["generation"]) for line in lines} == {("extract", "live")}

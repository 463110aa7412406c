"""The role `extract`: articles in, one proposal each out."""

from __future__ import annotations

import asyncio
from typing import Any

from structlog.contextvars import bind_contextvars

from processors.app import Wiring
from processors.decisions.extracted import extracted
from processors.decisions.ids import extraction_proposal
from processors.decisions.imported import with_imported
from processors.guard import Guard
from processors.ports import Extractor
from processors.window import Window
from schemas.article import Article
from schemas.codec import decode, encode
from schemas.errors import Poison, Retryable
from schemas.proposal import Extraction, Proposal
from schemas.topics import ARTICLES, PROPOSALS
from schemas.vocabulary import OutcomeKind


def attach(wiring: Wiring) -> None:
    """Add the agent to the app."""
    config, ports, emitter = wiring.config, wiring.ports, wiring.emitter
    extractor = ports.extractor
    assert extractor is not None
    guard = Guard(emitter, config.incarnation, ports.now)
    window = Window(config.window, emitter.flush)
    proposals = PROPOSALS.named(config.generation)

    async def handle(event: Any) -> None:
        # The window runs each record in a task of its own, so these stay with this article.
        bind_contextvars(article_id=(event.message.key or b"").decode("utf-8", "replace"))
        try:
            article = decode(event.message.value, Article)
        except Poison as poison:
            guard.bury(event, f"extract/{poison.stage}", poison.reason)
            return  # no outcome comes from here: the sweep publishes the stored article again
        bind_contextvars(article_id=article.article_id, revision=article.revision)
        try:
            extraction = await extraction_of(extractor, article)
            payload = encode(proposal_for(extraction, config.generation, ports.now()))
            decode(payload, Proposal)  # what the ledger could not read would never get an outcome
        except Retryable as wait:
            extraction = nothing_from(article, extractor.name, "deferred", str(wait))
            payload = encode(proposal_for(extraction, config.generation, ports.now()))
        except Exception as error:  # an analyst's bug must not stop the stream
            reason = f"{extractor.name} failed: {type(error).__name__}: {error}"
            guard.bury(event, "extract/analyst", reason)
            extraction = nothing_from(article, extractor.name, "rejected", reason[:500])
            payload = encode(proposal_for(extraction, config.generation, ports.now()))
        emitter.send(proposals, payload, key=article.article_id.encode())

    @wiring.app.agent(wiring.topic(ARTICLES), name="extract")  # type: ignore[untyped-decorator]
    async def extract(stream: Any) -> None:
        wiring.sign_logs("extract")
        await window.run(stream.noack().events(), handle)


async def extraction_of(extractor: Extractor, article: Article) -> Extraction:
    """Return what the extractor takes from an article, with the quotes that imported pages gave it.

    Raises Retryable for a service, anything else for a fault of the analyst.
    """
    extraction = await extractor.extract(article)
    if article.imported:
        extraction = await asyncio.to_thread(with_imported, extraction, article)
    return extraction


def proposal_for(extraction: Extraction, generation: str, now: Any) -> Proposal:
    """Return the one proposal of a revision of an article in a generation."""
    return Proposal(
        proposal_id=extraction_proposal(extraction.article_id, extraction.revision),
        generation=generation,
        kind="extraction",
        proposed_at=now,
        extraction=extraction,
    )


def nothing_from(article: Article, analyst: str, outcome: OutcomeKind, reason: str) -> Extraction:
    """Return an extraction without evidence, for an article that cannot be read (now)."""
    return extracted(article, analyst, outcome, reason)

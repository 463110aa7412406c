"""Fakes that several tests share: small, real implementations of the ports."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256

from processors.agents.extract import nothing_from
from schemas.article import Article
from schemas.evidence import Evidence
from schemas.proposal import Extraction


class PlainExtractor:
    """Quotes the title and counts its words: enough of an analyst for tests of everything around it."""

    name = "plain/1"

    async def extract(self, article: Article) -> Extraction:
        """Return one evidence, the first line of the text; nothing for an article that says NOTHING."""
        bare = nothing_from(article, self.name, "nothing", "says nothing")
        if "NOTHING" in article.text:
            return bare
        if "RAISE" in article.text:
            raise ValueError("told to fail")
        quote = article.text.split("\n")[0][:400]
        words = re.findall(r"\w+", f"{article.title} {quote}".lower())
        terms: dict[str, float] = {}
        for word in words:
            if len(word) > 3:
                terms[word] = terms.get(word, 0.0) + 1.0
        key = sha256(f"{article.article_id}:{article.revision}:{quote}".encode()).hexdigest()[:20]
        evidence = Evidence(
            evidence_id=key,
            item=0,
            quote=quote,
            quote_start=0,
            quote_end=len(quote),
            anchor=quote[:60],
            claim=article.title[:300],
            stance="contradicts" if "denied" in words else "supports",
            reasoning="",
            reasoning_origin="none",
            kind="structural",
            lens="technology",
            sectors=("AI",),
            geographies=("US",),
            actors=(),
            salience=600_000,
            terms=dict(sorted(terms.items())[:80]),
        )
        return replace(bare, outcome="accepted", reason="", evidence=(evidence,))

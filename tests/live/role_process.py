"""`python -m tests.live.role_process ROLE`: a role as the command runs it, but with an analyst of four lines."""

from __future__ import annotations

import sys

from infra.kafka.roles import run_role
from infra.settings import load
from processors.agents.extract import nothing_from
from processors.decisions.ids import derived
from schemas.article import Article
from schemas.evidence import Evidence
from schemas.proposal import Extraction


class TitleQuoter:
    """Takes an article's title, which its text begins with, as evidence; the words of the text are its terms."""

    name = "title-quoter/1"

    async def extract(self, article: Article) -> Extraction:
        """Return one piece of evidence, none for an article without a title."""
        nothing = nothing_from(article, self.name, "nothing", "no title")
        if not article.title:
            return nothing
        return Extraction(
            **{name: getattr(nothing, name) for name in nothing.__slots__}
            | {"outcome": "accepted", "reason": "", "evidence": (_evidence(article),)}
        )


def _evidence(article: Article) -> Evidence:
    return Evidence(
        evidence_id=derived("ev-", article.article_id, str(article.revision)),
        item=0,
        quote=article.title,
        quote_start=0,
        quote_end=len(article.title),
        anchor=article.title.split()[0],
        claim=article.title,
        stance="supports",
        reasoning=article.title,
        reasoning_origin="extractive",
        kind="structural",
        lens="investment",
        sectors=(),
        geographies=(),
        actors=(),
        salience=500_000,
        terms=dict.fromkeys(article.text.split(), 1.0),
    )


if __name__ == "__main__":
    sys.exit(run_role(sys.argv[1], load().settings, extractor=TitleQuoter()))

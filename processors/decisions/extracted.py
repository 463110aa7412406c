"""An article's extraction: the article's own fields carried over, beside what an analyst made of it."""

from __future__ import annotations

from schemas.article import Article
from schemas.evidence import Evidence, RejectedQuote
from schemas.proposal import Extraction
from schemas.vocabulary import OutcomeKind


def extracted(
    article: Article,
    analyst: str,
    outcome: OutcomeKind,
    reason: str,
    evidence: tuple[Evidence, ...] = (),
    rejected: tuple[RejectedQuote, ...] = (),
) -> Extraction:
    """Return the extraction of this revision of `article`."""
    return Extraction(
        article_id=article.article_id,
        revision=article.revision,
        external_id=article.external_id,
        url=article.url,
        title=article.title,
        publisher=article.publisher,
        family=article.family,
        language=article.language,
        published_at=article.published_at,
        date_flag=article.date_flag,
        ordinal=article.ordinal,
        copy_of=article.copy_of,
        analyst=analyst,
        outcome=outcome,
        reason=reason,
        evidence=evidence,
        rejected=rejected,
    )

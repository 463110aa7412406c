"""Derived ids: the same cause always gets the same id, so that anything may be sent again."""

from __future__ import annotations

from hashlib import sha256


def derived(prefix: str, *parts: str) -> str:
    """Return `prefix` and 16 hex digits of the SHA-256 of `parts`."""
    return prefix + sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def story_id(evidence_id: str) -> str:
    """Return the id of the story that this evidence opens."""
    return derived("st-", evidence_id)


def signal_id(story: str) -> str:
    """Return the id of the signal that opens on this story."""
    return derived("sg-", story)


def question_id(evidence_id: str, scopes: tuple[str, ...], judge: str) -> str:
    """Return the id of the question which of `scopes` this evidence belongs to, put to `judge`."""
    return derived("q-", judge, evidence_id, *scopes)


def quote_key(quote: str) -> str:
    """Return a key under which the same words compare equal, whatever their case and spacing."""
    return derived("", " ".join(quote.casefold().split()))


def revision_of(proposal_id: str) -> tuple[str, int] | None:
    """Return the (article id, revision) that an extraction's proposal id names, None for another kind."""
    kind, _, rest = proposal_id.partition(":")
    article_id, _, revision = rest.rpartition(":")
    return (article_id, int(revision)) if kind == "x" and revision.isdigit() else None


def extraction_proposal(article_id: str, revision: int) -> str:
    """Return the id of the one proposal for a revision of an article."""
    return f"x:{article_id}:{revision}"

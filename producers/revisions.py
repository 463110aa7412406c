"""New, changed or unchanged: what a fetched content is to the stored ones of the same article. Pure."""

from __future__ import annotations

from producers.ports import Known


def next_revision(content_hash: str, known: Known | None) -> int | None:
    """Return the number that this content gets, or None when it is already stored.

    0 for an article never seen, the newest number + 1 for a content that none of its stored revisions has.
    """
    if known is None:
        return 0
    if content_hash == known.content_hash or content_hash in known.hashes:
        return None
    return known.revision + 1


def after(content_hash: str, known: Known | None) -> Known:
    """Return what is known once this content has been admitted as `next_revision` says."""
    revision = next_revision(content_hash, known)
    if known is None:
        return Known(0, content_hash, frozenset((content_hash,)))
    if revision is None:
        return known
    return Known(revision, content_hash, known.hashes | {known.content_hash, content_hash})

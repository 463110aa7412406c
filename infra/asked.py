"""Which articles wait for a judge: their outcome comes with the answer, so they are not lost."""

from __future__ import annotations

from sinks.clickhouse.connect import Store
from sinks.clickhouse.snapshot import HeadSnapshot


def asked_about(store: Store, generation: str) -> set[tuple[str, int]]:
    """Return the (article id, revision) pairs of all open questions, as far as the projections know them."""
    questions = HeadSnapshot(store, generation).questions()
    return {(row.article_id, row.revision) for question in questions for row in question.pending}

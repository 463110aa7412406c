"""From recorded history to proposals of a shadow, batch by batch: articles read anew, or what was proposed then."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from infra.generations.readers import Readers
from infra.generations.wanted import Wanted
from processors.decisions.ids import revision_of
from schemas.article import Article
from schemas.codec import decode
from schemas.copying import replace
from schemas.proposal import Proposal
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.history import Recorded

# What is asked and answered anew in each stage is not taken from the record.
_TAKEN: Final = {
    "articles": ("tick", "command"),
    "extractions": ("extraction", "tick", "command"),
    "proposals": ("extraction", "answer", "revision", "tick", "command"),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Proposals at their place in the source's history, and the last commit looked at."""

    due: Sequence[tuple[int, Proposal]]
    last: int
    articles: int


class Batches:
    """Makes batches for one replay. `seen` remembers what was proposed: the first of an id wins, as it did live."""

    def __init__(self, wanted: Wanted, articles: ArticleStore, readers: Readers | None) -> None:
        self._wanted, self._articles, self._readers = wanted, articles, readers
        self._seen: set[str] = set()

    async def make(self, rows: Sequence[Recorded]) -> Batch:
        """Return the batch of a page of history. Raises Retryable as the readers do."""
        anew = await self._read(rows) if self._readers is not None else {}
        due = [(row.n, proposal) for row in rows if (proposal := anew.get(row.n) or self._recorded(row)) is not None]
        count = sum(proposal.extraction is not None for _, proposal in due)
        return Batch(due, rows[-1].n, count)

    async def _read(self, rows: Sequence[Recorded]) -> dict[int, Proposal]:
        assert self._readers is not None
        keys = {}
        for row in rows:
            key = revision_of(row.proposal_id)
            if key is not None and row.proposal_id not in self._seen:
                self._seen.add(row.proposal_id)
                keys[row.n] = key
        stored = await asyncio.to_thread(self._articles.revisions, list(keys.values()))
        found = [(n, stored[key].article) for n, key in keys.items() if key in stored]
        wanted = [(n, article) for n, article in found if self._lies_in(article)]
        proposals = await self._readers.extract([article for _, article in wanted])
        return {n: proposal for (n, _), proposal in zip(wanted, proposals, strict=True)}

    def _recorded(self, row: Recorded) -> Proposal | None:
        """Return what was proposed then, for this shadow, if this stage takes it and it lies in the stretch."""
        if not row.proposal:
            return None
        proposal = decode(row.proposal, Proposal)
        if proposal.kind not in _TAKEN[self._wanted.stage]:
            return None
        at = proposal.extraction.published_at if proposal.extraction else row.at
        if not self._wanted.start <= at < self._wanted.end:
            return None
        return replace(proposal, generation=self._wanted.name)

    def _lies_in(self, article: Article) -> bool:
        return self._wanted.start <= article.published_at < self._wanted.end

"""Questions at the end of a replay: what nobody answered is decided on, what live still waits for is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from infra.generations.batches import Batches
from infra.generations.replay import Replay
from infra.generations.shadow import ShadowLedger
from infra.generations.wanted import wanted
from processors.decisions.policy import Policy
from schemas.proposal import Proposal, Question
from schemas.topics import LIVE
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Store
from sinks.clickhouse.project import Projector
from tests.builders import commit, question


class Shadow(ShadowLedger):
    """With questions of its own, which remembers what it was asked to decide."""

    def __init__(self, store: Store, questions: list[Question]) -> None:
        super().__init__(store, "may", LIVE, Policy())
        self.open, self.taken = questions, list[str]()

    def questions(self) -> list[Question]:
        """See ShadowLedger."""
        return self.open

    def take(self, proposal: Proposal, n: int) -> None:
        """Only remember it."""
        self.taken.append(proposal.proposal_id)

    async def finish(self) -> None:
        """Nothing was decided."""


def test_only_what_the_source_does_not_wait_for_is_closed(store: Store) -> None:
    waiting, forgotten = question(1), question(2)
    Projector(store, LIVE).apply([replace(commit(1), questions=(waiting,))])
    shadow = Shadow(store, [waiting, forgotten])
    asked = wanted("2026-01-01", "2026-01-02", "may", "proposals")
    replay = Replay(store, shadow, Batches(asked, ArticleStore(store), None), upto=1)
    assert asyncio.run(replay.close_questions()) == 1
    assert shadow.taken == [f"a:{forgotten.question_id}"]

"""The ledger between its wiring and its decisions: restore once, decide in order, write groups until durable."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime

from processors.agents.table_snapshot import TableSnapshot
from processors.app import Ports
from processors.decisions.admissible import reason_against, refused
from processors.decisions.ledger import decide_anyway
from processors.decisions.resequencer import Resequencer
from processors.decisions.state import EPOCH, LedgerState, last_sweep
from schemas.codec import encode
from schemas.errors import Poison, Retryable
from schemas.ledger import Commit, InputPosition
from schemas.proposal import Proposal, Question
from schemas.topics import LIVE

log = logging.getLogger("bellwether.ledger")


class LedgerCore:
    """Owns the ledger's state for the life of the process, across Faust's rebalances."""

    def __init__(self, ports: Ports, table: TableSnapshot | None, generation: str = LIVE) -> None:
        """`table` is needed where the ports have no snapshot."""
        self._generation = generation
        assert ports.commit_log is not None
        self._ports = ports
        self._log = ports.commit_log
        self._table = table if ports.snapshot is None else None  # it is the snapshot only where there is no other
        self.state = LedgerState(ports.policy)
        self._resequencer: Resequencer[tuple[Proposal, InputPosition]] = Resequencer()
        self._undurable: list[tuple[Commit, Proposal]] = []
        self._started = False

    async def start(self) -> None:
        """Take the snapshot and fold the commits it lacks: once a process, never at a mere rebalance."""
        if self._started:
            return
        began = time.monotonic()
        await asyncio.to_thread(self._restore)
        self._resequencer = Resequencer(self.state.next_ordinal)
        self._started = True
        log.info(
            "ledger at commit %d with %d signals and %d stories after %.2f s",
            self.state.n, len(self.state.signals), len(self.state.stories), time.monotonic() - began,
            extra={"commit": self.state.n},
        )  # fmt: skip

    def _restore(self) -> None:
        snapshot = self._ports.snapshot or self._table
        assert snapshot is not None
        position = snapshot.position()
        if position:
            at = next(iter(self._log.read(position - 1, position)), None)
            self.state.restore(
                position,
                at.at if at else EPOCH,
                at.next_ordinal if at else 1,
                snapshot.stories(),
                snapshot.signals(),
                snapshot.marks(),
                snapshot.questions(),
                snapshot.document_frequencies(),
                self._at(last_sweep(position, self._ports.policy)),
                at.ahead if at else None,
                snapshot.applied(),
            )
        for commit in self._log.read(position):
            self.state.fold(commit)
            if self._table is not None:  # whoever made the commit may have died before the table had it
                self._table.note(commit)
        if self._table is not None:
            self._table.write(self.state)

    def _at(self, n: int) -> datetime:
        commit = next(iter(self._log.read(n - 1, n)), None) if n else None
        return commit.at if commit else EPOCH

    def offer(self, proposal: Proposal, position: InputPosition) -> list[int]:
        """Decide what may be decided now; return the offsets of the proposals dealt with.

        Raises Poison for a proposal that nothing can be made of. One that cannot be used but names an article is
        decided as that article's rejection.
        """
        proposal = self._usable(proposal)
        ordinal = proposal.extraction.ordinal if proposal.extraction else 0
        released, displaced = self._resequencer.push(ordinal, (proposal, position))
        done = [displaced[1].offset] if displaced and displaced[1].offset != position.offset else []
        for ready, where in released:
            self._decide(ready, where)
            done.append(where.offset)
        return done

    def take(self, proposal: Proposal, position: InputPosition) -> None:
        """Decide at once, whatever the article's ordinal: who gives recorded history has the order. Raises Poison."""
        self._decide(self._usable(proposal), position)

    def _usable(self, proposal: Proposal) -> Proposal:
        reason = reason_against(proposal, self._generation)
        if not reason:
            return proposal
        if proposal.extraction is None or proposal.generation != self._generation:
            raise Poison(reason, stage="check")
        log.error("proposal %s: %s", proposal.proposal_id, reason, extra=ids_of(proposal))
        return refused(proposal, reason, self.state.now)

    def _decide(self, proposal: Proposal, where: InputPosition) -> None:
        commit, fault = decide_anyway(self.state, proposal, where, self._ports.now())
        if fault is not None:  # of ours, on this input; the state is untouched, so the stream can go on
            log.error("proposal %s could not be decided", proposal.proposal_id, exc_info=fault, extra=ids_of(proposal))
        if commit is not None:
            self.state.fold(commit)
            self._undurable.append((commit, proposal))
            for outcome in commit.outcomes:
                if outcome.outcome in ("rejected", "deferred"):
                    log.info(
                        "article %s: %s", outcome.outcome, outcome.reason,
                        extra={"article_id": outcome.article_id, "revision": outcome.revision, "commit": commit.n},
                    )  # fmt: skip

    def overdue(self, now: datetime) -> list[Question]:
        """Return the open questions whose time is up at `now` (wall clock)."""
        if not self._started:
            return []  # another thread is still folding
        return [question for question in self.state.questions.values() if question.deadline <= now]

    async def make_durable(self) -> list[Commit]:
        """Write the group, again and again until it is durable; then return it.

        What cannot be mended by trying again (Fenced above all) is fatal: the state in memory is ahead of the log,
        so this process may not go on.
        """
        if not self._undurable:
            return []
        commits = [commit for commit, _ in self._undurable]
        proposals = [encode(proposal) for _, proposal in self._undurable] if not self._log.carries else []
        pause, said = 0.1, ""
        while True:
            try:
                await asyncio.to_thread(self._log.append, commits, proposals)
                break
            except Retryable as error:
                if str(error) != said:  # once, not at each try
                    said = str(error)
                    log.error(
                        "commits %d–%d wait to be stored, trying on: %s", commits[0].n, commits[-1].n, error,
                        extra={"commit": commits[0].n},
                    )  # fmt: skip
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            except Exception as error:
                log.critical(
                    "commits %d–%d cannot be written", commits[0].n, commits[-1].n, exc_info=True,
                    extra={"commit": commits[0].n},
                )  # fmt: skip
                self._ports.on_fatal(error)
                raise
        self._undurable = []
        if self._table is not None:
            for commit in commits:
                self._table.note(commit)
            await asyncio.to_thread(self._table.write, self.state)
        return commits


def ids_of(proposal: Proposal) -> dict[str, object]:
    """Return the ids that a log line about a proposal has as fields."""
    found: dict[str, object] = {"proposal_id": proposal.proposal_id}
    if proposal.extraction is not None:
        found |= {"article_id": proposal.extraction.article_id, "revision": proposal.extraction.revision}
    if proposal.answer is not None:
        found["question_id"] = proposal.answer.question_id
    if proposal.revision is not None:
        found["signal_id"] = proposal.revision.signal_id
    if proposal.command is not None:
        found["signal_id"] = proposal.command.signal_id
    return found

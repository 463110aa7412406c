"""Pure: what a run of commits leaves behind. Only the last head of each key survives within a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import msgspec

from schemas.article import Outcome
from schemas.events import SignalEvent
from schemas.evidence import Embedding, EvidenceRow
from schemas.ledger import Applied, ArticleMark, Commit, EvidenceChange, SignalHead, StoryHead
from schemas.proposal import Question

HeadKind = Literal["story", "signal", "mark", "question", "applied"]
Versioned = tuple[EvidenceRow, int]  # an evidence row and the commit it is as of
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Head:
    """One row of the table `heads`: `body` is the record as JSON, empty when it is closed."""

    kind: HeadKind
    key: str
    n: int
    closed: bool
    body: bytes


@dataclass(slots=True)
class Batch:
    """Rows to write, by key where a later commit replaces an earlier one's."""

    evidence: dict[str, Versioned] = field(default_factory=dict)
    events: list[SignalEvent] = field(default_factory=list)
    event_n: list[int] = field(default_factory=list)
    event_i: list[int] = field(default_factory=list)
    outcomes: dict[str, tuple[Outcome, int]] = field(default_factory=dict)
    stories: dict[str, StoryHead] = field(default_factory=dict)
    signals: dict[str, SignalHead] = field(default_factory=dict)
    marks: dict[str, ArticleMark] = field(default_factory=dict)
    questions: dict[str, tuple[Question | None, int]] = field(default_factory=dict)
    embeddings: dict[str, tuple[Embedding, int]] = field(default_factory=dict)
    applied: dict[str, Applied] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)  # evidence ids that a change names and nobody has

    def evidence_rows(self) -> tuple[list[EvidenceRow], list[int]]:
        """Return the rows and, side by side, their versions."""
        return [row for row, _ in self.evidence.values()], [n for _, n in self.evidence.values()]

    def left_behind(self, standing: Mapping[str, Versioned]) -> tuple[list[EvidenceRow], list[int]]:
        """Return the standing rows whose signal their evidence has left, each with the commit by which it had."""
        left = [
            (former, n)
            for key, (former, _) in standing.items()
            if key in self.evidence
            for row, n in (self.evidence[key],)
            if row.signal_id != former.signal_id
        ]
        return [row for row, _ in left], [n for _, n in left]

    def heads(self) -> Iterator[Head]:
        """Yield what the ledger reads back at its start."""
        for story in self.stories.values():
            yield Head("story", story.story_id, story.n, False, _encode(story))
        for signal in self.signals.values():
            yield Head("signal", signal.signal_id, signal.n, False, _encode(signal))
        for mark in self.marks.values():
            yield Head("mark", mark.article_id, mark.n, False, _encode(mark))
        for done in self.applied.values():
            yield Head("applied", done.command_id, done.n, False, _encode(done))
        for key, (question, n) in self.questions.items():
            yield Head("question", key, n, question is None, b"" if question is None else _encode(question))


def collect(commits: Sequence[Commit], standing: Mapping[str, Versioned]) -> Batch:
    """Return what `commits`, in order, leave behind; `standing` holds the stored rows that they change."""
    batch = Batch()
    for commit in commits:
        n = commit.n
        for row in commit.evidence:
            batch.evidence[row.evidence_id] = (row, n)
        for change in commit.changes:
            _change(batch, change, n, standing)
        batch.embeddings.update((embedding.evidence_id, (embedding, n)) for embedding in commit.embeddings)
        for i, event in enumerate(commit.events):
            batch.events.append(event)
            batch.event_n.append(n)
            batch.event_i.append(i)
        batch.outcomes.update((outcome.article_id, (outcome, n)) for outcome in commit.outcomes)
        batch.stories.update((story.story_id, story) for story in commit.stories)
        batch.signals.update((signal.signal_id, signal) for signal in commit.signals)
        batch.marks.update((mark.article_id, mark) for mark in commit.marks)
        batch.applied.update((done.command_id, done) for done in commit.applied)
        batch.questions.update((question.question_id, (question, n)) for question in commit.questions)
        batch.questions.update((key, (None, n)) for key in commit.closed_questions)
    return batch


def _change(batch: Batch, change: EvidenceChange, n: int, standing: Mapping[str, Versioned]) -> None:
    known = batch.evidence.get(change.evidence_id) or standing.get(change.evidence_id)
    if known is None:
        batch.unknown.append(change.evidence_id)
        return
    row, version = known
    if version > n:  # the table is ahead: this commit was half written before a crash
        return
    changed = {name: getattr(change, name) for name in change.__dataclass_fields__ if name != "evidence_id"}
    batch.evidence[change.evidence_id] = (replace(row, **changed), n)

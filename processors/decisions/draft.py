"""A commit in the making: working copies of the heads it changes, laid over the unchanged state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from processors.decisions.policy import Policy
from processors.decisions.state import LedgerState
from processors.decisions.strength import Components
from processors.decisions.substance import Substance
from schemas.article import Outcome
from schemas.copying import replace
from schemas.events import SignalEvent
from schemas.evidence import Embedding, EvidenceRow
from schemas.ledger import Applied, ArticleMark, Commit, EvidenceChange, InputPosition, SignalHead, StoryHead
from schemas.mass import Mass
from schemas.proposal import Proposal, Question
from schemas.vocabulary import EventKind


class Draft:
    """Collects what one proposal changes. The state below it is never touched."""

    def __init__(self, state: LedgerState, proposal: Proposal, policy: Policy) -> None:
        self.state, self.proposal, self.policy = state, proposal, policy
        self.n = state.n + 1
        self.now = state.now
        self.next_ordinal = state.next_ordinal
        self.ahead = state.ahead
        self.stories: dict[str, StoryHead] = {}
        self.signals: dict[str, SignalHead] = {}
        self.marks: dict[str, ArticleMark] = {}
        self.questions: dict[str, Question] = {}
        self.closed: list[str] = []
        self.events: list[SignalEvent] = []
        self.outcomes: list[Outcome] = []
        self.evidence: list[EvidenceRow] = []
        self.changes: list[EvidenceChange] = []
        self.terms: dict[str, None] = {}
        self.applied: list[Applied] = []
        self._substances: dict[str, Substance] = {}
        self.embeddings: dict[str, Embedding] = {}  # committed with this proposal
        self.known_embeddings: dict[str, Embedding] = {}  # committed with an earlier one and needed again

    def story(self, story_id: str) -> StoryHead:
        """Return the working copy of a story, merges followed."""
        head = self.stories.get(story_id) or self.state.stories[story_id]
        return self.story(head.merged_into) if head.merged_into else head

    def signal(self, signal_id: str) -> SignalHead:
        """Return the working copy of a signal."""
        return self.signals.get(signal_id) or self.state.signals[signal_id]

    def has_signal(self, signal_id: str) -> bool:
        """Say whether the signal exists."""
        return signal_id in self.signals or signal_id in self.state.signals

    def mark(self, article_id: str) -> ArticleMark | None:
        """Return the working copy of an article's mark, None if the article was never seen."""
        return self.marks.get(article_id) or self.state.marks.get(article_id)

    def question(self, question_id: str) -> Question | None:
        """Return the working copy of an open question, None if it is closed or was never asked."""
        if question_id in self.closed:
            return None
        return self.questions.get(question_id) or self.state.questions.get(question_id)

    def embedding(self, evidence_id: str) -> Embedding | None:
        """Return the vector of an evidence that is being placed, None when it has none."""
        return self.embeddings.get(evidence_id) or self.known_embeddings.get(evidence_id)

    def resolve_signal(self, signal_id: str) -> str:
        """Return the signal that took `signal_id` over, in this draft or before, or itself."""
        while self.has_signal(signal_id) and (onto := self.signal(signal_id).merged_into):
            signal_id = onto
        return signal_id

    def resolve_story(self, story_id: str) -> str:
        """Return the story that took `story_id` over, in this draft or before, or itself."""
        while (head := self.stories.get(story_id) or self.state.stories.get(story_id)) and head.merged_into:
            story_id = head.merged_into
        return story_id

    def substance(self, signal_id: str) -> Substance:
        """Return the working copy of what a signal rests on. Change it together with the marks that say the same."""
        found = self._substances.get(signal_id)
        if found is None:
            found = self._substances[signal_id] = self.state.holdings.of(signal_id).copy()
        return found

    def put_substance(self, signal_id: str, substance: Substance) -> None:
        """Keep what a signal rests on from now on, for when much of it moved at once."""
        self._substances[signal_id] = substance

    def components(self, signal_id: str, at: datetime | None = None) -> Components:
        """Return a signal's strength in this draft with its parts, now unless `at` is given."""
        substance = self._substances.get(signal_id) or self.state.holdings.of(signal_id)
        return substance.components(self.state.weights(at or self.now), self.resolve_story)

    def put_story(self, head: StoryHead) -> None:
        """Keep a changed story."""
        self.stories[head.story_id] = replace(head, n=self.n)

    def put_signal(self, head: SignalHead) -> SignalHead:
        """Keep a changed signal with its strength as of now; return it."""
        parts = self.components(head.signal_id)
        kept = replace(
            head,
            n=self.n,
            strength=parts.strength,
            supporting=parts.supporting,
            opposing=parts.opposing,
            contested=parts.opposing > parts.supporting,
            mass=(),
        )
        self.signals[head.signal_id] = kept
        return kept

    def emit(
        self,
        kind: EventKind,
        head: SignalHead,
        before: float,
        *,
        row: EvidenceRow | None = None,
        cause: str = "",
        note: str = "",
        analyst: str = "",
        analysis: str = "",
        evidence_id: str = "",
        mass: tuple[Mass, ...] = (),
        other_id: str = "",
        stories_moved: tuple[str, ...] = (),
        by: str = "",
    ) -> SignalHead:
        """Append an event about `head` (already put) and return the head with its new seq."""
        head = replace(head, seq=head.seq + 1)
        self.signals[head.signal_id] = head
        self.events.append(
            SignalEvent(
                event_id=f"{self.proposal.generation}:{head.signal_id}:{head.seq}",
                generation=self.proposal.generation,
                signal_id=head.signal_id,
                seq=head.seq,
                kind=kind,
                at=self.now,
                cause=cause or self.proposal.proposal_id,
                evidence_id=row.evidence_id if row else evidence_id,
                article_id=row.article_id if row else "",
                strength_before=before,
                strength_after=head.strength,
                state=head.state,
                basis=head.basis,
                title=head.title,
                scope=head.scope,
                class_kind=head.kind,
                class_lens=head.lens,
                sectors=top_tags(head.sectors),
                geographies=top_tags(head.geographies),
                actors=top_tags(head.actors),
                stories=head.story_count,
                families=head.family_count,
                articles=head.articles,
                quote=row.quote if row else "",
                anchor=row.anchor if row else "",
                publisher=row.publisher if row else "",
                url=row.article_url if row else "",
                policy=self.policy.version,
                note=note,
                stance=row.stance if row else "",
                claim=row.claim if row else "",
                analyst=row.analyst if row else analyst,
                analysis=analysis,
                mass=mass,
                other_id=other_id,
                stories_moved=stories_moved,
                by=by,
                contested=head.contested,
            )
        )
        return head

    def drop_revisions(self, head: SignalHead) -> SignalHead:
        """Keep the head so that no revision that was written before now changes it: it was put back meanwhile."""
        self.signals[head.signal_id] = head = replace(head, revised_seq=head.seq)
        return head

    def commit(self, position: InputPosition, committed_at: datetime) -> Commit:
        """Return the finished commit."""
        return Commit(
            n=self.n,
            generation=self.proposal.generation,
            policy=self.policy.version,
            proposal_id=self.proposal.proposal_id,
            input=position,
            at=self.now,
            committed_at=committed_at,
            next_ordinal=self.next_ordinal,
            ahead=self.ahead,
            events=tuple(self.events),
            outcomes=tuple(self.outcomes),
            evidence=tuple(self.evidence),
            changes=tuple(self.changes),
            questions=tuple(q for q in self.questions.values() if q.question_id not in self.closed),
            closed_questions=tuple(self.closed),
            stories=tuple(self.stories.values()),
            signals=tuple(self.signals.values()),
            marks=tuple(self.marks.values()),
            terms=tuple(self.terms),
            embeddings=tuple(self.embeddings.values()),
            applied=tuple(self.applied),
        )


def top_tags(counts: Mapping[str, int], most: int = 8) -> tuple[str, ...]:
    """Return the most frequent tags, ties in alphabetical order."""
    return tuple(tag for tag, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most])

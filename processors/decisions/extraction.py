"""An article's extraction becomes story membership, signal changes and an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from processors.decisions.draft import Draft
from processors.decisions.features import Item, item_of
from processors.decisions.ids import question_id, quote_key, story_id
from processors.decisions.matching import Match, match
from processors.decisions.membership import count_in, place, take_out
from processors.decisions.rows import evidence_row, heaviest, mark_of, outcome_of, rejected_row, toward_signal
from processors.decisions.signals import recount
from processors.decisions.story_merging import merge_stories
from processors.decisions.story_pairs import merge_candidate
from processors.decisions.substance import mass_of, negative
from processors.decisions.theses import Mechanism
from schemas.copying import replace
from schemas.evidence import Embedding, Evidence, EvidenceRow, MatchScore
from schemas.ledger import ArticleMark, EvidenceMark, StoryHead
from schemas.proposal import Candidate, Extraction, Question
from schemas.takedown import TAKEDOWN


def is_settled(mark: ArticleMark | None, extraction: Extraction) -> bool:
    """Say whether this extraction says nothing new: a newer revision was seen, or this one, for good or as deferred."""
    if mark is None:
        return False
    if mark.revision != extraction.revision:
        return mark.revision > extraction.revision
    return mark.final or extraction.outcome == "deferred"


def apply_extraction(draft: Draft, extraction: Extraction) -> None:
    """Match each evidence, change stories and signals, and settle the article's outcome."""
    earlier = draft.mark(extraction.article_id)
    if extraction.outcome == "deferred":
        _defer(draft, extraction, earlier)
        return
    old = {mark.quote_key: mark for mark in earlier.evidence} if earlier else {}
    marks: list[EvidenceMark] = []
    questions: list[str] = []
    # A round-up that repeats itself says it once: the same words of one article never count twice.
    for evidence in _once(extraction.evidence):
        former = old.pop(quote_key(evidence.quote), None)
        item = item_of(evidence, extraction.published_at, draft.state.frequencies)
        if former is not None and former.rejected:
            row = _still_rejected(draft, extraction, evidence, former)
            marks.append(replace(mark_of(row, heaviest(item.vector)), micro=former.micro, rejected=True))
            continue
        if former is not None:
            row, asked = _carried_over(draft, extraction, evidence, former)
        else:
            row, asked = _placed(draft, extraction, evidence, item, [*marks, *old.values()])
        marks.append(mark_of(row, heaviest(item.vector)))
        if asked and asked not in questions:
            questions.append(asked)
    # Kept, should a later revision say it again; without a signal, since the article does not say it now.
    marks += [replace(former, signal_id="") for former in old.values() if former.rejected]
    dropped = [former for former in old.values() if not former.rejected]
    for number, former in enumerate(dropped, start=1):
        taken_down = extraction.analyst == TAKEDOWN
        why = extraction.reason if taken_down else "the revised article no longer says it"
        take_out(draft, former, extraction, why, left=[*marks, *dropped[number:]])
    for number, rejected in enumerate(extraction.rejected):
        draft.evidence.append(rejected_row(extraction, rejected.quote, rejected.reason, number))
    draft.marks[extraction.article_id] = ArticleMark(
        article_id=extraction.article_id,
        n=draft.n,
        revision=extraction.revision,
        evidence=tuple(marks),
        open_questions=tuple(questions),
        final=True,
    )
    _merge_alike(draft)
    if not questions:
        draft.outcomes.append(outcome_of(extraction, marks))


def _once(evidence: Sequence[Evidence]) -> list[Evidence]:
    kept: dict[str, Evidence] = {}
    for each in evidence:
        kept.setdefault(quote_key(each.quote), each)
    return list(kept.values())


def _defer(draft: Draft, extraction: Extraction, earlier: ArticleMark | None) -> None:
    """Nobody could read this revision yet: what a former one said stands until somebody has."""
    evidence, questions = (earlier.evidence, earlier.open_questions) if earlier else ((), ())
    draft.marks[extraction.article_id] = ArticleMark(
        extraction.article_id, draft.n, extraction.revision, evidence, questions, final=False
    )
    draft.outcomes.append(replace(outcome_of(extraction, evidence), outcome="deferred", reason=extraction.reason))


def _placed(
    draft: Draft, extraction: Extraction, evidence: Evidence, item: Item, marks: list[EvidenceMark]
) -> tuple[EvidenceRow, str]:
    """Place one evidence in a story; return its row and the question it waits for, if any."""
    draft.terms.update(dict.fromkeys(evidence.terms))
    mechanism = Mechanism(evidence.claim, evidence.mechanism, evidence.embedding, evidence.embedding_model)
    decision = (
        _where_it_was(draft, evidence)
        or _with_the_original(draft, extraction, evidence)
        or match(draft, item, mechanism)
    )
    if evidence.embedding:
        size = len(evidence.embedding) // 4
        draft.embeddings[evidence.evidence_id] = Embedding(
            evidence.evidence_id, evidence.embedding_model, size, evidence.embedding
        )
    into = decision.story_id or story_id(evidence.evidence_id)
    row = evidence_row(extraction, evidence, decision.why, into, _compared(draft, decision))
    if decision.decision == "join":
        story = draft.story(decision.story_id)
        if not story.question_id:  # otherwise the answer turns it
            row = toward_signal(row, story)
        story = place(draft, row, item.vector, marks)
        if story.question_id:
            return _wait(draft, row, story), story.question_id
        return count_in(draft, row, marks), ""
    if decision.decision == "ask":
        question = _question(draft, row, decision, evidence)
        place(draft, row, item.vector, marks, question_id=question.question_id)
        draft.questions[question.question_id] = question
        return _wait(draft, row, draft.story(row.story_id)), question.question_id
    if row.stance == "contradicts":
        row = replace(row, stance="supports")  # nothing to contradict: it supports the claim it opens with
    place(draft, row, item.vector, marks)
    return count_in(draft, row, marks), ""


def _compared(draft: Draft, decision: Match) -> tuple[MatchScore, ...]:
    stories = [
        MatchScore(scored.story_id, draft.story(scored.story_id).signal_id, scored.score, dict(scored.features))
        for scored in decision.candidates
    ]
    theses = [MatchScore("", thesis.signal_id, thesis.score, {}) for thesis in decision.theses]
    return tuple((stories + theses)[: draft.policy.candidates])


def _merge_alike(draft: Draft) -> None:
    """An item that joined one story and is like a second one too may show that both are one."""
    for row in tuple(draft.evidence):
        if row.status != "accepted" or not row.candidates or row.candidates[0].story_id != row.story_id:
            continue
        top, *rest = row.candidates
        others = [(draft.story(each.story_id), each.score) for each in rest if each.story_id]
        found = merge_candidate(draft.story(row.story_id), top.score, others, draft.policy)
        if found is not None:
            reason = f"{found.score:.3f} likely to be one, as {row.evidence_id} shows"
            merge_stories(draft, found.story_id, found.into, by="policy", reason=reason)


def _where_it_was(draft: Draft, evidence: Evidence) -> Match | None:
    """An evidence that was withdrawn and comes again belongs to the story that it opened."""
    opened = story_id(evidence.evidence_id)
    if opened not in draft.stories and opened not in draft.state.stories:
        return None
    return Match("join", draft.story(opened).story_id, (), "opened this story before it was withdrawn")


def _with_the_original(draft: Draft, extraction: Extraction, evidence: Evidence) -> Match | None:
    """A syndicated copy belongs where its original's evidence went; a round-up's item to the same words."""
    original = draft.mark(extraction.copy_of) if extraction.copy_of else None
    if original is None or not original.evidence:
        return None
    same = [m for m in original.evidence if m.quote_key == quote_key(evidence.quote)]
    if not same and len({draft.resolve_story(m.story_id) for m in original.evidence}) > 1:
        return None
    story = draft.story((same or list(original.evidence))[0].story_id)
    return Match("join", story.story_id, (), f"syndicated copy of {extraction.copy_of}")


def _wait(draft: Draft, row: EvidenceRow, story: StoryHead) -> EvidenceRow:
    row = replace(row, status="provisional", signal_id="", micro=0)
    draft.evidence.append(row)
    question = draft.question(story.question_id)
    if question is not None:
        draft.questions[question.question_id] = replace(question, pending=(*question.pending, row))
    return row


def _question(draft: Draft, row: EvidenceRow, decision: Match, evidence: Evidence) -> Question:
    asked_at = draft.proposal.proposed_at
    stories = [(scored, draft.story(scored.story_id)) for scored in decision.candidates]
    candidates = [
        Candidate(
            story_id=story.story_id,
            signal_id=draft.resolve_signal(story.signal_id),
            scope=draft.signal(draft.resolve_signal(story.signal_id)).scope,
            title=story.title,
            score=scored.score,
        )
        for scored, story in stories
        if story.signal_id
    ]
    for thesis in decision.theses:
        head = draft.signal(thesis.signal_id)
        candidates.append(
            Candidate("", head.signal_id, head.scope, head.title, thesis.score, "thesis", mechanism=head.mechanism)
        )
    return Question(
        question_id=question_id(row.evidence_id, tuple(c.scope for c in candidates), draft.policy.judge),
        generation=draft.proposal.generation,
        article_id=row.article_id,
        evidence_id=row.evidence_id,
        story_id=row.story_id,
        quote=row.quote,
        claim=row.claim,
        stance=row.stance,
        candidates=tuple(candidates),
        pending=(),
        asked_at=asked_at,
        deadline=asked_at + timedelta(seconds=draft.policy.question_seconds),
        mechanism=evidence.mechanism,
        embedding=evidence.embedding,
        embedding_model=evidence.embedding_model,
        judge=draft.policy.judge,
    )


def _carried_over(
    draft: Draft, extraction: Extraction, evidence: Evidence, former: EvidenceMark
) -> tuple[EvidenceRow, str]:
    """The revised article still has the quote: new offsets, same membership, no event. Return as _placed does."""
    story = draft.story(former.story_id)
    row = replace(
        evidence_row(extraction, evidence, "same words as in the former revision"),
        # The story it was counted in, even when another took that over: so a merge can be taken back.
        story_id=former.story_id,
        signal_id=former.signal_id,
        stance=former.stance,
        micro=former.micro,
        family=former.family,
        is_copy=former.is_copy,
        day=former.day,
    )
    if former.evidence_id != row.evidence_id:
        take_out(draft, former, extraction, f"superseded by revision {extraction.revision}", silently=True, left=[])
    if not former.signal_id:  # it waits for an answer, and so goes on doing
        question = draft.question(story.question_id)
        assert question is not None, "evidence without a signal has an open question"
        waiting = tuple(other for other in question.pending if other.evidence_id != former.evidence_id)
        draft.questions[question.question_id] = replace(question, pending=waiting)
        return _wait(
            draft, replace(row, stance=evidence.stance, is_copy=bool(extraction.copy_of)), story
        ), question.question_id
    draft.evidence.append(row)
    signal = draft.signal(draft.resolve_signal(former.signal_id))
    mark = mark_of(row)
    before = draft.components(signal.signal_id).strength
    substance = draft.substance(signal.signal_id)
    substance.count(former, -1)
    substance.count(mark)
    recounted = recount(signal, former, mark, substance)
    if recounted != signal:
        recounted = draft.put_signal(recounted)
    if mark.micro and mark.kind != former.kind:  # it fades at another pace from now on
        taken, given = (mass_of(replace(each, story_id=story.story_id), each.micro) for each in (former, mark))
        mass = (negative(taken), given)
        note = f"read again in revision {extraction.revision}: {former.kind} is {mark.kind}"
        draft.emit("context", recounted, before, row=row, note=note, mass=mass)
    return row, ""


def _still_rejected(draft: Draft, extraction: Extraction, evidence: Evidence, former: EvidenceMark) -> EvidenceRow:
    """What an analyst has taken out stays out, wherever the words stand in this revision."""
    why = "an analyst has rejected these words"
    row = replace(
        evidence_row(extraction, evidence, why),
        story_id=former.story_id,
        signal_id=draft.story(former.story_id).signal_id,
        status="rejected",
        stance=former.stance,
        micro=0,
        family=former.family,
        is_copy=former.is_copy,
        day=former.day,
    )
    draft.evidence.append(row)
    if former.evidence_id != row.evidence_id:
        take_out(draft, former, extraction, f"superseded by revision {extraction.revision}", silently=True, left=[])
    return row

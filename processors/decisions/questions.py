"""Closing a question: by a judge's verdicts, or by policy when the judge abstains or its time is up."""

from __future__ import annotations

from processors.decisions.draft import Draft
from processors.decisions.membership import count_in
from processors.decisions.rows import mark_of, toward_signal
from processors.decisions.signals import with_story
from processors.decisions.story_heads import join_heads
from processors.decisions.theses import Mechanism, ThesisIndex, can_be_joined
from schemas.article import Outcome
from schemas.copying import replace
from schemas.evidence import Embedding, EvidenceRow
from schemas.ledger import ArticleMark, EvidenceChange
from schemas.proposal import Answer, Question, Verdict
from schemas.vocabulary import Stance


def apply_answer(draft: Draft, answer: Answer) -> None:
    """Settle the open question that `answer` names; its whole provisional story goes one way.

    "Yes" to a story merges the provisional story into it; "yes" to a thesis brings the provisional story, which stays a
    story of its own, under that signal.
    """
    question = draft.question(answer.question_id)
    assert question is not None, "the caller checks that the question is open"
    draft.closed.append(question.question_id)
    verdict = _chosen(draft, question, answer)
    provisional = draft.story(question.story_id)
    if question.embedding:
        size = len(question.embedding) // 4
        vector = Embedding(question.evidence_id, question.embedding_model, size, question.embedding)
        draft.known_embeddings[question.evidence_id] = vector
    target = provisional.story_id
    likely = "" if answer.verdicts else _likely(draft, question)
    if likely:
        target = likely
        join_heads(draft, provisional, draft.story(target), [row.article_id for row in question.pending])
    elif verdict is None:
        draft.put_story(replace(provisional, question_id=""))
    elif not verdict.story_id:
        signal = verdict.signal_id
        draft.put_signal(with_story(draft.signal(signal), provisional.story_id))
        stance: Stance = "contradicts" if verdict.stance == "contradicts" else "supports"
        draft.put_story(replace(provisional, question_id="", signal_id=signal, stance=stance))
    else:
        target = draft.story(verdict.story_id).story_id
        join_heads(draft, provisional, draft.story(target), [row.article_id for row in question.pending])
    by = answer.judge if answer.verdicts else f"policy, as {answer.judge} gave no verdict"
    placed: dict[str, list[EvidenceRow]] = {}
    for waiting in question.pending:
        mark = draft.mark(waiting.article_id)
        if mark is None or all(other.evidence_id != waiting.evidence_id for other in mark.evidence):
            continue  # withdrawn meanwhile by a newer revision of its article
        siblings = placed.setdefault(waiting.article_id, [])
        counted = [*mark.evidence, *(mark_of(other) for other in siblings)]
        asked = waiting.evidence_id == question.evidence_id
        row = count_in(draft, _decided(draft, waiting, target, verdict if asked else None, by), counted)
        siblings.append(row)
        draft.changes.append(
            EvidenceChange(row.evidence_id, "accepted", target, row.signal_id, row.stance, row.micro, row.reason)
        )
    for article_id, rows in placed.items():
        _settle(draft, article_id, rows, question.question_id)


def _decided(draft: Draft, row: EvidenceRow, target: str, verdict: Verdict | None, by: str) -> EvidenceRow:
    """Return a waiting row as it counts now: in the target story.

    The judge's stance, which is towards the signal, is that of the evidence it was asked about; a sibling keeps its
    own, which is towards the story.
    """
    stance: Stance = row.stance
    if verdict and verdict.stance != "none":
        stance = verdict.stance
    elif draft.story(target).signal_id:
        stance = toward_signal(row, draft.story(target)).stance
    if stance == "contradicts" and not draft.story(target).signal_id:
        stance = "supports"  # it opens a signal: it supports the claim it opens with
    micro = 0 if row.is_copy or stance == "context" else row.salience
    return replace(row, story_id=target, stance=stance, status="accepted", reason=f"decided by {by}", micro=micro)


def heir(draft: Draft, question: Question, signal_id: str) -> str:
    """Return who a signal is today: its survivor, or of a divided one the part that is nearest to the question.

    Nearest as theses are compared; where none is near at all, the first part that can still be joined.
    """
    head = draft.signal(draft.resolve_signal(signal_id))
    if head.state != "split":
        return head.signal_id
    parts = list(dict.fromkeys(heir(draft, question, child) for child in head.children))
    index = ThesisIndex()
    for part in parts:
        index.put(draft.signal(part))
    item = Mechanism(question.claim, question.mechanism, question.embedding, question.embedding_model)
    best = index.best(item, draft.state.frequencies, draft.policy)
    if best:
        return best[0].signal_id
    return next((part for part in parts if part in index), parts[0])


def _chosen(draft: Draft, question: Question, answer: Answer) -> Verdict | None:
    """Return the verdict on the first candidate (stories first, then by score) that was not refused, None for "none".

    A thesis must be supported or contradicted: what is only context to it opens a signal of its own. One that was
    merged away, or is over, since the question was asked cannot be joined any more.
    """
    said = {(v.story_id, v.signal_id if not v.story_id else ""): v for v in answer.verdicts if v.stance != "none"}
    for candidate in question.candidates:
        if candidate.relation == "story":
            verdict = said.get((candidate.story_id, ""))
            if verdict is not None:
                return verdict
            continue
        verdict = said.get(("", candidate.signal_id))
        if verdict is None or verdict.stance == "context":
            continue
        signal_id = heir(draft, question, candidate.signal_id)
        if can_be_joined(draft.signal(signal_id)):
            return replace(verdict, signal_id=signal_id)
    return None


def _likely(draft: Draft, question: Question) -> str:
    """Return the story that the evidence would have joined unasked, "" when it would have opened its own."""
    for candidate in question.candidates:
        if candidate.relation == "story" and candidate.score >= draft.policy.join_at:
            return draft.story(candidate.story_id).story_id
    return ""


def _settle(draft: Draft, article_id: str, rows: list[EvidenceRow], question_id: str) -> None:
    mark = draft.mark(article_id)
    assert mark is not None, "an article with pending evidence has a mark"
    words = {m.evidence_id: m.terms for m in mark.evidence}
    fresh = {row.evidence_id: mark_of(row, words[row.evidence_id]) for row in rows}
    evidence = tuple(fresh.get(m.evidence_id, m) for m in mark.evidence)
    still_open = tuple(q for q in mark.open_questions if q != question_id)
    draft.marks[article_id] = ArticleMark(article_id, draft.n, mark.revision, evidence, still_open, mark.final)
    if still_open or not mark.final:
        return  # a deferred revision has had its outcome, and gets another when it is read
    stories = tuple(dict.fromkeys(m.story_id for m in evidence))
    signals = tuple(dict.fromkeys(m.signal_id for m in evidence if m.signal_id))
    draft.outcomes.append(
        Outcome(
            article_id=article_id,
            revision=mark.revision,
            external_id=rows[0].external_id,
            outcome="accepted",
            reason="",
            primary_story_id=stories[0],
            primary_signal_id=signals[0] if signals else "",
            story_ids=stories,
            signal_ids=signals,
            evidence_ids=tuple(m.evidence_id for m in evidence),
            at=rows[0].published_at,
        )
    )

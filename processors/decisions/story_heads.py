"""Heads of stories that become one, or of one that is divided. An article with evidence in both counts once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from processors.decisions.draft import Draft
from processors.decisions.policy import Policy
from processors.decisions.stories import RECENT, add_to_centroid
from processors.decisions.substance import MOST_FAMILIES
from processors.decisions.vectors import added, both, less
from schemas.copying import replace
from schemas.evidence import Embedding
from schemas.ledger import EvidenceMark, StoryHead

Member = tuple[str, EvidenceMark]  # (article id, its mark)


def join_heads(draft: Draft, story: StoryHead, target: StoryHead, articles: Collection[str]) -> StoryHead:
    """Redirect `story` to `target`, which becomes both; `articles` are those that may have evidence in either."""
    families = _summed(target.families, story.families)
    both = 0
    for article_id in sorted(set(articles)):
        marks = _in_either(draft, article_id, story, target)
        if len({draft.resolve_story(mark.story_id) for mark in marks}) > 1:
            both += 1
            counted = next((mark.family for mark in marks if families.get(mark.family)), "")
            families[counted] = families.get(counted, 0) - 1
    draft.put_story(replace(story, merged_into=target.story_id, question_id=""))
    whole = together(story, target, draft.policy)
    draft.put_story(
        replace(
            whole,
            articles=whole.articles - both,
            families=_at_most({family: count for family, count in families.items() if count > 0}),
        )
    )
    return draft.story(target.story_id)


def together(story: StoryHead, target: StoryHead, policy: Policy) -> StoryHead:
    """Return `target` with all that `story` holds; articles and families are summed, whatever both have in common."""
    recent = {r.evidence_id: r for r in sorted((*story.recent, *target.recent), key=lambda r: (r.at, r.evidence_id))}
    return replace(
        target,
        opened_at=min(target.opened_at, story.opened_at) if story.signal_id else target.opened_at,
        last_at=max(target.last_at, story.last_at),
        articles=target.articles + story.articles,
        families=_summed(target.families, story.families),
        centroid=add_to_centroid(target.centroid, story.centroid, policy.centroid_terms),
        weight=target.weight + story.weight,
        actors=_summed(target.actors, story.actors),
        geographies=_summed(target.geographies, story.geographies),
        recent=tuple(recent.values())[-RECENT:],
        **_vectors(target, story),
    )


def leave(draft: Draft, story_id: str, fresh_id: str, leaving: Sequence[Member], *, title: str, signal_id: str) -> None:
    """Open a story for evidence that leaves another. What is known of its words goes with it.

    Only the latest evidence's terms are known with their weights, of older ones the heaviest terms without; of whose
    evidence nothing is known the new story has no centroid, and takes no evidence by similarity until it has some.
    The sum of vectors, whose parts nobody knows, goes with the greater part.
    """
    story = draft.story(story_id)
    ids = {mark.evidence_id for _, mark in leaving}
    weighed = {each.evidence_id: each.terms for each in story.recent}
    vectors = [
        weighed.get(mark.evidence_id) or draft.state.frequencies.vector(dict.fromkeys(mark.terms, 1.0))
        for _, mark in leaving
        if not mark.is_copy
    ]
    centroid: dict[str, float] = {}
    for vector in vectors:
        centroid = add_to_centroid(centroid, vector, draft.policy.centroid_terms)
    # No more than the story has of a term, so that both together are what it was.
    centroid = {term: min(weight, story.centroid.get(term, weight)) for term, weight in centroid.items()}
    made = replace(
        story,
        story_id=fresh_id,
        title=title,
        signal_id=signal_id,
        centroid=centroid,
        weight=float(len(leaving)),
        actors=dict(Counter(tag for _, mark in leaving for tag in mark.actors)),
        geographies=dict(Counter(tag for _, mark in leaving for tag in mark.geographies)),
        recent=tuple(each for each in story.recent if each.evidence_id in ids),
    )
    most = 2.0 * len(leaving) > story.weight
    without: dict[str, Any] = {"embedding": b"", "embedding_model": ""}
    draft.put_story(replace(with_articles(made, leaving), **({} if most else without)))
    draft.put_story(
        replace(
            story,
            centroid=_less(story.centroid, centroid),
            weight=max(0.0, story.weight - made.weight),
            actors={tag: int(count) for tag, count in _less(story.actors, made.actors).items()},
            geographies={tag: int(count) for tag, count in _less(story.geographies, made.geographies).items()},
            recent=tuple(each for each in story.recent if each.evidence_id not in ids),
            **(without if most else {}),
        )
    )


def unjoin(draft: Draft, story: StoryHead, target: StoryHead, held: Sequence[Member]) -> None:
    """Let two stories that became one stand for themselves again; `held` is the evidence of both."""
    apart = replace(story, merged_into="")
    draft.put_story(apart)
    own: dict[str, list[Member]] = {target.story_id: [], story.story_id: []}
    for article_id, mark in held:
        own.setdefault(draft.resolve_story(mark.story_id), []).append((article_id, mark))
    draft.put_story(with_articles(apart, own[story.story_id]))
    ids = {mark.evidence_id for _, mark in own[story.story_id]}
    left = replace(
        target,
        centroid=_less(target.centroid, story.centroid),
        weight=max(0.0, target.weight - story.weight),
        actors={tag: int(count) for tag, count in _less(target.actors, story.actors).items()},
        geographies={tag: int(count) for tag, count in _less(target.geographies, story.geographies).items()},
        recent=tuple(each for each in target.recent if each.evidence_id not in ids),
        **_vectors_less(target, story),
    )
    draft.put_story(with_articles(left, own[target.story_id]))


def with_articles(story: StoryHead, held: Sequence[Member]) -> StoryHead:
    """Return the head with its articles and families counted from its evidence."""
    families = {article_id: mark.family for article_id, mark in held}
    return replace(story, articles=len(families), families=_at_most(dict(sorted(Counter(families.values()).items()))))


def with_article(story: StoryHead, mark: EvidenceMark) -> StoryHead:
    """Return the head with one more article, of which `mark` is the only evidence there."""
    families = _at_most(_summed(story.families, {mark.family: 1}))
    return replace(story, articles=story.articles + 1, families=families)


def without_article(story: StoryHead, mark: EvidenceMark) -> StoryHead:
    """Return the head with one article less, of which `mark` was the last evidence there."""
    families = dict(_less(story.families, {mark.family: 1}))
    return replace(
        story, articles=max(0, story.articles - 1), families={key: int(count) for key, count in families.items()}
    )


def without_words(story: StoryHead, gone: Iterable[EvidenceMark], stay: Iterable[EvidenceMark]) -> StoryHead:
    """Return the head without the terms by which only what left was found, so that more of it is not drawn here."""
    left = {term for mark in gone for term in mark.terms} - {term for mark in stay for term in mark.terms}
    return replace(story, centroid={term: weight for term, weight in story.centroid.items() if term not in left})


def _in_either(draft: Draft, article_id: str, story: StoryHead, target: StoryHead) -> list[EvidenceMark]:
    mark = draft.mark(article_id)
    both = {story.story_id, target.story_id}
    return [m for m in (mark.evidence if mark else ()) if not m.rejected and draft.resolve_story(m.story_id) in both]


def _at_most(families: dict[str, int]) -> dict[str, int]:
    """A head stays small however many publishers there are; the evidence's rows know all of them."""
    return dict(islice(families.items(), MOST_FAMILIES))


def _summed(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in (*one, *(k for k in other if k not in one))}


def _less(whole: Mapping[str, float], part: Mapping[str, float]) -> dict[str, float]:
    """Return what is left; below a billionth nothing is."""
    return {key: left for key, value in whole.items() if (left := value - part.get(key, 0)) > 1e-9}


def with_vector(story: StoryHead, evidence: Embedding | None) -> StoryHead:
    """Return the head with an evidence's vector in its sum, unless that is of another model than what is there."""
    if evidence is None or story.embedding_model not in ("", evidence.model):
        return story
    total = added(story.embedding, evidence.vector)
    return replace(story, embedding=total, embedding_model=evidence.model if total else "")


def _vectors(story: StoryHead, other: StoryHead) -> dict[str, Any]:
    """Return the fields of both stories' vectors summed; the first one's when they are of two models."""
    if not other.embedding or story.embedding_model not in ("", other.embedding_model):
        return {}
    return {"embedding": both(story.embedding, other.embedding), "embedding_model": other.embedding_model}


def _vectors_less(story: StoryHead, part: StoryHead) -> dict[str, Any]:
    """Return the fields of what is left of a story's vectors without those of its part."""
    if story.embedding_model != part.embedding_model:
        return {}
    left = less(story.embedding, part.embedding)
    return {"embedding": left, "embedding_model": story.embedding_model if left else ""}

"""The matcher alone over labelled items, with the ledger's own functions on its own records: to train and to score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from processors.analysts.sentences import MINILM
from processors.decisions.features import Item, rows
from processors.decisions.learned import Background
from processors.decisions.matching import candidates
from processors.decisions.meaning import with_meaning
from processors.decisions.policy import Policy
from processors.decisions.stories import RECENT, RECENT_TERMS, Frequencies, Scored, StoryIndex, add_to_centroid
from processors.decisions.story_heads import together
from processors.decisions.story_pairs import merge_row
from processors.decisions.vectors import added
from schemas.ledger import Recent, StoryHead
from tests.bench.labelled_items import Labelled

Model = Callable[[Sequence[float]], float]


@dataclass
class Examples:
    """Feature rows with the share of the story's evidence (of both stories' pairs) that has the item's label."""

    rows: list[list[float]] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)


class Clustering:
    """One pass over a stream. Without a model every item goes to the story of its true storyline."""

    def __init__(
        self, policy: Policy, background: Background, item_story: Model | None, story_story: Model | None = None
    ) -> None:
        self.policy = policy
        self.frequencies = Frequencies(background=background)
        self.index = StoryIndex()
        self.stories: dict[str, StoryHead] = {}
        self.placed: dict[str, str] = {}
        self.examples, self.pairs = Examples(), Examples()
        self.merges = 0
        self._model, self._merger = item_story, story_story
        self._labels: dict[str, Counter[str]] = {}

    def run(self, items: Sequence[Labelled]) -> tuple[list[str], list[str]]:
        """Return the true and the found story of each item, merges resolved."""
        for item in items:
            self._take(item)
        return [item.label for item in items], [self._resolved(self.placed[item.article_id]) for item in items]

    def _take(self, labelled: Labelled) -> None:
        vector = self.frequencies.vector(labelled.terms)
        idf = self.frequencies.idf(labelled.terms)
        item = Item(
            vector, idf, labelled.at, labelled.actors, labelled.geographies,
            labelled.vector, MINILM if labelled.vector else "", len(self.index),
        )  # fmt: skip
        if labelled.copy_of in self.placed and self._model:
            self._join(self._resolved(self.placed[labelled.copy_of]), labelled, vector)
        elif self._model:
            self._match(labelled, item)
        else:
            self._follow(labelled, item)
        self.frequencies.add(labelled.terms)

    def _near(self, labelled: Labelled, item: Item) -> tuple[list[StoryHead], list[list[float]]]:
        near = candidates(self.index, item, self.policy)
        found = with_meaning(item, near, rows(item, near))
        self.examples.rows += found
        self.examples.shares += [
            self._labels[story.story_id][labelled.label] / self._labels[story.story_id].total() for story in near
        ]
        return near, found

    def _follow(self, labelled: Labelled, item: Item) -> None:
        self._near(labelled, item)
        known = self.stories.get(labelled.label)
        if known is not None and labelled.at - known.last_at > timedelta(days=self.policy.story_horizon):
            self.stories.pop(labelled.label)
        self._join(labelled.label, labelled, item.vector)

    def _match(self, labelled: Labelled, item: Item) -> None:
        assert self._model is not None
        near, found = self._near(labelled, item)
        ranked = sorted(
            (Scored(story.story_id, self._model(row)) for story, row in zip(near, found, strict=True)),
            key=lambda scored: (-scored.score, scored.story_id),
        )[: self.policy.candidates]
        if not ranked or ranked[0].score < self.policy.join_at:
            self._join(f"of {labelled.article_id}", labelled, item.vector)
            return
        self._join(ranked[0].story_id, labelled, item.vector)
        self._merge(ranked)

    def _join(self, story_id: str, labelled: Labelled, vector: Mapping[str, float]) -> None:
        story = self.stories.get(story_id) or _empty(story_id, labelled)
        if not labelled.copy_of or not story.weight:
            heaviest = sorted(vector.items(), key=lambda pair: (-pair[1], pair[0]))[:RECENT_TERMS]
            recent = Recent(labelled.article_id, labelled.at, dict(heaviest))
            story = replace(
                story,
                centroid=add_to_centroid(story.centroid, vector, self.policy.centroid_terms),
                recent=(*story.recent, recent)[-RECENT:],
            )
            if labelled.vector:
                story = replace(story, embedding=added(story.embedding, labelled.vector), embedding_model=MINILM)
        story = replace(
            story,
            last_at=max(story.last_at, labelled.at),
            weight=story.weight + 1,
            actors=_counted(story.actors, labelled.actors),
            geographies=_counted(story.geographies, labelled.geographies),
        )
        self.stories[story_id] = story
        self.index.put(story)
        self.placed[labelled.article_id] = story_id
        self._labels.setdefault(story_id, Counter())[labelled.label] += 1

    def _merge(self, ranked: list[Scored]) -> None:
        touched = self.stories[ranked[0].story_id]
        best: tuple[float, StoryHead] | None = None
        for scored in ranked[1 : 1 + self.policy.merge_compared]:
            if scored.score < self.policy.merge_from:
                continue
            other = self.stories[scored.story_id]
            row = merge_row(touched, other, ranked[0].score, scored.score)
            self.pairs.rows.append(row)
            mine, theirs = self._labels[touched.story_id], self._labels[other.story_id]
            same = sum(count * theirs[label] for label, count in mine.items())
            self.pairs.shares.append(same / (mine.total() * theirs.total()))
            likely = self._merger(row) if self._merger else 0.0
            if likely >= self.policy.merge_at and (best is None or likely > best[0]):
                best = likely, other
        if best is None:
            return
        older, younger = sorted((touched, best[1]), key=lambda story: (story.opened_at, story.story_id))
        self.stories[younger.story_id] = replace(younger, merged_into=older.story_id)
        self.stories[older.story_id] = together(younger, older, self.policy)
        self.index.put(self.stories[younger.story_id])
        self.index.put(self.stories[older.story_id])
        self._labels[older.story_id] += self._labels[younger.story_id]
        self.merges += 1

    def _resolved(self, story_id: str) -> str:
        while self.stories[story_id].merged_into:
            story_id = self.stories[story_id].merged_into
        return story_id


def _empty(story_id: str, labelled: Labelled) -> StoryHead:
    return StoryHead(
        story_id, 0, "", "signal", "", "", labelled.at, labelled.at, 0, {}, {}, 0.0, {}, {}
    )  # fmt: skip


def _counted(counts: dict[str, int], tags: Sequence[str]) -> dict[str, int]:
    """As the ledger counts them, see membership.place."""
    return counts | {tag: counts.get(tag, 0) + 1 for tag in tags}

"""Labelled news as the matcher sees it: lines of JSON through the door's parser, copy detection and lexical analyst.

The label stays outside: it is only used to train and to score.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from processors.analysts.lexical.extractor import analyse
from processors.analysts.sentences import said
from processors.decisions.text import terms
from processors.decisions.vectors import added
from producers.copies import CopyIndex
from producers.draft import Draft, to_article
from producers.lines import read_line

Document = dict[str, Any]
_LATER = datetime(2100, 1, 1, tzinfo=UTC)
_COPY_WINDOW = 30  # days
_LEAST = 4  # documents of a storyline in a stream


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article's first evidence with the article's true storyline."""

    article_id: str
    copy_of: str
    at: datetime
    terms: dict[str, float]
    actors: tuple[str, ...]
    geographies: tuple[str, ...]
    label: str
    said: str = ""  # what its sentence vector is of
    vector: bytes = b""


def documents(path: Path) -> list[Document]:
    """Return the lines of a gzipped file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def with_enough(found: Iterable[Document]) -> list[Document]:
    """Return the labelled documents whose storyline has at least four."""
    labelled = [each for each in found if each["label"]]
    size = Counter(each["label"] for each in labelled)
    return [each for each in labelled if size[each["label"]] >= _LEAST]


def read(found: Sequence[Document]) -> list[Labelled]:
    """Return what the stream would make of the documents, in their order."""
    copies, items = CopyIndex(_COPY_WINDOW), []
    for number, each in enumerate(found):
        line = {"id": each["id"], "published": each["ts"], "title": each["title"], "text": each["text"]}
        line |= {"publisher": each["source"], "language": "en"}
        draft = read_line(json.dumps(line).encode(), number, _LATER, lambda _, publisher: publisher, lambda *_: "en")
        assert isinstance(draft, Draft), draft
        original = copies.find(draft.article_id, draft.text, draft.published_at)
        article = to_article(draft, revision=0, copy_of=original.article_id if original else "", family=draft.family)
        copies.add(article)
        evidence = analyse(article).evidence
        if evidence:
            first = evidence[0]
            items.append(
                Labelled(
                    article.article_id,
                    article.copy_of,
                    article.published_at,
                    first.terms,
                    first.actors,
                    first.geographies,
                    each["label"],
                    said(first),
                )
            )
    return items


def with_vectors(items: Sequence[Labelled], vectors: Mapping[str, bytes]) -> list[Labelled]:
    """Return the items with the vectors of what they say."""
    return [replace(item, vector=vectors[item.said]) for item in items]


def lengthened(items: Sequence[Labelled], every: int) -> list[Labelled]:
    """Return long items: `every` following ones of one storyline as if they were one article."""
    waiting: dict[str, list[Labelled]] = {}
    found = []
    for item in items:
        group = waiting.setdefault(item.label, [])
        group.append(item)
        if len(group) == every:
            weights: dict[str, float] = {}
            for each in group:
                for term, weight in each.terms.items():
                    weights[term] = weights.get(term, 0.0) + weight
            heaviest = dict(sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:80])
            actors = tuple(dict.fromkeys(actor for each in group for actor in each.actors))
            places = tuple(dict.fromkeys(place for each in group for place in each.geographies))
            total = b""
            for each in group:
                total = added(total, each.vector)
            found.append(
                Labelled(item.article_id, "", item.at, heaviest, actors[:8], places[:6], item.label, vector=total)
            )
            del waiting[item.label]
    return found


def document_frequencies(found: Iterable[Document]) -> tuple[int, Counter[str]]:
    """Return how many documents there are, and in how many each term occurs."""
    counts: Counter[str] = Counter()
    number = 0
    for each in found:
        number += 1
        counts.update(terms("", each["text"] or each["title"]).keys())
    return number, counts

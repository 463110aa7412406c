"""How one evidence changes one signal's head: opening, counting in, taking out. Pure arithmetic on heads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from processors.decisions.ids import signal_id as derive_signal_id
from processors.decisions.policy import Policy
from processors.decisions.substance import MOST_ACTORS, MOST_FAMILIES, Substance, leading, leading_anew
from schemas.copying import replace
from schemas.evidence import Embedding, EvidenceRow
from schemas.ledger import EvidenceMark, SignalHead
from schemas.vocabulary import KINDS, LENSES, Kind, Lens

Tags = tuple[str, ...]
MOST_STORIES = 50  # that a head names


def cut(text: str, most: int) -> str:
    """Return `text` within `most` characters, cut at a word and closed with an ellipsis if it was longer."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    space = text.rfind(" ", 0, most)  # at `most - 1` the word before it just fits
    return text[: space if space > most // 2 else most - 1].rstrip(" ,;:–—-") + "…"


def opened(row: EvidenceRow, now: datetime, policy: Policy, embedding: Embedding | None = None) -> SignalHead:
    """Return the head of a signal that opens on `row`'s story, before the row is counted in."""
    return SignalHead(
        signal_id=derive_signal_id(row.story_id),
        n=0,
        seq=0,
        state="candidate",
        basis="story",
        scope=row.claim,
        title=cut(row.claim, policy.title_length),
        analysis="",
        kinds={},
        lenses={},
        kind=row.kind,
        lens=row.lens,
        sectors={},
        geographies={},
        actors={},
        stories=(),
        articles=0,
        evidence=0,
        times_extracted=0,
        families={},
        mass=(),
        opened_at=row.published_at,
        published_at=None,
        last_reinforced=row.published_at,
        top_evidence_id="",
        top_salience=0,
        strength=0.0,
        merged_into="",
        analyst=row.analyst,
        mechanism=row.mechanism,
        embedding=embedding.vector if embedding else b"",
        embedding_model=embedding.model if embedding else "",
    )


def counted_in(head: SignalHead, row: EvidenceRow, *, new_article: bool, substance: Substance) -> SignalHead:
    """Return the head with `row`, which `substance` holds already, counted. Copies and context are no voice."""
    reinforces = not row.is_copy and row.stance == "supports"
    best = reinforces and row.salience > head.top_salience
    kinds, lenses = _added(head.kinds, (row.kind,)), _added(head.lenses, (row.lens,))
    return replace(
        head,
        kinds=kinds,
        lenses=lenses,
        kind=dominant_kind(kinds),
        lens=dominant_lens(lenses),
        sectors=_added(head.sectors, row.sectors),
        geographies=_added(head.geographies, row.geographies),
        actors=leading(substance.actors, head.actors, row.actors, MOST_ACTORS),
        articles=head.articles + new_article,
        evidence=head.evidence + 1,
        times_extracted=head.times_extracted + (not row.is_copy),
        families=leading(substance.heard, head.families, (row.family,), MOST_FAMILIES),
        family_count=len(substance.heard),
        opened_at=head.opened_at if row.is_copy else min(head.opened_at, row.published_at),  # it may come late
        last_reinforced=max(head.last_reinforced, row.published_at) if reinforces else head.last_reinforced,
        top_evidence_id=row.evidence_id if best else head.top_evidence_id,
        top_salience=row.salience if best else head.top_salience,
    )


def with_story(head: SignalHead, story_id: str) -> SignalHead:
    """Return the head with one more story under it."""
    count = head.story_count + 1
    stories = (*head.stories, story_id)[-MOST_STORIES:]
    return replace(head, stories=stories, story_count=count, basis="thesis" if count > 1 else head.basis)


def published(head: SignalHead, substance: Substance, policy: Policy) -> bool:
    """Say whether a candidate may be published: enough independent families, or one very salient evidence."""
    return substance.supporters() >= policy.publish_families or head.top_salience >= policy.publish_salience


def dominant_kind(counts: Mapping[str, int]) -> Kind:
    """Return the first kind, in vocabulary order, that at least a third of the evidence has; else the most frequent.

    A structural story is told in events: most of its articles report one, and it stays structural.
    """
    total = sum(counts.values())
    for kind in KINDS:
        if 0 < total <= 3 * counts.get(kind, 0):
            return kind
    return max(KINDS, key=lambda kind: (counts.get(kind, 0), -KINDS.index(kind)))


def dominant_lens(counts: Mapping[str, int]) -> Lens:
    """Return the most frequent lens, ties in vocabulary order."""
    return max(LENSES, key=lambda lens: counts.get(lens, 0))  # the first of equal ones


def without(head: SignalHead, mark: EvidenceMark, *, last_of_article: bool, substance: Substance) -> SignalHead:
    """Return the head with one evidence, which `substance` holds no more, taken out again: its counts, its tags."""
    is_top = mark.evidence_id == head.top_evidence_id
    return replace(
        _untagged(head, mark),
        actors=leading_anew(substance.actors, MOST_ACTORS) if mark.actors else head.actors,
        families=leading_anew(substance.heard, MOST_FAMILIES),
        family_count=len(substance.heard),
        articles=max(0, head.articles - last_of_article),
        evidence=max(0, head.evidence - 1),
        times_extracted=max(0, head.times_extracted - (not mark.is_copy)),
        top_evidence_id="" if is_top else head.top_evidence_id,
        top_salience=0 if is_top else head.top_salience,
    )


def recount(head: SignalHead, former: EvidenceMark, mark: EvidenceMark, substance: Substance) -> SignalHead:
    """Return the head with `mark` in the place of `former`: the same words, read again in a later revision."""
    if former.kind:
        head = _untagged(head, former)
        kinds, lenses = _added(head.kinds, (mark.kind,)), _added(head.lenses, (mark.lens,))
        head = replace(
            head,
            kinds=kinds,
            lenses=lenses,
            kind=dominant_kind(kinds),
            lens=dominant_lens(lenses),
            sectors=_added(head.sectors, mark.sectors),
            geographies=_added(head.geographies, mark.geographies),
        )
    if former.actors != mark.actors:
        head = replace(head, actors=leading_anew(substance.actors, MOST_ACTORS))
    if former.evidence_id == head.top_evidence_id:
        head = replace(head, top_evidence_id=mark.evidence_id)
    return head


def _untagged(head: SignalHead, mark: EvidenceMark) -> SignalHead:
    kinds, lenses = _removed(head.kinds, (mark.kind,)), _removed(head.lenses, (mark.lens,))
    return replace(
        head,
        kinds=kinds,
        lenses=lenses,
        kind=dominant_kind(kinds) if kinds else head.kind,
        lens=dominant_lens(lenses) if lenses else head.lens,
        sectors=_removed(head.sectors, mark.sectors),
        geographies=_removed(head.geographies, mark.geographies),
    )


def _added(counts: Mapping[str, int], tags: Iterable[str]) -> dict[str, int]:
    total = dict(counts)
    for tag in tags:
        total[tag] = total.get(tag, 0) + 1
    return total


def _removed(counts: Mapping[str, int], tags: Iterable[str]) -> dict[str, int]:
    left = dict(counts)
    for tag in tags:
        if left.get(tag, 0) > 1:
            left[tag] -= 1
        else:
            left.pop(tag, None)
    return left

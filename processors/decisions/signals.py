"""How one evidence changes one signal's head: opening, counting in, taking out. Pure arithmetic on heads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from processors.decisions.ids import signal_id as derive_signal_id
from processors.decisions.policy import Policy
from processors.decisions.strength import add_mass, day_of
from schemas.evidence import EvidenceRow
from schemas.ledger import Mass, SignalHead
from schemas.vocabulary import KINDS, LENSES, Kind, Lens


def cut(text: str, most: int) -> str:
    """Return `text` within `most` characters, cut at a word and closed with an ellipsis if it was longer."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    head = text[: most - 1]
    space = head.rfind(" ")
    return (head[:space] if space > most // 2 else head).rstrip(" ,;:–—-") + "…"


def opened(row: EvidenceRow, now: datetime, policy: Policy) -> SignalHead:
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
        stories=(row.story_id,),
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
    )


def counted_in(head: SignalHead, row: EvidenceRow, *, new_article: bool, policy: Policy) -> SignalHead:
    """Return the head with `row` counted: tags, families, mass. Copies and context add no mass."""
    kinds, lenses = _added(head.kinds, (row.kind,)), _added(head.lenses, (row.lens,))
    is_voice = not row.is_copy and row.stance != "context"
    reinforces = is_voice and row.stance == "supports"
    best = reinforces and row.salience > head.top_salience
    return replace(
        head,
        kinds=kinds,
        lenses=lenses,
        kind=dominant_kind(kinds),
        lens=dominant_lens(lenses),
        sectors=_added(head.sectors, row.sectors),
        geographies=_added(head.geographies, row.geographies),
        actors=_cut_tags(_added(head.actors, row.actors)),
        stories=head.stories if row.story_id in head.stories else (*head.stories, row.story_id),
        articles=head.articles + new_article,
        evidence=head.evidence + 1,
        times_extracted=head.times_extracted + (not row.is_copy),
        families=_added(head.families, (row.family,)) if is_voice else head.families,
        mass=add_mass(head.mass, _part(row, row.micro)) if row.micro else head.mass,
        last_reinforced=max(head.last_reinforced, row.published_at) if reinforces else head.last_reinforced,
        top_evidence_id=row.evidence_id if best else head.top_evidence_id,
        top_salience=row.salience if best else head.top_salience,
    )


def published(head: SignalHead, policy: Policy) -> bool:
    """Say whether a candidate may be published: enough independent families, or one very salient evidence."""
    supporting = {part.family for part in head.mass if part.stance == "supports"}
    return len(supporting) >= policy.publish_families or head.top_salience >= policy.publish_salience


def dominant_kind(counts: Mapping[str, int]) -> Kind:
    """Return the most frequent kind, ties in vocabulary order."""
    return max(KINDS, key=lambda kind: (counts.get(kind, 0), -KINDS.index(kind)))


def dominant_lens(counts: Mapping[str, int]) -> Lens:
    """Return the most frequent lens, ties in vocabulary order."""
    return max(LENSES, key=lambda lens: (counts.get(lens, 0), -LENSES.index(lens)))


def without(head: SignalHead, part: Mass, *, is_copy: bool, last_of_article: bool) -> SignalHead:
    """Return the head with one evidence's mass and counts taken out again."""
    mass = add_mass(head.mass, replace(part, micro=-part.micro)) if part.micro else head.mass
    families = dict(head.families)
    if not is_copy and part.stance != "context" and part.family in families:
        families[part.family] -= 1
        if families[part.family] <= 0:
            del families[part.family]
    return replace(
        head,
        mass=mass,
        families=families,
        articles=max(0, head.articles - last_of_article),
        evidence=max(0, head.evidence - 1),
        times_extracted=max(0, head.times_extracted - (not is_copy)),
    )


def _part(row: EvidenceRow, micro: int) -> Mass:
    return Mass(row.story_id, row.family, row.stance, day_of(row.published_at), micro)


def _added(counts: Mapping[str, int], tags: Iterable[str]) -> dict[str, int]:
    total = dict(counts)
    for tag in tags:
        total[tag] = total.get(tag, 0) + 1
    return total


def _cut_tags(counts: dict[str, int], most: int = 40) -> dict[str, int]:
    if len(counts) <= most:
        return counts
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most])

"""A signal is divided: its evidence goes to new signals, whole stories where it can, and it holds nothing any more."""

from __future__ import annotations

from collections.abc import Iterable

from processors.decisions.counting import Member, former, members, midnight, recounted, stories_of, summed, with_peaks
from processors.decisions.draft import Draft
from processors.decisions.ids import derived
from processors.decisions.passing import named_today, passed
from processors.decisions.refusing import RefusedError, not_dismissed, note_of, record, target
from processors.decisions.settling import settle
from processors.decisions.signals import cut
from processors.decisions.story_heads import leave, with_articles
from processors.decisions.substance import Substance, negative
from schemas.copying import replace
from schemas.ledger import EvidenceChange, EvidenceMark, SignalHead
from schemas.proposal import Command, SplitPart
from schemas.vocabulary import EventKind

MOST_MOVED = 2_000  # evidence in one commit


def split(draft: Draft, command: Command) -> None:
    """Apply a split into the command's parts; what no part names goes with the first one."""
    parent = not_dismissed(target(draft, command, command.signal_id))
    held = members(draft, parent.signal_id)
    parts = _assigned(parent, held, command.parts)
    children = [child_id(parent.signal_id, command, number) for number in range(len(parts))]
    record(draft, command, parent, (former(parent),), others=tuple(children))
    before = draft.components(parent.signal_id).strength
    source = named_today(draft.substance(parent.signal_id), draft.resolve_story)
    placed = _place_stories(draft, command, stories_of(draft, parent), parts, children)
    moved = [
        [
            (article_id, replace(mark, story_id=placed.get(mark.evidence_id, mark.story_id), signal_id=child))
            for article_id, mark in part
        ]
        for part, child in zip(parts, children, strict=True)
    ]
    rewrite(draft, [member for part in moved for member in part], note_of(command, f"moved by {command.by}"))
    draft.put_substance(parent.signal_id, Substance())
    draft.signals[parent.signal_id] = replace(parent, state="split", children=tuple(children))
    for number, child in enumerate(children):
        _open(draft, command, parent, child, number, [mark for _, mark in moved[number]], source)
    away = draft.put_signal(recounted(draft, replace(draft.signal(parent.signal_id), stories=())))
    away = draft.put_signal(replace(away, top_evidence_id="", top_salience=0))
    mass = tuple(negative(part) for part in source.mass())  # of stories that were divided
    note = note_of(command, f"divided into {', '.join(children)}")
    draft.emit("split", away, before, note=note, by=command.by, mass=mass)


def child_id(parent_id: str, command: Command, number: int) -> str:
    """Return the id of the signal that a part becomes."""
    return derived("sg-", parent_id, command.command_id, str(number))


def _assigned(parent: SignalHead, held: list[Member], parts: tuple[SplitPart, ...]) -> list[list[Member]]:
    if len(held) > MOST_MOVED:
        raise RefusedError(
            f"{parent.signal_id} holds {len(held)} evidence and a split moves at most {MOST_MOVED}: it stays whole"
        )
    known = {mark.evidence_id for _, mark in held}
    goes: dict[str, int] = {}
    for number, part in enumerate(parts):
        for evidence_id in part.evidence_ids:
            if evidence_id not in known:
                raise RefusedError(
                    f"part {number + 1} names {evidence_id}, which is no standing evidence of {parent.signal_id}: "
                    f"`bellwether signal {parent.signal_id}` lists it"
                )
            if goes.setdefault(evidence_id, number) != number:
                raise RefusedError(f"{evidence_id} is named by two parts: leave it in one")
    assigned: list[list[Member]] = [[] for _ in parts]
    for article_id, mark in held:
        assigned[goes.get(mark.evidence_id, 0)].append((article_id, mark))
    for number, one in enumerate(assigned):
        if not one:
            raise RefusedError(f"part {number + 1} of {parent.signal_id} would hold no evidence: name some for it")
    return assigned


def _place_stories(
    draft: Draft, command: Command, stories: list[str], parts: list[list[Member]], children: list[str]
) -> dict[str, str]:
    """Bring each story under the child that has most of it; return the new story of each evidence that leaves its own.

    A story without standing evidence goes with the first part.
    """
    shares: dict[str, dict[int, list[Member]]] = {story_id: {} for story_id in stories}
    for number, part in enumerate(parts):
        for article_id, mark in part:
            share = shares.setdefault(draft.resolve_story(mark.story_id), {})
            share.setdefault(number, []).append((article_id, mark))
    placed: dict[str, str] = {}
    for story_id, share in shares.items():
        keeper = min(share, key=lambda number: (-len(share[number]), number), default=0)
        draft.put_story(replace(draft.story(story_id), signal_id=children[keeper]))
        for number in sorted(share.keys() - {keeper}):
            fresh = story_of(story_id, command.command_id, number)
            leave(draft, story_id, fresh, share[number], title=command.parts[number].title, signal_id=children[number])
            placed |= {mark.evidence_id: fresh for _, mark in share[number]}
        if len(share) > 1:
            draft.put_story(with_articles(draft.story(story_id), share[keeper]))
    return placed


def story_of(story_id: str, command_id: str, number: int) -> str:
    """Return the id of the story that a part of a divided story becomes."""
    return derived("st-", story_id, command_id, str(number))


def rewrite(draft: Draft, moved: Iterable[Member], reason: str) -> None:
    """Write the new place of each evidence into its article's mark and its row."""
    by_article: dict[str, dict[str, EvidenceMark]] = {}
    for article_id, mark in moved:
        by_article.setdefault(article_id, {})[mark.evidence_id] = mark
        draft.changes.append(
            EvidenceChange(mark.evidence_id, "accepted", mark.story_id, mark.signal_id, mark.stance, mark.micro, reason)
        )
    for article_id, fresh in by_article.items():
        whole = draft.mark(article_id)
        assert whole is not None, "evidence belongs to an article that was seen"
        evidence = tuple(fresh.get(mark.evidence_id, mark) for mark in whole.evidence)
        draft.marks[article_id] = replace(whole, n=draft.n, evidence=evidence)


def _open(
    draft: Draft, command: Command, parent: SignalHead, child_id: str, number: int, marks: list[EvidenceMark],
    source: Substance,
) -> None:  # fmt: skip
    """Open one child. Its scope is the title that the analyst gave; the mechanism is the parent's."""
    first = midnight(min(mark.day for mark in marks))
    title = command.parts[number].title
    draft.put_substance(child_id, summed(marks))
    fresh = replace(
        parent,
        signal_id=child_id,
        n=0,
        seq=0,
        state="candidate",
        scope=title,
        title=cut(title, draft.policy.title_length),
        analysis="",
        sentences=(),
        narrator="",
        revised_seq=0,
        rescoped=True,  # an analyst has given it
        embedding=b"",
        embedding_model="",
        opened_at=max(first, parent.opened_at),
        last_reinforced=max(first, parent.opened_at),
        published_at=None,
        merged_into="",
        parent=parent.signal_id,
        children=(),
        pinned=False,
        retitled=False,
    )
    draft.signals[child_id] = fresh
    head = draft.put_signal(with_peaks(draft, recounted(draft, fresh), (parent,)))
    moved, mass = passed(source, Substance(), named_today(draft.substance(child_id), draft.resolve_story))
    note = note_of(command, f"divided from {parent.signal_id}")
    head = draft.emit(
        "opened", head, 0.0, note=note, by=command.by, other_id=parent.signal_id, stories_moved=moved, mass=mass
    )
    if parent.published_at is None:
        settle(draft, head, head.strength, note=note, by=command.by)
        return
    state = "published" if parent.state == "candidate" else parent.state
    head = draft.put_signal(replace(head, state=state, published_at=parent.published_at))
    kind: EventKind = "published" if state == "published" else "faded" if state == "faded" else "dormant"
    draft.emit(kind, head, head.strength, note=note, by=command.by)

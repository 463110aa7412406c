"""What the ledger owns: heads of stories and signals, marks of settled articles, and its commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from schemas.article import Count, Id, Outcome
from schemas.copying import replace
from schemas.events import SignalEvent
from schemas.evidence import CitedSentence, Embedding, EvidenceRow
from schemas.mass import Mass
from schemas.proposal import Question
from schemas.vocabulary import Basis, EvidenceStatus, Kind, Lens, SignalState, Stance


@dataclass(frozen=True, slots=True)
class Recent:
    """What one of a story's latest evidence was found by: unit vector of its heaviest terms."""

    evidence_id: Id
    at: datetime
    terms: dict[str, float]


@dataclass(frozen=True, slots=True)
class StoryHead:
    """A story's latest state. `merged_into` is "" or the story that took it over."""

    story_id: Id
    n: Count  # the commit that wrote this head
    title: str
    signal_id: str
    merged_into: str
    question_id: str  # set while the story is provisional
    opened_at: datetime
    last_at: datetime
    articles: Count
    families: dict[str, int]  # articles a family, of 40 families at most; copies count for their original's family
    # Sum of the evidence's normalised term weights, cut to the heaviest terms; see processors/decisions/stories.py.
    centroid: dict[str, float]
    weight: float  # how many evidence items the centroid sums
    actors: dict[str, int]
    geographies: dict[str, int]
    # How the story bears on its signal's scope: what supports the claim of a story that speaks against the thesis
    # speaks against the thesis.
    stance: Stance = "supports"
    recent: tuple[Recent, ...] = ()  # latest evidence, oldest first
    embedding: bytes = b""  # sum of the evidence's unit vectors: float32, little-endian
    embedding_model: str = ""
    mechanism: str = ""  # of the opening evidence, as `title` is its claim; "" without a model


@dataclass(frozen=True, slots=True)
class SignalHead:
    """A signal's latest state: a thesis with a frozen scope.

    Membership and mass are kept outside, one row per evidence, so that a head stays small however much it rests on.
    """

    signal_id: Id
    n: Count
    seq: Count  # number of its latest event
    state: SignalState
    basis: Basis
    scope: str
    title: str
    analysis: str
    kinds: dict[str, int]
    lenses: dict[str, int]
    kind: Kind
    lens: Lens
    sectors: dict[str, int]
    geographies: dict[str, int]
    actors: dict[str, int]  # the most frequent ones
    stories: tuple[str, ...]  # the latest ones; `story_count` counts all
    articles: Count  # distinct articles with accepted evidence, copies included
    evidence: Count
    times_extracted: Count  # accepted evidence without syndicated copies
    families: dict[str, int]  # evidence of the most frequent publisher families; `family_count` counts all
    mass: tuple[Mass, ...]  # of before version 3; since then the evidence's rows say it
    opened_at: datetime
    published_at: datetime | None
    last_reinforced: datetime
    top_evidence_id: str
    top_salience: int
    strength: float  # as then known, at the commit that wrote this head
    merged_into: str
    analyst: str
    mechanism: str = ""  # of the scope, in general words; "" without a model
    embedding: bytes = b""  # of the opening evidence: float32, little-endian
    embedding_model: str = ""
    sentences: tuple[CitedSentence, ...] = ()  # `analysis` with its citations
    narrator: str = ""  # who wrote title and analysis; "" for the opening evidence's own words
    revised_seq: Count = 0  # the event that the latest revision had in view
    rescoped: bool = False  # a narrator has replaced the scope, which it may once
    story_count: Count = 0
    parent: str = ""  # the signal it was divided from
    children: tuple[str, ...] = ()  # of a signal that was divided
    contested: bool = False  # what contradicts it outweighs what supports it
    pinned: bool = False  # an analyst keeps it: it neither fades nor is merged or divided unasked
    retitled: bool = False  # an analyst has given the title: no narrator changes it
    opposing: float = 0.0  # the voices against it, summed, as then known
    supporting: float = 0.0  # the voices for it, summed, as then known
    family_count: Count = 0  # families with evidence that is neither a copy nor context


def with_counts(head: SignalHead) -> SignalHead:
    """Return a head that says how many stories and families it has, as those of before version 3 do not."""
    if (head.story_count or not head.stories) and (head.family_count or not head.families):
        return head
    return replace(
        head,
        story_count=head.story_count or len(head.stories),
        family_count=head.family_count or len(head.families),
    )


@dataclass(frozen=True, slots=True)
class EvidenceMark:
    """What one evidence added, so that it can be taken away again."""

    evidence_id: Id
    story_id: str
    signal_id: str
    family: str
    stance: Stance
    day: int
    micro: int
    is_copy: bool
    quote_key: str  # hash of the folded quote: the same words in a later revision are the same evidence
    # What it counts for in its signal's tags; "" and () in marks of before version 2.
    kind: str = ""
    lens: str = ""
    sectors: tuple[str, ...] = ()
    geographies: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()  # its heaviest terms, heaviest first: how far a signal's evidence hangs together
    claim: str = ""  # cut to a title's length: what a part is named by when its signal is divided
    rejected: bool = False  # an analyst has taken it out: the same words do not come in again


@dataclass(frozen=True, slots=True)
class ArticleMark:
    """The ledger has seen this revision of this article."""

    article_id: Id
    n: Count
    revision: Count
    evidence: tuple[EvidenceMark, ...]
    open_questions: tuple[str, ...]  # no outcome before they are closed
    final: bool  # False while the outcome is deferred


@dataclass(frozen=True, slots=True)
class EvidenceChange:
    """A committed evidence changed its status or its place."""

    evidence_id: Id
    status: EvidenceStatus
    story_id: str
    signal_id: str
    stance: Stance
    micro: int
    reason: str


@dataclass(frozen=True, slots=True)
class Former:
    """What a command changes in a signal's head and no mark of an article could say again."""

    signal_id: Id
    state: SignalState
    opened_at: datetime
    published_at: datetime | None
    last_reinforced: datetime
    top_evidence_id: str
    top_salience: int
    retitled: bool
    evidence: Count = 0  # if it holds as many again, nothing came in meanwhile


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a command, or what the watchman did: enough to take it back.

    `refused` says why a command changed nothing, "" when it was applied.
    """

    command_id: Id
    n: Count
    action: str
    signal_id: str
    # merge: the survivor; split: the children; merge-stories: the survivor and both stories; reject-evidence: the
    # article and the quote's key
    other_ids: tuple[str, ...]
    evidence_id: str
    former_title: str
    former_state: str
    by: str
    reason: str
    refused: str
    undone: bool = False
    former: tuple[Former, ...] = ()  # of the signals concerned, as they were before


@dataclass(frozen=True, slots=True)
class InputPosition:
    """Where the proposal came from; `incarnation` names the broker's life, since an embedded broker starts anew."""

    incarnation: str
    topic: str
    partition: Count
    offset: Annotated[int, Meta(ge=-1)]


@dataclass(frozen=True, slots=True)
class Commit:
    """One numbered, atomic record of what a proposal changed: the only truth; all else is a projection."""

    n: Annotated[int, Meta(ge=1)]
    generation: Id
    policy: str
    proposal_id: Id
    input: InputPosition
    at: datetime  # the ledger's watermark of event time after this commit
    committed_at: datetime  # wall clock; never compared between runs
    next_ordinal: Count
    ahead: datetime | None  # a time far ahead that one article claimed and no second one has confirmed yet
    events: tuple[SignalEvent, ...]
    outcomes: tuple[Outcome, ...]
    evidence: tuple[EvidenceRow, ...]
    changes: tuple[EvidenceChange, ...]
    questions: tuple[Question, ...]
    closed_questions: tuple[str, ...]
    stories: tuple[StoryHead, ...]
    signals: tuple[SignalHead, ...]
    marks: tuple[ArticleMark, ...]
    terms: tuple[str, ...] = ()  # distinct terms of the proposal's evidence: the document frequencies
    embeddings: tuple[Embedding, ...] = ()  # of the evidence that this commit places
    applied: tuple[Applied, ...] = ()

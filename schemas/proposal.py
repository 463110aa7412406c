"""Proposals: what the ledger is asked to change. Exactly one of the optional parts is set, the one `kind` names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from schemas.article import Count, Id
from schemas.evidence import CitedSentence, Evidence, EvidenceRow, RejectedQuote
from schemas.vocabulary import DateFlag, OutcomeKind, Stance

ProposalKind = Literal["extraction", "answer", "revision", "tick", "command"]
CommandAction = Literal[
    "merge", "split", "rename", "dismiss", "restore", "pin", "unpin", "reject-evidence", "undo",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that an analyst took from one revision of one article.

    `outcome` is what the extraction by itself allows: `accepted` when there is evidence, otherwise why not.
    """

    article_id: Id
    revision: Count
    external_id: str
    url: str
    title: str
    publisher: str
    family: str
    language: str
    published_at: datetime
    date_flag: DateFlag  # only an honest date moves the ledger's time
    ordinal: Count
    copy_of: str
    analyst: str
    outcome: OutcomeKind
    reason: str
    evidence: Annotated[tuple[Evidence, ...], Meta(max_length=64)]
    rejected: Annotated[tuple[RejectedQuote, ...], Meta(max_length=64)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judge's word on one candidate of a question."""

    signal_id: str
    story_id: str
    stance: Literal["supports", "contradicts", "context", "none"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A judge's answer to a question. An abstention has no verdicts; policy decides then."""

    question_id: Id
    verdicts: tuple[Verdict, ...]
    judge: str
    reason: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A narrator's new title and analysis; `scope` counts only before the signal's third evidence."""

    signal_id: Id
    based_on_seq: Count
    title: Annotated[str, Meta(min_length=1, max_length=110)]
    analysis: Annotated[str, Meta(max_length=8000)]
    scope: Annotated[str, Meta(max_length=600)]
    cites: tuple[str, ...]  # evidence ids
    narrator: str
    sentences: Annotated[tuple[CitedSentence, ...], Meta(max_length=40)] = ()  # `analysis`, sentence by sentence
    mechanism: Annotated[str, Meta(max_length=600)] = ""  # of the new scope
    embedding: Annotated[bytes, Meta(max_length=32_768)] = b""  # of the new scope and mechanism, as in Evidence
    embedding_model: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passes although no article came; sent from outside, and only when live."""

    to: datetime


@dataclass(frozen=True, slots=True)
class SplitPart:
    """One child of a signal that is divided. Evidence that no part names stays with the first part."""

    title: Annotated[str, Meta(min_length=1, max_length=110)]
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """What an analyst asks of the ledger. Ids of merged signals name their survivors."""

    command_id: Id
    action: CommandAction
    by: Annotated[str, Meta(min_length=1, max_length=200)]
    reason: Annotated[str, Meta(max_length=2000)]
    signal_id: str = ""  # for merge the one that goes
    into: str = ""  # merge: the one that stays
    title: Annotated[str, Meta(max_length=110)] = ""  # rename
    evidence_id: str = ""  # reject-evidence
    parts: Annotated[tuple[SplitPart, ...], Meta(max_length=20)] = ()  # split: two or more
    undoes: str = ""  # undo: the id of the command, or of what the watchman did


@dataclass(frozen=True, slots=True)
class Proposal:
    """Asks the ledger for one change. May come late or twice: the first one with its id wins.

    `proposal_id` never depends on what a model said: `x:<article>:<revision>`, `a:<question>`,
    `r:<signal>:<seq>`, `t:<time>`, `c:<command>`.
    """

    proposal_id: Id
    generation: Id
    kind: ProposalKind
    proposed_at: datetime  # wall clock
    extraction: Extraction | None = None
    answer: Answer | None = None
    revision: Revision | None = None
    tick: Tick | None = None
    command: Command | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story, or a thesis from other stories, that an ambiguous evidence may belong to.

    `relation` says what a "yes" does: `story`, the evidence is a part of that story; `thesis`, its own story comes to
    rest under that signal.
    """

    story_id: str  # "" for a thesis
    signal_id: str
    scope: str
    title: str
    score: float
    relation: Literal["story", "thesis"] = "story"
    mechanism: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """An ambiguous match put to a judge. Its id hashes the evidence and the candidates' scopes."""

    question_id: Id
    generation: Id
    article_id: Id
    evidence_id: Id
    story_id: Id  # the provisional story that siblings join meanwhile
    quote: str
    claim: str
    stance: Stance
    candidates: tuple[Candidate, ...]
    pending: tuple[EvidenceRow, ...]  # everything that waits for the answer, siblings included
    asked_at: datetime  # wall clock
    deadline: datetime  # wall clock; then an abstention is proposed and policy decides
    mechanism: str = ""
    embedding: bytes = b""  # of the evidence asked about, as in Evidence
    embedding_model: str = ""
    judge: str = ""  # the judge asked, by model and prompt: another one's answers are to another question

"""A ledger without any wiring: proposals in, commits out, each of them through the codec as on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from processors.decisions.ids import derived, extraction_proposal
from processors.decisions.ledger import decide
from processors.decisions.policy import Policy
from processors.decisions.state import EPOCH, LedgerState, last_sweep
from schemas.article import Outcome
from schemas.codec import decode, encode
from schemas.events import SignalEvent
from schemas.evidence import Evidence
from schemas.ledger import Applied, ArticleMark, Commit, InputPosition, SignalHead, StoryHead
from schemas.proposal import Answer, Command, Extraction, Proposal, Question, Revision, Tick, Verdict
from tests.builders import T0


def day(number: float) -> datetime:
    """Return the time `number` days after T0."""
    return T0 + timedelta(days=number)


def evidence(words: str, **given: Any) -> Evidence:
    """Return evidence whose retrieval terms are `words`; its quote says them unless another is given."""
    quote = given.get("quote", f"It is said: {words}")
    fields: dict[str, Any] = {
        "evidence_id": "", "item": 0, "quote": quote, "quote_start": 0, "quote_end": len(quote), "anchor": quote[:20],
        "claim": f"Claim: {words}", "stance": "supports", "reasoning": "", "reasoning_origin": "none",
        "kind": "structural", "lens": "policy", "sectors": ("metals",), "geographies": ("CN",), "actors": ("MOFCOM",),
        "salience": 600_000, "terms": dict.fromkeys(words.split(), 1.0),
    }  # fmt: skip
    return Evidence(**(fields | given))


def extraction(article: str, *found: Evidence | str, at: float = 0.0, family: str = "a", **given: Any) -> Extraction:
    """Return the extraction of revision 0 of an article published `at` days after T0."""
    revision = given.get("revision", 0)
    fields: dict[str, Any] = {
        "article_id": article, "revision": 0, "external_id": f"ext-{article}", "url": f"https://news.example/{article}",
        "title": f"Title of {article}", "publisher": f"Paper {family}", "family": family, "language": "en",
        "published_at": day(at), "date_flag": "ok", "ordinal": 0, "copy_of": "", "analyst": "test/1",
        "outcome": "accepted" if found else "nothing", "reason": "" if found else "nothing in it", "rejected": (),
        "evidence": tuple(
            replace(e, evidence_id=e.evidence_id or derived("ev-", article, str(revision), e.quote))
            for e in (evidence(f) if isinstance(f, str) else f for f in found)
        ),
    }  # fmt: skip
    return Extraction(**(fields | given))


def proposal(part: Extraction | Answer | Revision | Tick | Command, at: datetime = T0) -> Proposal:
    """Return the proposal that carries `part`, with the id that its role gives it."""
    match part:
        case Extraction():
            name = extraction_proposal(part.article_id, part.revision)
            return Proposal(name, "live", "extraction", at, extraction=part)
        case Answer():
            return Proposal(f"a:{part.question_id}", "live", "answer", at, answer=part)
        case Revision():
            return Proposal(f"r:{part.signal_id}:{part.based_on_seq}", "live", "revision", at, revision=part)
        case Command():
            return Proposal(f"c:{part.command_id}", "live", "command", at, command=part)
        case Tick():
            return Proposal(f"t:{part.to.isoformat()}", "live", "tick", at, tick=part)


class World:
    """The live ledger: its state, its commits so far and what they said. Any leap of time is believed unless told."""

    def __init__(self, **policy: Any) -> None:
        self.policy = Policy(**({"jump": 100_000.0} | policy))
        self.state = LedgerState(self.policy)
        self.log: list[Commit] = []

    def decide(self, part: Extraction | Answer | Revision | Tick | Command) -> Commit | None:
        """Return what the ledger would commit; nothing changes."""
        position = InputPosition("b1", "bellwether.proposals", 0, len(self.log))
        commit = decide(self.state, proposal(part), position, T0)
        return None if commit is None else decode(encode(commit), Commit)

    def offer(self, part: Extraction | Answer | Revision | Tick | Command) -> Commit | None:
        """Decide and fold; return the commit."""
        commit = self.decide(part)
        if commit is not None:
            self.log.append(commit)
            self.state.fold(commit)
        return commit

    def take(self, part: Extraction | Answer | Revision | Tick | Command) -> Commit:
        """Like offer, for a proposal that must change something."""
        commit = self.offer(part)
        assert commit is not None, f"the ledger let {part!r} pass by"
        return commit

    def read(self, article: str, *found: Evidence | str, **given: Any) -> Commit:
        """Offer an article's extraction; see `extraction`."""
        return self.take(extraction(article, *found, **given))

    def tick(self, to: float) -> Commit | None:
        """Let time pass until `to` days after T0."""
        return self.offer(Tick(day(to)))

    def answer(self, question: Question, story_id: str = "", stance: str = "supports") -> Commit | None:
        """Offer a judge's answer; without a story it says that none of the candidates fits."""
        refused = tuple(Verdict(c.signal_id, c.story_id, "none") for c in question.candidates)
        chosen = (Verdict("", story_id, stance),) if story_id else refused  # type: ignore[arg-type]
        return self.offer(Answer(question.question_id, chosen, "judge/1", "because"))

    def signal(self, article: str) -> SignalHead:
        """Return the signal that an article's first evidence counts for."""
        return self.state.signals[self.state.resolve_signal(self.state.marks[article].evidence[0].signal_id)]

    def story(self, article: str) -> StoryHead:
        """Return the story of an article's first evidence."""
        return self.state.stories[self.state.resolve_story(self.state.marks[article].evidence[0].story_id)]

    def strength(self, article: str, at: datetime | None = None) -> float:
        """Return the strength of that signal at `at`, by default now, from all that its substance says."""
        signal_id = self.state.resolve_signal(self.signal(article).signal_id)
        return self.state.components(signal_id, at or self.state.now).strength

    def question(self) -> Question:
        """Return the only open question."""
        (only,) = self.state.questions.values()
        return only

    def events(self, signal_id: str = "") -> list[SignalEvent]:
        """Return every event so far, or one signal's."""
        return [e for commit in self.log for e in commit.events if signal_id in ("", e.signal_id)]

    def outcomes(self, article: str) -> list[Outcome]:
        """Return every outcome that the article had."""
        return [o for commit in self.log for o in commit.outcomes if o.article_id == article]


def kinds(commit: Commit | None) -> list[str]:
    """Return the kinds of a commit's events."""
    return [event.kind for event in commit.events] if commit else []


def content(state: LedgerState) -> dict[str, Any]:
    """Return everything that a state says, heads as bytes: equal content is byte-equal."""
    return {
        "n": state.n,
        "now": state.now,
        "next_ordinal": state.next_ordinal,
        "ahead": state.ahead,
        "frequencies": (state.frequencies.documents, dict(state.frequencies.counts)),
        "stories": {k: msgspec.json.encode(v) for k, v in state.stories.items()},
        "signals": {k: msgspec.json.encode(v) for k, v in state.signals.items()},
        "marks": {k: msgspec.json.encode(v) for k, v in state.marks.items()},
        "questions": {k: msgspec.json.encode(v) for k, v in state.questions.items()},
        "applied": {k: msgspec.json.encode(v) for k, v in state.applied.items()},
        "holdings": {
            k: (list(state.holdings.of(k).mass()), dict(sorted(state.holdings.of(k).actors.items())))
            for k in state.signals
        },
        "members": {k: sorted(state.holdings.members(k)) for k in state.signals},
        "theses": {signal_id for signal_id in state.signals if signal_id in state.theses},
        "index": {story_id for story_id in state.stories if story_id in state.index},
        "vectors": state.index.vectors.held(),
    }


def folded(policy: Policy, commits: Iterable[Commit]) -> LedgerState:
    """Return the state that `commits` make from nothing."""
    state = LedgerState(policy)
    for commit in commits:
        state.fold(commit)
    return state


def restored(state: LedgerState, log: list[Commit]) -> LedgerState:
    """Return a new state with what a snapshot of `state` holds, in order of id and through JSON as stored."""

    def stored(heads: dict[str, Any], record: type) -> list[Any]:
        return [msgspec.json.decode(msgspec.json.encode(heads[key]), type=record) for key in sorted(heads)]

    swept = last_sweep(state.n, state.policy)
    again = LedgerState(state.policy)
    again.restore(
        state.n,
        state.now,
        state.next_ordinal,
        stored(state.stories, StoryHead),
        stored(state.signals, SignalHead),
        stored(state.marks, ArticleMark),
        stored(state.questions, Question),
        (state.frequencies.documents, dict(sorted(state.frequencies.counts.items()))),
        log[swept - 1].at if swept else EPOCH,
        state.ahead,
        stored(state.applied, Applied),
    )
    return again


def likelihood(known: str, words: str) -> float:
    """Return the probability with which an item of these words belongs to the only story, whose words are `known`."""
    world = World(join_at=1.0)
    world.read("known", known)
    compared = world.read("new", words, family="b").evidence[0].candidates
    return compared[0].score if compared else 0.0


def doubtful(known: str, words: str) -> dict[str, Any]:
    """Return a policy for which it is doubtful that `words` belong to the story of `known`, and only just."""
    at = likelihood(known, words)
    join_at = at + (likelihood(known, known) - at) / 5
    return {"join_at": join_at, "ask_from": at - (1 - at), "ask_until": join_at}

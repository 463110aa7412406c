"""The narrator: title, analysis and, early on, scope of a signal, in words that the cited evidence bears out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict

from processors.analysts.llm.api import Call, Llm, Unusable
from processors.analysts.llm.shown import as_data
from processors.decisions.in_view import in_view
from processors.decisions.narration import MOST_TITLE, Debounce, kept, stands, title_ok, whole
from processors.decisions.plain import plain
from processors.prompts import prompt
from schemas.errors import Retryable
from schemas.events import SignalEvent
from schemas.evidence import CitedSentence
from schemas.proposal import Revision

PROMPT: Final = "narrate/1"
EXTRACTIVE: Final = "extractive/1"  # who wrote an analysis that consists of the evidence's own claims
_LOOKED_AT: Final = 40  # sentences of an answer that are looked at
_MOST_SENTENCES: Final = 12
_EXTRACTED: Final = 5  # claims in the extractive form
_MOST_SCOPE: Final = 600
_MOST_CLAIM: Final = 500
_MOST_VECTOR: Final = 32_768  # bytes, as in schemas.proposal.Revision


class NarrateSentence(BaseModel):
    """One sentence with the numbers of the evidence that carries it."""

    model_config = ConfigDict(extra="forbid")

    text: str
    cites: list[int]


class NarrateAnswer(BaseModel):
    """What the model answers. Lengths are not part of the schema; code holds them."""

    model_config = ConfigDict(extra="forbid")

    title: str
    scope: str
    mechanism: str
    sentences: list[NarrateSentence]


@dataclass(frozen=True, slots=True)
class _Scope:
    """A new scope with its vector; all empty for "the scope stays as it is"."""

    scope: str = ""
    mechanism: str = ""
    embedding: bytes = b""
    embedding_model: str = ""


class LlmNarrator:
    """The port `Narrator`. `revise` raises Retryable when the service or the purse does not allow a call."""

    def __init__(self, llm: Llm) -> None:
        self._llm, self._prompt = llm, prompt(PROMPT)
        self.name = f"llm/{llm.model('narrate')}/{PROMPT}"

    async def revise(self, events: Sequence[SignalEvent]) -> Revision | None:
        """Return new words for the signal that `events` (one signal's, in order of seq) belong to.

        None when no evidence is in view. Where nothing of the model's words can stand, the analysis consists of the
        evidence's own claims and the title stays.
        """
        view = in_view(events)
        if not view:
            return None
        last = events[-1]
        asked = wants_scope(events)
        try:
            said = await self._llm.ask(
                Call("narrate", self._prompt, as_data(shown(last, view, asked)), NarrateAnswer, about=last.signal_id)
            )
        except Unusable:
            said = NarrateAnswer(title="", scope="", mechanism="", sentences=[])
        words = {event.evidence_id: words_of(event) for event in view}
        title = whole(said.title, MOST_TITLE)
        if not title_ok(title, list(words.values()), last.title):
            title = last.title
        sentences = kept(_by_id(said.sentences, view), words)[:_MOST_SENTENCES]
        scope = await self._scope(said, last, list(words.values())) if asked else _Scope()
        written = bool(sentences) or title != last.title or bool(scope.scope)
        sentences = _with_contradiction(sentences, view) if sentences else extractive(view)
        return _revision(last, title, sentences, scope, self.name if written else EXTRACTIVE)

    async def _scope(self, said: NarrateAnswer, last: SignalEvent, words: list[str]) -> _Scope:
        """Return the scope if it can stand. Its vector comes with it: without one it would be found no more."""
        scope = whole(said.scope, _MOST_SCOPE)
        if not scope or scope == last.scope or not stands(scope, words):
            return _Scope()
        mechanism = whole(said.mechanism, _MOST_SCOPE)
        if re.search(r"\d", mechanism) or not stands(mechanism, words):
            mechanism = ""
        if not self._llm.model("embed"):
            return _Scope(scope, mechanism)
        try:
            made = await self._llm.embed([f"{scope}. {mechanism}"], last.signal_id)  # as for claims of evidence
        except (Unusable, Retryable):
            return _Scope()
        if len(made.vectors) != 1 or not 0 < len(made.vectors[0]) <= _MOST_VECTOR:
            return _Scope()
        return _Scope(scope, mechanism, made.vectors[0], made.model[:200])


def wants_scope(events: Sequence[SignalEvent]) -> bool:
    """Say whether a narrator may still replace the scope: two evidence at most, and nobody has replaced it."""
    most = Debounce().scope_before
    known = {event.evidence_id for event in events if event.evidence_id}
    return events[-1].articles < most and len(known) < most and len({event.scope for event in events}) == 1


def shown(last: SignalEvent, view: Sequence[SignalEvent], write_scope: bool) -> Mapping[str, object]:
    """Return what the model sees of a signal; evidence goes by number, so that no id can be made up."""
    evidence = [
        {
            "number": number,
            "stance": event.stance or "supports",
            "publisher": event.publisher,
            "quote": event.quote,
            "claim": event.claim,
        }
        for number, event in enumerate(view, 1)
    ]
    return {"scope": last.scope, "title": last.title, "write_scope": write_scope, "evidence": evidence}


def words_of(event: SignalEvent) -> str:
    """Return the words that a sentence citing this evidence may rest on: quote, claim and who published it."""
    return "\n".join(part for part in (event.quote, event.claim, event.publisher) if part)


def extractive(view: Sequence[SignalEvent]) -> tuple[CitedSentence, ...]:
    """Return the newest evidence's claims (quotes, where there is no claim) as sentences that cite themselves."""
    newest = list(view)[-_EXTRACTED:]
    against = [event for event in view if event.stance == "contradicts"][-1:]
    told = [event for event in view if event in newest or event in against]
    return tuple(sentence for event in told if (sentence := _claim(event)) is not None)


def _claim(event: SignalEvent) -> CitedSentence | None:
    text = plain(event.claim or event.quote, _MOST_CLAIM)
    if not text:
        return None
    if event.stance == "contradicts":
        text = f"Against it: {text}"
    return CitedSentence(text if text.endswith((".", "!", "?", "…", "。")) else f"{text}.", (event.evidence_id,))


def _with_contradiction(sentences: tuple[CitedSentence, ...], view: Sequence[SignalEvent]) -> tuple[CitedSentence, ...]:
    """Return the sentences with one more when none of them cites what speaks against the scope."""
    against = [event for event in view if event.stance == "contradicts"]
    cited = {cite for sentence in sentences for cite in sentence.cites}
    if not against or any(event.evidence_id in cited for event in against):
        return sentences
    added = _claim(against[-1])
    return (*sentences, added) if added else sentences


def _by_id(sentences: Sequence[NarrateSentence], view: Sequence[SignalEvent]) -> list[CitedSentence]:
    ids = {number: event.evidence_id for number, event in enumerate(view, 1)}
    return [
        CitedSentence(one.text, tuple(ids[number] for number in one.cites if number in ids))
        for one in sentences[:_LOOKED_AT]
    ]


def _revision(
    last: SignalEvent, title: str, sentences: tuple[CitedSentence, ...], scope: _Scope, narrator: str
) -> Revision | None:
    if not sentences or not title.strip() or len(title) > MOST_TITLE:
        return None
    return Revision(
        signal_id=last.signal_id,
        based_on_seq=last.seq,
        title=title,
        analysis=" ".join(sentence.text for sentence in sentences),
        scope=scope.scope,
        cites=tuple(dict.fromkeys(cite for sentence in sentences for cite in sentence.cites)),
        narrator=narrator,
        sentences=sentences,
        mechanism=scope.mechanism,
        embedding=scope.embedding,
        embedding_model=scope.embedding_model,
    )

"""Narration: which of a narrator's words are kept, and when a signal's words are due to be written again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from processors.decisions.claims import unsupported
from processors.decisions.plain import plain
from processors.decisions.text.folding import fold
from schemas.events import SignalEvent
from schemas.evidence import CitedSentence
from schemas.vocabulary import EventKind, SignalState

MOST_TITLE: Final = 110  # characters, as in schemas.proposal.Revision
MOST_SENTENCE: Final = 600  # characters; a longer one is dropped
MOST_CITES: Final = 20  # as in schemas.evidence.CitedSentence

# What stands in quotation marks: curly, low, angle, straight and corner pairs. Single marks only from three words
# upwards: below that they are apostrophes, or words that are mentioned.
_QUOTED: Final = re.compile(
    r"[\"“”„«»]\s*([^\"“”„«»]+?)\s*[\"“”„«»]|[「『]([^「」『』]+)[」』]|[‘‚‹]([^‘’‚‹›]+(?: [^‘’‚‹›]+){2,})[’‘›]"
)
_EDGES: Final = " \t'.,;:!?…"


@dataclass(frozen=True, slots=True)
class Debounce:
    """When a signal's words are written again. Seconds are those of the wall clock."""

    quiet: float = 5.0  # so long no event of the signal may come, and so long after a narration there is no second one
    longest: float = 60.0  # a signal that never falls quiet is narrated after this many seconds all the same
    moved: float = 1.0  # strength (0–10) gained or lost since its latest words
    evidence: int = 5  # new evidence since its latest words
    scope_before: int = 3  # the second evidence always counts: after it the scope cannot be replaced any more


_ALWAYS: Final[frozenset[EventKind]] = frozenset(("published", "contradicted", "evidence-rejected", "merged", "undone"))
_OVER: Final[frozenset[SignalState]] = frozenset(("merged", "split", "dismissed"))


def kept(sentences: Sequence[CitedSentence], evidence: Mapping[str, str]) -> tuple[CitedSentence, ...]:
    """Return the sentences that may stand, made plain, in order and without repeats.

    `evidence` gives the words of each evidence by id. A sentence keeps the ids that exist, and stands only when one is
    left and those together contain its names, numbers and negations and whatever it puts in quotation marks.
    """
    found: dict[str, CitedSentence] = {}
    for one in sentences:
        text = whole(one.text, MOST_SENTENCE)
        cites = tuple(dict.fromkeys(cite for cite in one.cites if cite in evidence))[:MOST_CITES]
        if text and cites and stands(text, [evidence[cite] for cite in cites]):
            found.setdefault(text, CitedSentence(text, cites))
    return tuple(found.values())


def whole(text: str, most: int) -> str:
    """Return `text` made plain; "" when that is longer than `most`: cut short it could say something else."""
    made = plain(text, 4 * most)
    return made if len(made) <= most else ""


def stands(text: str, sources: Sequence[str]) -> bool:
    """Say whether all names, numbers, negations and quoted words of `text` occur in the sources together."""
    source = "\n".join(sources)
    return bool(source.strip()) and not unsupported(text, source) and not invented_quotes(text, source)


def invented_quotes(text: str, source: str) -> tuple[str, ...]:
    """Return what `text` puts in quotation marks and `source` does not contain (case and typography do not matter)."""
    known = fold(source, casefold=True).text
    quoted = [next(filter(None, match.groups())) for match in _QUOTED.finditer(text)]
    return tuple(words for words in quoted if fold(words, casefold=True).text.strip(_EDGES) not in known)


def title_ok(title: str, sources: Sequence[str], old: str = "") -> bool:
    """Say whether `title` (plain already) may replace `old`.

    It has to be short, borne out by the sources, and not the old title with a clause before or behind it.
    """
    if not 0 < len(title) <= MOST_TITLE or not stands(title, sources):
        return False
    new, former = _bare(title), _bare(old)
    return not former or new == former or not (f"{new} ".startswith(f"{former} ") or f" {new}".endswith(f" {former}"))


def due(events: Sequence[SignalEvent], told: int, rules: Debounce) -> bool:
    """Say whether the words of a signal are to be written again.

    `events` are known events of one signal in order of seq, its revisions among them; `told` is the seq that the
    latest narration had in view, 0 before the first.
    """
    told = max(told, in_view_of(events))
    news = [event for event in events if event.seq > told and event.kind != "revised"]
    if not news or events[-1].state in _OVER:
        return False
    if any(event.kind in _ALWAYS for event in news):
        return True
    before = [event.strength_after for event in events if event.seq <= told]
    if abs(news[-1].strength_after - (before[-1] if before else news[0].strength_before)) >= rules.moved:
        return True
    known = {event.evidence_id for event in events if event.evidence_id}
    fresh = known - {event.evidence_id for event in events if event.seq <= told}
    return len(fresh) >= rules.evidence or (len(known) == rules.scope_before - 1 and bool(fresh))


def in_view_of(events: Sequence[SignalEvent]) -> int:
    """Return the seq that the latest committed revision had in view, 0 without one; its proposal's id names it."""
    seen = [event.cause.rpartition(":")[2] for event in events if event.kind == "revised"]
    return max((int(seq) for seq in seen if seq.isdecimal()), default=0)


def narrate_at(first: float, last: float, narrated: float | None, rules: Debounce) -> float:
    """Return the time, on the clock of the arguments, at which a signal is narrated.

    `first` and `last` are when the first and the newest event waiting for it came, `narrated` when the signal's former
    narration ended, None before the first.
    """
    at = min(last + rules.quiet, first + max(rules.quiet, rules.longest))
    return at if narrated is None else max(at, narrated + rules.quiet)


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))

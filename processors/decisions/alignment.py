"""Alignment: the stretch of a text that a quote was taken from, when the quote is not quite the text's own.

A quote is split at its ellipses into parts. Each part is seeded by its rarest words, aligned word by word
(Levenshtein, rapidfuzz) and trimmed to the stretch where the words that agree outweigh those between them. The parts
must stand in order, close together; what they leave out is quoted with them.

Accepted is only a slip of the pen (`slips`): a changed number, name or negation is refused, whatever the rest, and
so is a negation among the words left out.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import Indel, Levenshtein

from processors.decisions.slips import conflict, same_numbers
from processors.decisions.text.folding import fold
from processors.decisions.text.negations import denies
from processors.decisions.text.opposites import opposed
from processors.decisions.text.words import Word, words

# Chosen on the tables of tests/unit/processors/decisions/test_grounding_near.py: in quotes with one or two
# slips at least 0.87 of the words are the text's, in paraphrases of one sentence at most 0.64.
COVERAGE = 0.8  # of the quote's words by the text's, and of the text's by the quote's; a similar word counts
SAME = 0.6  # of the quote's words, to the letter
SIMILAR = 0.7  # of two words' letters, for an inflection or a misspelling
LEAST_SAME = 3  # words; below that every word must be the text's own
MOST_GAP = 400  # characters left out between two parts: about three sentences
MOST_PARTS = 8
MOST_BRACKETED = 6  # words of the text for which a bracketed word stands
MOST_PASSAGE = 300
_MOST_SEEDS = 64  # places of one word that are tried
_MOST_TRIED = 6  # stretches that are aligned, per part

_JOINED = re.compile(r"\[(\w{1,4})\](?=\w)|(?<=\w)\[(\w{1,4})\]")
_ELISION = re.compile(r"[\[(<{]?\s*…\s*[\])>}]?")
_BRACKETED = re.compile(r"\[([^\[\]]{0,200})\]")


@dataclass(frozen=True, slots=True)
class Aligned:
    """The stretch `text[start:end]`, made of whole words."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Missed:
    """Why nothing was aligned ("" when nothing is near), and the closest passage ("" when there is none)."""

    reason: str
    closest: str


@dataclass(frozen=True, slots=True)
class _Part:
    """Words between two ellipses. `holes` are the places before which a bracketed word was taken out."""

    text: str
    words: list[Word]
    holes: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Fit:
    """Pairs of places (in the part, in the text) whose words agree, and how well they do."""

    pairs: tuple[tuple[int, int], ...]
    score: float


class _Source:
    """The words of a text, and where each of them stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = words(text)
        self.keys = [word.key for word in self.words]
        self.starts = [word.start for word in self.words]
        self.lower = {word.shown for word in self.words}
        self.places: dict[str, list[int]] = {}
        for place, key in enumerate(self.keys):
            self.places.setdefault(key, []).append(place)


def align(text: str, quote: str) -> Aligned | Missed:
    """Find the stretch of `text` that `quote` was taken from with small changes. Never raises."""
    parts = _parts(quote)
    if isinstance(parts, Missed):
        return parts
    source = _Source(text)
    whole = range(len(source.words))
    longest = max(range(len(parts)), key=lambda place: len(parts[place].words))
    missed = Missed("", "")
    for fit in _fits(source, parts[longest], whole):
        closest = _passage(source, fit)
        result = _chained(source, parts, longest, fit)
        if isinstance(result, str):
            missed = missed if missed.closest else Missed(result, closest)
            continue
        return result
    return missed


def _parts(quote: str) -> list[_Part] | Missed:
    folded = _JOINED.sub(r"\1\2", fold(quote).text)
    if any(denies(word.key) for inside in _BRACKETED.findall(folded) for word in words(inside)):
        return Missed("a negation stands in brackets", "")
    parts = [part for piece in _ELISION.split(folded) if (part := _part(piece)).words]
    if not parts:
        return Missed("", "")
    if len(parts) > MOST_PARTS:
        return Missed("it leaves out too much", "")
    return parts


def _part(piece: str) -> _Part:
    outside: list[str] = []
    holes: set[int] = set()
    last = count = 0
    for match in _BRACKETED.finditer(piece):
        outside.append(piece[last : match.start()])
        count += len(words(outside[-1]))
        holes.add(count)
        last = match.end()
    text = " ".join([*outside, piece[last:]])
    return _Part(text, words(text), frozenset(holes))


def _chained(source: _Source, parts: Sequence[_Part], longest: int, fit: _Fit) -> Aligned | str:
    """Return the stretch from the first part to the last, the longest being placed by `fit`, or why not."""
    placed: dict[int, tuple[int, int]] = {}
    problem = _problem(source, parts[longest], fit)
    if isinstance(problem, str):
        return problem
    placed[longest] = problem
    for place in [*range(longest + 1, len(parts)), *range(longest - 1, -1, -1)]:
        span = _neighbour(source, parts[place], placed, after=place > longest, place=place)
        if isinstance(span, str):
            return span
        placed[place] = span
    first, last = placed[0][0], placed[len(parts) - 1][1]
    return Aligned(source.words[first].start, source.words[last].end)


def _neighbour(
    source: _Source, part: _Part, placed: dict[int, tuple[int, int]], *, after: bool, place: int
) -> tuple[int, int] | str:
    reach = MOST_GAP + 2 * len(part.text) + 40
    if after:
        border = placed[place - 1][1] + 1
        edge = source.words[border - 1].end
        near = range(border, bisect_left(source.starts, edge + reach))
    else:
        border = placed[place + 1][0]
        edge = source.words[border].start
        near = range(bisect_left(source.starts, edge - reach), border)
    reason = ""
    fits = _fits(source, part, near)
    for fit in sorted(fits, key=lambda found: (-found.score, found.pairs[0][1] if after else -found.pairs[-1][1])):
        span = _problem(source, part, fit)
        if isinstance(span, str):
            reason = reason or span
            continue
        gap = range(border, span[0]) if after else range(span[1] + 1, border)
        width = source.words[span[0]].start - edge if after else edge - source.words[span[1]].end
        if width > MOST_GAP:
            continue
        left_out = [source.words[k] for k in gap]
        if any(denies(word.key) for word in left_out):
            reason = reason or "the words left out contain a negation: quote them too"
            continue
        return span
    return reason or "the words after an ellipsis do not follow closely in the text"


def _fits(source: _Source, part: _Part, near: range) -> list[_Fit]:
    """Return the best alignments of `part` within the words `near`, best first, the earlier of two equals first."""
    keys = [word.key for word in part.words]
    width = len(keys) // 5 + 2
    bins: Counter[int] = Counter()
    seeds = [(place, source.places.get(key, ())) for place, key in enumerate(keys)]
    seeds = [(place, found) for place, found in seeds if found]
    seeds.sort(key=lambda seed: len(seed[1]))
    rare = [seed for seed in seeds if len(seed[1]) <= _MOST_SEEDS] or seeds[:3]
    for place, found in rare:
        first = bisect_left(found, near.start)
        for at in found[first : first + _MOST_SEEDS]:
            if at >= near.stop:
                break
            bins[(at - place) // width] += 1
    ranked = sorted(bins, key=lambda number: (-bins[number] - bins.get(number + 1, 0), number))
    fits: dict[tuple[tuple[int, int], ...], _Fit] = {}
    for number in ranked[:_MOST_TRIED]:
        low = max(near.start, (number - 1) * width)
        high = min(near.stop, (number + 3) * width + len(keys))
        fit = _fit(keys, source.keys, low, high)
        if fit.pairs:
            fits.setdefault(fit.pairs, fit)
    return sorted(fits.values(), key=lambda fit: (-fit.score, fit.pairs[0][1]))


def _fit(keys: list[str], text: list[str], low: int, high: int) -> _Fit:
    """Align `keys` with `text[low:high]` and trim what only matches by chance at either side."""
    pairs: tuple[tuple[int, int], ...] = ()
    for _ in range(3):
        found = [
            (block.a + k, low + block.b + k)
            for block in Levenshtein.editops(keys, text[low:high]).as_matching_blocks()
            for k in range(block.size)
        ]
        trimmed = _trimmed(found)
        if not trimmed or trimmed == pairs:
            break
        pairs = trimmed
        before, behind = pairs[0][0], len(keys) - 1 - pairs[-1][0]
        low, high = max(low, pairs[0][1] - before - 1), min(high, pairs[-1][1] + behind + 2)
    if not pairs:
        return _Fit((), 0.0)
    covered = pairs[-1][1] - pairs[0][1] + 1
    return _Fit(pairs, len(pairs) / len(keys) - 0.1 * (covered - len(pairs)) / len(keys))


def _trimmed(pairs: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the run of pairs with the most words that agree, less the words of the text between them."""
    best = total = begin = 0
    chosen = (0, 0)
    for place, (word, at) in enumerate(pairs):
        # A word in the place of another is no gap.
        gap = max(0, at - pairs[place - 1][1] - (word - pairs[place - 1][0])) if place else 0
        if total - gap <= 0:
            total, begin = 0, place
        else:
            total -= gap
        total += 1
        if total > best:
            best, chosen = total, (begin, place + 1)
    return tuple(pairs[chosen[0] : chosen[1]])


def _problem(source: _Source, part: _Part, fit: _Fit) -> tuple[int, int] | str:
    """Return the words (first, last) of the text that `part` stands for, or why they do not agree."""
    pairs = _with_edges(source, part, fit.pairs)
    first, last = pairs[0][1], pairs[-1][1]
    similar = forgiven = 0
    known = {*fit.pairs}
    borders = [(-1, first - 1), *pairs, (len(part.words), last + 1)]
    pending: list[tuple[list[Word], list[Word]]] = []
    for (q1, w1), (q2, w2) in pairwise(borders):
        said, true = part.words[q1 + 1 : q2], source.words[w1 + 1 : w2]
        hole = any(q1 < h <= q2 for h in part.holes)
        if (q2, w2) in pairs and (q2, w2) not in known:  # an edge taken in for its likeness
            similar += 1
            pending.append(([part.words[q2]], [source.words[w2]]))
        if said or true:
            pending.append((said, true))
            similar += _likeness(said, true)
            if hole and len(true) <= MOST_BRACKETED:
                forgiven += len(true)
    same, total, covered = len(fit.pairs), len(part.words), last - first + 1 - forgiven
    if same < total and (same < LEAST_SAME or same < SAME * total or same + similar < COVERAGE * total):
        return ""
    if same + similar < COVERAGE * covered:
        return "it leaves out words of the text without saying so"
    for said, true in pending:
        if problem := conflict(said, true, source.lower):
            return problem
    # What the quote says at its ends in other words may be the opposite of what the text goes on to say.
    head, tail = part.words[: pairs[0][0]], part.words[pairs[-1][0] + 1 :]
    around = _around(source, first, last, len(head), len(tail))
    if any(denies(word.key) for word in around):
        return "it adds or drops a negation"
    if opposed([word.key for word in head + tail], [word.key for word in around]):
        return "it says the opposite"
    stretch = source.text[source.words[first].start : source.words[last].end]
    if not same_numbers(part.text, stretch):
        return "it changes a number"
    return first, last


def _around(source: _Source, first: int, last: int, head: int, tail: int) -> list[Word]:
    """Return as many words of the same sentence, and one more, as the quote has unmatched before and behind."""
    out: list[Word] = []
    for place in range(first - 1, max(-1, first - head - 2), -1) if head else ():
        if source.words[place + 1].opens:
            break
        out.append(source.words[place])
    for place in range(last + 1, min(len(source.words), last + tail + 2)) if tail else ():
        if source.words[place].opens:
            break
        out.append(source.words[place])
    return out


def _with_edges(source: _Source, part: _Part, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Take in the words at either side that are misspelt or inflected in the quote."""
    grown = list(pairs)
    while grown[0][0] > 0 and grown[0][1] > 0 and _alike(part, source, grown[0][0] - 1, grown[0][1] - 1):
        grown.insert(0, (grown[0][0] - 1, grown[0][1] - 1))
    while (
        grown[-1][0] + 1 < len(part.words)
        and grown[-1][1] + 1 < len(source.words)
        and _alike(part, source, grown[-1][0] + 1, grown[-1][1] + 1)
    ):
        grown.append((grown[-1][0] + 1, grown[-1][1] + 1))
    return grown


def _alike(part: _Part, source: _Source, place: int, at: int) -> bool:
    return Indel.normalized_similarity(part.words[place].key, source.words[at].key) >= SIMILAR


def _likeness(said: list[Word], true: list[Word]) -> int:
    """Count the words of `said` that are only misspelt, inflected or joined otherwise in `true`."""
    if "".join(word.key for word in said) == "".join(word.key for word in true):
        return max(len(said), len(true))
    if len(said) != len(true):
        return 0
    return sum(
        Indel.normalized_similarity(one.key, other.key) >= SIMILAR for one, other in zip(said, true, strict=True)
    )


def _passage(source: _Source, fit: _Fit) -> str:
    """Return the stretch of the text that is nearest, "" when few words agree."""
    if len(fit.pairs) < LEAST_SAME or fit.score < 0.4:
        return ""
    stretch = source.text[source.words[fit.pairs[0][1]].start : source.words[fit.pairs[-1][1]].end]
    return " ".join(stretch.split())[:MOST_PASSAGE]

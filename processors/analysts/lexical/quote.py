"""The quote: which sentence or two of a passage say best what happened and how it works."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from processors.analysts.lexical.contentless import is_boilerplate
from processors.analysts.lexical.lexicon import CUES
from processors.analysts.lexical.passage import Passage, Sentence
from processors.analysts.lexical.stance import turns_against
from processors.decisions.text import tokens

MOST = 400
# Below this a sentence alone says little and takes its neighbour along.
SHORT = 60
LONGEST_REASONING = 600

_NUMBER = re.compile(r"\d")
# A sentence that leans on the one before it is a poor quote.
_LEANING = re.compile(
    r"(?:it|this|these|those|he|she|they|that|such|but|and|so|then|also|yet|however)\b", re.IGNORECASE
)
_CUT = re.compile(r"[;:—–,]\s|\s")


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen span `[start, end)` of the article's text, and the sentences it comes from."""

    start: int
    end: int
    sentences: tuple[Sentence, ...]


def choose(text: str, passage: Passage, names: Sequence[int]) -> Choice | None:
    """Return the best quote of at most 400 characters, None when every sentence is boilerplate.

    `names[i]` is how many names sentence i has. Scores: 2.0 for the first sentence, falling with
    1/position; 1.0 mechanism; 0.4 for each cue of change up to two; 0.4 a number; 0.2 for each name up
    to three; 0.3 attribution; 1.5 times the share of the heading's words; 0.8 a denial; minus 0.7 for
    leaning on another sentence, 1.5 for a question, 0.8 for a fragment, 0.4 beyond 350 characters. Ties
    go to the earlier.
    """
    title_words = set(tokens(passage.heading))
    usable = [i for i, s in enumerate(passage.sentences) if passage.only_heading or not is_boilerplate(s)]
    if not usable:
        return None
    scores = {
        index: _score(passage.sentences[index], rank, names[index], title_words, passage)
        for rank, index in enumerate(usable)
    }
    best = max(usable, key=lambda index: (scores[index], -index))
    sentence = passage.sentences[best]
    following = best + 1
    if sentence.end - sentence.start < SHORT and following in scores:
        other = passage.sentences[following]
        if other.end - sentence.start <= MOST and "\n" not in text[sentence.end : other.start]:
            return Choice(sentence.start, other.end, (sentence, other))
    return Choice(sentence.start, _within(text, sentence.start, sentence.end), (sentence,))


def reasoning(passage: Passage) -> str:
    """Return the sentence that best tells cause and effect, verbatim, or "" when none does."""
    best, most = "", 0.0
    for rank, sentence in enumerate(passage.sentences):
        cues = sentence.cues("mechanism")
        if not cues or sentence.text.endswith("?") or len(sentence.text) > LONGEST_REASONING:
            continue
        if not passage.only_heading and is_boilerplate(sentence):
            continue
        score = 1.0 * min(cues, 2) + 0.3 * min(sentence.cues("change", "structural"), 3) + 1.0 / (rank + 2)
        if score > most:
            best, most = sentence.text, score
    return best


def has_number(text: str) -> bool:
    """Whether a digit occurs."""
    return _NUMBER.search(text) is not None


def _score(sentence: Sentence, rank: int, names: int, title_words: set[str], passage: Passage) -> float:
    size = sentence.end - sentence.start
    score = 2.0 / (1 + rank)
    counts = {name: sentence.cues(name) for name in ("mechanism", "change", "attribution")} if sentence.hits else {}
    score += 1.0 if counts.get("mechanism") else 0.0
    score += 0.4 * min(counts.get("change", 0), 2)
    score += 0.3 if counts.get("attribution") else 0.0
    score += 0.4 if has_number(sentence.text) else 0.0
    score += 0.2 * min(names, 3)
    if title_words:
        score += 1.5 * len(title_words.intersection(tokens(sentence.text))) / len(title_words)
        if (
            sentence.text.casefold().rstrip(".") == passage.heading.casefold().rstrip(".")
            and len(passage.sentences) > 1
        ):
            score -= 2.0  # a body that repeats its headline: the next sentence says more
    score += 0.8 if any(hit.family == CUES for hit in sentence.hits) and turns_against(sentence.hits) else 0.0
    score -= 0.7 if _LEANING.match(sentence.text) else 0.0
    score -= 1.5 if sentence.text.rstrip("\"'”’»)").endswith("?") else 0.0
    score -= 0.8 if size < 40 or not sentence.text.rstrip("\"'”’»)").endswith((".", "!", "。", "！")) else 0.0
    score -= 0.4 if size > 350 else 0.0
    return score


def _within(text: str, start: int, end: int) -> int:
    """Return where to cut a long sentence: after a clause if one ends late enough, else after a word."""
    if end - start <= MOST:
        return end
    cuts = [match.start() for match in _CUT.finditer(text, start, start + MOST)]
    clauses = [cut for cut in cuts if not text[cut].isspace() and cut - start > MOST // 2]
    if clauses:
        return clauses[-1]
    return cuts[-1] if cuts and cuts[-1] > start else start + MOST

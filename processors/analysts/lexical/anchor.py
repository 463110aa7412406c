"""The anchor: the phrase inside a quote that says most."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from processors.decisions.text import stem

MOST_WORDS, MOST_CHARACTERS = 5, 80
# Scripts without spaces have no words to count: so many signs at most.
MOST_SIGNS = 12

_WORD = re.compile(r"[$€£]?[^\W_]+(?:[-’'.,&%][^\W_]+)*%?")
_BREAK = re.compile(r"[^\s]*[,;:.!?()\"“”«»—–…][^\s]*|\n")
_WEAK_LIST = """
said says told reported announced according including like also would could may might will one two three
new made make take taken took gave give get got came come went go going say added adding set called
"""
_WEAK = frozenset(_WEAK_LIST.split())


def choose(quote: str, weights: Mapping[str, float], title_terms: Sequence[str]) -> str:
    """Return the phrase of one to five neighbouring content words of `quote` with the highest score.

    A word scores 1, +1 when the title has it, +0.3 for each further occurrence in the item up to three,
    +0.5 for a capital inside the sentence, +0.4 for a digit; the score of a phrase is the sum of its
    words less 0.9 a word, plus 0.5 when it has more than one, less 0.6 when it ends like a verb (-ed,
    -ing). Ties go to the earlier, then the longer phrase.
    """
    titled = set(title_terms)
    best, most = "", float("-inf")
    run: list[tuple[int, int, float]] = []
    end = 0
    for match in _WORD.finditer(quote):
        word = match.group()
        term = stem(word.rstrip("%"))
        digits = any(c.isdigit() for c in word)
        if run and (quote[end : match.start()] != " " and quote[end : match.start()].strip(" -") != ""):
            run = []
        end = match.end()
        if (not term and not digits) or word.lower() in _WEAK:
            run = []
            continue
        capital = word[0].isupper() and match.start() > 0
        value = (
            1.0
            + (term in titled)
            + 0.3 * min(max(weights.get(term, 0.0) - 1.0, 0.0), 3.0)
            + 0.5 * capital
            + 0.4 * digits
        )
        trailing_verb = word[0].islower() and word.endswith(("ed", "ing"))
        run.append((match.start(), match.end(), value - 0.9))
        total = 0.0
        for back in range(1, min(len(run), MOST_WORDS) + 1):
            total += run[-back][2]
            start = run[-back][0]
            if match.end() - start > MOST_CHARACTERS:
                break
            score = total + (0.5 if back > 1 else 0.0) - (0.6 if trailing_verb else 0.0)
            if score > most:
                best, most = quote[start : match.end()], score
    return _short(best or quote)


def _short(phrase: str) -> str:
    if len(phrase) > MOST_SIGNS and " " not in phrase and any("\u0e00" <= c <= "\uffdc" for c in phrase):
        return phrase[:MOST_SIGNS]
    if len(phrase) <= MOST_CHARACTERS:
        return phrase
    cut = phrase.rfind(" ", 0, MOST_CHARACTERS)
    return phrase[: cut if cut > 0 else MOST_CHARACTERS]

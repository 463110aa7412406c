"""Retrieval terms: the words by which stories find each other."""

from __future__ import annotations

import re

from processors.decisions.text.stopwords import STOPWORDS

LIMIT = 80
TITLE_WEIGHT = 2.0
# Beyond this many characters of the body nothing new is expected for retrieval, only time is spent.
BODY_CHARACTERS = 6000

# Scripts written without spaces: Han, Kana, Thai, Lao, Khmer, Burmese. Their terms are pairs of characters.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"  # vowel signs, not in \w
_WORD = re.compile(
    rf"[{_UNSPACED}]+"
    r"|(?:[A-Z]\.){2,}[A-Z]?"
    r"|\d+(?:[.,]\d+)+"
    rf"|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+(?:['’](?:[^\W_{_UNSPACED}]|[{_MARKS}])+)*"
)
_UNSPACED_SIGN = re.compile(rf"[{_UNSPACED}]")
_ASCII_WORD = re.compile(r"(?:[A-Z]\.){2,}[A-Z]?|\d+(?:[.,]\d+)+|[A-Za-z0-9]+(?:'[A-Za-z0-9]+)*")
_UNITED_STATES = frozenset(("US", "U.S.", "U.S", "USA", "U.S.A.", "U.S.A"))


def tokens(text: str) -> list[str]:
    """Return the content words of `text` in order: lower-cased, stemmed, without stop words, repeats kept.

    Acronyms lose their stops ("U.N." is "un"), and the United States become "usa" so that they are not the
    pronoun. Scripts without spaces give their overlapping pairs of characters.
    """
    return [word for word in _words(text) if word]


def _words(text: str) -> list[str]:
    """Return the words of `text` in order, "" in the place of a stop word."""
    # In a text all in capitals "US" may be the pronoun, and every word looks like an acronym.
    pronoun = text.isupper()
    if not _UNSPACED_SIGN.search(text):
        known = _STEMS
        return [
            (term if (term := known.get(word)) is not None else stem(word)) if word != "US" or not pronoun else ""
            for word in (_ASCII_WORD if text.isascii() else _WORD).findall(text)
        ]
    found: list[str] = []
    for word in _WORD.findall(text):
        if _UNSPACED_SIGN.match(word):
            found.extend(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        else:
            found.append(stem(word))
    return found


def stem(word: str) -> str:
    """Return the term of one word: lower case, no possessive, English plural undone; "" for a stop word."""
    known = _STEMS.get(word)
    if known is None:
        known = _stem(word)
        if len(_STEMS) < _STEMS_KEPT:
            _STEMS[word] = known
    return known


# A memory of pure results: the same in every process whatever it holds.
_STEMS: dict[str, str] = {}
_STEMS_KEPT = 200_000


def _stem(word: str) -> str:
    if word in _UNITED_STATES:
        return "usa"
    lower = word.lower().replace("’", "'")
    if lower in STOPWORDS:
        return ""
    if "." in lower and not lower[0].isdigit():
        lower = lower.replace(".", "")
    if "'" in lower:
        head, _, tail = lower.partition("'")
        # French and Italian elision ("l'accord") against English possessives and contractions
        lower = tail if len(head) <= 2 < len(tail) else head
        if lower in STOPWORDS:
            return ""
    if lower[0].isdigit():
        return "" if lower.isdigit() and _says_little(lower) else lower
    if not lower.isascii():
        return lower
    return _reduce(lower) if len(lower) > 1 else ""


def _says_little(digits: str) -> bool:
    """Days, small counts and years: they change between reports of one story and recur in all others."""
    return len(digits) <= 2 or (len(digits) == 4 and digits[:2] in ("19", "20"))


def _reduce(word: str) -> str:
    """Undo English plural, tense, agent and demonym endings: Iran and Iranian, kill and killing meet."""
    if len(word) > 3 and word[-1] == "s" and word[-2] not in "sui":
        if word.endswith("ies"):
            word = word[:-3] + "y"
        elif word.endswith(("ches", "shes", "xes", "zes", "sses")):
            word = word[:-2]
        else:
            word = word[:-1]
    for ending, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            word = word[: -len(ending)]
            if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "aeiouls":
                word = word[:-1]
            break
    word = _without_vowels(word)
    if len(word) > 5 and word.endswith("an"):
        word = _without_vowels(word[:-1])
    return word


_ENDINGS = (("ing", 4), ("ed", 4), ("er", 4), ("ese", 4), ("ly", 4))


def _without_vowels(word: str) -> str:
    while len(word) > 4 and word[-1] in "aeiy":
        word = word[:-1]
    return word


def terms(title: str, body: str) -> dict[str, float]:
    """Return up to 80 retrieval terms with their weighted occurrences (each at least 1), heaviest first.

    A word of the title counts TITLE_WEIGHT times, one of the body once. Pass "" as body when the text only
    repeats the title. Ties go to the term seen first, so the result is the same everywhere. Word pairs and
    name phrases are left out on purpose: on the labelled news streams they lost .00 to .02 BCubed F1.
    """
    counts: dict[str, float] = {}
    for part, weight in ((title, TITLE_WEIGHT), (body[:BODY_CHARACTERS], 1.0)):
        for word in _words(part):
            if word:
                counts[word] = counts.get(word, 0.0) + weight
    if len(counts) <= LIMIT:
        return counts
    return dict(sorted(counts.items(), key=lambda item: -item[1])[:LIMIT])

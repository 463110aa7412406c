"""Names in running text, as far as capitals and shape show them, and whether a source has them.

Seen as names: words with a capital within a sentence, acronyms, CamelCase, letters with digits ("H100"), at the
beginning of an English sentence a word that is not ordinary. German writes every noun with a capital: there only
acronyms and mixed shapes, and words that stand without article or adjective and are not built like a common noun.
In other languages a lone word at the beginning of a sentence is not looked at. Scripts without capitals hide
their names: there only runs of three or more Katakana signs and Latin words are seen, all else passes.
"""

from __future__ import annotations

import re

from processors.decisions.text.demonyms import root, shortened
from processors.decisions.text.folding import fold
from processors.decisions.text.numbers import MEASURES
from processors.decisions.text.ordinary import german_noun, ordinary
from processors.decisions.text.stopwords import STOPWORDS
from processors.decisions.text.words import Word, words

_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]{3,}")
_GERMAN_SIGN = re.compile(r"\b(?:der|die|das|und|ist|nicht|ein|eine|mit|für|wird|werden|auf|dem|den|im)\b")
_LINKS = frozenset(("of", "and", "for", "the", "on", "de", "la", "für", "und", "&"))
_LONGEST = 7  # words in a name that an acronym stands for


def missing_names(said: str, source: str, language: str = "") -> list[str]:
    """Return the names of `said`, as written, that `source` does not have."""
    code = language[:2].lower() or ("de" if len(_GERMAN_SIGN.findall(said)) >= 2 else "en")
    said, source = shortened(said), shortened(source)
    found = words(said)
    known = _Known(source)
    spelled = _spelled_out(found, known)
    heading = _heading(found)
    missing = [
        word.shown.removesuffix("'s")
        for place, word in enumerate(found)
        if place not in spelled and _is_name(found, place, code, heading=heading) and not known.has(word)
    ]
    folded = fold(source).text
    missing += [run for run in _KATAKANA.findall(fold(said).text) if run not in folded]
    return missing


class _Known:
    """What a source has: words, their roots, its letters without gaps, the initials of its names."""

    def __init__(self, source: str) -> None:
        found = words(source)
        self.keys = {word.key for word in found}
        self.roots = {root(key) for key in self.keys}
        self.squeezed = "".join(c for c in fold(source, casefold=True).text if c.isalnum())
        self.initials = _initials(found)

    def has(self, word: Word) -> bool:
        key = word.key
        if key in self.keys or key.removesuffix("s") in self.keys or root(key) in self.roots:
            return True
        if _mixed(word.shown):
            return key in self.initials or (len(key) > 3 and key in self.squeezed)
        return False


def _is_name(found: list[Word], place: int, code: str, *, heading: bool) -> bool:
    word = found[place]
    shown = word.shown.removesuffix("'s")
    if len(shown) < 2 or not any(c.isupper() for c in shown):
        return bool(len(shown) > 1 and shown[0].isalpha() and any(c.isdigit() for c in shown))
    if word.key in _TITLES or word.key in MEASURES or _PERIOD.fullmatch(word.key):
        return False
    if _mixed(shown):
        return True
    if not shown[0].isupper() or word.key in _LITTLE:
        return False
    if code == "de":
        before = found[place - 1].shown.lower() if place and not word.opens else ""
        return not german_noun(before, word.key)
    if not (word.opens or heading):
        return True
    followed = place + 1 < len(found) and found[place + 1].shown[:1].isupper() and not found[place + 1].opens
    if code != "en":
        return followed and not heading
    return not ordinary(word.key)


_TITLES_LIST = """
mr mrs ms dr sir president chairman chairwoman chief executive officer minister prime secretary senator governor mayor
judge professor director spokesman spokeswoman ceo cfo cto ai
"""
_TITLES = frozenset(_TITLES_LIST.split())
_LITTLE = STOPWORDS.difference(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
_PERIOD = re.compile(r"q[1-4]|h[12]|fy\d*")  # "Q3", "H1": their numbers are looked at as such


def _mixed(shown: str) -> bool:
    """Whether it is an acronym, CamelCase or letters with digits."""
    return len(shown) > 1 and (
        any(c.isupper() for c in shown[1:]) or (shown[0].isalpha() and any(c.isdigit() for c in shown))
    )


def _heading(found: list[Word]) -> bool:
    """Whether nearly all words have capitals, so that a capital says nothing."""
    long = [word for word in found if len(word.shown) > 3 and word.shown[0].isalpha()]
    return len(long) > 3 and sum(word.shown[0].isupper() for word in long) > 0.7 * len(long)


def _runs(found: list[Word]) -> list[list[int]]:
    """Return the places of words with capitals that follow each other, small linking words between them allowed."""
    runs: list[list[int]] = []
    for place, word in enumerate(found):
        if not word.shown[:1].isupper():
            continue
        joined = runs and (
            runs[-1][-1] == place - 1
            or (
                all(found[k].key in _LINKS for k in range(max(runs[-1][-1] + 1, place - 3), place))
                and place - runs[-1][-1] <= 3
            )
        )
        if joined:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _initials(found: list[Word]) -> set[str]:
    out: set[str] = set()
    for run in _runs(found):
        letters = "".join(found[place].key[0] for place in run)
        for start in range(len(letters)):
            out.update(letters[start:stop] for stop in range(start + 2, min(len(letters), start + _LONGEST) + 1))
    return out


def _spelled_out(found: list[Word], known: _Known) -> set[int]:
    """Return the places of words that spell out an acronym of the source ("European Union" for "EU")."""
    out: set[int] = set()
    for run in _runs(found):
        for start in range(len(run)):
            for stop in range(min(len(run), start + _LONGEST), start + 1, -1):
                if "".join(found[place].key[0] for place in run[start:stop]) in known.keys:
                    out.update(run[start:stop])
    return out

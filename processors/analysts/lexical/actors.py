"""Actors: the proper names of a passage, without titles, places, dates or the publisher itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from processors.analysts.lexical.lexicon import ORGANISATION, PLACE, WEAK_PLACE, Hit
from processors.analysts.lexical.names import ALONE, CALENDAR, HONORIFICS, LEADING, NOT_ACTORS, OFFICES
from processors.analysts.lexical.passage import Passage
from processors.decisions.text.stopwords import STOPWORDS

MOST = 20
MOST_LENGTH = 120

_CAPITAL = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪĶŁŃŇŐŘŚŞŠŤŪŮŰŹŻŽ"
_WORD = rf"(?:(?:[{_CAPITAL}]\.)+|(?:(?:al|el|an|ar|as|ash)-)?[{_CAPITAL}][\w]*(?:[-’'&][\w]+)*)"
_LINK = r"(?: (?:of(?: the)?|de(?: la)?|del|da|van|von|der|den|bin|ibn|al|el|le|du|di|&) | )"
_NAME = re.compile(rf"\b{_WORD}(?:{_LINK}{_WORD})*")
_BODIES_LIST = """
Bank Ministry Department University Republic Kingdom Church Government Parliament Court House Institute
State Chamber Federation Union Commonwealth City College Museum Archbishop Prince Princess Duke Gulf
Authority Organization Organisation Association Board Council Office Bureau Agency Academy School
Society League Army Alliance Party Congress Conference Committee Commission Centre Center States
Emirates Order Confederation Trust Fund Movement Front Brotherhood Federations Chambers Strait Bay Cape
Port Doctors Ministers Bureau Act
"""
_BODIES = frozenset(_BODIES_LIST.split())
_LINKS_LIST = """
of the de la del da van von der den bin ibn al el le du di &
"""
_LINKS = frozenset(_LINKS_LIST.split())
_POSSESSIVE = re.compile(r"['’]s?$")
_ACRONYM = re.compile(r"[A-Z][A-Z&]{1,5}\d?$")
_MIXED = re.compile(r"[A-Za-z]*[a-z][A-Z]\w*|\w*\d\w*$|\w+-[A-Z]")  # DeepSeek, xAI, R1, Al-Shabaab
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")


class Mention(NamedTuple):
    """A name in sentence `sentence` (-1 in the heading), at `[start, end)` of that string."""

    sentence: int
    start: int
    end: int
    name: str
    sure: bool  # False for a lone word whose capital may come from beginning a sentence


def mentions(passage: Passage) -> list[Mention]:
    """Return the names in order of reading, places and dates left out."""
    found: list[Mention] = []
    if passage.heading and not passage.only_heading:
        found.extend(_in(passage.heading, -1, passage.heading_hits, 0, passage.language))
    for index, sentence in enumerate(passage.sentences):
        found.extend(_in(sentence.text, index, sentence.hits, sentence.start, passage.language))
    known = {m.name for m in found if m.sure}
    known.update(name.rsplit(" ", 1)[-1] for name in list(known))  # surnames of the names in full
    known.update(_repeated(passage, [m.name for m in found if m.name not in known]))
    return [m for m in found if m.sure or m.name in known]


def actors(found: list[Mention], publisher: str) -> tuple[str, ...]:
    """Return up to 20 names, most frequent first, ties by first mention. Surnames count for full names."""
    counts: dict[str, int] = {}
    for mention in found:
        counts[mention.name] = counts.get(mention.name, 0) + 1
    full = [name for name in counts if " " in name]
    for name in list(counts):
        if " " in name:
            continue
        longer = next((f for f in full if f.startswith(name + " ") or f.endswith(" " + name)), None)
        if longer is not None:
            counts[longer] += counts.pop(name)
    own = publisher.casefold().removeprefix("the ")
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    return tuple(name for name, _ in ranked if not own or name.casefold() not in (own, f"the {own}"))[:MOST]


def _repeated(passage: Passage, doubtful: list[str]) -> Iterator[str]:
    """Yield lone words that begin several sentences and are never written small: a name, if no plural."""
    for name in dict.fromkeys(doubtful):
        if doubtful.count(name) > 1 and name[-1] != "s" and len(name) > 3:
            small = name[0].lower() + name[1:]
            if small not in passage.heading and not any(small in s.text for s in passage.sentences):
                yield name


def is_title_case(text: str) -> bool:
    """Whether most longer words begin with a capital, so that a capital says nothing."""
    words = _LONG_WORD.findall(text)
    return len(words) >= 3 and sum(word[0].isupper() for word in words) >= 0.6 * len(words)


def _in(text: str, index: int, hits: tuple[Hit, ...], offset: int, language: str) -> Iterator[Mention]:
    places = {text[h.start - offset : h.end - offset] for h in hits if h.family in (PLACE, WEAK_PLACE)}
    # A sentence with its full stop may hold many names; a headline without one is written in capitals.
    stopped = text.endswith(".") and not text.endswith("..")
    capitals_say_nothing = not stopped and is_title_case(text)
    shouting = text.isupper()
    covered: set[int] = set()
    for match in _NAME.finditer(text):
        if shouting:
            break
        initial = not text[: match.start()].strip(" \"'“‘«([•-–—")
        for start, words in _parts(match):
            name, at = _trimmed(words, start, places)
            if not name or name in places:
                continue
            single = " " not in name
            first = initial and at == start
            if first and len(words) == 2 and words[-1] in places:
                continue  # "Senior Libyan officials": an adjective at the beginning, then a demonym
            strong = bool(_ACRONYM.match(name) or _MIXED.match(name))
            if single and (name in NOT_ACTORS or (name.upper() in NOT_ACTORS and not strong)):
                continue
            if capitals_say_nothing and not strong:
                continue
            if language == "de" and not strong and (single or first):
                continue  # German nouns have capitals: only sequences inside a sentence are likely names
            if single and (_bare(name) in ALONE or _bare(name) in LEADING):
                continue
            sure = not (single and first) or strong
            if sure:
                covered.update(range(at, at + len(name)))
            yield Mention(index, at, at + len(name), name[:MOST_LENGTH], sure)
    for hit in hits:
        if hit.family == ORGANISATION and hit.start - offset not in covered:
            yield Mention(index, hit.start - offset, hit.end - offset, hit.value, True)


def _parts(match: re.Match[str]) -> Iterator[tuple[int, list[str]]]:
    """Split a capitalised sequence after possessives: "China's Huawei" holds two names."""
    start, words, at = match.start(), list[str](), match.start()
    for word in match.group().split(" "):
        if not words:
            start = at
        words.append(word)
        at += len(word) + 1
        if _POSSESSIVE.search(word):
            yield start, words
            words = []
    if words:
        yield start, words


def _trimmed(words: list[str], start: int, places: set[str]) -> tuple[str, int]:
    """Return the name without what only stands before or behind it, and where it begins."""
    words = [*words[:-1], _POSSESSIVE.sub("", words[-1])]
    while words:
        first = _bare(words[0])
        follows = _bare(words[1]) if len(words) > 1 else ""
        office = follows in HONORIFICS or follows in OFFICES
        if not (_no_name(first) or words[0] in ("A", "I") or (office and (first in OFFICES or words[0] in places))):
            break
        start += len(words[0]) + 1
        words = words[1:]
    while words and (_bare(words[-1]) in CALENDAR or _bare(words[-1]) in _LINKS):
        words = words[:-1]
    if "of" in words and words[words.index("of") - 1] not in _BODIES:
        words = words[: words.index("of")]  # a person of a country or firm, but the Bank of England
    name = " ".join(words)
    return (name, start) if len(name) > 1 else ("", start)


@lru_cache(maxsize=20_000)
def _bare(word: str) -> str:
    return word.lower().strip(".")


@lru_cache(maxsize=20_000)
def _no_name(word: str) -> bool:
    if word in _LINKS or word in HONORIFICS or word in CALENDAR or word in LEADING:
        return True
    return len(word) > 1 and word in STOPWORDS

"""Finds the words of articles that were taken down, wherever they stand, and puts a mark in their place. Pure.

Records that belong to such an article lose all their words. Everywhere else runs of words go that stand so in the
article: titles, analyses, notes and briefs are made of them. Ids, numbers, tags, hashes and single retrieval terms
stay, so that the sums stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.takedown import TAKEN

RUN: Final = 6  # words in a row that make it the article's wording
_LEAST: Final = 3  # the same for a whole text, such as a title, that has no more
_TOKEN: Final = re.compile(r"&#?\w+;|[^\W_]+")
_MARKED: Final = ("quote", "anchor", "claim")
_EMPTIED: Final = ("reasoning", "mechanism", "article_title")
_WHOLE: Final = ("title", "scope")  # of a signal or story: half a sentence is no title
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What is to go: articles and evidence by id, and the words that nobody else has said."""

    articles: frozenset[str]
    evidence: frozenset[str]
    runs: frozenset[Words] = field(repr=False)  # of RUN words, or of fewer when that was all of a text

    @classmethod
    def of(
        cls, articles: Iterable[str], evidence: Iterable[str], texts: Iterable[str], said: Iterable[str],
        kept: Iterable[str] = (),
    ) -> Taken:  # fmt: skip
        """Make it from the articles' `texts`, what was `said` of them (titles, claims, reasoning), and what is `kept`
        because articles that stay say it too."""
        told, staying = [_words(text) for text in said], [_words(text) for text in kept]
        runs = {run for words in (*map(_words, texts), *told) for run in _runs(words, RUN)}
        runs |= {words for words in told if _LEAST <= len(words) < RUN}
        runs -= {run for words in staying for size in range(_LEAST, RUN + 1) for run in _runs(words, size)}
        return cls(frozenset(articles), frozenset(evidence), frozenset(runs))

    def touches(self, text: str) -> bool:
        """Say whether a text has words of the articles."""
        words = _words(text)
        return any(run in self.runs for size in range(_LEAST, RUN + 1) for run in _runs(words, size))

    def scrubbed(self, text: str) -> str:
        """Return the text with a mark in the place of each such stretch."""
        spans = [match for match in _TOKEN.finditer(text) if not match[0].startswith("&")]
        words = tuple(match[0].casefold() for match in spans)
        gone = [False] * len(words)
        for size in range(_LEAST, RUN + 1):
            for start, run in enumerate(_runs(words, size)):
                if run in self.runs:
                    gone[start : start + size] = [True] * size
        if not any(gone):
            return text
        kept, at, position = [], 0, 0
        while position < len(words):
            if not gone[position]:
                position += 1
                continue
            first = position
            while position < len(words) and gone[position]:
                position += 1
            kept += [text[at : spans[first].start()], TAKEN]
            at = spans[position - 1].end()
        return "".join([*kept, text[at:]])

    def redacted(self, value: Any, title_of: Callable[[str], str] = lambda signal_id: TAKEN) -> Any:
        """Return a record, as plain data, without the words. `title_of` says what a signal is called instead."""
        if isinstance(value, str):
            return self.scrubbed(value)
        if isinstance(value, Mapping):
            return self._record(value, title_of)
        if isinstance(value, (list, tuple)):
            return [self.redacted(each, title_of) for each in value if not self._is_vector(each)]
        return value

    def _record(self, record: Mapping[str, Any], title_of: Callable[[str], str]) -> dict[str, Any]:
        article, evidence = record.get("article_id", ""), record.get("evidence_id", "")
        ours = article in self.articles or evidence in self.evidence
        others = not ours and bool(article or evidence)
        found: dict[str, Any] = {}
        for name, value in record.items():
            if ours and name in _MARKED and isinstance(value, str):
                found[name] = TAKEN if value else ""
            elif ours and name in _EMPTIED:
                found[name] = ""
            elif ours and name == "terms":
                found[name] = type(value)()
            elif ours and name == "embedding":
                found[name], found["embedding_model"] = type(value)(), ""
            elif (others and name in (*_MARKED, *_EMPTIED)) or (name == "embedding_model" and name in found):
                found[name] = found.get(name, value)  # their own words, whoever else has said them
            elif name in _WHOLE and isinstance(value, str):
                scrubbed = self.scrubbed(value)
                found[name] = value if scrubbed == value else title_of(str(record.get("signal_id", "")))
            else:
                found[name] = self.redacted(value, title_of)
        return found

    def _is_vector(self, value: Any) -> bool:
        return isinstance(value, Mapping) and "vector" in value and value.get("evidence_id") in self.evidence


def _words(text: str) -> Words:
    return tuple(match[0].casefold() for match in _TOKEN.finditer(text) if not match[0].startswith("&"))


def _runs(words: Words, size: int) -> Iterable[Words]:
    return (words[start : start + size] for start in range(len(words) - size + 1))

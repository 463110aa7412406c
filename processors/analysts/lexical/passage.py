"""A passage: the title and the span of text that one item of an article consists of, read once.

Everything an analyst's steps ask of the text (sentences, hits, names) is found here, so that no step searches
the text again.
"""

from __future__ import annotations

from dataclasses import dataclass

from processors.analysts.lexical.lexicon import CUES, Hit, Lexicon
from processors.decisions.text import sentences

# Beyond this many characters an article repeats itself; quotes and tags are taken from what comes before.
MOST_CHARACTERS = 12_000


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text[start:end]` of the article, and the numbers of its cues by list."""

    start: int
    end: int
    text: str
    hits: tuple[Hit, ...]  # offsets into the article's text

    def cues(self, *names: str) -> int:
        """Return how many cues of these lists it has, each phrase once."""
        return len({hit.start for hit in self.hits if hit.family == CUES and hit.value in names})


@dataclass(frozen=True, slots=True)
class Passage:
    """One item: its heading, its sentences in order, and what the lexicon finds in both."""

    heading: str
    heading_hits: tuple[Hit, ...]  # offsets into the heading; empty when the text only repeats the heading
    sentences: tuple[Sentence, ...]
    language: str
    only_heading: bool  # the text is the heading and nothing else

    @property
    def body(self) -> str:
        """The text from its first to its last sentence, with spaces for what lies between."""
        return " ".join(sentence.text for sentence in self.sentences)


def read(text: str, span: tuple[int, int], heading: str, language: str, lexicon: Lexicon) -> Passage:
    """Read `text[span[0]:span[1]]` under `heading`, at most 12,000 characters of it."""
    start, end = span[0], min(span[1], span[0] + MOST_CHARACTERS)
    window = text[start:end]
    spans = sentences(window)
    hits = sorted(lexicon.hits(window))
    found: list[Sentence] = []
    at = 0
    for first, last in spans:
        inside: list[Hit] = []
        while at < len(hits) and hits[at].start < last:
            hit = hits[at]
            at += 1
            if hit.start >= first and hit.end <= last:
                inside.append(Hit(hit.start + start, hit.end + start, hit.family, hit.value))
        found.append(Sentence(start + first, start + last, window[first:last], tuple(inside)))
    same = "".join(heading.split()) == "".join(window.split())
    heading_hits = () if same or not heading else tuple(lexicon.hits(heading))
    return Passage(heading, heading_hits, tuple(found), language, same)

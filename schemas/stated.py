"""What a page of an older system stated about one signal: a layer of its own, never evidence by itself.

A page is read line by line (producers/signal_page). `lines` has every line that it shows, in its order; the other
fields are what was understood. Nothing here weighs anything: a quote begins to count when an article of the same title
holds it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final, Literal

StatedState = Literal["none", "empty", "quote", "reasoned"]
LineRole = Literal[
    "site", "tagline", "back", "title", "figures", "class", "heading", "analysis", "actor", "source", "evidence",
    "recorded", "reasoning", "legacy-date", "legacy", "footer", "unread",
]  # fmt: skip

IMPORTED: Final = "import-page"  # the analyst of imported evidence: whoever wrote the page
# A rejected imported quote whose words the article's analyst has taken too: the rest is the id of that evidence.
TAKEN_AS: Final = "imported words that are counted already, as "
MOST_QUOTE: Final = 4000  # characters: a longer quote cannot become evidence
MOST_ANCHOR: Final = 300
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class StatedLine:
    """One line of the page. `source` is the index of the source article it belongs to, -1 for none."""

    role: LineRole
    text: str
    source: int = -1


@dataclass(frozen=True, slots=True)
class StatedActor:
    """A key actor, with its count where the page gives one."""

    name: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class StatedSource:
    """A source article as stated. `state` keeps four things apart: "(no evidence)"; an empty quote; a quote; a quote
    with reasoning. `recorded_at` is UTC."""

    title: str
    state: StatedState
    quote: str = ""
    anchor: str = ""
    recorded_at: datetime | None = None
    reasoning: tuple[str, ...] = ()  # paragraphs


@dataclass(frozen=True, slots=True)
class LegacyPart:
    """A stretch of legacy reasoning from one dated marker to the next; `day` is None before the first marker."""

    day: date | None
    text: str  # without its marker; paragraphs are split by "\n\n"


@dataclass(frozen=True, slots=True)
class LegacyReasoning:
    """One reasoning that no article anchors, with its date where the page gives one."""

    day: date | None
    parts: tuple[LegacyPart, ...]


@dataclass(frozen=True, slots=True)
class StatedSignal:
    """One page. Days are as written (no zone), times are UTC; words of the class are as written, known or not."""

    import_id: str
    title: str
    strength: float
    times_extracted: int
    first_day: date
    last_reinforced: date
    articles: int
    kind: str = ""
    lens: str = ""
    sectors: tuple[str, ...] = ()
    geographies: tuple[str, ...] = ()
    analysis: tuple[str, ...] = ()  # paragraphs
    actors: tuple[StatedActor, ...] = ()
    sources: tuple[StatedSource, ...] = ()
    stated_sources: int | None = None  # the count in the heading of the sources
    legacy: tuple[LegacyReasoning, ...] = ()
    stated_legacy: int | None = None
    site: str = ""
    tagline: str = ""
    footer: str = ""
    locale: str = ""  # how its dates were read: a BCP 47 tag and a name of the IANA time zone database
    zone: str = ""
    lines: tuple[StatedLine, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def unread(self) -> tuple[str, ...]:
        """Return the lines that were not understood."""
        return tuple(line.text for line in self.lines if line.role == "unread")

    @property
    def quoted(self) -> tuple[StatedSource, ...]:
        """Return the sources that have a quote."""
        return tuple(source for source in self.sources if source.quote)


def import_id(title: str, first_day: str) -> str:
    """Return "im-" and 16 hex digits, from the title (case and spacing do not matter) and the first date as written.

    As written, so that a page that was read in the wrong locale is replaced when it is read again.
    """
    folded = _SPACES.sub(" ", unicodedata.normalize("NFKC", title).casefold()).strip()
    return "im-" + _hashed(folded, first_day.strip())


def title_key(title: str) -> str:
    """Return a key under which titles compare equal: letters, marks and digits of NFKC in lower case.

    "" for a title without any: it equals no other. `sinks/clickhouse/stated.py` says the same in SQL.
    """
    folded = unicodedata.normalize("NFKC", title).lower()
    return "".join(sign for sign in folded if unicodedata.category(sign)[0] in "LMN")


def imported_evidence_id(article_id: str, quote: str) -> str:
    """Return the id of the evidence that an imported quote becomes in an article, whatever the revision."""
    return "imq-" + _hashed(article_id, " ".join(quote.casefold().split()))


def is_imported(evidence_id: str) -> bool:
    """Say whether an evidence came from an imported page."""
    return evidence_id.startswith("imq-")


def _hashed(*parts: str) -> str:
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

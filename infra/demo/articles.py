"""The demo's news as it was written, read from `content/`: publishers, articles, storylines, samples."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

CONTENT: Final = Path(__file__).parent / "content"
DAYS: Final = 42
FeedFormat = Literal["rss", "atom", "json"]
FeedText = Literal["full", "teaser"]


@dataclass(frozen=True, slots=True)
class Publisher:
    """A fictional outlet. Its feed answers 500 on `error_days`, and a web page with 200 on `html_days`."""

    key: str
    name: str
    family: str
    domain: str
    format: FeedFormat
    feed_text: FeedText
    tagline: str
    error_days: tuple[int, ...] = ()
    html_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """What an article says from `day`, `time` on."""

    day: int
    time: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class DemoArticle:
    """One article of the demo. `day` counts from 1, `time` is HH:MM UTC, blank lines part the `body`."""

    slug: str
    publisher: str
    storyline: str
    day: int
    time: str
    title: str
    body: str
    feed_text: FeedText
    language: str = "en"
    title_is_markup: bool = False  # the title arrives with tags and entities in it, as careless systems send it
    copy_of: str = ""  # slug of the original when this is syndicated text
    mentions: tuple[str, ...] = ()  # slugs of the articles that a round-up repeats
    hidden: str = ""  # text that the page carries invisibly
    revision: Revision | None = None

    @property
    def plain_title(self) -> str:
        """The title without markup."""
        return html.unescape(re.sub(r"<[^>]+>", "", self.title)) if self.title_is_markup else self.title


@dataclass(frozen=True, slots=True)
class Storyline:
    """A run of articles that belong together, and the part it plays in the demo."""

    key: str
    title: str
    role: str
    articles: tuple[DemoArticle, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A ready-made text for a visitor who publishes a live article."""

    key: str
    label: str
    publisher: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Library:
    """Everything that the demo's newsroom can print."""

    publishers: Mapping[str, Publisher]
    storylines: tuple[Storyline, ...]
    samples: tuple[Sample, ...]

    def articles(self) -> Iterator[DemoArticle]:
        """All articles, storyline by storyline."""
        for storyline in self.storylines:
            yield from storyline.articles

    def article(self, slug: str) -> DemoArticle:
        """The article with this slug; KeyError when there is none."""
        for article in self.articles():
            if article.slug == slug:
                return article
        raise KeyError(slug)

    def families(self) -> dict[str, str]:
        """Publisher name → family, as the settings want it."""
        return {publisher.name: publisher.family for publisher in self.publishers.values()}


@cache
def load_library(content: Path = CONTENT) -> Library:
    """Read the whole content folder; syndicated copies take their original's text."""
    publishers = {row["key"]: _publisher(row) for row in _read(content / "publishers.toml")["publisher"]}
    tables = [_read(path) for path in sorted(content.glob("[0-9]*.toml"))]
    bodies = {row["slug"]: row["body"] for table in tables for row in table["article"] if "body" in row}
    return Library(
        publishers=publishers,
        storylines=tuple(_storyline(table, publishers, bodies) for table in tables),
        samples=tuple(_sample(row) for row in _read(content / "samples.toml")["sample"]),
    )


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def _publisher(row: dict[str, Any]) -> Publisher:
    broken = row.get("broken", {})
    return Publisher(
        **{name: value for name, value in row.items() if name != "broken"},
        error_days=tuple(broken.get("error_days", ())),
        html_days=tuple(broken.get("html_days", ())),
    )


def _sample(row: dict[str, Any]) -> Sample:
    paragraphs = (" ".join(paragraph.split()) for paragraph in row["body"].split("\n\n"))
    return Sample(**{**row, "body": "\n\n".join(paragraphs)})


def _storyline(table: dict[str, Any], publishers: Mapping[str, Publisher], bodies: Mapping[str, str]) -> Storyline:
    articles = tuple(_article(row, table["key"], publishers, bodies) for row in table["article"])
    return Storyline(table["key"], table["title"], table["role"], articles)


def _article(
    row: dict[str, Any], storyline: str, publishers: Mapping[str, Publisher], bodies: Mapping[str, str]
) -> DemoArticle:
    known = {name: value for name, value in row.items() if name not in {"credit", "tail", "revision", "mentions"}}
    if "copy_of" in row:
        text = row.get("credit", "") + bodies[row["copy_of"]].strip()
        known["body"] = "\n\n".join(part for part in (text, row.get("tail", "")) if part)
    known.setdefault("feed_text", publishers[row["publisher"]].feed_text)
    return DemoArticle(
        **known,
        storyline=storyline,
        mentions=tuple(row.get("mentions", ())),
        revision=Revision(**row["revision"]) if "revision" in row else None,
    )

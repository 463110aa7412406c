"""What a publisher shows at one moment of the simulated six weeks: which articles, in which wording."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from infra.demo.articles import DemoArticle, FeedText, Publisher

FEED_LENGTH: Final = 30
TEASER_LENGTH: Final = 170
BlockKind = Literal["paragraph", "heading", "list"]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading (one line each) or a list (a line an item)."""

    kind: BlockKind
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Printed:
    """An article as readers see it now. Its `guid` is the same everywhere; its link depends on the port."""

    publisher: Publisher
    slug: str
    title: str
    title_markup: str  # the title as HTML
    blocks: tuple[Block, ...]
    published: datetime
    updated: datetime
    feed_text: FeedText
    language: str = "en"
    hidden: str = ""

    @property
    def guid(self) -> str:
        """The article's address at its fictional publisher."""
        return f"https://{self.publisher.domain}/{self.slug}"

    @property
    def path(self) -> str:
        """Where the newsroom serves the page."""
        return f"/{self.publisher.key}/{self.published.year}/{self.slug}"

    @property
    def teaser(self) -> str:
        """The first words of the text, ending in an ellipsis when cut."""
        first = next((block.lines[0] for block in self.blocks if block.kind == "paragraph"), self.title)
        if len(first) <= TEASER_LENGTH:
            return first
        return first[:TEASER_LENGTH].rsplit(" ", 1)[0].rstrip(",;:–— ") + " …"


def moment(start: date, day: int, clock: str) -> datetime:
    """The UTC time of `clock` (HH:MM) on day `day`, day 1 being `start`."""
    return datetime.combine(start + timedelta(days=day - 1), time.fromisoformat(clock), UTC)


def day_number(start: date, now: datetime) -> int:
    """Which day of the demo `now` falls on; 1 is `start`, less is before it."""
    return (now.astimezone(UTC).date() - start).days + 1


def parse_blocks(body: str) -> tuple[Block, ...]:
    """Blank lines part blocks; `## ` opens a heading, `- ` an item of a list; other lines are joined."""
    return tuple(block for chunk in body.strip().split("\n\n") for block in _blocks_of(chunk))


def print_article(article: DemoArticle, publisher: Publisher, start: date, now: datetime) -> Printed | None:
    """The article as it reads at `now`, or None before it is out."""
    published = moment(start, article.day, article.time)
    if published > now:
        return None
    updated, title, body = published, article.plain_title, article.body
    if article.revision is not None:
        revised = moment(start, article.revision.day, article.revision.time)
        if revised <= now:
            updated, title, body = revised, article.revision.title, article.revision.body
    title = title.replace("{date}", f"{published:%B} {published.day}")
    return Printed(
        publisher=publisher,
        slug=article.slug,
        title=title,
        title_markup=article.title if article.title_is_markup else html.escape(title, quote=False),
        blocks=parse_blocks(body),
        published=published,
        updated=updated,
        feed_text=article.feed_text,
        language=article.language,
        hidden=article.hidden,
    )


def newest(items: Iterable[Printed], limit: int = FEED_LENGTH) -> list[Printed]:
    """The last `limit` items by publication, newest first."""
    return sorted(items, key=lambda item: (item.published, item.slug), reverse=True)[:limit]


def to_html(blocks: Iterable[Block]) -> str:
    """The blocks as HTML, escaped."""
    return "\n".join(_block_html(block) for block in blocks)


def _blocks_of(chunk: str) -> Iterator[Block]:
    lines = [line.strip() for line in chunk.strip().splitlines() if line.strip()]
    if lines and lines[0].startswith("## "):
        yield Block("heading", (lines.pop(0)[3:].strip(),))
    if lines and lines[0].startswith("- "):
        items: list[str] = []
        for line in lines:
            if line.startswith("- "):
                items.append(line[2:].strip())
            else:
                items[-1] += f" {line}"
        yield Block("list", tuple(items))
    elif lines:
        yield Block("paragraph", (" ".join(lines),))


def _block_html(block: Block) -> str:
    lines = [html.escape(line, quote=False) for line in block.lines]
    if block.kind == "list":
        return "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"
    tag = "h3" if block.kind == "heading" else "p"
    return f"<{tag}>{lines[0]}</{tag}>"

"""The brief for a terminal: a rich renderable, a panel an item. Foreign text is never read as markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.style import Style
from rich.text import Text

from schemas.events import Brief
from sinks.brief.anchored import anchored
from sinks.brief.byline import byline
from sinks.brief.class_line import class_line
from sinks.brief.contested import contested
from sinks.brief.filters import counted
from sinks.brief.items import BriefBody, BriefItem, BriefQuote, MoverLine, OpenQuestion, decode_body
from sinks.brief.links import link
from sinks.brief.since import since
from sinks.brief.times import Times

# Escape sequences could rewrite the screen, and bidirectional controls reorder the words around them.
_HOSTILE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TAGLINE: Final = "A morning brief, composed for you when the sources say something worth saying."


def terminal(brief: Brief, times: Times | None = None) -> RenderableType:
    """Return what a console prints, with the reader's times. Raises msgspec.ValidationError for no brief's body."""
    body, times = decode_body(brief.body), times or Times()
    parts: list[RenderableType] = [
        Text("The Bellwether", style="bold"),
        Text(TAGLINE, style="italic dim"),
        Text(f"\n{times.long_date(brief.date)}", style="bold cyan"),
    ]
    if not brief.worth_saying:
        parts.append(Text(clean(brief.headline), style="bold"))
    parts.extend(Text(f"  · {clean(reason)}") for reason in brief.reasons)
    parts.append(Text(""))
    parts.extend(_panel(item, body, times) for item in body.items)
    if body.lines:
        parts.append(Text("In a line each", style="bold"))
        parts.extend(_line(one) for one in body.lines)
        parts.append(Text(""))
    if body.watch:
        parts.append(Text("What to watch", style="bold"))
        parts.extend(_open(one, body) for one in body.watch)
        parts.append(Text(""))
    parts.append(_footer(body, times))
    parts.extend(Text(clean(line), style="dim") for line in (byline(body), body.note) if line)
    return Group(*parts)


def clean(text: str) -> str:
    """Return `text` without control characters (line break and tab stay) and bidirectional controls."""
    return _HOSTILE.sub("", text)


def _panel(item: BriefItem, body: BriefBody, times: Times) -> Panel:
    lines = Text()
    lines.append_text(_moved(item))
    if told := since(times, item, body):
        lines.append(f" {told}", "dim")
    lines.append(f"   {clean(class_line(item.kind, item.lens, item.sectors, item.geographies, most=3))}\n", "dim")
    first = bool(body.items) and body.items[0].signal_id == item.signal_id
    for sentence in (body.lead if first else ()) + item.prose:
        lines.append("\n" + clean(sentence.text))
        lines.append(_numbers(body.cited(sentence.cites)), style="dim")
    lines.append("\n" + clean(" ".join(item.happened)) + "\n")
    for at, quote in enumerate(item.all_quotes):
        if item.contradicting and at == len(item.quotes):
            lines.append("\nAgainst it\n", style="bold red")
        lines.append_text(_quote(quote, body.number(item, at), times))
    carried = (
        counted(item.families, "publisher family", "publisher families"),
        counted(item.stories, "story", "stories"),
        counted(item.articles, "article"),
        *((f"of interest to you: {clean(', '.join(item.interests))}",) if item.interests else ()),
    )
    # Before the title: a panel cuts a long one at its end.
    title = Text(f"{doubt} — " if (doubt := contested(item)) else "", style="bold red")
    title.append(clean(item.title), style="bold default")
    return Panel(lines, title=title, title_align="left", subtitle=Text(" · ".join(carried), "dim"), padding=(1, 2))


def _moved(one: BriefItem | MoverLine) -> Text:
    rising = one.strength_after >= one.strength_before
    return Text(f"{one.strength_before:.1f} → {one.strength_after:.1f}", style="green" if rising else "red")


def _line(one: MoverLine) -> Text:
    doubt = contested(one)
    text = Text("  ").append_text(_moved(one)).append(f"  {clean(one.title)}")
    return text.append(f" ({doubt})" if doubt else "", style="bold red").append(
        f" · {clean(one.happened)}" if one.happened else "", style="dim"
    )


def _open(one: OpenQuestion, body: BriefBody) -> Text:
    text = Text(f"  · {one.question}")
    for fragment, cite in zip(one.fragments, one.cites, strict=True):
        text.append(" or" if cite != one.cites[0] else "").append(f" “{clean(fragment)}”")
        text.append(_numbers(body.cited((cite,))), style="dim")
    return text


def _numbers(numbers: Sequence[int]) -> str:
    return "".join(f" [{number}]" for number in numbers)


def _quote(quote: BriefQuote, number: int, times: Times) -> Text:
    parts = anchored(clean(quote.quote), clean(quote.anchor))
    text = Text("\n“")
    text.append(parts.before)
    text.append(parts.anchor, style="bold yellow")
    text.append(parts.after + "”\n")
    target = link(quote.url)
    style = Style(dim=True, link=target) if target else Style(dim=True)
    text.append(f"  — [{number}] ", style="dim").append(clean(quote.publisher) or "unknown publisher", style=style)
    return text.append(f", {times.minute(quote.published_at)}\n", style="dim")


def _footer(body: BriefBody, times: Times) -> Text:
    read = counted(body.articles, "article")
    waiting = f" · {counted(body.candidates, 'candidate')} unpublished" if body.candidates else ""
    waiting += f" · {counted(body.dropped, 'signal')} left out for length" if body.dropped else ""
    waiting += f" · changes are since {times.minute(body.changes_since)}" if body.changes_since else ""
    return Text(f"{read} read, {times.minute(body.since)} to {times.minute(body.until)}{waiting}", style="dim")

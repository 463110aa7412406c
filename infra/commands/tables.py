"""Answers as people read them in a terminal; plain text when there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.events import Brief
from sinks.brief.contested import contested
from sinks.brief.terminal import terminal
from sinks.brief.times import Times

Row = Mapping[str, Any]


def console() -> Console:
    """Return the terminal; without one, no line is ever wrapped or cut."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=10_000)


def shown_time(value: Any) -> str:
    """Return a time as `2026-04-15 09:30 UTC`, "–" for none."""
    return f"{str(value)[:10]} {str(value)[11:16]} UTC" if value else "–"


def class_line(row: Row) -> str:
    """Return `structural · investment · AI, defense · US, CN`."""
    tags = [", ".join(_top(row.get(name, {}))) for name in ("sectors", "geographies")]
    return " · ".join(part for part in (row["kind"], row["lens"], *tags) if part)


def status(found: Row) -> None:
    """Print the counts."""
    table = Table(show_header=False, box=None)
    for name, value in found.items():
        parts = isinstance(value, Mapping)
        said = ", ".join(f"{key} {number}" for key, number in value.items()) or "–" if parts else str(value)
        table.add_row(name.replace("_", " "), escape(said))
    console().print(table)


def signals(rows: Sequence[Row]) -> None:
    """Print the list of signals."""
    if not rows:
        console().print("No signal yet: a published one needs a second, independent voice; --all shows the others too.")
        return
    table = Table(box=None, pad_edge=False)
    for name in (
        "str",
        "signal",
        "title",
        "class",
        "state",
        "stories",
        "articles",
        "families",
        "last reinforced",
        "by",
    ):
        table.add_column(name, justify="right" if name in ("str", "stories", "articles", "families") else "left")
    for row in rows:
        table.add_row(
            f"{row['strength']:.1f}",
            row["signal_id"],
            escape(titled(row)),
            escape(class_line(row)),
            row["state"],
            str(row["story_count"]),
            str(row["articles"]),
            str(row["family_count"]),
            shown_time(row["last_reinforced"]),
            escape(row["narrator"] or row["analyst"]),
        )
    console().print(table)


def titled(row: Row) -> str:
    """Return the title, and in words if more speaks against the signal than for it."""
    doubt = contested(row)
    return f"{row['title']} ({doubt})" if doubt else str(row["title"])


def event_line(event: Row) -> str:
    """Return one signal event as a line."""
    return (
        f"{shown_time(event['at'])}  {event['kind']:<12} {event['strength_before']:.1f} → {event['strength_after']:.1f}"
        f"  {event['title']}  ({event['signal_id']} #{event['seq']})"
    )


def feeds(rows: Sequence[Row]) -> None:
    """Print the list of feeds."""
    if not rows:
        console().print("No feed yet: `bellwether run --feeds FILE.opml|URL…` reads some.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("feed", "title", "state", "articles", "last success", "next poll"):
        table.add_column(name)
    for row in rows:
        state = "ok" if row["ok"] else row["error"]
        table.add_row(
            escape(row["url"]), escape(row["title"]), escape(state), str(row["articles"]),
            shown_time(row["last_success"]), shown_time(row["next_poll"]),
        )  # fmt: skip
    console().print(table)


def settings(rows: Sequence[Row]) -> None:
    """Print the settings in force."""
    table = Table(box=None, pad_edge=False)
    for name in ("setting", "value", "from"):
        table.add_column(name)
    for row in rows:
        table.add_row(row["name"], escape(str(row["value"])), row["origin"])
    console().print(table)


def brief(found: Row, times: Times) -> None:
    """Print a brief; without a terminal as Markdown, plain lines that other programs can read."""
    out = console()
    if out.is_terminal:
        out.print(terminal(msgspec.convert(found, Brief, strict=False), times))
    else:
        out.print(found["markdown"], markup=False, soft_wrap=True)


def counted(tags: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the tags with their counts, most frequent first."""
    return sorted(tags.items(), key=lambda item: (-item[1], item[0]))


def _top(tags: Mapping[str, int], most: int = 4) -> list[str]:
    return [tag for tag, _ in counted(tags)[:most]]

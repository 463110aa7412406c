"""An imported page as its page here shows it: every line of the file, in its order, in blocks. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sinks.brief.anchored import Anchored, anchored
from sinks.site.ports import Row

Line = Mapping[str, Any]
BlockKind = Literal["line", "source", "legacy"]
# The fate of a quote in words; see sinks/clickhouse/stated_status.py.
FATES: Final[Mapping[str, str]] = {
    "verified": "verified",
    "reading": "the article is being read",
    "withdrawn": "no longer evidence",
    "rejected": "not found in the article",
    "unverified": "imported, unverified: weighs nothing",
}
_MARKER: Final = re.compile(r"(?=\[\d{4}-\d{2}-\d{2}\])")
_LEGACY: Final = ("legacy", "legacy-date")


@dataclass(slots=True)
class Block:
    """One line by itself, all lines of a source article, or all of the legacy reasoning after its heading."""

    kind: BlockKind
    role: str = ""
    text: str = ""
    lines: list[Line] = field(default_factory=list)
    source: Row | None = None
    quote: Anchored | None = None  # the evidence line of a source, around its anchor


@dataclass(frozen=True, slots=True)
class ImportedView:
    """`site`, `head` and `body` together hold every line: over the title, down to the class, and the rest."""

    row: Row
    stated: Row
    top: tuple[Line, ...]
    title: str
    head: tuple[Line, ...]
    body: tuple[Block, ...]
    dates: tuple[str, ...]  # of the markers in the legacy reasoning, as written


def view(row: Row) -> ImportedView:
    """Return the view of a row of `ImportedReader.one`."""
    lines: Sequence[Line] = row["stated"]["lines"]
    title = next(at for at, line in enumerate(lines) if line["role"] == "title")
    below = next(
        (at for at in range(title + 1, len(lines)) if lines[at]["role"] not in ("figures", "class", "unread")),
        len(lines),
    )
    legacy = [line["text"] for line in lines if line["role"] == "legacy"]
    return ImportedView(
        row=row,
        stated=row["stated"],
        top=tuple(lines[:title]),
        title=lines[title]["text"],
        head=tuple(lines[title + 1 : below]),
        body=tuple(_blocks(lines[below:], row["sources"])),
        dates=tuple(part[1:11] for text in legacy for part in stretches(text) if part.startswith("[")),
    )


def stretches(text: str) -> list[str]:
    """Return a legacy reasoning divided before each of its dated markers; together they are the text."""
    return [part for part in _MARKER.split(text) if part]


def _blocks(lines: Sequence[Line], sources: Sequence[Row]) -> list[Block]:
    blocks: list[Block] = []
    for line in lines:
        last = blocks[-1] if blocks else None
        if line["source"] >= 0:
            if last is None or last.kind != "source" or last.lines[0]["source"] != line["source"]:
                source = sources[line["source"]]
                blocks.append(Block("source", source=source))
            blocks[-1].lines.append(line)
            if line["role"] == "evidence" and (of := blocks[-1].source) is not None:
                blocks[-1].quote = _marked(line["text"], of["quote"], of["anchor"])
        elif line["role"] in _LEGACY:
            if last is None or last.kind != "legacy":
                blocks.append(Block("legacy"))
            blocks[-1].lines.append(line)
        else:
            blocks.append(Block("line", line["role"], line["text"]))
    return blocks


def _marked(line: str, quote: str, anchor: str) -> Anchored:
    """Return the evidence line in three parts; the second is the anchor inside its quote."""
    start = line.find(quote, 1) if quote else -1
    if start < 0:
        return Anchored(line, "", "")
    before, marked, after = anchored(quote, anchor)
    return Anchored(line[:start] + before, marked, after + line[start + len(quote) :])

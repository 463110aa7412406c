"""Labelled news streams: reading them, and giving them to the pipeline without their labels.

One JSON document a line, in time order, plain or gzip: `id, ts` (UTC), `title, text, source` and the answer, `label`.
Whatever else a line has (a label's name or root, a category, an address that spells the headline) stays behind.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUFFIXES = (".jsonl.gz", ".jsonl")


@dataclass(frozen=True, slots=True)
class Document:
    """What a matcher may know of one document."""

    id: str
    ts: str
    title: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A stream with its true storylines, kept apart: `gold[i]` is the answer to `documents[i]`."""

    name: str
    documents: tuple[Document, ...]
    gold: tuple[str, ...]

    @property
    def corpus(self) -> str:
        """The corpus that the stream is a part of: what stands before the first underscore of its name."""
        return self.name.partition("_")[0]


def find(folder: Path, name: str) -> Path:
    """Return the file of the stream `name` in `folder`. Raises FileNotFoundError."""
    for suffix in ("", *SUFFIXES):
        if (path := folder / f"{name}{suffix}").is_file():
            return path
    raise FileNotFoundError(f"{folder} has no {name}{' or '.join(SUFFIXES)}")


def read(path: Path) -> Labelled:
    """Return the stream in `path`. Raises ValueError when an id comes twice or a line has no label."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    documents = tuple(
        Document(str(row["id"]), row["ts"], row.get("title") or "", row.get("text") or "", row.get("source") or "")
        for row in rows
    )
    if len({document.id for document in documents}) != len(documents):
        raise ValueError(f"{path}: an id comes twice")
    gold = tuple(row.get("label") or "" for row in rows)
    if not all(gold):
        raise ValueError(f"{path}: a document has no label")
    return Labelled(path.name.partition(".")[0], documents, gold)


def line_for_ingest(document: Document) -> dict[str, str]:
    """Return the document as `bellwether ingest` takes it."""
    return {
        "id": document.id,
        "published": document.ts,
        "title": document.title,
        "text": document.text,
        "publisher": document.source,
    }


def write_for_ingest(documents: Sequence[Document], path: Path) -> None:
    """Write JSON lines that `bellwether ingest` takes, in order and with nothing else in them."""
    with path.open("w", encoding="utf-8") as out:
        for document in documents:
            out.write(json.dumps(line_for_ingest(document), ensure_ascii=False) + "\n")

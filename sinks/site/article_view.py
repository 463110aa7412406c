"""An article as its page shows it: its text in pieces, those that are evidence marked in place. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sinks.site.ports import Row
from sinks.site.signal_view import SHOWN


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text under the same evidence. `begins` are the ids of the evidence that begins with it."""

    text: str
    evidence: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleView:
    """`paragraphs` together are the stored text; `apart` is evidence of other revisions, which has no place in it."""

    row: Row
    paragraphs: tuple[tuple[Piece, ...], ...]
    evidence: tuple[Row, ...]
    apart: tuple[Row, ...]
    not_counted: tuple[Row, ...]
    numbers: Mapping[str, int]  # of the quotes, in the order of the page


def article_view(row: Row) -> ArticleView:
    """Return the view of a row of `Reader.article`."""
    standing = [one for one in row["evidence"] if one["status"] in SHOWN]
    placed = [one for one in standing if _stands_in(row["text"], one) and one["revision"] <= row["revision"]]
    found = {one["evidence_id"] for one in placed}
    apart = [one for one in standing if one["evidence_id"] not in found]
    return ArticleView(
        row=row,
        paragraphs=paragraphs(row["text"], placed),
        evidence=tuple(placed),
        apart=tuple(apart),
        not_counted=tuple(one for one in row["evidence"] if one["status"] not in SHOWN),
        numbers={one["evidence_id"]: number for number, one in enumerate([*placed, *apart], 1)},
    )


def paragraphs(text: str, evidence: Sequence[Row]) -> tuple[tuple[Piece, ...], ...]:
    """Return the text line by line, empty lines left out, cut where an evidence begins or ends."""
    borders = {0, len(text)}
    for one in evidence:
        borders |= {one["quote_start"], one["quote_end"]}
    line, lines = list[Piece](), list[tuple[Piece, ...]]()
    cuts = sorted(borders)
    for start, end in pairwise(cuts):
        over = tuple(one["evidence_id"] for one in evidence if one["quote_start"] <= start and end <= one["quote_end"])
        begins = tuple(one["evidence_id"] for one in evidence if one["quote_start"] == start)
        for number, part in enumerate(text[start:end].split("\n")):
            if number:
                lines.append(tuple(line))
                line = []
            if part:
                line.append(Piece(part, over, begins))
                begins = ()
    lines.append(tuple(line))
    return tuple(each for each in lines if any(piece.text.strip() for piece in each))


def _stands_in(text: str, one: Row) -> bool:
    """Say whether the quote stands where it should: of an earlier revision it may not."""
    return bool(one["quote"]) and text[one["quote_start"] : one["quote_end"]] == one["quote"]

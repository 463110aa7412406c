"""Round-ups: articles that hold several unrelated items, and where each item stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from processors.decisions.text import sentences, tokens

MOST_ITEMS = 20
# Two sections are of one topic when they share this part of the shorter one's content words.
RELATED = 0.34
SHORTEST_ITEM = 20
# Items are sought this far into a text (characters); comparisons look at this much of an item's end.
REACH, TAIL = 30_000, 1_500

_TITLE = re.compile(
    r"\b(?:(?:morning|evening|midday|daily|weekly|weekend|business|tech|technology|politics|markets?|world|news|"
    r"science|energy|climate|health|finance|china|europe|asia|mon|tues|wednes|thurs|fri|satur|sun)(?:day)?"
    r"(?:['’]s)? "
    r"(?:brief|briefing|digest|round-?up|wrap|wrap-up|newsletter|bulletin|headlines|rundown|recap|dispatch)|"
    r"news in brief|in brief|the download|round-?up|(?:three|four|five|six|seven|ten|\d+) things|"
    r"what we(?:['’]re| are) reading|"
    r"newsletter|digest|briefing|wochenrückblick|kurz notiert|en bref|breves)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(r"^[^:]{0,60}:\s+")
_MARK = re.compile(r"^[ \t]*(?:[•‣◦▪●*]\s*|[–—-]\s+|#{1,4}\s+|\d{1,2}[.)]\s+)(?=\S)", re.MULTILINE)
_INLINE_MARK = re.compile(r"[•‣●▪]")
_AND = re.compile(r"\s*(?:and\s+)?")
_RULE = re.compile(r"^[ \t]*(?:\*\s*\*\s*\*|-{3,}|_{3,}|\* \* \*)[ \t]*$", re.MULTILINE)
_PARAGRAPH = re.compile(r"\n\s*\n|\n")
_STOPPED = re.compile(r"[.!?…:;,][\"'”’»)]*$")


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its span `[start, end)` of the article's text and its heading ("" when it has none)."""

    start: int
    end: int
    heading: str


def split(title: str, text: str) -> list[Item]:
    """Return the items of a round-up in order, or an empty list when the article is about one thing.

    With a round-up's title two items suffice. Without, there must be three sections under marks or headings
    of their own, and neighbouring ones must not share their words.
    """
    text = text[:REACH]
    announced = bool(_TITLE.search(title[:80]))
    if announced and _bare(title) == _bare(text):
        return _pieces(text, 0)
    if "\n" not in text and "•" not in text and not announced:
        return []
    items = _marked(text) or _headed(text)
    if len(items) < (2 if announced else 3) and announced:
        items = _announced(title, text)
    if len(items) < (2 if announced else 3):
        return []
    items = items[:MOST_ITEMS]
    return items if announced or _unrelated(text, items) else []


def _bare(text: str) -> str:
    return "".join(text.split())


def _pieces(text: str, offset: int) -> list[Item]:
    """Split the enumeration after a round-up's name: at semicolons, else at commas between longer pieces."""
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    for separator in (r"[;|]", r",\s"):
        spans: list[tuple[int, int]] = []
        at = start
        for match in re.finditer(separator, text[start:]):
            spans.append(_trim(text, at, start + match.start()))
            lead = _AND.match(text, start + match.end())
            at = lead.end() if lead else start + match.end()
        spans.append(_trim(text, at, len(text)))
        if len(spans) > 1 and all(len(text[a:b].split()) >= 3 for a, b in spans):
            return [Item(offset + a, offset + b, text[a:b]) for a, b in spans]
    return []


def _marked(text: str) -> list[Item]:
    """Sections that begin with a bullet, a number or a heading mark, or stand between rules."""
    marks = [(m.start(), m.end()) for m in _MARK.finditer(text)]
    if len(marks) < 2:
        marks = [(m.start(), m.end()) for m in _INLINE_MARK.finditer(text)]
    if len(marks) < 2:
        rules = [(m.start(), m.end()) for m in _RULE.finditer(text)]
        marks = [(0, 0), *rules] if rules else []
    spans = [
        (begin, marks[k + 1][0] if k + 1 < len(marks) else _last_end(text, begin, marks))
        for k, (_, begin) in enumerate(marks)
    ]
    return [item for item in (_item(text, a, b) for a, b in spans) if item]


def _last_end(text: str, begin: int, marks: Sequence[tuple[int, int]]) -> int:
    """The last marked section ends with its paragraph when those before it were one paragraph each."""
    single = all("\n" not in text[a[1] : b[0]].strip() for a, b in pairwise(marks))
    stop = text.find("\n", begin)
    return stop if single and stop > 0 else len(text)


def _headed(text: str) -> list[Item]:
    """Sections of a short line without a stop, followed by at least one longer paragraph."""
    paragraphs = _paragraphs(text)
    heads = [
        k
        for k, (a, b) in enumerate(paragraphs[:-1])
        if b - a <= 90
        and not _STOPPED.search(text[a:b])
        and len(text[a:b].split()) <= 14
        and paragraphs[k + 1][1] - paragraphs[k + 1][0] > 60
    ]
    found: list[Item] = []
    for number, k in enumerate(heads):
        last = heads[number + 1] - 1 if number + 1 < len(heads) else len(paragraphs) - 1
        if last > k:
            head = paragraphs[k]
            found.append(Item(paragraphs[k + 1][0], paragraphs[last][1], text[head[0] : head[1]]))
    return found


def _announced(title: str, text: str) -> list[Item]:
    """Items of a round-up without marks: its paragraphs, else the runs of sentences that its title names."""
    paragraphs = [(a, b) for a, b in _paragraphs(text) if b - a >= SHORTEST_ITEM]
    pieces = _pieces(title, 0)
    names = [set(tokens(piece.heading)) for piece in pieces]
    spans = paragraphs if len(paragraphs) > 1 else sentences(text)
    if len(paragraphs) <= 1 and len(pieces) < 2:
        return []
    found: list[Item] = []
    current = -1
    for a, b in spans:
        words = set(tokens(text[a:b]))
        shares = [len(words & name) / len(name) if name else 0.0 for name in names]
        piece = max(range(len(shares)), key=lambda k: (shares[k], -k)) if shares and max(shares) > 0.2 else -1
        if found and (
            piece in (-1, current) and (len(pieces) > 1 or _share(_tail(text, found[-1]), text[a:b]) >= RELATED)
        ):
            found[-1] = Item(found[-1].start, b, found[-1].heading)
        else:
            found.append(Item(a, b, pieces[piece].heading if piece >= 0 else ""))
            current = piece
    return found


def _tail(text: str, item: Item) -> str:
    return text[max(item.start, item.end - TAIL) : item.end]


def _paragraphs(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = 0
    for match in _PARAGRAPH.finditer(text):
        spans.append((at, match.start()))
        at = match.end()
    spans.append((at, len(text)))
    return [trimmed for trimmed in (_trim(text, a, b) for a, b in spans) if trimmed[0] < trimmed[1]]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _item(text: str, start: int, end: int) -> Item | None:
    """An item whose first line is its heading when it is short, unstopped and followed by more."""
    start, end = _trim(text, start, end)
    if end - start < SHORTEST_ITEM:
        return None
    line = text.find("\n", start, end)
    if 0 < line - start <= 120 and not _STOPPED.search(text[start:line].rstrip()):
        return Item(_trim(text, line, end)[0], end, text[start:line].strip(" #*"))
    return Item(start, end, "")


def _unrelated(text: str, items: Sequence[Item]) -> bool:
    """Whether most neighbouring items are about different things."""
    shares = [
        _share(f"{a.heading} {text[a.start : a.end]}", f"{b.heading} {text[b.start : b.end]}")
        for a, b in pairwise(items)
    ]
    return sum(share < 0.12 for share in shares) > 0.7 * len(shares)


def _share(one: str, other: str) -> float:
    """The part of the shorter text's distinct content words that the other has, 0 to 1."""
    first, second = set(tokens(one)), set(tokens(other))
    least = min(len(first), len(second))
    return len(first & second) / least if least else 0.0

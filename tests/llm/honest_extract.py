"""Honest answers of the stage `extract`, without a model: the lexical analyst's quote, a mechanism from a table."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from processors.analysts.lexical.extractor import analyse
from schemas.article import Article
from schemas.evidence import Evidence
from tests.llm.replies import ChatRequest, Reply, answer

# The first row of which a word is in the article gives the mechanism; "" is nothing to generalise from.
_TABLE: Final = (
    (
        ("export controls", "domestic accelerators", "lanhai", "qingyun"),
        "Cutting rivals off from a key input drives them to build substitutes and to need less of it, so that the "
        "advantage of those who hold it wears away.",
    ),
    (
        ("solid-state", "voltara"),
        "A new process that makes a better product for less displaces the older technology and those bound to it.",
    ),
    (
        ("war-risk", "hormuz", "undersea cable", "trawler"),
        "A narrow passage that many depend on fails or becomes too dear to use, so that traffic takes longer ways and "
        "the smallest users are the first to give it up.",
    ),
    (
        ("dockers", "crane drivers"),
        "Workers at a transfer point that cannot be bypassed stop work, so that goods wait far away and the employer "
        "gives way on conditions.",
    ),
    (
        ("lithium", "brine", "spodumene", "quarry"),
        "People who live beside a deposit can stop its extraction, so that operators have to share decisions and "
        "gains with them.",
    ),
    (
        ("coffee", "harvest"),
        "Weather in a main growing region moves the supply of a crop and its price until the next harvest.",
    ),
)
_GENERAL: Final = "The same holds wherever others are in that position and have no other choice."
# Without a mechanism only what weighs something is noted, in millionths as the lexical analyst counts.
_WORTH_NOTING: Final = 340_000

_FENCE = re.compile(r"^<<< (\w+)\n(.*?)\n>>> \1$", re.DOTALL | re.MULTILINE)


def reply(request: ChatRequest) -> Reply:
    """Return what an honest model finds; asked again, it gives refused items up."""
    fences = _FENCE.findall(request.user)
    if len(fences) != 1:
        return answer({"items": []})
    fields, text = shown(request.user)
    items = [_item(each, text) for each in analyse(_article(fields, text)).evidence]
    return answer({"items": [item for item in items if item]})


def shown(user: str) -> tuple[dict[str, str], str]:
    """Return the fields and the text of the first fence in an extractor's message."""
    found = _FENCE.search(user)
    if found is None:
        return {}, ""
    head, _, text = f"\n{found.group(2)}".partition("\ntext:\n")
    lines = (line.partition(": ") for line in head.strip("\n").split("\n"))
    return {name: value for name, _, value in lines}, text


def _article(fields: dict[str, str], text: str) -> Article:
    now = datetime(2000, 1, 1, tzinfo=UTC)
    return Article(
        article_id="shown", revision=0, url="", external_id="", title=fields.get("title", fields.get("heading", "")),
        text=text, publisher=fields.get("publisher", ""), family="", language=fields.get("language", ""),
        published_at=now, fetched_at=now, date_flag="ok", text_origin="given", note="", feed_url="", content_hash="",
        copy_of="", ordinal=0,
    )  # fmt: skip


def _item(evidence: Evidence, text: str) -> dict[str, Any] | None:
    said = text.casefold()
    mechanism = next((why for words, why in _TABLE if any(word in said for word in words)), "")
    if not mechanism and evidence.salience < _WORTH_NOTING:
        return None
    sentence = " ".join(evidence.quote.split())[:590]
    return {
        "quote": evidence.quote,
        "anchor": evidence.anchor,
        "claim": sentence,
        "event": sentence,
        "mechanism": mechanism,
        "generalises": _GENERAL if mechanism else "",
        "stance": evidence.stance,
        "kind": evidence.kind,
        "lens": evidence.lens,
        "sectors": list(evidence.sectors),
        "geographies": list(evidence.geographies),
        "actors": list(evidence.actors),
        "salience": evidence.salience // 10_000,
    }

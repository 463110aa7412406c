"""The honest writer of briefs: the first sentence of each quote, citing it."""

from __future__ import annotations

from processors.decisions.text.sentences import sentences
from tests.llm.replies import ChatRequest, Reply, answer
from tests.llm.shown_data import shown_data


def reply(request: ChatRequest) -> Reply:
    """Write up to three sentences an item."""
    items = [
        {
            "item": item["item"],
            "sentences": [{"text": _first(one["quote"]), "cites": [one["number"]]} for one in item["evidence"][:3]],
        }
        for item in shown_data(request)["items"]
    ]
    return answer({"items": items})


def _first(quote: str) -> str:
    start, end = sentences(quote)[0]
    return quote[start:end]

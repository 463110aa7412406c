"""The honest narrator: the newest claim that fits is the title, and every claim a sentence that cites its evidence."""

from __future__ import annotations

from tests.llm.replies import ChatRequest, Reply, answer
from tests.llm.shown_data import shown_data

MOST_TITLE = 110


def reply(request: ChatRequest) -> Reply:
    """Write title and analysis in the evidence's own words; the scope stays as it is."""
    data = shown_data(request)
    evidence = data["evidence"]
    titles = [one["claim"].rstrip(" .") for one in evidence if one["stance"] != "contradicts"]
    fitting = [title for title in titles if 0 < len(title) <= MOST_TITLE]
    sentences = [{"text": one["claim"], "cites": [one["number"]]} for one in evidence if one["claim"]]
    title = fitting[-1] if fitting else data["title"]
    return answer({"title": title, "scope": "", "mechanism": "", "sentences": sentences})

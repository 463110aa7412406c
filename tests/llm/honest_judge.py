"""The honest judge: a candidate is supported when its mechanism is told in at least half the same words."""

from __future__ import annotations

from processors.decisions.text.terms import tokens
from tests.llm.replies import ChatRequest, Reply, answer
from tests.llm.shown_data import shown_data

ENOUGH = 0.5


def reply(request: ChatRequest) -> Reply:
    """Answer every candidate: supports or none."""
    data = shown_data(request)
    return answer({"answers": [_judged(data["evidence"], one) for one in data["candidates"]]})


def alike(one: str, other: str) -> float:
    """Return the share of the shorter text's content words that the other one has too, 0 when either has none."""
    first, second = set(tokens(one)), set(tokens(other))
    return len(first & second) / min(len(first), len(second)) if first and second else 0.0


def _judged(evidence: dict[str, str], candidate: dict[str, str]) -> dict[str, object]:
    mechanisms = evidence["mechanism"], candidate.get("mechanism", "")
    share = alike(*mechanisms) if all(mechanisms) else alike(evidence["claim"], candidate["scope"])
    verdict = "supports" if share >= ENOUGH else "none"
    return {"candidate": candidate["number"], "verdict": verdict, "reason": f"they share {share:.0%} of their words"}

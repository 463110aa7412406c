"""Figures of the language model, from the books that all processes of a machine share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from infra.clock import wall_clock
from infra.metrics.catalogue import (
    LLM_BREAKER,
    LLM_CALLS,
    LLM_FAILURES,
    LLM_HITS,
    LLM_LIMIT_LEFT,
    LLM_SPEND,
    LLM_TOKENS,
    LLM_UNDER_WAY,
)
from infra.metrics.sources import Figure
from processors.analysts.llm.counted import counted


def llm_figures(books: Path) -> Iterator[Figure]:
    """Yield what was asked and spent. Raises BadSetting for a file that is no such book."""
    found = counted(str(books), wall_clock())
    for one in found.ended:
        of = (one.stage, one.model)
        yield Figure(LLM_CALLS, one.calls, of)
        yield Figure(LLM_HITS, one.hits, of)
        yield Figure(LLM_TOKENS, one.tokens_in, (*of, "in"))
        yield Figure(LLM_TOKENS, one.tokens_out, (*of, "out"))
        yield Figure(LLM_SPEND, one.spend, of)
    for kind, count in found.failures.items():
        yield Figure(LLM_FAILURES, count, (kind,))
    yield Figure(LLM_UNDER_WAY, found.under_way)
    for limit in found.limits:
        yield Figure(LLM_LIMIT_LEFT, limit.left / limit.limit if limit.limit else 0.0, (limit.setting,))
    for view in found.breakers:
        yield Figure(LLM_BREAKER, float(view.state != "closed"), (view.of,))

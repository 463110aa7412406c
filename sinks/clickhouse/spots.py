"""Where evidence stands in its articles: what generations are compared and commands are found by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sinks.clickhouse.connect import Row, Store

_SELECT: Final = (
    "SELECT evidence_id, article_id, quote_start, quote_end, signal_id FROM evidence FINAL "
    "WHERE generation = {g:String} AND status = 'accepted'"
)


def spots_of(store: Store, generation: str, signals: Sequence[str], evidence: Sequence[str]) -> list[Row]:
    """Return the accepted evidence that counts for one of `signals` or has one of the ids.

    Fields: evidence_id, article_id, quote_start, quote_end (characters of the stored text), signal_id.
    """
    return store.query(
        f"{_SELECT} AND (signal_id IN {{s:Array(String)}} OR evidence_id IN {{e:Array(String)}}) ORDER BY evidence_id",
        {"g": generation, "s": list(signals), "e": list(evidence)},
    )


def spots_in(store: Store, generation: str, articles: Sequence[str]) -> list[Row]:
    """Return the accepted evidence from these articles; fields as above."""
    return store.query(
        f"{_SELECT} AND article_id IN {{a:Array(String)}} ORDER BY evidence_id",
        {"g": generation, "a": list(articles)},
    )

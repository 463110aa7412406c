"""Reads stored evidence back as records, for the changes that later commits make to it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sinks.clickhouse.batch import Versioned
from sinks.clickhouse.connect import Store
from sinks.clickhouse.tables import EVIDENCE

PAGE: Final = 500  # ids in one statement


def standing_evidence(store: Store, generation: str, evidence_ids: Collection[str]) -> dict[str, Versioned]:
    """Return the newest stored rows of `evidence_ids`, each with its commit; unknown ids are absent."""
    ids = sorted(evidence_ids)
    found: dict[str, Versioned] = {}
    for start in range(0, len(ids), PAGE):
        for row in store.query(
            EVIDENCE.select("WHERE generation = {g:String} AND evidence_id IN {ids:Array(String)}", final=True),
            {"g": generation, "ids": ids[start : start + PAGE]},
        ):
            found[row["evidence_id"]] = (EVIDENCE.read(row), row["n"])
    return found

"""Follows merges: which story or signal an id names today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from sinks.clickhouse.connect import Store

_SQL: Final[Mapping[str, str]] = {
    "stories": "SELECT story_id AS id, merged_into FROM stories FINAL "
    "WHERE generation = {g:String} AND merged_into != ''",
    "signals": "SELECT signal_id AS id, merged_into FROM signals FINAL "
    "WHERE generation = {g:String} AND merged_into != ''",
}


class Survivors:
    """Maps ids to the survivors of their merges; an id that was never merged maps to itself."""

    def __init__(self, merged: Mapping[str, str]) -> None:
        self._final = {key: _end(key, merged) for key in merged}

    def one(self, key: str) -> str:
        """Return the survivor of `key`."""
        return self._final.get(key, key)

    def absorbed(self, key: str) -> list[str]:
        """Return the ids that were merged into `key`, directly or not."""
        return sorted(merged for merged, final in self._final.items() if final == key and merged != key)

    def all(self, keys: Iterable[str]) -> list[str]:
        """Return the survivors of `keys` in order, each once."""
        return list(dict.fromkeys(self.one(key) for key in keys))


def survivors(store: Store, generation: str, table: Literal["stories", "signals"]) -> Survivors:
    """Read the merges of one generation."""
    rows = store.query(_SQL[table], {"g": generation})
    return Survivors({row["id"]: row["merged_into"] for row in rows})


def _end(key: str, merged: Mapping[str, str]) -> str:
    seen = {key}
    while (onto := merged.get(key, "")) and onto not in seen:
        seen.add(onto)
        key = onto
    return key

"""Puts hostile words into everything foreign of a record: whatever is not an id, a number, a time or a closed word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

# Ours: made by the ledger or checked against a closed vocabulary when a record is decoded.
OURS: Final = {
    "kind", "lens", "class_kind", "class_lens", "stance", "status", "state", "basis", "reasoning_origin", "stories",
    "kinds", "lenses", "date_flag", "text_origin", "generation", "date", "policy", "article_ids", "cites",
    "role", "fate", "locale", "zone",
}  # fmt: skip


def poisoned(value: Any, words: Iterator[str], addresses: Iterator[str], name: str = "") -> Any:
    """Return `value`, the field `name` of a record, with the next of `words` for every word, and so for addresses."""
    if name in OURS or name.endswith(("_id", "_hash")):
        return value
    if isinstance(value, dict):
        if value and all(isinstance(one, int | float) for one in value.values()):
            return {next(words): one for one in value.values()}  # names with counts: actors, tags, families
        made = {key: poisoned(one, words, addresses, key) for key, one in value.items()}
        return made | ({"quote": f"x {made['anchor']} y"} if "anchor" in made else {})
    if isinstance(value, list | tuple):
        return [poisoned(one, words, addresses, name) for one in value]
    if not isinstance(value, str):
        return value
    return next(addresses) if name == "url" or name.endswith("_url") else next(words)

"""One signal in two generations, in full: both curves, and the evidence that was gained and lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from infra.generations.comparing import Comparison
from schemas.errors import BadInput
from sinks.clickhouse.by_signal import evidence_of
from sinks.clickhouse.connect import Store
from sinks.clickhouse.curves import steps
from sinks.clickhouse.merged import survivors
from sinks.clickhouse.shared_evidence import counterparts

Row = dict[str, Any]
_EVIDENCE: Final = (
    "evidence_id", "article_id", "article_title", "publisher", "published_at", "quote", "anchor", "claim", "stance",
    "micro",
)  # fmt: skip


def compared_signal(store: Store, whole: Comparison, signal_id: str) -> Row:
    """Return what became of a signal, named as in either generation (docs/replay.md lists the fields). Raises BadInput.

    The id is looked for in A first. Merged ones lead to their survivor. A signal without a match has one side.
    """
    a, b = whole.summary["a"]["name"], whole.summary["b"]["name"]
    merges = {name: survivors(store, name, "signals") for name in (a, b)}
    matched = {one.a: one for one in whole.mapping.matches}
    reverse = {one.b: one for one in whole.mapping.matches}
    key_a, key_b = merges[a].one(signal_id), merges[b].one(signal_id)
    if key_a in matched:
        ids: tuple[str, str] = (key_a, matched[key_a].b)
    elif key_a in whole.mapping.onto or key_a in whole.mapping.missing:
        ids = (key_a, "")
    elif key_b in reverse:
        ids = (reverse[key_b].a, key_b)
    elif key_b in whole.mapping.back or key_b in whole.mapping.opened:
        ids = ("", key_b)
    else:
        raise BadInput(f"signal {signal_id}: there is none with this id in {a} or in {b}")
    rows = {name: _rows(store, name, merges[name].absorbed(key), key) for name, key in zip((a, b), ids, strict=True)}
    found = {
        name: _found(store, name, other, merges[name].absorbed(key), key)
        for name, other, key in ((a, b, ids[0]), (b, a, ids[1]))
    }
    pair = next((row for row in whole.pairs if (row["signal_a"], row["signal_b"]) == ids), None)
    kept, lost = _parted(rows[a], found[a], ids[1])
    _, gained = _parted(rows[b], found[b], ids[0])
    return {
        "a": a,
        "b": b,
        "at": whole.summary["at"],
        "signal_a": ids[0],
        "signal_b": ids[1],
        "head_a": _head(store, a, ids[0]),
        "head_b": _head(store, b, ids[1]),
        "pair": pair,
        "onto": list(whole.mapping.onto.get(ids[0], ())),
        "back": list(whole.mapping.back.get(ids[1], ())),
        "kept": len(kept),
        "turned": [row for row in kept if row["stance"] != row["stance_there"]],
        "lost": lost,
        "gained": gained,
        "curve_a": _curve(store, a, ids[0]),
        "curve_b": _curve(store, b, ids[1]),
    }


def _head(store: Store, generation: str, key: str) -> Row | None:
    rows = store.query(
        "SELECT signal_id, title, toString(state) AS state, strength, seq AS events, family_count AS families, "
        "kind, lens, opened_at, published_at FROM signals FINAL "
        "WHERE generation = {g:String} AND signal_id = {id:String}",
        {"g": generation, "id": key},
    )
    return rows[0] if key and rows else None


def _rows(store: Store, generation: str, absorbed: Sequence[str], key: str) -> list[Row]:
    if not key:
        return []
    rows = evidence_of(store, generation, [key, *absorbed], most=None)
    return [{name: row[name] for name in _EVIDENCE} for row in rows if row["status"] == "accepted"]


def _found(store: Store, here: str, there: str, absorbed: Sequence[str], key: str) -> dict[str, Row]:
    return counterparts(store, here, there, [key, *absorbed]) if key else {}


def _parted(rows: Sequence[Row], found: Mapping[str, Row], other: str) -> tuple[list[Row], list[Row]]:
    """Return what the other side's signal has too, and what it has not, with where it went instead ("": nowhere)."""
    told = [
        row
        | {
            "signal_there": found.get(row["evidence_id"], {}).get("signal_id", ""),
            "stance_there": found.get(row["evidence_id"], {}).get("stance", ""),
        }
        for row in rows
    ]
    kept = [row for row in told if other and row["signal_there"] == other]
    return kept, [row for row in told if not other or row["signal_there"] != other]


def _curve(store: Store, generation: str, key: str) -> list[tuple[datetime, float]]:
    return steps(store, generation, [key]).get(key, []) if key else []

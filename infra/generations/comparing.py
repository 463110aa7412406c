"""`bellwether compare`: what two generations make of the same history. docs/replay.md lists the fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from infra.generations.compared_side import must_be_there, policy_of, side
from infra.settings import Loaded
from processors.decisions import mapping as signal_mapping
from processors.decisions.mapping import Overlap
from processors.decisions.strength import ONE_FAMILY
from sinks.clickhouse.by_signal import strengths_under
from sinks.clickhouse.connect import Store
from sinks.clickhouse.curves import Apart, apart
from sinks.clickhouse.differences import differing_tables, elsewhere, heads, outcomes
from sinks.clickhouse.generations import Generation
from sinks.clickhouse.shared_evidence import Shared, shared, weights

Row = dict[str, Any]
_SAME: Final = 1e-9  # strengths nearer than that are equal
_NOWHERE: Final = Shared("", "", 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two generations side by side. `pairs` are the matched signals that differ, those that differ most first."""

    summary: Row
    pairs: Sequence[Row]
    opened: Sequence[Row]
    missing: Sequence[Row]
    divided: Sequence[Row]
    joined: Sequence[Row]
    mapping: signal_mapping.Mapping

    def whole(self) -> Row:
        """Return all of it as one row."""
        names = ("pairs", "opened", "missing", "divided", "joined")
        return {**self.summary, **{name: getattr(self, name) for name in names}}


@dataclass(frozen=True, slots=True)
class _Side:
    """The signals of one generation: heads, what each has of the other's, weight and number of its evidence."""

    heads: Mapping[str, Row]
    held: Mapping[str, tuple[int, int]]
    found: Mapping[tuple[str, str], Shared]
    strengths: Mapping[str, float]

    @property
    def weights(self) -> dict[str, int]:
        return {key: self.held.get(key, (0, 0))[0] for key in self.heads}

    def evidence(self, key: str) -> int:
        return self.held.get(key, (0, 0))[1]

    def row(self, key: str) -> Row:
        """Return what is told of a signal that stands alone."""
        return self.heads[key] | {"strength": self.strengths.get(key, 0.0), "evidence": self.evidence(key)}


def compare(store: Store, loaded: Loaded, a: str, b: str) -> Comparison:
    """Compare generation `a` with `b`. Raises BadInput for one that is not there, Retryable or StoreError."""
    records = {name: must_be_there(store, name) for name in (a, b)}
    at = _latest(store, (a, b))
    here, there = _side(store, loaded, a, b, records[a], at), _side(store, loaded, b, a, records[b], at)
    found = mapping_of(here.weights, there.weights, here.found, there.found)
    distances = apart(store, a, b, [(one.a, one.b) for one in found.matches])
    every = [_pair(one, here, there, distances.get((one.a, one.b))) for one in found.matches]
    pairs = sorted((row for row in every if row["differs"]), key=_most)
    told = {name: side(store, loaded, name, records[name]) for name in (a, b)}
    counts = {
        "matched": len(every), "changed": len(pairs), "opened": len(found.opened), "missing": len(found.missing),
        "divided": len(found.divided), "joined": len(found.joined),
    }  # fmt: skip
    evidence = _evidence(here, there, every) | {
        "lost_unread": elsewhere(store, a, b),
        "gained_unread": elsewhere(store, b, a),
    }
    articles = _articles(outcomes(store, a, b))
    sides = [told[a], told[b]]
    # The rows themselves are looked at only when nothing else differs: that takes longest.
    alike = not any((pairs, found.opened, found.missing, evidence["lost"], evidence["gained"], articles["changed"],
                     articles["only_a"], articles["only_b"], sides[0]["lag"], sides[1]["lag"]))  # fmt: skip
    tables = differing_tables(store, a, b) if alike else None
    summary = {
        "a": sides[0],
        "b": sides[1],
        "at": at,
        "identical": tables == [],
        "differing_tables": tables,
        "signals": counts,
        "evidence": evidence,
        "articles": articles,
    }
    return Comparison(
        summary,
        pairs,
        sorted((there.row(key) for key in found.opened), key=_strongest),
        sorted((here.row(key) for key in found.missing), key=_strongest),
        _spread(found.divided, here, there, here.found),
        _spread(found.joined, there, here, there.found),
        found,
    )


def mapping_of(
    a: Mapping[str, int],
    b: Mapping[str, int],
    a_in_b: Mapping[tuple[str, str], Shared],
    b_in_a: Mapping[tuple[str, str], Shared],
) -> signal_mapping.Mapping:
    """Return the mapping of signals with these weights, from what pairs share as seen from either side."""
    keys = {*a_in_b, *((x, y) for y, x in b_in_a)}
    return signal_mapping.mapped(
        a,
        b,
        (Overlap(x, y, a_in_b.get((x, y), _NOWHERE).weight, b_in_a.get((y, x), _NOWHERE).weight) for x, y in keys),
    )


def signal_mapping_of(store: Store, a: str, b: str) -> signal_mapping.Mapping:
    """Return of every signal of generation `a` which ones it is in `b`, and the reverse."""
    weighed = []
    for name in (a, b):
        held = weights(store, name)
        weighed.append({key: held.get(key, (0, 0))[0] for key in heads(store, name)})
    return mapping_of(weighed[0], weighed[1], _by_pair(shared(store, a, b)), _by_pair(shared(store, b, a)))


def _side(store: Store, loaded: Loaded, name: str, other: str, record: Generation | None, at: datetime) -> _Side:
    policy = policy_of(loaded, record)
    return _Side(
        heads(store, name),
        weights(store, name),
        _by_pair(shared(store, name, other)),
        strengths_under(store, name, at, policy.half_life, ONE_FAMILY),
    )


def _by_pair(found: Iterable[Shared]) -> dict[tuple[str, str], Shared]:
    return {(one.here, one.there): one for one in found}


def _latest(store: Store, names: Sequence[str]) -> datetime:
    """Return the later of both ledgers' times, at which all strengths are taken."""
    at: datetime = store.scalar("SELECT max(at) FROM commits WHERE generation IN {g:Array(String)}", {"g": list(names)})
    return at


def _pair(one: signal_mapping.Match, here: _Side, there: _Side, far: Apart | None) -> Row:
    a, b = here.heads[one.a], there.heads[one.b]
    kept = here.found.get((one.a, one.b), _NOWHERE)
    found = there.found.get((one.b, one.a), _NOWHERE)
    row: Row = {
        "signal_a": one.a,
        "signal_b": one.b,
        "likeness": one.likeness,
        "title_a": a["title"],
        "title_b": b["title"],
        "state_a": a["state"],
        "state_b": b["state"],
        "published_a": a["published"],
        "published_b": b["published"],
        "strength_a": here.strengths.get(one.a, 0.0),
        "strength_b": there.strengths.get(one.b, 0.0),
        "distance": far.distance if far else 0.0,
        "distance_at": far.at if far and far.distance > _SAME else None,
        "events_a": a["events"],
        "events_b": b["events"],
        "families_a": a["families"],
        "families_b": b["families"],
        "evidence_a": here.evidence(one.a),
        "evidence_b": there.evidence(one.b),
        "kept": kept.evidence,
        "lost": here.evidence(one.a) - kept.evidence,
        "gained": there.evidence(one.b) - found.evidence,
        "turned": kept.turned,
    }
    return row | {"differs": list(_differing(row))}


def _differing(row: Row) -> Iterable[str]:
    for name in ("signal", "title", "state", "published", "events", "families"):
        if row[f"{name}_a"] != row[f"{name}_b"]:
            yield name
    if abs(row["strength_a"] - row["strength_b"]) > _SAME:
        yield "strength"
    if row["distance"] > _SAME:
        yield "curve"
    for name in ("lost", "gained", "turned"):
        if row[name]:
            yield name


def _most(row: Row) -> tuple[Any, ...]:
    """Published ones that no longer are come first, and the reverse; then by how far apart the strengths were."""
    return (
        row["published_a"] == row["published_b"],
        -max(row["distance"], abs(row["strength_a"] - row["strength_b"])),
        row["likeness"],
        row["signal_a"],
    )


def _strongest(row: Row) -> tuple[Any, ...]:
    return not row["published"], -row["strength"], row["signal_id"]


def _spread(
    several: Mapping[str, Sequence[str]], one: _Side, other: _Side, found: Mapping[tuple[str, str], Shared]
) -> list[Row]:
    """Return signals that are several on the other side, with what each of those has of their evidence."""
    rows = [
        one.row(key)
        | {
            "parts": [
                {
                    "signal_id": part,
                    "title": other.heads[part]["title"],
                    "shared": found.get((key, part), _NOWHERE).evidence,
                    "evidence": other.evidence(part),
                }
                for part in parts
            ]
        }
        for key, parts in several.items()
    ]
    return sorted(rows, key=_strongest)


def _evidence(here: _Side, there: _Side, pairs: Sequence[Row]) -> Row:
    a, b = (sum(count for _, count in each.held.values()) for each in (here, there))
    kept = sum(one.evidence for one in here.found.values())
    back = sum(one.evidence for one in there.found.values())
    return {
        "a": a,
        "b": b,
        "kept": kept,
        "moved": kept - sum(row["kept"] for row in pairs),
        "lost": a - kept,
        "gained": b - back,
        "turned": sum(one.turned for one in here.found.values()),
    }


def _articles(rows: Sequence[Row]) -> Row:
    both = [row for row in rows if row["a"] and row["b"]]
    changes = [row for row in both if row["a"] != row["b"]]
    return {
        "both": sum(row["articles"] for row in both),
        "only_a": sum(row["articles"] for row in rows if not row["b"]),
        "only_b": sum(row["articles"] for row in rows if not row["a"]),
        "changed": sum(row["articles"] for row in changes),
        "changes": changes,
    }

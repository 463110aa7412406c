"""Commits as they lie in their table, with every column: for who checks the log itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.codec import decode
from schemas.ledger import Commit
from sinks.clickhouse.connect import Store


@dataclass(frozen=True, slots=True)
class Logged:
    """One row of `commits`; `body` and `proposal` are framed Avro, `proposal` b"" where it was not kept."""

    n: int
    proposal_id: str
    at: datetime
    committed_at: datetime
    terms: tuple[str, ...]
    body: bytes
    proposal: bytes


def logged(store: Store, generation: str, after: int, upto: int, page: int = 500) -> Iterator[Logged]:
    """Yield the rows with after < n <= upto, in order of n, one a number; gaps are left to the caller."""
    while after < upto:
        rows = store.query(
            "SELECT n, proposal_id, at, committed_at, terms, body, proposal FROM commits "
            "WHERE generation = {g:String} AND n > {after:UInt64} AND n <= {upto:UInt64} "
            "ORDER BY n LIMIT 1 BY n LIMIT {page:UInt32}",
            {"g": generation, "after": after, "upto": upto, "page": page},
            binary=("body", "proposal"),
        )
        for row in rows:
            yield Logged(**(row | {"terms": tuple(row["terms"])}))
        if not rows:
            return
        after = rows[-1]["n"]


def committed(store: Store, generation: str, numbers: Sequence[int]) -> list[Commit]:
    """Return the commits of these numbers, in order. Raises Poison for one that cannot be decoded."""
    rows = store.query(
        "SELECT n, body FROM commits WHERE generation = {g:String} AND n IN {ns:Array(UInt64)} ORDER BY n LIMIT 1 BY n",
        {"g": generation, "ns": list(numbers)},
        binary=("body",),
    )
    return [decode(row["body"], Commit) for row in rows]


def twofold(store: Store, generation: str, upto: int) -> list[int]:
    """Return the numbers under which more than one commit is stored, the first thousand."""
    rows = store.query(
        "SELECT n FROM commits WHERE generation = {g:String} AND n <= {upto:UInt64} GROUP BY n "
        "HAVING count() > 1 AND uniqExact(cityHash64(body)) > 1 ORDER BY n LIMIT 1000",
        {"g": generation, "upto": upto},
    )
    return [row["n"] for row in rows]

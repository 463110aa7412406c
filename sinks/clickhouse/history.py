"""What a generation's commits were decided on, in the order in which they were: the history that replays run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sinks.clickhouse.connect import Store


@dataclass(frozen=True, slots=True)
class Recorded:
    """One commit's cause. `at` is the ledger's time after it (UTC); `proposal` is framed, b"" where it was not kept."""

    n: int
    proposal_id: str
    at: datetime
    proposal: bytes


@dataclass(frozen=True, slots=True)
class Extent:
    """How much history there is: commits, and how many of them say no more what they were decided on."""

    commits: int
    mute: int


def recorded(store: Store, generation: str, after: int, upto: int, page: int) -> Iterator[list[Recorded]]:
    """Yield pages of commits with after < n <= upto, in order. `page`: rows in each but the last."""
    while after < upto:
        rows = store.query(
            "SELECT n, proposal_id, at, proposal FROM commits WHERE generation = {g:String} AND n > {after:UInt64} "
            "AND n <= {upto:UInt64} ORDER BY n LIMIT 1 BY n LIMIT {page:UInt32}",
            {"g": generation, "after": after, "upto": upto, "page": page},
            binary=("proposal",),
        )
        if not rows:
            return
        yield [Recorded(int(row["n"]), row["proposal_id"], row["at"], row["proposal"]) for row in rows]
        after = int(rows[-1]["n"])


def extent(store: Store, generation: str, since: datetime, upto: int) -> Extent:
    """Return how many of the commits up to `upto` can be about what was published since then (aware)."""
    row = store.query(
        "SELECT uniqExact(n) AS commits, uniqExactIf(n, proposal = '') AS mute FROM commits "
        "WHERE generation = {g:String} AND n <= {upto:UInt64} AND at >= {since:DateTime64(6, 'UTC')}",
        {"g": generation, "since": since, "upto": upto},
    )[0]
    return Extent(int(row["commits"]), int(row["mute"]))

"""`python -m tests.bench.strength_sql [--signals 10000] [--evidence 1000000]`: strengths of a whole list.

Fills a temporary store with made-up evidence, a fiftieth of signals and stories merged, and computes the strength of
every signal by the SQL views and, in the same run, in Python from the same rows of mass (reading included). Prints both
times and the largest difference. Also: the list as the pages ask for it, and one signal.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from infra.policy import record_policy
from processors.decisions.policy import Policy
from processors.decisions.strength import weights_at
from processors.decisions.substance import Substance
from schemas.mass import Mass
from sinks.clickhouse.as_of import voices_as_of
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.queries import Reader

NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
FIRST_DAY = 20_484  # 2026-01-31
_EVIDENCE = """
INSERT INTO evidence (generation, n, evidence_id, signal_id, story_id, family, stance, kind, day, micro, status,
    published_at)
SELECT 'live', number, hex(MD5(toString(number))), concat('g', toString(number % {signals:UInt64})),
    concat('s', toString(number % ({signals:UInt64} * 3))), concat('f', toString(intHash32(number) % 60)),
    if(number % 17 = 0, 'contradicts', 'supports'), ['structural', 'cyclical', 'event'][1 + number % 3],
    {day:Int32} + intHash32(number + 7) % 90, 100000 + intHash32(number) % 900000, 'accepted', now64()
FROM numbers({evidence:UInt64})
"""
_SIGNALS = """
INSERT INTO signals (generation, signal_id, n, merged_into, state, published_at, title)
SELECT 'live', concat('g', toString(number)), 1, if(number % 50 = 49, concat('g', toString(number - 1)), ''),
    if(number % 50 = 49, 'merged', 'published'), now64(), 'a title'
FROM numbers({signals:UInt64})
"""
_STORIES = """
INSERT INTO stories (generation, story_id, n, merged_into)
SELECT 'live', concat('s', toString(number)), 1, if(number % 50 = 49, concat('s', toString(number - 1)), '')
FROM numbers({signals:UInt64} * 3)
"""


def in_sql(store: Store) -> dict[str, float]:
    """Return every signal's strength by the view."""
    rows = store.query(
        "SELECT signal_id, strength FROM signal_strength(at = {at:DateTime64(6, 'UTC')}) WHERE generation = 'live'",
        {"at": NOW},
    )
    return {row["signal_id"]: row["strength"] for row in rows}


def in_python(store: Store) -> dict[str, float]:
    """Return the same from the rows of mass."""
    mass: dict[str, list[Mass]] = {}
    sql = "SELECT signal_id, story_id, family, stance, day, micro, kind FROM signal_mass WHERE generation = 'live'"
    for row in store.stream(sql):
        mass.setdefault(row.pop("signal_id"), []).append(Mass(**row))
    weights = weights_at(NOW, Policy())
    return {key: Substance(parts).components(weights).strength for key, parts in mass.items()}


def timed(what: str, call: Callable[[], Any]) -> Any:
    """Print how long a call takes the second time; return its answer."""
    call()
    start = time.perf_counter()
    found = call()
    print(f"{what:<44} {time.perf_counter() - start:7.2f} s")
    return found


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signals", type=int, default=10_000)
    parser.add_argument("--evidence", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"chdb://{folder}/store")
        migrate(store)
        record_policy(store, Policy())
        numbers = {"signals": given.signals, "evidence": given.evidence, "day": FIRST_DAY}
        for sql in (_EVIDENCE, _SIGNALS, _STORIES):
            store.command(sql, numbers)
        print(f"{given.signals:,} signals, {given.evidence:,} evidence")
        sql_found = timed("every strength, SQL", lambda: in_sql(store))
        reader = Reader(store, "live")
        timed("the list of signals as of now, 1,000 of them", lambda: reader.signals(at=NOW))
        timed("the list of signals as of now, all", lambda: reader.signals(at=NOW, limit=given.signals))
        timed("the voices of one signal, SQL", lambda: voices_as_of(store, "live", NOW, "g0"))
        start = time.perf_counter()
        python_found = in_python(store)
        print(f"{'every strength, Python':<44} {time.perf_counter() - start:7.2f} s")
        assert sql_found.keys() == python_found.keys()
        print(f"largest difference {max(abs(sql_found[key] - python_found[key]) for key in sql_found):.3g}")
        store.close()


if __name__ == "__main__":
    main()

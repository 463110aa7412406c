"""`python -m tests.bench.compare_generations [--signals 10000] [--evidence 1000000]`: how long a comparison takes.

Fills a temporary store with a live generation and another one made from it: ids of evidence and signals are others,
quotes begin a few characters later, each fiftieth evidence is gone, each eighth signal is two. Prints the seconds of
every step, what was found, and the size of pages.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.testclient import TestClient

from infra.desk import Desk
from infra.generations.comparing import mapping_of
from infra.pages import pages
from infra.policy import policy_from
from infra.settings import load
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.curves import apart
from sinks.clickhouse.differences import differing_tables, heads
from sinks.clickhouse.shared_evidence import shared, weights
from tests.bench.big_store import fill

_SIGNAL = (
    "if(signal_id = '', '', if(cityHash64(signal_id) % 8 = 0 AND cityHash64(evidence_id) % 3 = 0, "
    "concat(signal_id, '-b'), concat(signal_id, '-a')))"
)
_SPAN = "toUInt32(cityHash64(article_id, evidence_id) % 3000)"


def other_generation(store: Store) -> None:
    """Make the generation `other`."""

    def insert(table: str, select: str) -> None:
        # Names are those of columns, not of what replaces them.
        store.command(f"INSERT INTO {table} {select} SETTINGS prefer_column_name_to_alias = 1")

    spans = f"{_SPAN} AS quote_start, toUInt32({_SPAN} + length(quote)) AS quote_end"
    insert("evidence", f"SELECT * REPLACE ({spans}, n + 1 AS n) FROM evidence")
    insert(
        "evidence",
        "SELECT * REPLACE ('other' AS generation, concat('x', evidence_id) AS evidence_id, "
        f"{_SIGNAL} AS signal_id, quote_start + 9 AS quote_start, substring(quote, 10) AS quote) "
        "FROM evidence FINAL WHERE n % 50 != 0",
    )
    insert("evidence_by_signal", "SELECT *, 0 AS gone FROM evidence FINAL WHERE generation = 'other'")
    for half in ("a", "b"):
        insert(
            "signals",
            f"SELECT * REPLACE ('other' AS generation, concat(signal_id, '-{half}') AS signal_id, "
            "if(merged_into = '', '', concat(merged_into, '-a')) AS merged_into) FROM (SELECT * FROM signals "
            f"WHERE generation = 'live' AND ({half == 'a'} OR cityHash64(signal_id) % 8 = 0))",
        )
    insert(
        "signal_events",
        f"SELECT * REPLACE ('other' AS generation, {_SIGNAL} AS signal_id, strength_after * 0.9 AS strength_after) "
        "FROM signal_events",
    )
    insert(
        "outcomes (generation, n, article_id, outcome)",
        "SELECT 'live', 1, article_id, if(cityHash64(article_id) % 9, 'accepted', 'nothing') FROM articles",
    )
    for table in ("outcomes", "commits", "projected", "stories"):
        insert(table, f"SELECT * REPLACE ('other' AS generation) FROM {table}")


def timed(name: str, call: Callable[[], Any]) -> Any:
    """Return what the call gives, and print how long it took."""
    began = time.perf_counter()
    found = call()
    print(f"{name:<34}{time.perf_counter() - began:8.2f} s", flush=True)
    return found


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signals", type=int, default=10_000)
    parser.add_argument("--evidence", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"chdb://{folder}/store")
        fill(store, signals=given.signals, evidence=given.evidence)
        other_generation(store)
        print(f"{given.signals:,} signals, {given.evidence:,} evidence")
        known = timed("heads", lambda: [heads(store, name) for name in ("live", "other")])
        held = timed("weights", lambda: [weights(store, name) for name in ("live", "other")])
        there = timed("evidence of live in other", lambda: shared(store, "live", "other"))
        back = timed("evidence of other in live", lambda: shared(store, "other", "live"))
        sides = [{key: one.get(key, (0, 0))[0] for key in all_of} for one, all_of in zip(held, known, strict=True)]
        pairs = [{(one.here, one.there): one for one in rows} for rows in (there, back)]
        found = timed("mapping", lambda: mapping_of(sides[0], sides[1], *pairs))
        timed("distances of curves", lambda: apart(store, "live", "other", [(m.a, m.b) for m in found.matches]))
        timed("every row against every row", lambda: differing_tables(store, "live", "live"))
        loaded = load({"data": folder}, environment={})
        desk = Desk(store, loaded, policy_from(loaded.settings.policy))
        whole = timed("all of it", lambda: desk.comparisons.of("live", "other"))
        print({name: len(getattr(whole, name)) for name in ("pairs", "opened", "missing", "divided", "joined")})
        print(whole.summary["evidence"])
        client = TestClient(pages(desk), "http://127.0.0.1")
        address = "a=live&b=other"
        for path in (f"/compare?{address}", f"/compare.json?{address}", f"/compare?{address}&page=100",
                     f"/compare?{address}&what=divided", f"/compare?{address}&signal=sg-0",
                     f"/compare?{address}&signal=sg-{given.signals // 2}"):  # fmt: skip
            answer = timed(path, partial(client.get, path))
            print(f"{'':<34}{answer.status_code}, {len(answer.content):,} bytes")
        store.close()


if __name__ == "__main__":
    main()

"""`python -m tests.bench.grafana_panels [--data DIR]`: how long each panel's query takes, the best of three.

Without `--data` on a temporary store of made-up evidence (see strength_sql.py: 1,000 signals, 100,000 rows of evidence,
but no articles, events or outcomes); with it on the store of a data folder that nobody holds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from infra.embedded.folder import DataFolder
from infra.grafana.dashboards import DASHBOARDS
from infra.policy import record_policy
from processors.decisions.policy import Policy
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.migrate import migrate
from tests.bench import strength_sql
from tests.grafana_macros import ALL, Asked

_LATEST = "SELECT max(published_at) FROM evidence"
_STRONGEST = "SELECT signal_id FROM signals FINAL WHERE published_at IS NOT NULL ORDER BY strength DESC LIMIT 1"
_BY_SIGNAL = "INSERT INTO evidence_by_signal SELECT *, 0 AS gone FROM evidence FINAL"


def made(store: Store, signals: int, evidence: int) -> None:
    """Fill the store with made-up evidence."""
    migrate(store)
    record_policy(store, Policy())
    params = {"signals": signals, "evidence": evidence, "day": strength_sql.FIRST_DAY}
    for sql in (strength_sql._EVIDENCE, strength_sql._SIGNALS, strength_sql._STORIES, _BY_SIGNAL):
        store.command(sql, params)


def timed(store: Store, days: int) -> None:
    """Print a line a panel: milliseconds and rows."""
    end = store.scalar(_LATEST)
    chosen = {"sector": ALL, "geography": ALL, "signal": (str(store.scalar(_STRONGEST)),)}
    asked = Asked(end - timedelta(days=days), end, days * 86_400 // 300, chosen)
    for board in DASHBOARDS:
        for panel in board.panels:
            if panel.kind == "text":
                continue
            took, rows = [], 0
            for _ in range(3):
                began = time.perf_counter()
                rows = len(store.query(asked.of(panel.sql)))
                took.append(time.perf_counter() - began)
            print(f"{min(took) * 1000:8.0f} ms  {rows:6} rows  {board.title}: {panel.title}")


def main() -> None:
    """Open or fill a store, and time the panels over the last ninety days."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--signals", type=int, default=1_000)
    parser.add_argument("--evidence", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=90)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(DataFolder(given.data).store_dsn if given.data else f"chdb://{folder}")
        if given.data is None:
            made(store, given.signals, given.evidence)
        timed(store, given.days)
        store.close()


if __name__ == "__main__":
    main()

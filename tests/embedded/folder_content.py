"""`python -m tests.embedded.folder_content FOLDER [--fill]`: what every table says, as hashes.

With `--fill` first something is written into each book that no ingest writes: feeds, alerts, deliveries.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from schemas.events import Alert
from sinks.brief.deliveries import Deliveries, Delivery
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.feeds import FeedRows
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.tables import ALERTS
from sinks.clickhouse.transfer import data_tables

AT = datetime(2026, 1, 3, 9, tzinfo=UTC)


def content(data: Path, *, fill: bool = False) -> dict[str, tuple[int, str]]:
    """Return rows and hash of every table, by name, read in a process of its own."""
    words = [sys.executable, "-m", "tests.embedded.folder_content", str(data), *(["--fill"] if fill else [])]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name: (rows, digest) for name, (rows, digest) in json.loads(done.stdout).items()}


def _content(store: Store) -> dict[str, tuple[int, str]]:
    found = {}
    for table in data_tables(store):
        final = "" if table.name == "commits" else "FINAL"
        rows = sorted(map(repr, store.query(f"SELECT * FROM {table.name} {final}")))
        found[table.name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def _fill(store: Store) -> None:
    feed = {
        "url": "https://a.example/feed", "title": "A", "publisher": "A", "etag": 'W/"7"', "last_modified": "",
        "ok": True, "error": "", "articles": 7, "failures": 0, "last_attempt": AT, "last_success": AT,
        "next_poll": None, "floor": AT,
    }  # fmt: skip
    FeedRows(store).save(feed)
    LatestRecords(store, ALERTS).save(
        [Alert("r:e", "r", "e", "sg-1", "T", 4.0, 5.5, "q", "P", "https://a.example", AT, AT, True, "")]
    )
    Deliveries(store).put(Delivery("brief-2026-01-03", "mail:a", "c", AT, 1, "", AT))


if __name__ == "__main__":
    opened = open_store(f"chdb://{Path(sys.argv[1], 'store').absolute()}")
    if "--fill" in sys.argv:
        _fill(opened)
    print(json.dumps(_content(opened)))
    opened.close()

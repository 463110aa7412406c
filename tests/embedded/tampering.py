"""Changes a folder's store behind its back, in a process of its own: `python -m tests.embedded.tampering DATA N`.

With N, commit N says another title of a signal than what was decided.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from infra.host import opened_store
from infra.settings import load
from schemas.codec import decode, encode
from schemas.copying import replace
from schemas.ledger import Commit
from sinks.clickhouse.connect import Store
from sinks.clickhouse.rows import micros


def tampered(data: Path, statements: list[str]) -> None:
    """Run statements on the store of a folder that nobody holds."""
    words = [sys.executable, "-m", "tests.embedded.tampering", str(data), json.dumps(statements)]
    subprocess.run(words, check=True, timeout=120, capture_output=True)


def _retitled(store: Store, n: int) -> None:
    row = store.query(
        "SELECT * FROM commits WHERE generation = 'live' AND n = {n:UInt64}", {"n": n}, binary=("body", "proposal")
    )[0]
    commit = decode(row["body"], Commit)
    heads = tuple(replace(head, title="A title that nobody decided on") for head in commit.signals)
    assert heads, f"commit {n} changes no signal"
    body = encode(replace(commit, signals=heads))
    store.command(f"ALTER TABLE commits DELETE WHERE generation = 'live' AND n = {n} SETTINGS mutations_sync = 2")
    columns = ("generation", "n", "proposal_id", "at", "committed_at", "terms", "body", "proposal")
    times = (micros(row["at"]), micros(row["committed_at"]))
    values = ("live", n, row["proposal_id"], *times, list(row["terms"]), body, row["proposal"])
    store.insert("commits", columns, [values])


if __name__ == "__main__":
    with opened_store(load({"data": sys.argv[1]})) as (_, opened):
        if sys.argv[2].isdigit():
            _retitled(opened, int(sys.argv[2]))
        else:
            for statement in json.loads(sys.argv[2]):
                opened.command(statement)

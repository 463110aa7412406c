"""`python -m tests.embedded.words FOLDER`: everything that a folder has stored, as bytes on standard output."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from sinks.clickhouse.connect import open_store
from sinks.clickhouse.transfer import copied, data_tables


def stored(data: Path) -> dict[str, bytes]:
    """Return what each table and the books hold, every version of every row, read in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "tests.embedded.words", str(data)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found = {}
    for part in done.stdout.split(b"\x00table\x00")[1:]:
        name, _, content = part.partition(b"\x00is\x00")
        found[name.decode()] = content
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    store = open_store(f"chdb://{(folder / 'store').absolute()}")
    for table in data_tables(store):
        sys.stdout.buffer.write(b"\x00table\x00" + table.name.encode() + b"\x00is\x00")
        for piece in copied(store, table):
            sys.stdout.buffer.write(piece)
    store.close()
    if (folder / "llm.sqlite").exists():
        with sqlite3.connect(folder / "llm.sqlite") as db:
            sys.stdout.buffer.write(b"\x00table\x00books\x00is\x00" + "\n".join(db.iterdump()).encode())

"""`python -m tests.bench.sizes FOLDER [--node DIR] [--json]`: what a data folder takes an article, on disk.

FOLDER is a data folder that no process works with. Prints bytes on disk and bytes an article of each table (active
parts, compressed, as `system.parts` says), of the SQLite files, and with `--node`, the folder of a Kafka that
`bellwether kafka up` runs, of each topic (files of its segments, all partitions). Files beside these
(metadata, replaced parts) are under `rest`. Nothing is changed.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from sinks.clickhouse.connect import open_store

_PARTS = (
    "SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts "
    "WHERE active AND database = currentDatabase() GROUP BY table ORDER BY bytes DESC"
)


def folder_sizes(folder: Path) -> dict[str, Any]:
    """Return articles, commits, and bytes by table and file of a data folder."""
    store = open_store(f"chdb://{(folder / 'store').absolute()}")
    try:
        rows = store.query(_PARTS)
        articles = int(store.scalar("SELECT uniqExact(article_id) FROM articles") or 0)
        text = int(store.scalar("SELECT sum(length(text) + length(title)) FROM articles") or 0)
    finally:
        store.close()
    files = {path.name: path.stat().st_size for path in folder.glob("*.sqlite")}
    tables = {row["table"]: {"rows": int(row["rows"]), "bytes": int(row["bytes"])} for row in rows}
    known = sum(table["bytes"] for table in tables.values())
    return {
        "articles": articles, "text_bytes": text, "tables": tables, "files": files, "store": known,
        "rest": _under(folder / "store") - known,
    }  # fmt: skip


def topic_sizes(node: Path) -> dict[str, int]:
    """Return bytes of the segments of each topic, those of Kafka itself together."""
    found: Counter[str] = Counter()
    for part in (node / "data").iterdir():
        if part.is_dir():
            topic = part.name.rpartition("-")[0]
            name = "(Kafka's own)" if topic.startswith("__") else topic
            found[name] += sum(path.stat().st_size for path in part.glob("*.log"))
    return dict(found.most_common())


def _under(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _print(found: dict[str, Any], topics: dict[str, int]) -> None:
    count = max(1, found["articles"])
    print(f"{found['articles']} articles, {found['text_bytes'] / count:.0f} bytes of title and text each")
    for name, table in found["tables"].items():
        print(
            f"{name:28} {table['rows']:>10} rows {table['bytes']:>12} bytes {table['bytes'] / count:>9.0f} an article"
        )
    print(f"{'store':28} {found['store']:>28} bytes {found['store'] / count:>9.0f} an article; rest {found['rest']}")
    for name, size in [*found["files"].items(), *topics.items()]:
        print(f"{name:44} {size:>12} bytes {size / count:>9.0f} an article")
    if topics:
        print(f"{'topics':44} {sum(topics.values()):>12} bytes {sum(topics.values()) / count:>9.0f} an article")


def main() -> None:
    """Look and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--node", type=Path)
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    found, topics = folder_sizes(given.folder), topic_sizes(given.node) if given.node else {}
    if given.json:
        print(json.dumps(found | {"topics": topics}, indent=1))
    else:
        _print(found, topics)


if __name__ == "__main__":
    main()

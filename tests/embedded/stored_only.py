"""`python -m tests.embedded.stored_only FOLDER FIRST COUNT`: articles into a folder's store and nowhere else.

As a process leaves them that dies between storing and publishing: they wait for their outcome, in order.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import open_store
from tests.live.cluster import written

if __name__ == "__main__":
    first, count = int(sys.argv[2]), int(sys.argv[3])
    store = open_store(f"chdb://{Path(sys.argv[1], 'store').absolute()}")
    articles = ArticleStore(store)
    ordinal = articles.max_ordinal()
    made = written(count, first=first)
    articles.put([replace(each, ordinal=ordinal + number) for number, each in enumerate(made, start=1)])
    store.close()

"""`python -m tests.embedded.planting DATA`: puts rubbish onto the topics of a folder's own stream, for dead letters.

Prints the ids of the letters as JSON, by stage: two records that nobody can decode, and a stored article that an
analyst is said to have failed on.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from infra.clock import wall_clock
from infra.host import Host, opened_host
from infra.settings import load
from processors.guard import dead_letter
from schemas.codec import encode
from schemas.topics import ARTICLES, PROPOSALS
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.dead_letters import Chosen, DeadLetters
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.tables import DEAD_LETTERS

RUBBISH = b"\x00\x00\x00\x00\x63 no such schema"


async def plant(data: str) -> None:
    """Put them there, and wait until the table has their letters."""
    async with opened_host(load({"data": data})) as host:
        host.emitter.send(ARTICLES.name, b"rubbish", b"nobody")
        host.emitter.send(PROPOSALS.name, RUBBISH)
        await host.emitter.flush()
        print(json.dumps(await asyncio.to_thread(_letters, host)))


def _letters(host: Host) -> dict[str, str]:
    article = next(iter(ArticleStore(host.store).by_seq([1]))).article
    letters = DeadLetters(host.store)
    until = time.monotonic() + 60
    while letters.count(Chosen()) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    failed = dead_letter(
        ARTICLES.name, 0, 999_999, host.broker.incarnation, article.article_id.encode(), encode(article),
        "extract/analyst", "lexical failed: ZeroDivisionError: it is said", wall_clock(),
    )  # fmt: skip
    LatestRecords(host.store, DEAD_LETTERS).save([failed])
    made = {letter.stage: letter for letter in letters.letters(Chosen())}
    return {stage: letter.dead_letter_id for stage, letter in made.items()}


if __name__ == "__main__":
    asyncio.run(plant(sys.argv[1]))

"""Dead letters on a real Kafka: put back onto their topics, and what becomes of them."""

from __future__ import annotations

import pytest

from infra.clock import wall_clock
from infra.kafka.intake import KafkaIntake
from infra.kafka.local.node import KafkaNode
from infra.kafka.topics import cluster_id
from infra.letters.replaying import LetterDesk
from infra.letters.ways import KafkaWays
from processors.emit import Emitter
from processors.guard import dead_letter
from schemas.codec import encode
from schemas.topics import ARTICLES, LIVE, PROPOSALS
from sinks.clickhouse.connect import Store
from sinks.clickhouse.dead_letters import Chosen
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.queries import Reader
from sinks.clickhouse.tables import DEAD_LETTERS
from tests.live.cluster import Roles, until, written
from tests.live.test_store_roles import sinks

pytestmark = pytest.mark.live


def test_each_ends_in_an_outcome_or_in_a_new_dead_letter(node: KafkaNode, store: Store) -> None:
    emitter = Emitter(node.connection)
    intake, reader = KafkaIntake(store, emitter, LIVE), Reader(store, LIVE)
    cluster = cluster_id(node.connection)
    letters = LetterDesk(
        store,
        wall_clock,
        lambda: KafkaWays(node.connection, cluster, lambda some: intake.admit(some, ordered=False), 2.0),
        patience=120.0,
    )
    (one, *_) = articles = written(5)
    with Roles(node.connection) as roles, sinks(store, node.connection):
        roles.start("extract", "ledger", "publish")
        intake.admit(articles, ordered=False)
        emitter.send(ARTICLES.name, b"rubbish", b"nobody")
        emitter.send(PROPOSALS.name, b"rubbish")
        emitter.flush_now()
        until(lambda: reader.status()["dead_letters"] == 3, "the letters of extract, of the ledger and of the sink")
        until(lambda: sum(reader.status()["outcomes"].values()) == 5, "outcomes")
        failed = dead_letter(
            ARTICLES.name, 0, 999_999, cluster, one.article_id.encode(), encode(one), "extract/analyst", "it is said",
            wall_clock(),
        )  # fmt: skip
        LatestRecords(store, DEAD_LETTERS).save([failed])
        rows = letters.replay(Chosen(), "somebody")
        assert [row["done"] for row in rows] == ["replayed"] * 4
        became = {row["dead_letter_id"]: row["became"] for row in rows}
        assert became.pop(failed.dead_letter_id) == "outcome accepted of revision 1"
        assert all(text.startswith("dead letter dl-") for text in became.values()), became
        assert not {text.removeprefix("dead letter ") for text in became.values()} & became.keys()
        assert {row["done"] for row in letters.replay(Chosen(tuple(became)), "somebody")} == {"left"}
    emitter.close()

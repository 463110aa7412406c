"""Feeds and sinks on a real Kafka, with chDB in ClickHouse's place: from a feed over HTTP to the tables."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from infra.generations.running import replay
from infra.generations.wanted import wanted
from infra.kafka.commit_log import KafkaCommitLog
from infra.kafka.feeds import run_feeds
from infra.kafka.intake import KafkaIntake
from infra.kafka.local.node import KafkaNode
from infra.kafka.sinks import KafkaSinks
from infra.kafka.topics import cluster_id
from infra.settings import Settings, load
from processors.decisions.state import EPOCH
from processors.emit import Emitter
from schemas.kafka_connection import KafkaConnection
from schemas.topics import ARTICLES, LIVE
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.history import extent
from sinks.clickhouse.queries import Reader
from tests.live.cluster import SESSION, Roles, until, written

pytestmark = pytest.mark.live
_ITEM = (
    "<item><title>Gallium licences {0}</title><link>https://news.example/{0}</link><guid>g{0}</guid>"
    "<description>Gallium licences took {0} weeks, said a trader in Rotterdam on a grey morning.</description></item>"
)
FEED = f"<rss version='2.0'><channel><title>Paper</title>{''.join(_ITEM.format(i) for i in range(8))}</channel></rss>"


class _Paper(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = FEED.encode() if self.path == "/feed.xml" else b""
        self.send_response(200 if body else 404)
        self.send_header("content-type", "application/rss+xml")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def paper() -> Iterator[str]:
    """Serve the feed on loopback; give its address."""
    server = HTTPServer(("127.0.0.1", 0), _Paper)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/feed.xml"
    finally:
        server.shutdown()


@contextmanager
def sinks(store: Store, connection: KafkaConnection) -> Iterator[KafkaSinks]:
    """Run the sinks in this process, which alone may open the store."""
    faults: list[BaseException] = []
    running = KafkaSinks(
        store,
        connection=connection,
        generation=LIVE,
        incarnation=cluster_id(connection),
        session_timeout=SESSION,
        on_fault=faults.append,
    )
    running.start()
    try:
        yield running
    finally:
        running.stop()
    assert not faults


@contextmanager
def feeds(store: Store, settings: Settings) -> Iterator[None]:
    """Run the role `feeds` in a thread with a loop of its own."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(run_feeds(store, settings, LIVE, stop)))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
    assert not thread.is_alive()


def settings(node: KafkaNode, url: str) -> Settings:
    given = {
        "kafka.bootstrap": node.bootstrap,
        "feeds.urls": [url],
        "feeds.allow_hosts": ["127.0.0.1"],
        "feeds.full_text": False,
        "stream.sweep_seconds": 8.0,
    }
    return load(given, environment={}, folder=Path("/nonexistent")).settings


def test_a_feed_reaches_the_tables_and_what_was_lost_is_swept_up(node: KafkaNode, store: Store) -> None:
    lost = written(3, first=101)
    ArticleStore(store).put(lost)  # stored, and then the power went: never produced
    reader = Reader(store, LIVE)
    with (
        paper() as url,
        Roles(node.connection) as roles,
        sinks(store, node.connection) as running,
        feeds(store, settings(node, url)),
    ):
        roles.start("extract", "ledger", "publish")
        until(lambda: sum(reader.status()["outcomes"].values()) == 11, "outcomes of 8 read and 3 lost articles")
        status = reader.status()
        assert (status["articles"], status["without_outcome"], status["dead_letters"]) == (11, 0, 0)
        feed = store.query("SELECT * FROM feeds FINAL")
        assert [(row["url"], row["ok"], row["articles"]) for row in feed] == [(url, True, 8)]
        assert running.projector.position() == KafkaCommitLog(node.connection).last()
        archive = list(ChdbCommitLog(store, LIVE).read(0))
        assert archive == list(KafkaCommitLog(node.connection).read(0))


def test_ordered_articles_commit_in_order_and_rubbish_is_buried(node: KafkaNode, store: Store) -> None:
    intake = KafkaIntake(store, Emitter(node.connection), LIVE)
    articles = written(200)
    with Roles(node.connection) as roles, Roles(node.connection) as more, sinks(store, node.connection):
        roles.start("extract", "ledger", "publish")
        more.start("extract")
        emitter = Emitter(node.connection)
        emitter.send(ARTICLES.name, b"rubbish")
        emitter.flush_now()
        assert intake.admit(articles, ordered=True) == 200
        assert intake.admit(articles, ordered=True) == 0
        reader = Reader(store, LIVE)
        until(lambda: sum(reader.status()["outcomes"].values()) == 200, "200 outcomes in the table")
        ordered = [o.article_id for c in KafkaCommitLog(node.connection).read(0) for o in c.outcomes]
        assert ordered == [article.article_id for article in articles]
        until(lambda: reader.status()["dead_letters"] == 2, "the letters of extract and of the sink")


def test_the_tables_are_made_anew_from_kafka(node: KafkaNode, store: Store) -> None:
    intake, reader = KafkaIntake(store, Emitter(node.connection), LIVE), Reader(store, LIVE)
    with Roles(node.connection) as roles:
        roles.start("extract", "ledger", "publish")
        with sinks(store, node.connection):
            intake.admit(written(60), ordered=False)
            until(lambda: sum(reader.status()["outcomes"].values()) == 60, "60 outcomes in the table")
        before = reader.signals()
        for table in ("commits", "projected", "heads", "evidence", "signals", "stories", "signal_events", "outcomes"):
            store.command(f"TRUNCATE TABLE {table}")
        with sinks(store, node.connection):  # the group's offsets are past them all
            until(lambda: sum(reader.status()["outcomes"].values()) == 60, "60 outcomes in the table again")
            assert reader.signals() == before
    # What was on Kafka is history now: it can be run again without Kafka.
    assert extent(store, LIVE, EPOCH, ChdbCommitLog(store, LIVE).last()).mute == 0
    asked = wanted("2020-01-01", "2030-12-31", "again", "proposals")
    summary = asyncio.run(replay(store, load({}, environment={}, folder=Path("/nonexistent")), asked))
    assert summary["complete"]
    again = Reader(store, "again").signals()
    assert [(row["signal_id"], row["strength"]) for row in again] == [
        (row["signal_id"], row["strength"]) for row in before
    ]

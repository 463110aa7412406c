"""`bellwether migrate`, the second half: topics that say what a store says, so that every role goes on from there.

Commits come first, with their numbers and ids, then the articles. What has its outcome is kept on the topic for
replays and is not extracted again: the group of `extract` begins after it. May be given again at any time before the
roles are started; what is there already is compared, not sent twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from infra.asked import asked_about
from infra.kafka.commit_log import KafkaCommitLog
from infra.kafka.progress import KafkaProgress
from infra.kafka.topics import create_topics
from processors.app import app_id
from processors.emit import Emitter
from schemas.article import Article
from schemas.codec import decode, encode
from schemas.errors import BadInput, Poison, Retryable
from schemas.ledger import Commit
from schemas.topics import ARTICLES, LIVE
from sinks.clickhouse.articles import PAGE, ArticleStore
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store

Row = dict[str, Any]
Key = tuple[str, int]
_GROUP: Final = 200  # commits in one transaction
_EXTRACT: Final = app_id("extract", LIVE)
_SINK: Final = f"bellwether-sink-articles.{LIVE}"
_SOON: Final = frozenset(
    {KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS}
)
_AT_REST: Final = frozenset({"EMPTY", "DEAD", "UNKNOWN"})


def refill(bootstrap: str, store: Store) -> Row:
    """Fill the topics from the store, compare, and return the counts.

    Raises BadInput when a role is running or the topics hold something else; Retryable when Kafka does not answer.
    """
    create_topics(bootstrap)
    _must_rest(bootstrap)
    commits = _commits(bootstrap, ChdbCommitLog(store, LIVE))
    articles = _articles(bootstrap, store)
    return {"commits": commits, **articles}


def _must_rest(bootstrap: str, patience: float = 30.0) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 3})
    until = time.monotonic() + patience
    for name in (app_id("ledger", LIVE), _EXTRACT, app_id("publish", LIVE), _SINK):
        while (state := _state(admin, name)) is None:  # a new cluster makes its coordinator when it is asked first
            if time.monotonic() > until:
                raise Retryable(f"kafka.bootstrap: no answer about the group {name}; give the command again")
            time.sleep(0.5)
        if state not in _AT_REST:
            raise BadInput(f"--to-kafka: the group {name} is at work ({state}); stop every role first")


def _state(admin: AdminClient, group: str) -> str | None:
    try:
        (future,) = admin.describe_consumer_groups([group], request_timeout=20.0).values()
        return str(future.result(20.0).state.name)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
            return "DEAD"
        if error.args[0].code() in _SOON or error.args[0].retriable():
            return None
        raise Retryable(f"kafka.bootstrap: asking for the group {group}: {error.args[0].str()}") from error


def _commits(bootstrap: str, stored: ChdbCommitLog) -> int:
    topic = KafkaCommitLog(bootstrap, LIVE)
    there, last = topic.last(), stored.last()
    if there > last:
        raise BadInput(f"--to-kafka: the topic has {there} commits, the store {last}: it has gone on since")
    _must_be_equal(stored, topic, there)
    rest = stored.read(there)
    while group := list(islice(rest, _GROUP)):
        topic.append(group)
    _must_be_equal(stored, KafkaCommitLog(bootstrap, LIVE), last)
    return last


def _must_be_equal(stored: ChdbCommitLog, topic: KafkaCommitLog, upto: int) -> None:
    read: Iterator[tuple[Commit, Commit]] = (
        zip(stored.read(0, upto), topic.read(0, upto), strict=True) if upto else iter(())
    )
    for mine, theirs in read:
        if mine != theirs:
            raise BadInput(
                f"--to-kafka: commit {mine.n} of the topic is another one than the store's; delete the topics "
                "bellwether.*, or name another cluster"
            )


def _articles(bootstrap: str, store: Store) -> Row:
    stored = ArticleStore(store)
    waiting = _pending(store, stored)
    sent = _on_topic(bootstrap)
    emitter, progress = Emitter(bootstrap), KafkaProgress(bootstrap)
    try:
        settled = _send(emitter, stored, sent, lambda article: (article.article_id, article.revision) not in waiting)
        if not progress.committed(_EXTRACT, ARTICLES.name):  # otherwise what waits lies before the ends already
            ends = [TopicPartition(ARTICLES.name, part, at) for part, at in progress.ends(ARTICLES.name).items()]
            _begin_at(bootstrap, ends)
        left = _send(emitter, stored, sent, lambda article: (article.article_id, article.revision) in waiting)
    finally:
        emitter.close()
        progress.close()
    missing = {(a.article_id, a.revision) for a in _every(stored)} - _on_topic(bootstrap)
    if missing:
        raise Retryable(f"{len(missing)} articles are not on the topic yet; give the command again")
    return {"articles": settled + left, "waiting": len(waiting)}


def _send(emitter: Emitter, stored: ArticleStore, sent: set[Key], wanted: Any) -> int:
    count = 0
    for article in _every(stored):
        if not wanted(article):
            continue
        count += 1
        if (article.article_id, article.revision) not in sent:
            emitter.send(ARTICLES.name, encode(article), article.article_id.encode())
            if count % PAGE == 0:
                emitter.flush_now(60.0)
    emitter.flush_now(60.0)
    return count


def _every(stored: ArticleStore) -> Iterator[Article]:
    last = stored.last_seq()
    for start in range(1, last + 1, PAGE):
        for row in stored.stretch(start, start + PAGE - 1):
            yield row.article


def _pending(store: Store, stored: ArticleStore) -> set[Key]:
    """Return what still needs an extractor: neither settled nor waiting for a judge."""
    log = ChdbCommitLog(store, LIVE)
    last = log.last()
    newest = next(iter(log.read(last - 1, last)), None) if last else None
    found: set[Key] = set()
    after = 0
    while page := stored.pending(LIVE, after, PAGE, newest.next_ordinal if newest else 1):
        found |= {(row.article.article_id, row.article.revision) for row in page}
        after = page[-1].seq
    return found - set(asked_about(store, LIVE))


def _begin_at(bootstrap: str, ends: Sequence[TopicPartition]) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 3})
    for group in (_SINK, _EXTRACT):  # the one that is asked for last is set last
        given = [ConsumerGroupTopicPartitions(group, list(ends))]
        try:
            for future in admin.alter_consumer_group_offsets(given, request_timeout=30.0).values():
                future.result(30.0)
        except KafkaException as error:
            raise Retryable(f"setting where {group} begins: {error.args[0].str()}; give the command again") from error


def _on_topic(bootstrap: str) -> set[Key]:
    """Return (article id, revision) of everything on the topic."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap, "group.id": "bellwether-migrate", "enable.auto.commit": False,
            "enable.partition.eof": True, "auto.offset.reset": "earliest", "log_level": 3,
        }
    )  # fmt: skip
    found: set[Key] = set()
    try:
        parts = sorted(consumer.list_topics(ARTICLES.name, timeout=20.0).topics[ARTICLES.name].partitions)
        consumer.assign([TopicPartition(ARTICLES.name, part, 0) for part in parts])
        open_parts = set(parts)
        while open_parts:
            batch = consumer.consume(500, 30.0)
            if not batch:
                raise Retryable(f"reading {ARTICLES.name}: no answer for 30 s")
            for message in batch:
                error = message.error()
                if error is None:
                    try:
                        article = decode(message.value(), Article)
                    except Poison:
                        continue
                    found.add((article.article_id, article.revision))
                elif error.code() == KafkaError._PARTITION_EOF:
                    open_parts.discard(message.partition())
                elif not error.retriable():
                    raise Retryable(f"reading {ARTICLES.name}: {error.str()}")
    except KafkaException as error:
        raise Retryable(f"reading {ARTICLES.name}: {error.args[0].str()}") from error
    finally:
        consumer.close()
    return found

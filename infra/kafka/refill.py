"""Topics that say what a store says, so that every role goes on from there: the second half of `bellwether migrate`.

Commits come first, with their numbers and ids, then the articles, then what no commit says: briefs and alerts. What
has its outcome is on the topic for replays and is not extracted again: the group of `extract` begins after it. The
other public topics are written by the role `publish`, which reads all commits. May be given again at any time before
the roles are started; what is there already is compared, not sent twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice, zip_longest
from typing import Any, Final

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from infra.alerting import publish
from infra.asked import asked_about
from infra.kafka.at_rest import ARTICLES_SINK, EXTRACT, LEDGER, LETTERS_SINK, must_rest
from infra.kafka.commit_log import KafkaCommitLog
from infra.kafka.filling import empty, filling, made_deletable
from infra.kafka.progress import KafkaProgress
from infra.kafka.topics import create_topics
from infra.kafka.whole_topic import whole
from infra.kafka_settings import Kafka
from infra.post import TopicCourier
from processors.emit import Emitter
from schemas.article import Article
from schemas.codec import encode, locked_schema
from schemas.errors import BadInput, Retryable
from schemas.events import Alert, Brief
from schemas.kafka_connection import KafkaConnection
from schemas.kafka_trouble import failure
from schemas.proposal import Proposal
from schemas.topics import ALERTS, ARTICLES, BRIEFS, DEAD_LETTERS, LIVE, PROPOSALS
from sinks.clickhouse.articles import PAGE, ArticleStore
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.tables import ALERTS as ALERT_ROWS
from sinks.clickhouse.tables import BRIEFS as BRIEF_ROWS

Row = dict[str, Any]
Key = tuple[str, int]  # article id, revision
_GROUP: Final = 200  # commits in one transaction
_CONFIRM: Final = 60.0  # seconds until Kafka must have confirmed


def refill(kafka: Kafka, store: Store) -> Row:
    """Fill the topics of `kafka` with what they lack of the store, compare, and return the counts.

    Raises BadInput, before anything is written, when a role is running or the topics hold something else; Retryable
    when Kafka does not answer.
    """
    create_topics(kafka.connection, filling=True)
    with filling(kafka.connection) as held:  # before the look: no role may start between it and the first change
        must_rest(kafka.connection)
        stored, topic = ChdbCommitLog(store, LIVE), _claimed(kafka.connection)
        _must_be_behind(topic, stored)
        _must_be_equal(stored, topic, 0, topic.last())
        _must_be_known(kafka.connection, store)
        held.begun = True
        return _filled(kafka, store, topic)


def fill_anew(kafka: Kafka, store: Store, change: Callable[[], Row]) -> Row:
    """Change the store by `change`, delete all records of all topics, and fill them from what the store says then.

    Offsets go on, so groups begin at what is new. Return what `change` does, and as `topics` the counts. Raises
    BadInput, before anything is changed, when a role is running or the topics have what the store lacks; BadSetting,
    Retryable.
    """
    create_topics(kafka.connection, filling=True)
    with filling(kafka.connection) as held:
        must_rest(kafka.connection)
        _must_be_behind(_claimed(kafka.connection), ChdbCommitLog(store, LIVE))
        _must_be_known(kafka.connection, store)
        _must_be_taken(kafka.connection)
        back = made_deletable(kafka.connection)
        held.begun = True
        changed = change()
        empty(kafka.connection, back)
        return changed | {"topics": _filled(kafka, store, _claimed(kafka.connection))}


def _claimed(connection: KafkaConnection) -> KafkaCommitLog:
    """Return the log as its owner has it: only the owner waits until readers see what was answered as committed."""
    topic = KafkaCommitLog(connection, LIVE)
    topic.claim()
    return topic


def _filled(kafka: Kafka, store: Store, topic: KafkaCommitLog) -> Row:
    stored = ChdbCommitLog(store, LIVE)
    there, last = topic.last(), stored.last()
    rest = stored.read(there)
    while group := list(islice(rest, _GROUP)):
        topic.append(group)
    _must_be_equal(stored, topic, there, last)
    return {"commits": last, **_articles(kafka.connection, store), **_told(kafka, store)}


def _must_be_behind(topic: KafkaCommitLog, stored: ChdbCommitLog) -> None:
    there, last = topic.last(), stored.last()
    if there > last:
        raise BadInput(
            f"kafka.bootstrap: the topic has {there} commits, the store {last}: it has gone on since; start the role "
            "`sinks` until the store has them, or name another cluster"
        )


def _must_be_known(connection: KafkaConnection, store: Store) -> None:
    if strangers := _on_topic(connection) - _keys(store):
        raise BadInput(
            f"kafka.bootstrap: {len(strangers)} articles on the topic are not in the store, {min(strangers)[0]} for "
            "one; start the role `sinks` until it has them, or name another cluster"
        )


def _must_be_taken(connection: KafkaConnection) -> None:
    """Whatever else lies on the topics can be made again, but commands that wait and dead letters cannot."""
    with closing(KafkaProgress(connection)) as progress:
        starts = progress.committed(LEDGER, PROPOSALS.name)
        letters = progress.committed(LETTERS_SINK, DEAD_LETTERS.name)
        ends = progress.ends(DEAD_LETTERS.name)
    if any(letters.get(part, 0) < end for part, end in ends.items()):
        raise BadInput("kafka.bootstrap: there are dead letters that the store has not; start the role `sinks` first")
    waiting = whole(connection, PROPOSALS.name, Proposal, starts=starts)
    if commands := sum(proposal.kind == "command" for proposal in waiting):
        raise BadInput(f"kafka.bootstrap: {commands} commands wait for the ledger; start the role `ledger` first")


def _must_be_equal(stored: ChdbCommitLog, topic: KafkaCommitLog, after: int, upto: int) -> None:
    pairs = zip_longest(stored.read(after, upto), topic.read(after, upto)) if upto > after else ()
    n = after
    for n, (mine, theirs) in enumerate(pairs, start=after + 1):
        if mine is None or theirs is None:
            where = "store" if mine is None else "topic"
            raise Retryable(f"commit {n} cannot be read from the {where}, which has it; give the command again")
        if mine != theirs:
            raise BadInput(
                f"kafka.bootstrap: commit {n} of the topic is another one than the store's; delete the topics "
                "bellwether.*, or name another cluster"
            )
    if n < upto:
        raise Retryable(f"only {n} of {upto} commits can be read from store and topic; give the command again")


def _articles(connection: KafkaConnection, store: Store) -> Row:
    stored = ArticleStore(store)
    known, there = _keys(store), _on_topic(connection)
    waiting = _pending(store, stored)
    with closing(Emitter(connection)) as emitter:
        for article in _every(stored):
            key = (article.article_id, article.revision)
            if key not in waiting and key not in there:
                _send(emitter, article)
        emitter.flush_now(_CONFIRM)
        # What waits comes after the place where `extract` begins, once more if it is there: a second reading of a
        # revision is dropped by the ledger, one that is never read would be lost until the sweep finds it.
        _begin_here(connection)
        for article in _every(stored):
            if (article.article_id, article.revision) in waiting:
                _send(emitter, article)
        emitter.flush_now(_CONFIRM)
    if missing := known - _on_topic(connection):
        raise Retryable(f"{len(missing)} articles are not on the topic yet; give the command again")
    return {"articles": len(known), "waiting": len(waiting)}


def _send(emitter: Emitter, article: Article) -> None:
    emitter.send(ARTICLES.name, encode(article), article.article_id.encode())


def _every(stored: ArticleStore) -> Iterator[Article]:
    last = stored.last_seq()
    for start in range(1, last + 1, PAGE):
        for row in stored.stretch(start, start + PAGE - 1):
            yield row.article


def _keys(store: Store) -> set[Key]:
    rows = store.query("SELECT DISTINCT article_id, revision FROM articles")
    return {(row["article_id"], row["revision"]) for row in rows}


def _on_topic(connection: KafkaConnection) -> set[Key]:
    return {(article.article_id, article.revision) for article in whole(connection, ARTICLES.name, Article)}


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


def _begin_here(connection: KafkaConnection) -> None:
    """Let `extract` and the sink of articles, which the store has, begin where the topic ends now."""
    with closing(KafkaProgress(connection)) as progress:
        ends = [TopicPartition(ARTICLES.name, part, at) for part, at in progress.ends(ARTICLES.name).items()]
    admin = AdminClient(connection.client({"log_level": 3}))
    for group in (ARTICLES_SINK, EXTRACT):
        given = [ConsumerGroupTopicPartitions(group, list(ends))]
        try:
            for future in admin.alter_consumer_group_offsets(given, request_timeout=30.0).values():
                future.result(30.0)
        except KafkaException as error:
            raise failure(error.args[0], connection, f"setting where {group} begins") from error


def _told(kafka: Kafka, store: Store) -> Row:
    """Send the briefs and alerts that their topics lack."""
    registry = kafka.registry.opened()
    schema_of = registry.schema_of if registry else locked_schema
    briefs = {brief.brief_id: brief for brief in LatestRecords(store, BRIEF_ROWS).load()}
    alerts = {alert.alert_id: alert for alert in LatestRecords(store, ALERT_ROWS).load()}
    brought = {brief.brief_id for brief in whole(kafka.connection, BRIEFS.name, Brief, schema_of)}
    fired = {alert.alert_id for alert in whole(kafka.connection, ALERTS.name, Alert, schema_of)}
    with closing(Emitter(kafka.connection, framing=registry.register() if registry else None)) as emitter:
        courier = TopicCourier(emitter)
        for name, brief in briefs.items():
            if name not in brought:
                courier.bring(brief)
        publish(emitter, [alert for name, alert in alerts.items() if name not in fired])
    return {"briefs": len(briefs), "alerts": len(alerts)}

"""A takedown on a real Kafka: the words are nowhere readable in store, books and topics, and the stream goes on."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]
from confluent_kafka.cimpl import NewTopic

from infra.kafka.filling import empty, made_deletable
from infra.kafka.intake import KafkaIntake
from infra.kafka.local.node import KafkaNode
from infra.kafka.refill import fill_anew
from infra.kafka.takedown import STOP, take_down
from infra.kafka.topics import create_topics, wanted_topics
from infra.settings import Settings, load
from infra.takedown import Asked
from infra.taken_down import barred_in
from processors.analysts.llm.books import Books
from processors.emit import Emitter
from producers.draft import Draft
from schemas.article import Article
from schemas.errors import BadSetting
from schemas.events import SignalEvent
from schemas.kafka_connection import KafkaConnection
from schemas.takedown import TAKEN
from schemas.topics import LIVE, SIGNAL_EVENTS
from sinks.alerts.book import AlertBook
from sinks.clickhouse.connect import Store
from sinks.clickhouse.queries import Reader
from sinks.clickhouse.transfer import copied, data_tables
from tests.builders import T0, alert, article
from tests.embedded.commands import answers, bellwether
from tests.embedded.test_takedown import LINES, archive, ids, runs_of
from tests.embedded.words import stored
from tests.live.cluster import RealRoles, until, whole
from tests.live.test_one_process import on
from tests.live.test_store_roles import sinks

pytestmark = pytest.mark.live
_ROLES = ("extract", "ledger", "publish")


def told(number: int, title: str, text: str, publisher: str) -> Article:
    return article(
        number, title=title, text=text, publisher=publisher, family=publisher.casefold(), ordinal=0,
        url=f"https://news.example/{number}", published_at=T0 + timedelta(hours=number),
    )  # fmt: skip


ARTICLES = {name: told(at, title, text, paper) for at, (name, paper, title, text) in enumerate(LINES, start=1)}
LATER = told(9, "Gallium export licences still slow chip makers", (
    "Gallium export licences still slow European chip makers, two firms said. "
    "The export licences for gallium and germanium keep wafers at Chinese ports."), "Fjord Post")  # fmt: skip


def words_on(connection: KafkaConnection) -> dict[str, bytes]:
    """Return every key and value of every topic, uncommitted ones too, as bytes."""
    consumer = Consumer(
        {"bootstrap.servers": connection.bootstrap, "group.id": "words", "enable.partition.eof": True,
         "enable.auto.commit": False, "isolation.level": "read_uncommitted", "fetch.wait.max.ms": 50}
    )  # fmt: skip
    found: dict[str, bytes] = {}
    for name, topic in consumer.list_topics(timeout=20).topics.items():
        if name.startswith("__"):
            continue
        for part in topic.partitions:
            consumer.assign([TopicPartition(name, part, OFFSET_BEGINNING)])
            while True:
                message = consumer.poll(30.0)
                assert message is not None, f"{name}[{part}] fell silent"
                if (error := message.error()) is not None:
                    assert error.code() == KafkaError._PARTITION_EOF, error
                    break
                found[name] = found.get(name, b"") + b"\n" + (message.key() or b"") + b"\n" + (message.value() or b"")
    consumer.close()
    return found


def having(words: dict[str, bytes], *names: str) -> set[str]:
    """Return where words of these articles, and of no other, stand."""
    return {place for place, content in words.items() for run in runs_of(*names) if run in content}


def tables(store: Store) -> dict[str, bytes]:
    return {table.name: b"".join(copied(store, table)) for table in data_tables(store)}


def settled(store: Store) -> int:
    return sum(Reader(store, LIVE).status()["outcomes"].values())


def gaps(connection: KafkaConnection) -> dict[str, list[int]]:
    """Return the public numbers of each signal that do not follow on one another from 1."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for event in whole(connection, SIGNAL_EVENTS.name, SignalEvent):
        numbers[event.signal_id].add(event.seq)
    return {name: sorted(seen) for name, seen in numbers.items() if seen != set(range(min(seen), max(seen) + 1))}


@pytest.mark.parametrize(
    ("asked", "gone"),
    [(Asked(article=ARTICLES["a1"].article_id, by="Ines", reason="asked to"), ("a1",)),
     (Asked(publisher="meridian wire", by="Ines"), ("a1", "b1"))],
    ids=["article", "publisher"],
)  # fmt: skip
def test_the_roles(node: KafkaNode, store: Store, tmp_path: Path, asked: Asked, gone: tuple[str, ...]) -> None:
    settings = load(
        {"kafka.bootstrap": node.bootstrap, "data": str(tmp_path)}, environment={}, folder=tmp_path
    ).settings
    _remember(settings)
    intake = KafkaIntake(store, Emitter(node.connection), LIVE)
    stays = tuple(name for name in ARTICLES if name not in gone)
    with RealRoles(node.connection) as roles, sinks(store, node.connection):
        roles.start(*_ROLES)
        assert intake.admit(list(ARTICLES.values()), ordered=True) == 4
        until(lambda: settled(store) == 4, "outcomes of all", 180)
        until(lambda: having(words_on(node.connection), *gone) >= {SIGNAL_EVENTS.name}, "public words", 180)
        first = take_down(settings, store, asked)
        assert (first["erased"], first["to_do"]) == (None, STOP), "the ledger has the words in memory"
        until(lambda: settled(store) == 4, "withdrawals")
        for role in _ROLES:
            assert roles.stop(role) == 0
    before, had = words_on(node.connection), Reader(store, LIVE).signals(published_only=False)
    assert having(before, *gone) >= {"bellwether.articles", "bellwether.commits", "bellwether.signal-events"}
    assert having(tables(store), *gone) >= {"articles", "commits", "evidence"}

    done = take_down(settings, store, asked)
    assert done["to_do"] == ""
    assert having(tables(store), *gone) == set()
    assert having(words_on(node.connection), *gone) == set()
    assert having(words_on(node.connection), *stays) >= {"bellwether.articles", "bellwether.commits"}
    again = take_down(settings, store, asked)  # changes nothing more
    assert (again["to_do"], again["topics"]) == ("", done["topics"])
    _must_have_forgotten(settings)

    with RealRoles(node.connection) as roles, sinks(store, node.connection):
        roles.start(*_ROLES)
        assert intake.admit([LATER], ordered=True) == 1
        until(lambda: settled(store) == 5, "the outcome of a later article", 180)
        until(lambda: _public_last(node.connection) == _stored_last(store), "its public events", 180)
        for role in _ROLES:
            assert roles.stop(role) == 0
    assert having(tables(store), *gone) == set(), "the ledger knows none of the words"
    assert having(words_on(node.connection), *gone) == set()
    assert gaps(node.connection) == {}
    now = {row["signal_id"]: row for row in Reader(store, LIVE).signals(published_only=False)}
    assert {row["signal_id"] for row in had} <= now.keys()
    assert any(row["seq"] > next(h["seq"] for h in had if h["signal_id"] == name) for name, row in now.items()
               if any(h["signal_id"] == name for h in had)), "a signal that stood went on"  # fmt: skip
    drafts = [_draft(each) for each in ARTICLES.values()]
    assert barred_in(store)(drafts) == {ARTICLES[name].article_id for name in gone}, "the door refuses them"


def test_one_process_beside_kafka(node: KafkaNode, tmp_path: Path) -> None:
    data = tmp_path / "data"
    bellwether("ingest", str(archive(tmp_path / "n.jsonl")), "--data", str(data), environment=on(node))
    assert having(words_on(node.connection), "a1") >= {"bellwether.articles", "bellwether.commits"}
    name = ids(data)["a1"]
    command = ["takedown", "--article", name, "--by", "Ines"]
    (done,) = answers(data, command, environment=on(node))
    assert (len(done["articles"]), done["topics"]["commits"] > 0) == (1, True)
    assert having(words_on(node.connection), "a1") == set()
    assert having(stored(data), "a1") == set()
    (again,) = answers(data, command, environment=on(node))
    assert again["topics"] == done["topics"]

    more = tmp_path / "more.jsonl"
    row = {"id": "c", "url": "https://fjord.example/c", "publisher": "Fjord Post", "language": "en",
           "published": "2026-04-06T08:00:00Z", "title": LATER.title, "text": LATER.text}  # fmt: skip
    more.write_text(json.dumps(row) + "\n", "utf-8")
    bellwether("ingest", str(more), "--data", str(data), environment=on(node))  # it is this store's Kafka still
    (status,) = answers(data, ["status"])
    assert (status["without_outcome"], status["last_commit"] > done["topics"]["commits"]) == (0, True)
    assert having(words_on(node.connection), "a1") == set()
    assert gaps(node.connection) == {}


def test_nobody_starts_on_topics_that_are_being_filled(node: KafkaNode, store: Store, tmp_path: Path) -> None:
    settings = load({"kafka.bootstrap": node.bootstrap, "data": str(tmp_path)}, environment={}, folder=tmp_path)
    intake = KafkaIntake(store, Emitter(node.connection), LIVE)
    with RealRoles(node.connection) as roles, sinks(store, node.connection):
        roles.start(*_ROLES)
        intake.admit(list(ARTICLES.values()), ordered=True)
        until(lambda: settled(store) == 4, "outcomes of all", 180)
        take_down(settings.settings, store, Asked(article=ARTICLES["a1"].article_id))
        for role in _ROLES:
            assert roles.stop(role) == 0
    with pytest.raises(RuntimeError, match="killed here"):
        fill_anew(settings.settings.kafka, store, _dies)
    with pytest.raises(BadSetting, match="being filled"):
        create_topics(node.connection)
    asked = Asked(article=ARTICLES["a1"].article_id)
    waits = take_down(settings.settings, store, asked)
    assert (waits["erased"], "alerts.book" in waits["to_do"], "llm.books" in waits["to_do"]) == (None, True, True)
    assert having(tables(store), "a1"), "without the words nobody could find them in the books"
    assert take_down(settings.settings, store, asked, without_books=True)["to_do"] == ""
    assert create_topics(node.connection) == []
    assert having(words_on(node.connection), "a1") == set()
    assert words_on(node.connection).keys() <= {topic.name for topic in wanted_topics()}


def test_topics_of_older_shadows_are_emptied_and_other_peoples_are_not(node: KafkaNode) -> None:
    admin = AdminClient(node.connection.client())
    made = [NewTopic("bellwether.signals.older", 2, 1, config={"cleanup.policy": "compact"}),
            NewTopic("bellwether.desk", 1, 1)]  # fmt: skip
    for future in admin.create_topics(made).values():
        future.result(60)
    emitter = Emitter(node.connection)
    for topic in made:
        emitter.send(topic.topic, b"words", b"key")
    emitter.flush_now(60.0)
    emitter.close()
    back = made_deletable(node.connection)
    empty(node.connection, back)
    assert words_on(node.connection) == {"bellwether.desk": b"\nkey\nwords"}
    asked = [ConfigResource(ResourceType.TOPIC, name) for name in back]
    found = {each.name: future.result(60) for each, future in admin.describe_configs(asked).items()}
    assert {name: config["cleanup.policy"].value for name, config in found.items()} == dict.fromkeys(
        ("bellwether.signals", "bellwether.signals.older", "bellwether-ledger-heads-changelog"), "compact"
    )


def _dies() -> dict[str, Any]:
    raise RuntimeError("the process is killed here")


def _draft(of: Article) -> Draft:
    return Draft(**{each.name: getattr(of, each.name) for each in fields(Draft)})


def _remember(settings: Settings) -> None:
    """What a language model once answered, and an alert that fired."""
    books = Books(f"{settings.data}/llm.sqlite")
    books.keep("ours", "m", "p", json.dumps({"items": [{"quote": LINES[0][3]}]}))
    books.close()
    book = AlertBook(Path(settings.data) / "alerts.sqlite")
    book.adopt([alert(alert_id="a1", quote=LINES[0][3])])
    book.close()


def _must_have_forgotten(settings: Settings) -> None:
    books = Books(f"{settings.data}/llm.sqlite")
    assert books.cached("ours") is None
    books.close()
    book = AlertBook(Path(settings.data) / "alerts.sqlite")
    assert [TAKEN in row["quote"] for row in book.listed()] == [True]
    book.close()


def _public_last(connection: KafkaConnection) -> dict[str, int]:
    last: dict[str, int] = {}
    for event in whole(connection, SIGNAL_EVENTS.name, SignalEvent):
        last[event.signal_id] = max(last.get(event.signal_id, 0), event.seq)
    return last


def _stored_last(store: Store) -> dict[str, int]:
    rows = store.query(
        "SELECT signal_id, max(seq) AS seq FROM signal_events FINAL WHERE signal_id IN "
        "(SELECT signal_id FROM signals FINAL WHERE published_at IS NOT NULL) GROUP BY signal_id"
    )
    return {row["signal_id"]: row["seq"] for row in rows}

"""The roles as processes on a real Kafka: articles in, commits and public topics out, whatever is killed."""

from __future__ import annotations

import signal
from collections import defaultdict

import pytest

from infra.kafka.commit_log import KafkaCommitLog
from infra.kafka.local.node import KafkaNode
from schemas.article import Outcome
from schemas.events import SignalEvent
from schemas.ledger import Commit, SignalHead
from schemas.topics import COMMITS, OUTCOMES, SIGNAL_EVENTS, SIGNALS
from tests.live.cluster import Roles, send, until, whole, written

pytestmark = pytest.mark.live


def settled(node: KafkaNode) -> set[str]:
    """Return the articles that the public outcomes name."""
    return {outcome.article_id for outcome in whole(node.connection, OUTCOMES.name, Outcome)}


def assert_exact(node: KafkaNode, articles: int) -> list[Commit]:
    """One commit a number, one outcome an article, one content a (signal, seq), in the log and in public."""
    commits = whole(node.connection, COMMITS.name, Commit)
    assert [commit.n for commit in commits] == list(range(1, len(commits) + 1))
    outcomes = [outcome.article_id for commit in commits for outcome in commit.outcomes]
    assert len(outcomes) == len(set(outcomes)) == articles

    seqs: dict[str, list[int]] = defaultdict(list)
    for event in (event for commit in commits for event in commit.events):
        seqs[event.signal_id].append(event.seq)
    assert all(seq == list(range(1, len(seq) + 1)) for seq in seqs.values())

    public: dict[str, SignalEvent] = {}
    for event in whole(node.connection, SIGNAL_EVENTS.name, SignalEvent):
        assert public.setdefault(event.event_id, event) == event
    truth = {event.event_id: event for commit in commits for event in commit.events}
    assert all(truth[event_id] == event for event_id, event in public.items())
    return commits


def test_articles_become_commits_and_public_events(node: KafkaNode) -> None:
    with Roles(node.connection) as roles:
        roles.start("extract", "ledger", "publish")
        articles = written(60)
        send(node.connection, articles)
        send(node.connection, articles[:20])  # twice: counts once
        until(lambda: len(settled(node)) == 60, "60 public outcomes")
        assert_exact(node, 60)
        heads = {head.signal_id: head for head in whole(node.connection, SIGNALS.name, SignalHead)}
        assert len(heads) == 5
        assert {head.articles for head in heads.values()} == {12}
        assert all(len(head.families) == 4 and head.state == "published" for head in heads.values())
        for role in ("extract", "publish", "ledger"):
            assert roles.stop(role) == 0


def test_a_killed_ledger_leaves_no_gap_and_no_second_number(node: KafkaNode) -> None:
    log, count, amid = KafkaCommitLog(node.connection), 0, 0
    with Roles(node.connection) as roles:
        roles.start("extract", "ledger", "publish")
        for round_ in range(4):
            send(node.connection, written(2000, first=count + 1))
            count += 2000
            if round_ < 3:
                # Amid the round: what is under way then is what a kill may break.
                until(lambda: log.last() > count - 2000, "commits of this round")  # noqa: B023
                roles.kill("ledger")
                amid += log.last() < count
                roles.start("ledger")
        until(lambda: len(settled(node)) == count, f"{count} public outcomes", 150)
        assert_exact(node, count)
    assert amid, "no kill hit the ledger at work"


def test_a_ledger_that_stands_by_goes_on_where_the_killed_one_ended(node: KafkaNode) -> None:
    with Roles(node.connection) as roles, Roles(node.connection) as others:
        roles.start("extract", "ledger", "publish")
        send(node.connection, written(100))
        until(lambda: len(settled(node)) == 100, "100 public outcomes")
        others.start("ledger")
        send(node.connection, written(2400, first=101))  # more than lie between two checkpoints of the table
        until(lambda: len(settled(node)) == 2500, "2500 public outcomes", 150)
        roles.kill("ledger")
        send(node.connection, written(100, first=2501))
        until(lambda: len(settled(node)) == 2600, "2600 public outcomes")
        others.kill("ledger")
        roles.start("ledger")
        send(node.connection, written(100, first=2601))
        until(lambda: len(settled(node)) == 2700, "2700 public outcomes")
        assert_exact(node, 2700)


def test_a_paused_ledger_writes_nothing_when_it_wakes(node: KafkaNode) -> None:
    log = KafkaCommitLog(node.connection)
    with Roles(node.connection) as roles, Roles(node.connection) as others:
        roles.start("extract", "ledger", "publish")
        send(node.connection, written(50))
        until(lambda: log.last() >= 50, "50 commits")
        roles.signal("ledger", signal.SIGSTOP)
        others.start("ledger")
        send(node.connection, written(50, first=51))
        until(lambda: log.last() >= 100, "commits by the other ledger")
        roles.signal("ledger", signal.SIGCONT)
        send(node.connection, written(50, first=101))
        until(lambda: len(settled(node)) == 150, "150 public outcomes")
        others.kill("ledger")  # now the one that slept gets the proposals, knowing nothing of the last hundred
        send(node.connection, written(50, first=151))
        assert roles.wait("ledger") == 70
        roles.start("ledger")
        until(lambda: len(settled(node)) == 200, "200 public outcomes")
        assert_exact(node, 200)


def test_killed_extractors_and_publishers_lose_nothing(node: KafkaNode) -> None:
    with Roles(node.connection) as roles, Roles(node.connection) as more:
        roles.start("extract", "ledger", "publish")
        more.start("extract")
        for first in (1, 301, 601):
            send(node.connection, written(300, first=first))
            until(lambda: len(settled(node)) > first, "outcomes of this round")  # noqa: B023
            roles.kill("extract")
            roles.kill("publish")
            roles.start("extract", "publish")
        until(lambda: len(settled(node)) == 900, "900 public outcomes", 150)
        commits = assert_exact(node, 900)
        public = {event.event_id for event in whole(node.connection, SIGNAL_EVENTS.name, SignalEvent)}
        listed = {
            event.event_id
            for commit in commits
            for event in commit.events
            for head in commit.signals
            if head.signal_id == event.signal_id and head.published_at is not None
        }
        assert public == listed

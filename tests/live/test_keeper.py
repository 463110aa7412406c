"""The user `keeper` of a Kafka with ACLs: fills topics and empties them with the rights that we document, no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.kafka.at_rest import at_work
from infra.kafka.commit_log import KafkaCommitLog
from infra.kafka.refill import fill_anew, refill
from infra.kafka.whole_topic import whole
from infra.settings import load
from schemas.article import Article
from schemas.errors import BadSetting
from schemas.ledger import Commit
from schemas.topics import ARTICLES, COMMITS, LIVE
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from tests.builders import commit
from tests.live.cluster import environment_of, until, written
from tests.live.secured import secured_node
from tests.live.test_security import grant, made
from tests.real_kafka import needs_kafka

pytestmark = pytest.mark.live


def test_the_keeper_fills_and_empties_and_others_are_told_what_they_lack(store: Store, tmp_path: Path) -> None:
    needs_kafka()
    ArticleStore(store).put(written(5))
    ChdbCommitLog(store, LIVE).append([commit(1), commit(2)])
    with secured_node() as node:
        for user in ("keeper", "feeds"):
            grant(node, user, user)
            node.add(user)
        mine = node.user("keeper")
        kafka = load({}, environment=environment_of(mine), folder=tmp_path).settings.kafka
        until(lambda: made(mine), "the rights of the keeper")
        filled = refill(kafka, store)
        assert (filled["commits"], filled["articles"]) == (2, 5)
        done = fill_anew(kafka, store, lambda: {"erased": True})
        assert (done["erased"], done["topics"]["commits"], done["topics"]["articles"]) == (True, 2, 5)
        assert [each.n for each in whole(mine, COMMITS.name, Commit)] == [1, 2]

        feeding = node.user("feeds")  # sees two groups, and may neither read articles nor claim the log
        with pytest.raises(BadSetting, match=r"feeds lacks a right on a group .*which roles are at work"):
            at_work(feeding)
        with pytest.raises(BadSetting, match=r"feeds lacks a right on a transactional id .*claiming the commit log"):
            KafkaCommitLog(feeding, LIVE).claim()
        with pytest.raises(BadSetting, match=r"feeds lacks a right on a (group|topic) "):
            list(whole(feeding, ARTICLES.name, Article))

"""Which topics are emptied and how; what becomes of the topic that keeps roles from starting."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from infra.kafka.filling import empty, filling, is_ours, made_deletable
from infra.kafka.topics import FILLING, wanted_topics
from schemas.errors import BadInput, BadSetting
from schemas.kafka_connection import KafkaConnection
from tests.unit.infra.kafka.fake_admin import FakeAdmin

X = KafkaConnection("x")
KEPT = {"bellwether.articles": "delete", "bellwether.signals": "compact", "bellwether.signals.try-2": "compact",
        "bellwether.outcomes": "compact,delete", "bellwether-ledger-heads-changelog": "compact",
        "bellwether.desk": "compact", "bellwether.signals-desk": "delete", "others": "delete"}  # fmt: skip
THEIRS = {"bellwether.desk", "bellwether.signals-desk", "others"}


def policies(admin: FakeAdmin) -> dict[str, str]:
    return {name: config["cleanup.policy"] for name, config in admin.configs.items()}


def test_every_topic_of_ours_is_emptied_and_kept_as_before() -> None:
    admin = FakeAdmin(KEPT)
    back = made_deletable(X, make=admin)
    assert all("delete" in policy for name, policy in policies(admin).items() if name not in THEIRS)
    empty(X, back, make=admin)
    assert set(admin.emptied) == KEPT.keys() - THEIRS
    assert policies(admin) == KEPT
    assert admin.configs["bellwether.outcomes"]["retention.ms"] == "5", "what could be emptied is left alone"


def test_a_try_that_was_interrupted_is_set_right_by_the_next() -> None:
    admin = FakeAdmin(KEPT)
    made_deletable(X, make=admin)
    empty(X, made_deletable(X, make=admin), make=admin)
    assert policies(admin) == KEPT


def test_who_may_not_change_how_topics_are_kept_is_told() -> None:
    admin = FakeAdmin(KEPT)
    admin.refuses["alter"] = KafkaError.TOPIC_AUTHORIZATION_FAILED
    with pytest.raises(BadSetting, match=r"kafka\.security\.username: this user lacks a right on a topic"):
        made_deletable(X, make=admin)


def test_ours_are_the_catalogues_and_the_changelogs_of_every_generation() -> None:
    for generation in ("live", "test-1", "Older_2"):
        assert all(is_ours(topic.name) for topic in wanted_topics(generation))
    for name in ("bellwether.desk", "bellwether.articles2", "bellwether.articles.", FILLING, "my.bellwether.articles",
                 "bellwether-ledgers-heads-changelog", "desk-changelog"):  # fmt: skip
        assert not is_ours(name)


def test_nobody_starts_as_long_as_it_lasts() -> None:
    admin = FakeAdmin()
    with filling(X, make=admin) as held:
        assert FILLING in admin.configs
        held.begun = True
    assert FILLING not in admin.configs


def test_what_ends_before_anything_was_changed_lets_roles_start_again() -> None:
    admin = FakeAdmin()
    with pytest.raises(BadInput), filling(X, make=admin):
        raise BadInput("a role is at work")
    assert FILLING not in admin.configs


@pytest.mark.parametrize("before", [True, False])
def test_what_has_to_be_gone_through_with_keeps_them_from_it(before: bool) -> None:
    admin = FakeAdmin({FILLING: "delete"} if before else {})
    with pytest.raises(BadInput):
        interrupted(admin, begun=not before)  # another try's filling is as unfinished as one of this
    assert FILLING in admin.configs


def interrupted(admin: FakeAdmin, *, begun: bool) -> None:
    with filling(X, make=admin) as held:
        held.begun = begun
        raise BadInput("the store is away")

"""What KafkaCommitLog makes of the client's errors. Its life on a real broker is in tests/live."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from infra.kafka.commit_log import KafkaCommitLog
from schemas.codec import encode
from schemas.errors import BadSetting, Fenced, Retryable
from schemas.kafka_connection import KafkaConnection
from sinks.clickhouse.failures import GapError
from tests.builders import commit
from tests.unit.infra.kafka.fakes import FakeLog


@pytest.fixture
def kafka() -> FakeLog:
    return FakeLog()


def log_on(kafka: FakeLog) -> KafkaCommitLog:
    return KafkaCommitLog(
        KafkaConnection("nowhere"), patience=0.3, make_producer=kafka.make_producer, make_consumer=kafka.make_consumer
    )


def numbers(log: KafkaCommitLog) -> list[int]:
    return [each.n for each in log.read(0)]


def test_append_and_read(kafka: FakeLog) -> None:
    log = log_on(kafka)
    assert log.last() == 0
    log.append([commit(1), commit(2)])
    log.append([commit(2), commit(3)])
    assert numbers(log_on(kafka)) == [1, 2, 3]
    assert [each.n for each in log.read(1, 2)] == [2]
    assert log.last() == 3


def test_an_abortable_error_is_aborted_and_may_be_tried_again(kafka: FakeLog) -> None:
    log = log_on(kafka)
    log.append([commit(1)])
    kafka.producer.fail_commit = [(KafkaError(KafkaError._TIMED_OUT, "slow", txn_requires_abort=True), False)]
    with pytest.raises(Retryable):
        log.append([commit(2)])
    assert kafka.producer.aborted == 1
    log.append([commit(2)])
    assert numbers(log) == [1, 2]


@pytest.mark.parametrize("done", [True, False])
def test_an_unanswered_commit_is_asked_for_again(kafka: FakeLog, done: bool) -> None:
    log = log_on(kafka)
    log.append([commit(1)])
    kafka.producer.fail_commit = [(KafkaError(KafkaError._TIMED_OUT, "no answer", retriable=True), done)]
    with pytest.raises(Retryable):
        log.append([commit(2)])
    log.append([commit(2)])  # the same group: in the log once, whatever became of the first try
    assert numbers(log) == [1, 2]


def test_a_commit_that_went_through_unseen_is_found_at_the_logs_end(kafka: FakeLog) -> None:
    log = log_on(kafka)
    log.append([commit(1)])
    state = KafkaError(KafkaError._STATE, "no transaction is open")
    kafka.producer.fail_commit = [(KafkaError(KafkaError._TIMED_OUT, "no answer"), True), (state, False)]
    for _ in range(2):
        with pytest.raises(Retryable):
            log.append([commit(2)])
    log.append([commit(2)])
    assert numbers(log) == [1, 2]


def test_a_zombie_is_fenced_for_good(kafka: FakeLog) -> None:
    zombie, owner = log_on(kafka), log_on(kafka)
    zombie.append([commit(1)])
    owner.append([commit(2)])
    for _ in range(2):
        with pytest.raises(Fenced):
            zombie.append([commit(2, proposal_id="other")])
    assert numbers(owner) == [1, 2]


def test_other_content_under_a_stored_number_is_anothers(kafka: FakeLog) -> None:
    log_on(kafka).append([commit(1)])
    with pytest.raises(Fenced, match="other content"):
        log_on(kafka).append([commit(1, proposal_id="other")])


def test_a_missing_number_is_a_gap(kafka: FakeLog) -> None:
    log = log_on(kafka)
    with pytest.raises(GapError):
        log.append([commit(2)])
    kafka.topic.values += [encode(commit(1)), encode(commit(3))]
    with pytest.raises(GapError):
        numbers(log)


def test_numbers_out_of_turn_and_rubbish_are_ignored(kafka: FakeLog) -> None:
    kafka.topic.values += [encode(commit(1)), b"rubbish", encode(commit(1, proposal_id="zombie")), encode(commit(2))]
    assert [each.proposal_id for each in log_on(kafka).read(0)] == [commit(1).proposal_id, commit(2).proposal_id]


def test_a_commit_of_another_generation_is_refused(kafka: FakeLog) -> None:
    with pytest.raises(ValueError, match="generation"):
        log_on(kafka).append([commit(1, generation="shadow")])


def test_a_far_commit_is_found_by_halving(kafka: FakeLog) -> None:
    kafka.topic.values += [encode(commit(n)) for n in range(1, 1001)]
    assert [each.n for each in log_on(kafka).read(900, 903)] == [901, 902, 903]


def test_a_newer_versions_commit_stops_this_one(kafka: FakeLog) -> None:
    kafka.topic.values += [encode(commit(1)), b"\x00\x00\x00\x03\xe7 what a later schema says"]
    for ask in (lambda: numbers(log_on(kafka)), log_on(kafka).last, lambda: log_on(kafka).append([commit(2)])):
        with pytest.raises(Fenced, match="newer version"):
            ask()


def test_a_missing_right_to_claim_is_no_other_ledger(kafka: FakeLog) -> None:
    log = log_on(kafka)
    code = KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    kafka.topic.refuses = KafkaError(code, "not authorized", fatal=True)
    with pytest.raises(BadSetting, match=r"kafka\.security\.username: this user lacks a right on a transactional id"):
        log.claim()
    kafka.topic.refuses = None
    log.append([commit(1)])  # granted meanwhile
    assert numbers(log) == [1]


@pytest.mark.parametrize("code", [KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED])
def test_a_missing_right_to_read_is_told_with_its_remedy(kafka: FakeLog, code: int) -> None:
    log = log_on(kafka)
    log.append([commit(1)])
    kafka.topic.refuses = KafkaError(code, "not authorized")
    with pytest.raises(BadSetting, match=r"kafka\.security\.username: .* lacks a right on a (group|topic)"):
        numbers(log)

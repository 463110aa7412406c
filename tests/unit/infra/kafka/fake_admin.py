"""A stand-in for confluent-kafka's AdminClient: topics with how they are kept, and groups with their states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

from confluent_kafka import KafkaError, KafkaException


def answered(value: Any = None, code: int | None = None) -> Future[Any]:
    """Return a future that has ended, with `value` or with a KafkaError of `code`."""
    future: Future[Any] = Future()
    if code is None:
        future.set_result(value)
    else:
        future.set_exception(KafkaException(KafkaError(code)))
    return future


class FakeAdmin:
    """`kept`: topic to cleanup.policy; `groups`: group to its answers, states or errors' codes, the last for good."""

    def __init__(self, kept: Mapping[str, str] | None = None, groups: Mapping[str, list[Any]] | None = None) -> None:
        self.configs = {name: {"cleanup.policy": policy, "retention.ms": "5"} for name, policy in (kept or {}).items()}
        self.groups = {name: list(states) for name, states in (groups or {}).items()}
        self.emptied: list[str] = []
        self.refuses: dict[str, int] = {}  # what is called to an error code

    def __call__(self, config: dict[str, Any]) -> FakeAdmin:
        return self

    def list_topics(self, timeout: float) -> Any:
        return SimpleNamespace(topics={name: SimpleNamespace(partitions=[0]) for name in self.configs})

    def create_topics(self, wanted: list[Any], operation_timeout: float) -> dict[str, Future[Any]]:
        answers = {}
        for topic in wanted:
            there = topic.topic in self.configs
            self.configs.setdefault(topic.topic, {"cleanup.policy": "delete", "retention.ms": "5"})
            answers[topic.topic] = answered(code=KafkaError.TOPIC_ALREADY_EXISTS if there else None)
        return answers

    def delete_topics(self, names: list[str], operation_timeout: float) -> dict[str, Future[Any]]:
        for name in names:
            self.configs.pop(name)
        return {name: answered() for name in names}

    def describe_configs(self, resources: Iterable[Any]) -> dict[Any, Future[Any]]:
        return {
            each: answered({key: SimpleNamespace(value=value) for key, value in self.configs[each.name].items()})
            for each in resources
        }

    def incremental_alter_configs(self, resources: Iterable[Any]) -> dict[Any, Future[Any]]:
        code = self.refuses.get("alter")
        for each in resources if code is None else ():
            self.configs[each.name] |= {entry.name: entry.value for entry in each.incremental_configs}
        return {each: answered(code=code) for each in resources}

    def delete_records(self, ends: list[Any], **timeouts: float) -> dict[Any, Future[Any]]:
        answers = {}
        for end in ends:
            can = "delete" in self.configs[end.topic]["cleanup.policy"]
            self.emptied += [end.topic] if can else []
            answers[end.topic] = answered(code=None if can else KafkaError.POLICY_VIOLATION)
        return answers

    def describe_consumer_groups(self, names: list[str], request_timeout: float) -> dict[str, Future[Any]]:
        answers = {}
        for name in names:
            states = self.groups[name]
            state = states.pop(0) if len(states) > 1 else states[0]
            answers[name] = answered(code=state) if isinstance(state, int) else answered(SimpleNamespace(state=state))
        return answers

"""No client of Kafka is made but from a KafkaConnection: one that is given an address alone has no security."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = [
    path for name in ("infra", "processors", "producers", "schemas", "sinks") for path in (ROOT / name).rglob("*.py")
]
THE_PLACE = ROOT / "schemas" / "kafka_connection.py"
MAKERS = {"Producer", "Consumer", "AdminClient", "SerializingProducer", "DeserializingConsumer", "AIOProducer"}


def faults(source: str) -> Iterator[str]:
    """Name what would make a client that lacks the security."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in ("bootstrap.servers", "bootstrap_servers"):
            yield f"line {node.lineno}: {node.value} is KafkaConnection.client's business"
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in MAKERS and not any(_from_a_connection(each) for each in ast.walk(node)):
            names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
            if not names & _made_from_one(tree):
                yield f"line {node.lineno}: {name} is not made from a KafkaConnection"
        if name.startswith("AIOKafka"):
            yield f"line {node.lineno}: {name} is made by Faust alone"
        if name == "App" and not any(word.arg == "broker_credentials" for word in node.keywords):
            yield f"line {node.lineno}: a Faust app without broker_credentials"


def _from_a_connection(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "client"


def _made_from_one(tree: ast.AST) -> set[str]:
    """Return names that are given what `client` returns."""
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(_from_a_connection(each) for each in ast.walk(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_client_comes_from_a_connection(path: Path) -> None:
    if path != THE_PLACE:
        assert list(faults(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        'Producer({"bootstrap.servers": where})',
        "Consumer(config)",
        "confluent_kafka.Producer(config)",
        'AIOKafkaConsumer("t", bootstrap_servers=where)',
        'faust.App("x", broker=where)',
    ],
)
def test_the_check_can_fail(source: str) -> None:
    assert list(faults(source))

"""The described contract is the real one, and the consumer in the documentation works as printed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastavro.schema import parse_schema

from infra.embedded.broker import EmbeddedBroker
from schemas.asyncapi import FILE, document, text
from schemas.topics import CATALOGUE, SIGNAL_EVENTS
from sinks.where import NAMES
from tests.contract.subscribe.test_topic import Publisher, of

ROOT = Path(__file__).parents[2]


def test_the_document_is_of_today() -> None:
    assert FILE.read_text("utf-8") == text(), "run `python -m schemas.asyncapi`"


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for each in value.values() for found in references(each)]
    return [found for each in value for found in references(each)] if isinstance(value, list) else []


def resolved(reference: str) -> Any:
    found: Any = document()
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_it_names_every_public_topic_and_its_references_lead_somewhere() -> None:
    made = document()
    assert {channel["address"] for channel in made["channels"].values()} == {t.name for t in CATALOGUE if t.public}
    found = references(made)
    assert len(found) == 3 * len(made["channels"])
    assert all(isinstance(resolved(reference), dict) for reference in found)
    assert {operation["action"] for operation in made["operations"].values()} == {"receive"}


# The fields of the objects that we use, required ones in capitals, after AsyncAPI 3.0.0 and its Kafka bindings 0.5.0.
FIELDS = {
    "document": "ASYNCAPI id INFO servers defaultContentType channels operations components",
    "info": "TITLE VERSION description termsOfService contact license tags externalDocs",
    "license": "NAME url",
    "channel": "address messages title summary description servers parameters tags externalDocs bindings",
    "operation": "ACTION CHANNEL title summary description security tags externalDocs bindings traits messages reply",
    "message": "headers payload correlationId contentType name title summary description tags externalDocs bindings "
    "examples traits",
    "schema": "schemaFormat SCHEMA",
    "channel binding": "topic partitions replicas topicConfiguration bindingVersion",
    "message binding": "key schemaIdLocation schemaIdPayloadEncoding schemaLookupStrategy bindingVersion",
    "topic configuration": "cleanup.policy retention.ms retention.bytes delete.retention.ms max.message.bytes",
}
NAME = re.compile(r"[A-Za-z0-9_-]+")


def faults(kind: str, found: dict[str, Any]) -> list[str]:
    words = FIELDS[kind].split()
    known = {word.lower(): word for word in words} | {word: word for word in words if not word.isupper()}
    required = {"ASYNCAPI": "asyncapi", "INFO": "info", "TITLE": "title", "VERSION": "version", "NAME": "name",
                "ACTION": "action", "CHANNEL": "channel", "SCHEMA": "schema"}  # fmt: skip
    return [f"{kind}: {name} is unknown" for name in found if name not in known] + [
        f"{kind}: {required[word]} is missing" for word in words if word.isupper() and required[word] not in found
    ]


def document_faults(made: dict[str, Any]) -> list[str]:
    found = faults("document", made) + faults("info", made["info"]) + faults("license", made["info"]["license"])
    if not re.fullmatch(r"3\.0\.\d+", made["asyncapi"]):
        found.append(f"version {made['asyncapi']}")
    for name, channel in made["channels"].items():
        kafka = channel["bindings"]["kafka"]
        found += faults("channel", channel) + faults("channel binding", kafka)
        found += faults("topic configuration", kafka["topicConfiguration"])
        if not NAME.fullmatch(name) or kafka["topic"] != channel["address"]:
            found.append(f"channel {name}")
    for name, operation in made["operations"].items():
        found += faults("operation", operation)
        own = operation["channel"].get("$ref", "") + "/messages/"
        if operation["action"] not in ("send", "receive") or not NAME.fullmatch(name):
            found.append(f"operation {name}")
        found += [f"operation {name}: {m}" for m in operation["messages"] if not m.get("$ref", "").startswith(own)]
    for name, message in made["components"]["messages"].items():
        found += faults("message", message) + faults("schema", message["payload"])
        found += faults("message binding", message["bindings"]["kafka"])
        if not NAME.fullmatch(name):
            found.append(f"message {name}")
    return found


def test_it_is_built_as_the_specification_says() -> None:
    assert document_faults(document()) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("asyncapi",), "2.6.0", "version 2.6.0"),
        (("info", "titel"), "x", "info: titel is unknown"),
        (("channels", "Brief", "subscribe"), {}, "channel: subscribe is unknown"),
        (("operations", "receiveBrief", "action"), "publish", "operation receiveBrief"),
        (("operations", "receiveBrief", "channel"), {"$ref": "#/channels/Alert"}, "operation receiveBrief: "),
        (("components", "messages", "Brief", "payload"), {"schemaFormat": "x"}, "schema: schema is missing"),
    ],
)
def test_a_document_that_is_built_otherwise_is_found_out(path: tuple[str, ...], value: Any, fault: str) -> None:
    made = json.loads(json.dumps(document()))
    place = made
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    (said,) = document_faults(made)
    assert said.startswith(fault)


def test_its_payloads_are_avro() -> None:
    for name, message in document()["components"]["messages"].items():
        assert message["payload"]["schemaFormat"].startswith("application/vnd.apache.avro")
        parsed: Any = parse_schema(json.loads(json.dumps(message["payload"]["schema"])))
        assert parsed["name"].endswith(name)


def test_every_name_of_a_condition_is_in_the_documentation_and_no_other() -> None:
    text = (ROOT / "docs" / "events.md").read_text("utf-8")
    table = text.split("they may name")[1].split("## In Python")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    found = [name for cell in cells for name in re.findall(r"`([a-z_.]+)`", cell)]
    assert sorted(found) == sorted(NAMES)


def test_the_plain_consumer_of_the_documentation_runs(tmp_path: Path) -> None:
    section = (ROOT / "docs" / "events.md").read_text("utf-8").split("## Any Kafka client")[1]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found is not None
    assert len(found[1].strip().splitlines()) <= 16
    (tmp_path / "plain.py").write_text(found[1], "utf-8")
    broker = EmbeddedBroker()
    broker.create({SIGNAL_EVENTS.name: SIGNAL_EVENTS.partitions})
    Publisher(broker).events(of(1, 1), of(1, 2, strength_after=4.5))
    command = [sys.executable, str(tmp_path / "plain.py"), broker.connection.bootstrap]
    environment = {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as plain:
        assert plain.stdout is not None
        said = [json.loads(plain.stdout.readline()) for _ in range(2)]
        plain.kill()
    broker.close()
    assert said == [["live:g1:1", "opened", 1.1], ["live:g1:2", "reinforced", 4.5]]

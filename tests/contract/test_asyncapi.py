"""The described contract is the real one, and the consumer in the documentation works as printed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

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
    command = [sys.executable, str(tmp_path / "plain.py"), broker.bootstrap]
    environment = {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as plain:
        assert plain.stdout is not None
        said = [json.loads(plain.stdout.readline()) for _ in range(2)]
        plain.kill()
    broker.close()
    assert said == [["live:g1:1", "opened", 1.1], ["live:g1:2", "reinforced", 4.5]]

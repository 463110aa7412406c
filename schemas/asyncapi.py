"""`python -m schemas.asyncapi [--check]`: docs/asyncapi.json, what the public topics carry, from catalogue and schemas.

AsyncAPI 3.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0) with the Kafka bindings 0.5.0; payloads are
Avro schemas in JSON, framed as Confluent does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from schemas.registry import current, latest
from schemas.topics import CATALOGUE, Topic

FILE: Final = Path(__file__).parents[1] / "docs" / "asyncapi.json"
AVRO: Final = "application/vnd.apache.avro+json;version=1.12.0"
_BINDING: Final = "0.5.0"
_WITHOUT_CLOUDEVENTS: Final = ("bellwether.signals", "bellwether.outcomes")  # states and records, not events
_ABOUT: Final = {
    "SignalEvent": "One step in a signal's life, complete in itself. `seq` goes on by one for each signal.",
    "SignalHead": "The latest state of a published signal; compacted by its id.",
    "Outcome": "What became of an article: exactly one for each revision.",
    "Alert": "A rule that fired; it comes again when what became of it changes.",
    "Brief": "A composed morning read, or a recorded nothing worth saying.",
}


def document() -> dict[str, Any]:
    """Return the AsyncAPI document of the public topics."""
    public = [topic for topic in CATALOGUE if topic.public]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Bellwether",
            "version": "1",
            "description": "Signals that quoted evidence strengthens or weakens, and what happens to them. Schemas "
            "only grow: new fields have defaults, and old readers go on reading. See docs/events.md.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/avro",
        "channels": {topic.record.__name__: _channel(topic) for topic in public},
        "operations": {f"receive{topic.record.__name__}": _operation(topic) for topic in public},
        "components": {"messages": {topic.record.__name__: _message(topic) for topic in public}},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    name = topic.record.__name__
    policy = ["compact"] if topic.kept == "compacted" else ["delete"]
    return {
        "address": topic.name,
        "description": _ABOUT[name],
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {"cleanup.policy": policy},
                "bindingVersion": _BINDING,
            }
        },
    }


def _operation(topic: Topic) -> dict[str, Any]:
    name = topic.record.__name__
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": f"Follow {topic.name}; written by {', '.join(topic.writers)}.",
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
    }


def _message(topic: Topic) -> dict[str, Any]:
    name, version = topic.record.__name__, latest(topic.record.__name__)
    found: dict[str, Any] = {
        "name": name,
        "title": f"{name}, version {version.version}",
        "summary": _ABOUT[name],
        "contentType": "application/avro",
        "payload": {"schemaFormat": AVRO, "schema": current(topic.record)},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": topic.key},
                "schemaIdLocation": "payload",
                "schemaIdPayloadEncoding": "confluent",
                "bindingVersion": _BINDING,
            }
        },
    }
    if topic.name not in _WITHOUT_CLOUDEVENTS:
        found["headers"] = {
            "type": "object",
            "description": "CloudEvents 1.0.2, Kafka binding, binary mode",
            "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "content-type"],
            "properties": {
                "ce_specversion": {"const": "1.0"},
                "ce_id": {"type": "string"},
                "ce_source": {"const": "bellwether"},
                "ce_type": {"type": "string"},
                "content-type": {"const": "application/avro"},
            },
        }
    return found


def text() -> str:
    """Return the document as it is kept."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        if not FILE.exists() or FILE.read_text("utf-8") != text():
            sys.exit("docs/asyncapi.json is not of today: run `python -m schemas.asyncapi`")
    else:
        FILE.write_text(text(), "utf-8")

"""What is shown of dead letters: counts and rows, or one with its bytes. Pure but for the store that is asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from schemas.codec import decode
from schemas.errors import BadInput, Poison
from schemas.events import DeadLetter
from schemas.topics import CATALOGUE
from sinks.clickhouse.dead_letters import Chosen, DeadLetters

Row = dict[str, Any]
_HEX: Final = 4_000  # bytes that are shown


def listed(letters: DeadLetters, chosen: Chosen, limit: int) -> Row:
    """Return `letters` (how many fit), `counts` by stage and reason, and the newest `rows`."""
    return {
        "letters": letters.count(chosen),
        "counts": letters.counts(chosen),
        "rows": letters.rows(chosen, limit),
    }


def one(letters: DeadLetters, dead_letter_id: str) -> Row:
    """Return one letter: all its fields, `key` as text, `hex` of its first 4,000 bytes, `size`, `decoded` (the record
    as plain data, or None), `undecodable` (why not), and `mark`, what was done with it, or None. Raises BadInput."""
    found = letters.letters(Chosen(ids=(dead_letter_id,), done=True))
    if not found:
        raise BadInput(f"{dead_letter_id}: there is no such dead letter; `bellwether dead-letters list` lists them")
    letter = found[0]
    decoded, why = decoded_record(letter)
    mark = letters.marks([dead_letter_id]).get(dead_letter_id)
    return {
        "dead_letter_id": letter.dead_letter_id,
        "at": letter.at,
        "stage": letter.stage,
        "reason": letter.reason,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "incarnation": letter.incarnation,
        "key": as_text(letter.key),
        "size": len(letter.value),
        "hex": letter.value[:_HEX].hex(),
        "decoded": decoded,
        "undecodable": why,
        "mark": msgspec.to_builtins(mark, builtin_types=(datetime,)) if mark else None,
    }


def decoded_record(letter: DeadLetter) -> tuple[Any, str]:
    """Return the record in a letter's bytes as plain data, else None and why it cannot be read."""
    record = record_of(letter.topic)
    if record is None:
        return None, f"{letter.topic} is no topic of this version"
    try:
        found: Any = decode(letter.value, record)
    except Poison as poison:
        return None, poison.reason
    return _plain(msgspec.to_builtins(found, builtin_types=(bytes, datetime))), ""


def record_of(topic: str) -> type | None:
    """Return what a topic carries, also one of a shadow generation; None for an unknown topic."""
    for each in CATALOGUE:
        if topic == each.name or (each.per_generation and topic.startswith(f"{each.name}.")):
            return each.record
    return None


def as_text(data: bytes) -> str:
    """Return bytes as text where they are some, else in hexadecimal digits."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data.hex()
    return text if text.isprintable() else data.hex()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value

"""What a file of JSON lines would bring: ids, dates and lengths, without storing or asking anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from infra.backlog import Waiting
from producers.line_stream import BrokenStream, read_lines
from producers.lines import LineError, read_line
from producers.settings import ProducerSettings
from schemas.errors import BadInput


def scan(path: Path, settings: ProducerSettings, now: datetime) -> dict[str, Waiting]:
    """Return every usable article of the file by id; lines that do not fit are passed over. Raises BadInput."""
    found: dict[str, Waiting] = {}
    try:
        with path.open("rb") as stream:
            for line in read_lines(stream, settings.ingest_line_bytes):
                if line.raw is None:
                    continue
                draft = read_line(line.raw, line.number, now, lambda url, publisher: publisher, lambda text, said: said)
                if not isinstance(draft, LineError):
                    found[draft.article_id] = Waiting(draft.published_at, len(draft.text))
    except BrokenStream:
        pass  # the ingest says so; what came before it counts
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from None
    return found


def without(found: dict[str, Waiting], known: Callable[[list[str]], Iterable[str]], page: int = 5_000) -> list[Waiting]:
    """Return what of the scan is not stored yet. `known` returns those of the ids that are."""
    ids = list(found)
    stored = {one for at in range(0, len(ids), page) for one in known(ids[at : at + page])}
    return [waiting for article_id, waiting in found.items() if article_id not in stored]

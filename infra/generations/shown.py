"""What is told of generations, and how one is dropped."""

from __future__ import annotations

from typing import Any

from infra.generations.running import described, is_running, misfits
from schemas.errors import BadInput
from schemas.topics import LIVE
from sinks.clickhouse.connect import Store
from sinks.clickhouse.generations import Generation, Generations
from sinks.clickhouse.queries import Reader

Row = dict[str, Any]


def generations(store: Store) -> list[Row]:
    """Return every generation, the live one first: name, state, made_of, articles, signals, published, commits, bytes.

    `state`: live, complete, running, stopped, or unknown for one of before there were records.
    """
    records, sizes = Generations(store), Generations(store).sizes()
    known = {one.name: one for one in records.all()}
    counts = records.commits()
    names = [*([LIVE] if LIVE in counts else []), *known, *sorted(counts.keys() - known.keys() - {LIVE})]
    return [_row(store, name, known.get(name)) | {"bytes": sizes.get(name, 0)} for name in names]


def generation(store: Store, name: str) -> Row:
    """Return one generation with `misfits`, the commands that no longer fit in it. Raises BadInput."""
    records = Generations(store)
    known = records.get(name)
    if known is None and name not in records.commits():
        raise BadInput(f"{name}: there is no such generation")
    return _row(store, name, known) | {"misfits": misfits(store, known) if known else []}


def drop(store: Store, name: str) -> Row:
    """Delete a shadow. Raises BadInput for the live one, one that is being made, and one that is not there."""
    if name == LIVE:
        raise BadInput(f"{name}: is the live generation; it cannot be dropped")
    if is_running(store, name):
        raise BadInput(f"{name}: a replay is at work on it; stop it first")
    Generations(store).drop(name)
    return {"dropped": name}


def _row(store: Store, name: str, known: Generation | None) -> Row:
    status = Reader(store, name).status()
    return {
        "name": name,
        **generation_state(store, name, known),
        "articles": sum(status["outcomes"].values()),
        "signals": status["signals"],
        "published": status["published"],
    }


def generation_state(store: Store, name: str, known: Generation | None) -> Row:
    """Return `state` (as `generations` tells it) and `made_of`, "" where there is no record."""
    if name == LIVE:
        state = "live"
    elif is_running(store, name):
        state = "running"
    elif known is None:
        state = "unknown"
    else:
        state = "complete" if known.complete else "stopped"
    return {"state": state, "made_of": described(known) if known else ""}

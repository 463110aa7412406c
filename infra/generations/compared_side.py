"""One side of a comparison: what a generation is, how good its quotes were, what it cost, which commands do not fit."""

from __future__ import annotations

from typing import Any

from infra.clock import wall_clock
from infra.generations.running import misfits
from infra.generations.shown import generation_state
from infra.llm import books_path
from infra.policy import policy_from
from infra.settings import Loaded, Settings, changed
from processors.analysts.llm.costs import costs, spent_in_run
from processors.decisions.policy import Policy
from schemas.errors import BadInput, BadSetting
from schemas.topics import LIVE
from sinks.clickhouse.connect import Store
from sinks.clickhouse.differences import questions, quotes
from sinks.clickhouse.generations import Generation, Generations
from sinks.clickhouse.queries import Reader

Row = dict[str, Any]


def must_be_there(store: Store, name: str) -> Generation | None:
    """Return the record of a generation, None for one without. Raises BadInput when there is no such generation."""
    records = Generations(store)
    known, commits = records.get(name), records.commits()
    if known is None and name not in commits:
        there = sorted({*commits, *(one.name for one in records.all())}, key=lambda one: (one != LIVE, one))
        raise BadInput(f"{name}: there is no such generation; there are {', '.join(there) or 'none'}")
    return known


def settings_of(loaded: Loaded, record: Generation | None) -> Settings:
    """Return the settings that a generation was made under, as far as its record and those in force tell."""
    if record is None:
        return loaded.settings
    try:
        return changed(loaded, record.settings).settings
    except BadSetting:  # it was set by an older version; what is in force is nearest
        return loaded.settings


def policy_of(loaded: Loaded, record: Generation | None) -> Policy:
    """Return the policy of a generation."""
    return policy_from(settings_of(loaded, record).policy)


def side(store: Store, loaded: Loaded, name: str, record: Generation | None) -> Row:
    """Return what is told of one generation as a whole (docs/replay.md lists the fields)."""
    status = Reader(store, name).status()
    return {
        "name": name,
        **generation_state(store, name, record),
        "articles": sum(status["outcomes"].values()),
        "outcomes": status["outcomes"],
        "evidence": status["evidence"],
        "stories": status["stories"],
        "signals": status["signals"],
        "published": status["published"],
        "events": status["signal_events"],
        "commits": status["last_commit"],
        "lag": status["lag"],
        "quotes": quotes(store, name),
        "questions": questions(store, name),
        "cost": cost(store, loaded, name, record),
        "misfits": misfits(store, record) if record else [],
    }


def cost(store: Store, loaded: Loaded, name: str, record: Generation | None) -> Row:
    """Return what a generation's model cost: `recorded`, `calls`, `from_memory`, `spend`, `currency`, `priced`, `note`.

    The live generation's is all that the books have, without what replays noted as theirs.
    """
    settings = settings_of(loaded, record)
    books = str(books_path(loaded.settings))
    found = {
        "recorded": True, "calls": 0, "from_memory": 0, "spend": 0.0, "currency": settings.llm.currency,
        "priced": set(settings.llm.models().values()) <= set(settings.llm.prices), "note": "",
    }  # fmt: skip
    if name != LIVE and (record is None or record.runs is None):
        return found | {"recorded": False, "note": "made before a replay noted its runs"}
    if record is not None:
        spent = [spent_in_run(books, run) for run in record.runs or ()]
        return found | {
            "calls": sum(one.calls for one in spent),
            "from_memory": sum(one.hits for one in spent),
            "spend": sum(one.spend for one in spent),
        }
    whole = costs(books, None, wall_clock()).total
    replays = [spent_in_run(books, run) for one in Generations(store).all() for run in one.runs or ()]
    return found | {
        "calls": whole.calls - sum(one.calls for one in replays),
        "from_memory": whole.hits - sum(one.hits for one in replays),
        "spend": max(0.0, whole.spend - sum(one.spend for one in replays)),
        "note": "with narration and briefs, which shadows do without",
    }

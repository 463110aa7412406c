"""Rows for `bellwether export`: whole tables as streams, with merges resolved.

Ids name survivors: merged stories and signals are left out, and whoever refers to them refers to the story or
signal that took them over. Divided signals are left out too; an outcome names the parts that
its evidence is in. Evidence is what is shown; with `rejected` also what is not. Of an article the revision is given
that its shown evidence quotes, or else the newest, so that a quote equals the text at its offsets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, get_args

from schemas.errors import BadInput
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.merged import Survivors, survivors
from sinks.clickhouse.queries import SHOWN
from sinks.clickhouse.rows import Rows
from sinks.clickhouse.tables import ARTICLES, EVENTS, EVIDENCE, OUTCOMES, SIGNALS, STORIES

ExportKind = Literal["articles", "evidence", "stories", "signals", "signal-events", "outcomes"]
EXPORTS: Final[Mapping[ExportKind, Rows[Any]]] = {
    "articles": ARTICLES,
    "evidence": EVIDENCE,
    "stories": STORIES,
    "signals": SIGNALS,
    "signal-events": EVENTS,
    "outcomes": OUTCOMES,
}
# Which rows, and in which order (each table's own, so that nothing has to be sorted in memory).
_WHICH: Final[Mapping[ExportKind, str]] = {
    "evidence": "ORDER BY evidence_id",
    "stories": "AND merged_into = '' ORDER BY story_id",
    "signals": "AND state NOT IN ('merged', 'split') ORDER BY signal_id",
    "signal-events": "ORDER BY signal_id, seq",
    "outcomes": "ORDER BY article_id",
}


@dataclass(frozen=True, slots=True)
class _Today:
    """The survivors of merges, as of the start of an export."""

    stories: Survivors
    signals: Survivors
    divided: frozenset[str] = frozenset()  # signals that were split
    moved: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # evidence in a part → its story, its signal


def export_kind(word: str) -> ExportKind:
    """Return `word` as a kind of export. Raises BadInput with the kinds there are."""
    for kind in get_args(ExportKind):
        if kind == word:
            return kind  # type: ignore[no-any-return]
    raise BadInput(f"no export named {word!r}: choose one of {', '.join(get_args(ExportKind))}")


def exported(store: Store, generation: str, kind: ExportKind, *, rejected: bool = False) -> Iterator[Row]:
    """Yield the rows of one kind in bounded memory, in a stable order."""
    if kind == "articles":
        yield from _articles(store, generation)
        return
    rows = EXPORTS[kind]
    today = _today(store, generation)
    resolve = _RESOLVE.get(kind)
    shown = f"AND {SHOWN} " if kind == "evidence" and not rejected else ""
    sql = rows.select(f"WHERE generation = {{g:String}} {shown}{_WHICH[kind]}", final=True)
    for row in store.stream(sql, {"g": generation}):
        if resolve is not None:
            resolve(row, today)
        yield row


def _today(store: Store, generation: str) -> _Today:
    heads = {"g": generation}
    divided = store.query(
        "SELECT signal_id FROM signals FINAL WHERE generation = {g:String} AND state = 'split'", heads
    )
    moved: dict[str, tuple[str, str]] = {}
    if divided:
        # What a split moved lies under its parts, whoever took those over since: evidence rows keep the part's own id.
        for row in store.query(
            "SELECT evidence_id, story_id, signal_id FROM evidence FINAL WHERE generation = {g:String} "
            "AND signal_id IN (SELECT signal_id FROM signals FINAL WHERE generation = {g:String} AND parent != '')",
            heads,
        ):
            moved[row["evidence_id"]] = (row["story_id"], row["signal_id"])
    return _Today(
        survivors(store, generation, "stories"),
        survivors(store, generation, "signals"),
        frozenset(row["signal_id"] for row in divided),
        moved,
    )


def _articles(store: Store, generation: str) -> Iterator[Row]:
    numbers = [
        row["best"]
        for row in store.query(
            "SELECT argMax(a.seq, (a.revision = e.quoted AND e.article_id != '', a.revision)) AS best "
            "FROM articles AS a LEFT JOIN (SELECT article_id, max(revision) AS quoted FROM evidence FINAL "
            "WHERE generation = {g:String} AND status IN ('accepted', 'provisional') "
            "GROUP BY article_id) AS e "
            "ON a.article_id = e.article_id GROUP BY a.article_id ORDER BY best",
            {"g": generation},
        )
    ]
    for stored in ArticleStore(store).by_seq(numbers):
        yield asdict(stored.article) | {"seq": stored.seq, "admitted_at": stored.admitted_at}


def _evidence(row: Row, today: _Today) -> None:
    row["story_id"] = today.stories.one(row["story_id"])
    row["signal_id"] = today.signals.one(row["signal_id"])


def _story(row: Row, today: _Today) -> None:
    row["signal_id"] = today.signals.one(row["signal_id"])


def _signal(row: Row, today: _Today) -> None:
    row["stories"] = today.stories.all(row["stories"])


def _outcome(row: Row, today: _Today) -> None:
    _name_the_parts(row, today)
    row["primary_story_id"] = today.stories.one(row["primary_story_id"])
    row["primary_signal_id"] = today.signals.one(row["primary_signal_id"])
    row["story_ids"] = today.stories.all(row["story_ids"])
    row["signal_ids"] = today.signals.all(row["signal_ids"])


def _name_the_parts(row: Row, today: _Today) -> None:
    """An outcome was settled when its signal was whole: it names the part that holds its evidence today."""
    if not any(today.signals.one(signal_id) in today.divided for signal_id in row["signal_ids"]):
        return
    found = [today.moved[key] for key in row["evidence_ids"] if key in today.moved]
    whole = [key for key in row["signal_ids"] if today.signals.one(key) not in today.divided]
    parts = [signal_id for _, signal_id in found]
    if today.signals.one(row["primary_signal_id"]) in today.divided:
        row["primary_signal_id"] = parts[0] if parts else ""
        whole = [*parts[:1], *whole]
    row["signal_ids"] = [*whole, *parts]
    row["story_ids"] = [*row["story_ids"], *(story_id for story_id, _ in found)]


_RESOLVE: Final[Mapping[ExportKind, Callable[[Row, _Today], None]]] = {
    "evidence": _evidence,
    "stories": _story,
    "signals": _signal,
    "outcomes": _outcome,
}

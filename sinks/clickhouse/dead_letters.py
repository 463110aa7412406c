"""Dead letters and what was done with them: the read side, and the marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from schemas.events import DeadLetter
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.rows import Rows
from sinks.clickhouse.tables import DEAD_LETTERS

Fate = Literal["replayed", "dropped"]


@dataclass(frozen=True, slots=True)
class Marked:
    """What was done with one dead letter. See migration 0014 for the fields."""

    dead_letter_id: str
    fate: Fate
    at: datetime
    by: str
    reason: str
    times: int = 1  # how often it was replayed
    topic: str = ""
    partition: int = -1
    offset: int = -1
    incarnation: str = ""
    article_id: str = ""
    revision: int = 0
    became: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which letters are meant: those of these ids, or all that fit. `stage`: itself or its part before a slash;
    `reason`: words that it holds. `done`: also those that were replayed or dropped."""

    ids: Sequence[str] = ()
    stage: str = ""
    reason: str = ""
    done: bool = False


FATES: Final = Rows("dead_letter_fates", Marked, extra=("version",))
_WHERE: Final = (
    "(empty({ids:Array(String)}) OR dead_letter_id IN {ids:Array(String)}) "
    "AND ({stage:String} = '' OR stage = {stage:String} OR startsWith(stage, concat({stage:String}, '/'))) "
    "AND ({reason:String} = '' OR positionCaseInsensitiveUTF8(reason, {reason:String}) > 0) "
    "AND ({done:Bool} OR dead_letter_id NOT IN (SELECT dead_letter_id FROM dead_letter_fates))"
)


class DeadLetters:
    """Letters of one store. Calls raise Retryable or StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._letters, self._fates = LatestRecords(store, DEAD_LETTERS), LatestRecords(store, FATES)

    def counts(self, chosen: Chosen) -> list[Row]:
        """Return `stage`, `reason`, `letters`, `newest` of each stage and reason, most frequent first."""
        return self._store.query(
            "SELECT stage, reason, count() AS letters, max(at) AS newest FROM dead_letters FINAL "  # noqa: S608
            f"WHERE {_WHERE} GROUP BY stage, reason ORDER BY letters DESC, stage, reason LIMIT 200",
            _params(chosen),
        )

    def rows(self, chosen: Chosen, limit: int) -> list[Row]:
        """Return letters without their bytes, newest first, with `size` in bytes and the fields of their mark."""
        return self._store.query(
            "SELECT l.dead_letter_id AS dead_letter_id, l.at AS at, l.stage AS stage, l.reason AS reason, "  # noqa: S608
            "l.topic AS topic, l.partition AS partition, l.offset AS offset, length(l.value) AS size, "
            "f.fate AS fate, f.at AS fate_at, f.by AS by, f.reason AS because, f.times AS times, f.became AS became "
            f"FROM (SELECT * FROM dead_letters FINAL WHERE {_WHERE}) AS l "
            "LEFT JOIN (SELECT * FROM dead_letter_fates FINAL) AS f ON l.dead_letter_id = f.dead_letter_id "
            "ORDER BY l.at DESC, l.dead_letter_id LIMIT {limit:UInt32}",
            _params(chosen) | {"limit": limit},
        )

    def count(self, chosen: Chosen) -> int:
        """Return how many letters are meant."""
        sql = f"SELECT count() FROM dead_letters FINAL WHERE {_WHERE}"  # noqa: S608
        return int(self._store.scalar(sql, _params(chosen)) or 0)

    def letters(self, chosen: Chosen) -> list[DeadLetter]:
        """Return whole letters, oldest first."""
        found = self._letters.load(_WHERE, _params(chosen))
        return sorted(found, key=lambda letter: (letter.at, letter.dead_letter_id))

    def at_place(self, topic: str, partition: int, offset: int, incarnation: str) -> list[str]:
        """Return the ids of the letters of one record."""
        rows = self._store.query(
            "SELECT DISTINCT dead_letter_id FROM dead_letters WHERE topic = {t:String} AND partition = {p:Int32} "
            "AND offset = {o:Int64} AND incarnation = {i:String} ORDER BY dead_letter_id",
            {"t": topic, "p": partition, "o": offset, "i": incarnation},
        )
        return [row["dead_letter_id"] for row in rows]

    def of_key(self, topic: str, key: str, since: datetime) -> list[str]:
        """Return the ids of the letters of a topic with this key that came after `since`."""
        rows = self._store.query(
            "SELECT DISTINCT dead_letter_id FROM dead_letters WHERE topic = {t:String} AND key = {k:String} "
            "AND at >= {since:DateTime64(6, 'UTC')} ORDER BY dead_letter_id",
            {"t": topic, "k": key, "since": since},
        )
        return [row["dead_letter_id"] for row in rows]

    def marks(self, ids: Sequence[str]) -> dict[str, Marked]:
        """Return what was done with those letters with which something was."""
        found = self._fates.load("dead_letter_id IN {ids:Array(String)}", {"ids": list(ids)})
        return {mark.dead_letter_id: mark for mark in found}

    def mark(self, marks: Sequence[Marked]) -> None:
        """Note what was done; durable on return."""
        self._fates.save(marks)


def open_letters(store: Store) -> int:
    """Return how many letters nothing was done with."""
    return DeadLetters(store).count(Chosen())


def _params(chosen: Chosen) -> dict[str, Any]:
    return {"ids": list(chosen.ids), "stage": chosen.stage, "reason": chosen.reason, "done": chosen.done}

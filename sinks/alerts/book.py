"""The book of alerts: what fired, what arrived where, and how far events were read. SQLite, beside the store.

An alert, its deliveries and the place up to which events were looked at are written in one transaction: an event is
decided on once, however often the process is killed. A receipt is noted within microseconds of the answer (a write to
the operating system, which outlives the process), because what was acknowledged and not noted is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.events import Alert
from sinks.alerts.book_file import BookFile, micros, time_of
from sinks.alerts.rules import RECENT, Ruling

Row = dict[str, Any]
NOT_SENT: Final = "not sent: "  # how the error begins of one that was left out on purpose
NO_CHANNEL: Final = "no channel is configured"
_ALERT: Final = "alert_id, body, suppressed"
_SELECT_ONE: Final = "SELECT alert_id, body, suppressed FROM alerts WHERE alert_id = ?"
_INSERT: Final = (
    "INSERT OR IGNORE INTO alerts (alert_id, rule, signal_id, fired_at, body, suppressed) VALUES (?, ?, ?, ?, ?, ?)"
)
Cursor = tuple[int, int]  # (n, i) of an event: the order of commitment
_WAITS: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900))  # before a next try


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert with what was decided on it, and the channels that it goes to."""

    alert: Alert
    ruling: Ruling
    channels: tuple[str, ...]


def outstanding(alert: Alert) -> bool:
    """Say whether somebody was to get an alert and has not."""
    return not alert.delivered and alert.error != NO_CHANNEL and not alert.error.startswith(NOT_SENT)


class AlertBook:
    """Safe to use from several threads and processes. Times are aware, UTC. Calls raise Retryable."""

    def __init__(self, path: Path) -> None:
        self._file = BookFile(path)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def cursor(self, generation: str) -> Cursor:
        """Return the last event of a generation that was decided on, (0, 0) before the first."""
        found = self._file.rows("SELECT n, i FROM cursors WHERE generation = ?", (generation,))
        return (found[0]["n"], found[0]["i"]) if found else (0, 0)

    def record(self, generation: str, cursor: Cursor, fired: Iterable[Fired], now: datetime) -> list[Fired]:
        """Note what fired among the events up to `cursor`; return those that are new."""
        fresh = []
        with self._file.writing() as db:
            for one in fired:
                alert = one.alert
                suppressed = one.ruling.reason if one.ruling.what == "suppress" else ""
                if not db.execute(_INSERT, (*_columns(alert), suppressed)).rowcount:
                    continue
                fresh.append(one)
                not_before = micros(one.ruling.not_before or now)
                db.executemany(
                    "INSERT INTO deliveries VALUES (?, ?, 'waiting', 0, '', ?, ?)",
                    [(alert.alert_id, channel, not_before, micros(now)) for channel in one.channels if not suppressed],
                )
            db.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)", (generation, *cursor))
        return fresh

    def adopt(self, alerts: Iterable[Alert]) -> None:
        """Take in alerts that the store knows and this book does not: they fired before, and do not fire again."""
        with self._file.writing() as db:
            for alert in alerts:
                made = db.execute(_INSERT, (*_columns(alert), ""))
                if made.rowcount:
                    at = micros(alert.fired_at)
                    state = "arrived" if alert.delivered else "given up"
                    values = (alert.alert_id, "before", state, 1, alert.error, at, at)
                    db.execute("INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?)", values)
                    db.execute("UPDATE alerts SET told = changed WHERE alert_id = ?", (alert.alert_id,))

    def rewrite(self, changed: Callable[[Row], Row]) -> int:
        """Let `changed` rewrite what alerts say (plain JSON data); return how many it did. Ids must stay."""
        fresh = []
        for row in self._file.rows("SELECT alert_id, body FROM alerts", ()):
            before = msgspec.json.decode(row["body"])
            if (after := changed(before)) != before:
                fresh.append((msgspec.json.encode(after), row["alert_id"]))
        with self._file.writing() as db:
            db.executemany("UPDATE alerts SET body = ?, changed = changed + 1 WHERE alert_id = ?", fresh)
        return len(fresh)

    def fault(self, rule: str, error: str, now: datetime) -> None:
        """Note that a rule's condition could not be said of an event."""
        sql = (
            "INSERT INTO faults VALUES (?, ?, ?, 1) "
            "ON CONFLICT (rule) DO UPDATE SET error = excluded.error, at = excluded.at, times = times + 1"
        )
        with self._file.writing() as db:
            db.execute(sql, (rule, error, micros(now)))

    def faults(self) -> list[Row]:
        """Return which rules could not be applied, the last error of each, when, and how often."""
        found = self._file.rows("SELECT rule, error, at, times FROM faults ORDER BY rule", ())
        return [row | {"at": time_of(row["at"])} for row in found]

    def last_fired(self, rule: str, signal_id: str) -> datetime | None:
        """Return when a rule last fired for a signal and was not left out."""
        sql = "SELECT max(fired_at) AS at FROM alerts WHERE rule = ? AND signal_id = ? AND suppressed = ''"
        at = self._file.rows(sql, (rule, signal_id))[0]["at"]
        return time_of(at) if at is not None else None

    def due(self, channel: str, now: datetime, limit: int = 50) -> list[Alert]:
        """Return what waits for a channel and may be sent at `now`, oldest first."""
        sql = (
            "SELECT a.body FROM deliveries AS d JOIN alerts AS a USING (alert_id) WHERE d.channel = ? "
            "AND d.state = 'waiting' AND d.not_before <= ? ORDER BY a.fired_at, a.alert_id LIMIT ?"
        )
        return [_alert(row["body"]) for row in self._file.rows(sql, (channel, micros(now), limit))]

    def arrived(self, alert_id: str, channel: str, now: datetime) -> None:
        """Note that a channel acknowledged an alert."""
        self._settle(
            "state = 'arrived', attempts = attempts + 1, error = '', at = ?", (micros(now),), alert_id, channel
        )

    def failed(self, alert_id: str, channel: str, error: str, now: datetime) -> None:
        """Note a try that failed. The next one comes later each time; a day after the alert fired it is given up."""
        sql = (
            "SELECT d.attempts, a.fired_at FROM deliveries AS d JOIN alerts AS a USING (alert_id) "
            "WHERE alert_id = ? AND channel = ?"
        )
        found = self._file.rows(sql, (alert_id, channel))
        if not found:
            return
        wait = _WAITS[min(found[0]["attempts"], len(_WAITS) - 1)]
        state = "given up" if now + wait - time_of(found[0]["fired_at"]) > RECENT else "waiting"
        self._settle(
            "state = ?, attempts = attempts + 1, error = ?, not_before = ?, at = ?",
            (state, error, micros(now + wait), micros(now)), alert_id, channel,
        )  # fmt: skip

    def untold(self, limit: int = 200) -> list[tuple[Alert, int]]:
        """Return alerts that changed since the store and the topic were told of them, each with its mark for `told`."""
        sql = f"SELECT {_ALERT}, changed FROM alerts WHERE told < changed ORDER BY fired_at LIMIT ?"  # noqa: S608
        return [(self._merged(row), row["changed"]) for row in self._file.rows(sql, (limit,))]

    def told(self, marks: Sequence[tuple[Alert, int]]) -> None:
        """Note that these were told; what changed meanwhile stays untold."""
        with self._file.writing() as db:
            db.executemany(
                "UPDATE alerts SET told = ? WHERE alert_id = ?", [(mark, alert.alert_id) for alert, mark in marks]
            )

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many deliveries there are by channel and state: waiting, arrived or given up."""
        found = self._file.rows("SELECT channel, state, count(*) AS n FROM deliveries GROUP BY channel, state", ())
        return {(row["channel"], row["state"]): row["n"] for row in found}

    def get(self, alert_id: str) -> Alert | None:
        """Return an alert as it stands, None if there is none."""
        found = self._file.rows(_SELECT_ONE, (alert_id,))
        return self._merged(found[0]) if found else None

    def listed(self, limit: int = 100, *, undelivered: bool = False, since: datetime | None = None) -> list[Row]:
        """Return alerts, newest first, each with its `deliveries`; `undelivered`: those that wait or were given up."""
        waits = "AND alert_id IN (SELECT alert_id FROM deliveries WHERE state != 'arrived')" if undelivered else ""
        sql = f"SELECT {_ALERT} FROM alerts WHERE fired_at >= ? {waits} ORDER BY fired_at DESC, alert_id LIMIT ?"  # noqa: S608
        found = []
        for row in self._file.rows(sql, (micros(since) if since else 0, limit)):
            alert = self._merged(row)
            made = {name: getattr(alert, name) for name in type(alert).__dataclass_fields__}
            found.append(made | {"suppressed": row["suppressed"], "deliveries": self._deliveries(row["alert_id"])})
        return found

    def _deliveries(self, alert_id: str) -> list[Row]:
        sql = (
            "SELECT channel, state, attempts, error, not_before, at FROM deliveries WHERE alert_id = ? ORDER BY channel"
        )
        return [
            dict(row) | {"not_before": time_of(row["not_before"]), "at": time_of(row["at"])}
            for row in self._file.rows(sql, (alert_id,))
        ]

    def _merged(self, row: Row) -> Alert:
        """The alert with what became of it on all its channels."""
        alert, deliveries = _alert(row["body"]), self._deliveries(row["alert_id"])
        if row["suppressed"]:
            return replace(alert, error=f"{NOT_SENT}{row['suppressed']}")
        if not deliveries:
            return replace(alert, error=NO_CHANNEL)
        open_ones = [one for one in deliveries if one["state"] != "arrived"]
        errors = [f"{one['channel']}: {one['error'] or _waits(one, alert)}" for one in open_ones]
        return replace(alert, delivered=not open_ones, error="; ".join(errors))

    def _settle(self, changes: str, values: tuple[Any, ...], alert_id: str, channel: str) -> None:
        with self._file.writing() as db:
            db.execute(
                f"UPDATE deliveries SET {changes} WHERE alert_id = ? AND channel = ?",  # noqa: S608
                (*values, alert_id, channel),
            )
            db.execute("UPDATE alerts SET changed = changed + 1 WHERE alert_id = ?", (alert_id,))


def _columns(alert: Alert) -> tuple[Any, ...]:
    return alert.alert_id, alert.rule, alert.signal_id, micros(alert.fired_at), msgspec.json.encode(alert)


def _waits(delivery: Row, alert: Alert) -> str:
    held = delivery["not_before"] > alert.fired_at
    return f"held back until {delivery['not_before']:%H:%M} UTC" if held else "not delivered yet"


def _alert(body: bytes) -> Alert:
    return msgspec.json.decode(body, type=Alert)

"""The desk answers questions about a data folder: the same answers, whoever holds it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from infra.alerting import Alerting
from infra.analyst_status import analyst_name, analyst_status
from infra.backup import backup
from infra.briefing import Briefing
from infra.clock import wall_clock
from infra.commanding import Commanding
from infra.feed_store import StoredFeeds
from infra.generations import shown
from infra.generations.comparisons import Comparisons
from infra.generations.running import is_running
from infra.importing import PageImporter
from infra.lead_times import lead_times
from infra.letters import shown as letters_shown
from infra.letters.replaying import LetterDesk
from infra.settings import Loaded, Settings
from infra.verify.jobs import Verifications
from infra.why import asked_time, explanation
from processors.decisions.policy import Policy
from processors.decisions.state import EPOCH
from processors.emit import Emitter
from schemas.errors import BadInput
from schemas.topics import LIVE
from sinks.brief.prose import Prose
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Store
from sinks.clickhouse.dead_letters import Chosen
from sinks.clickhouse.export import Format, export
from sinks.clickhouse.exported import export_kind
from sinks.clickhouse.policy_rows import PolicyRows
from sinks.clickhouse.queries import Reader
from sinks.clickhouse.stated_status import StatedStatus

Row = dict[str, Any]


class Desk:
    """Reads one generation. `caught_up` returns once the sinks show everything committed so far."""

    def __init__(
        self,
        store: Store,
        loaded: Loaded,
        policy: Policy,
        generation: str = LIVE,
        caught_up: Callable[[], None] | None = None,
        lag: Callable[[], dict[str, int]] | None = None,
        prose: Prose | None = None,
        read_again: Callable[[], int] | None = None,
        emitter: Emitter | None = None,
        commanding: Commanding | None = None,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        """`read_again` admits stored articles that imported pages quote by now; None where another process does.

        `prose` writes for briefs, `emitter` publishes them. `commanding` carries commands to the ledger; None where
        there is no way to it.
        """
        self.store, self.policy, self.generation, self._loaded = store, policy, generation, loaded
        self.reader = Reader(store, generation)
        self.feeds_store = StoredFeeds(store)
        self.profile = loaded.settings.reader.profile()
        self.briefing = Briefing(
            store, self.settings, generation, self.profile, now=self.now, clock=clock, prose=prose, emitter=emitter
        )
        self.alerting = Alerting(store, self.settings, generation, clock)
        self._caught_up = caught_up or (lambda: None)
        self._lag = lag or dict
        self.stated = StatedStatus(store, generation)
        self.commanding = commanding
        self.standing_still: Callable[[], AbstractContextManager[None]] = (
            nullcontext  # where somebody writes the tables
        )
        self.comparisons = Comparisons(store, loaded)
        self._importer = PageImporter(store, clock, read_again)
        self.verifications = Verifications(store)
        self.letter_desk = LetterDesk(store, clock)

    @property
    def settings(self) -> Settings:
        """Return the settings in force."""
        return self._loaded.settings

    @property
    def analyst(self) -> str:
        """Return the name of the extractor in force."""
        return analyst_name(self._loaded.settings)

    def now(self) -> datetime:
        """Return the ledger's time: the committed watermark of event time, the epoch before the first commit."""
        sql = "SELECT at FROM commits WHERE generation = {g:String} ORDER BY n DESC LIMIT 1"
        found = self.store.scalar(sql, {"g": self.generation})
        return found if isinstance(found, datetime) else EPOCH

    def answer(self, name: str, arguments: Row) -> Any:
        """Answer one question by name. Raises BadInput for an unknown one."""
        questions: dict[str, Callable[..., Any]] = {
            "status": self.status,
            "signals": self.signals,
            "signal": self.signal,
            "why": self.why,
            "feeds": self.feeds,
            "brief": self.briefing.brief,
            "worthiness": self.briefing.worthiness,
            "deliver": self.briefing.deliver,
            "redeliver": self.briefing.redeliver,
            "alerts": self.alerting.listed,
            "alerts_dry_run": self.alerting.dry_run,
            "events": self.events,
            "known": self.known,
            "import_page": self.import_page,
            "imported": self.imported,
            "imported_page": self.imported_page,
            "command": self.command,
            "commands": self.commands,
            "backup": self.backup,
            "generations": lambda: shown.generations(self.store),
            "generation": lambda of: shown.generation(self.store, of),
            "compare": lambda a, b: self.comparisons.of(a, b).whole(),
            "compare_signal": self.comparisons.signal,
            "drop_generation": lambda of: shown.drop(self.store, of),
            "lead_time": partial(lead_times, self.store, self.generation),
            "dead_letters": self.dead_letters,
            "dead_letter": self.dead_letter,
            "replay_dead_letters": self.replay_dead_letters,
            "drop_dead_letters": self.drop_dead_letters,
            "verify": self.verify,
            "verifying": self.verifications.state,
        }
        if name not in questions:
            raise BadInput(f"{name}: no such question")
        if name != "verifying":  # it may be what keeps the tables standing still
            self._caught_up()
        return questions[name](**arguments)

    def of(self, generation: str) -> Desk:
        """Return the desk of another generation of the same store. Raises BadInput when there is none."""
        if generation == self.generation:
            return self
        known = [row["generation"] for row in self.store.query("SELECT DISTINCT generation FROM commits")]
        if generation not in known:
            raise BadInput(f"--generation {generation}: there is none; there are {', '.join(sorted(known)) or 'none'}")
        found = Desk(self.store, self._loaded, self.policy, generation, self._caught_up)
        found.verifications = self.verifications
        return found

    def dead_letters(self, limit: int = 50, **chosen: Any) -> Row:
        """Return how many letters fit, by stage and reason, and the newest; `chosen` are the fields of Chosen."""
        return letters_shown.listed(self.letter_desk.letters, Chosen(**chosen), limit)

    def dead_letter(self, dead_letter_id: str) -> Row:
        """Return one dead letter with its bytes; see infra/letters/shown.py. Raises BadInput."""
        self.letter_desk.settle([dead_letter_id])
        return letters_shown.one(self.letter_desk.letters, dead_letter_id)

    def replay_dead_letters(self, by: str, again: bool = False, **chosen: Any) -> list[Row]:
        """Put dead letters back on their way; see LetterDesk.replay. Raises BadInput, Retryable."""
        return self.letter_desk.replay(Chosen(**chosen), by, again=again)

    def drop_dead_letters(self, by: str, because: str = "", **chosen: Any) -> list[Row]:
        """Mark dead letters as dropped; see LetterDesk.drop. Raises BadInput."""
        return self.letter_desk.drop(Chosen(**chosen), by, because)

    def verify(self, *, decide: bool = False) -> Row:
        """Begin to check this generation against its commits (infra/verify); return the name of the `job`.

        `verifying` tells how far it is. Raises BadInput while a replay writes this generation.
        """
        if is_running(self.store, self.generation):
            raise BadInput(f"--generation {self.generation}: a replay is at work on it; verify it afterwards")
        return self.verifications.begin(self.generation, self.standing_still, decide=decide)

    def status(self) -> Row:
        """Return the counts of `bellwether status`."""
        found = {**self.reader.status(), "now": self.now(), "under_way": self._lag()}
        if failed := self.briefing.undelivered():
            found["briefs_not_delivered"] = {f"{row['brief_id']} to {row['channel']}": row["error"] for row in failed}
        if waiting := self.alerting.undelivered():
            found["alerts_not_delivered"] = {row["alert_id"]: row["error"] for row in waiting[:20]}
        return found | analyst_status(self._loaded.settings)

    def known(self, article_ids: list[str]) -> list[str]:
        """Return those of the article ids that are stored."""
        return sorted(ArticleStore(self.store).known(article_ids))

    def signals(self, published_only: bool = True, limit: int = 1000) -> list[Row]:
        """Return signals with their strength as of the ledger's time, strongest first."""
        now = self.now()
        return [
            {**row, "as_of": now} for row in self.reader.signals(published_only=published_only, limit=limit, at=now)
        ]

    def signal(self, signal_id: str) -> Row:
        """Return one signal with events, evidence, stories and the parts of its strength. Raises BadInput."""
        now = self.now()
        found = self.reader.signal(signal_id, now)
        if found is None:
            raise BadInput(f"signal {signal_id}: there is none with this id; `bellwether signals` lists them")
        return {**found, "as_of": now}

    def why(self, signal_id: str, at: str = "") -> Row:
        """Return where a signal's strength comes from, retraced from events alone. Raises BadInput.

        As of the ledger's time, or of the end of a UTC day (YYYY-MM-DD), or of a time (ISO 8601).
        """
        events = self.reader.lineage(signal_id)
        if not events:
            raise BadInput(f"signal {signal_id}: there is none with this id; `bellwether signals` lists them")
        found, when = self.reader.survivor(signal_id), asked_time(at) or self.now()
        return explanation(found, events, when, self.policy, PolicyRows(self.store).half_lives())

    def feeds(self) -> list[Row]:
        """Return every feed's visible state."""
        return self.feeds_store.rows()

    def events(self, after_n: int = 0, after_i: int = 0, limit: int = 500, published_only: bool = True) -> list[Row]:
        """Return signal events after a cursor, in order of commitment."""
        return self.reader.events((after_n, after_i), limit=limit, published_only=published_only)

    def command(self, action: str, **given: Any) -> Row:
        """Give a command and return what became of it: see Commanding.give. Raises BadInput, Retryable."""
        if self.commanding is None:
            raise BadInput(f"{action}: commands go to the live generation, through the process that holds the folder")
        return self.commanding.give(action, **given)

    def commands(self, command_id: str = "", signal_id: str = "", limit: int = 200) -> list[Row]:
        """Return the commands that were given, newest first. Raises BadInput for an id that there is not."""
        found = self.reader.commands(command_id=command_id, signal_id=signal_id, limit=limit)
        if command_id and not found:
            raise BadInput(f"command {command_id}: there is none with this id, or it is not committed")
        return found

    def import_page(self, page: Row, file: str = "") -> Row:
        """Take in what a saved page states (producers/signal_page read it); see PageImporter.take."""
        return self._importer.take(page, file)

    def imported(self) -> list[Row]:
        """Return every imported page with what became of its quotes, as of the ledger's time."""
        return self.stated.all(self.now())

    def imported_page(self, import_id: str) -> Row:
        """Return one imported page with all it states. Raises BadInput."""
        found = self.stated.one(import_id, self.now())
        if found is None:
            raise BadInput(f"imported page {import_id}: there is none with this id; `bellwether imported` lists them")
        return found

    def backup(self, target: str) -> Row:
        """Write a backup to an absolute path on this machine; see infra/backup.py. Raises BadInput."""
        if not self.store.embedded:
            raise BadInput("store.dsn: names a server; use its own BACKUP statement (docs/operations.md)")
        return backup(self.store, self._loaded, Path(target), self.standing_still())

    def export(self, word: str, out: Path | BinaryIO, form: Format) -> int:
        """Write every row of a kind; return how many."""
        self._caught_up()
        return export(self.store, self.generation, export_kind(word), out, form)

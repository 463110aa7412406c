"""Dead letters put back on their way, and what became of them.

A record goes back onto its topic with its own bytes. What an analyst could not read is an article that is stored: it is
published again, as its next revision if it has an outcome already, since an outcome is given once a revision.
A letter is marked as soon as its bytes are safe; killed before that, the same command puts them there once more, which
changes nothing for a proposal and gives an article one more revision.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from infra.letters.shown import as_text, record_of
from infra.letters.ways import Place, Ways, sink_group
from processors.app import app_id
from processors.guard import LARGEST
from schemas.article import Article
from schemas.codec import decode, encode
from schemas.copying import replace
from schemas.errors import BadInput, Poison, Retryable
from schemas.events import DeadLetter
from schemas.proposal import Proposal
from schemas.topics import ARTICLES, CATALOGUE, LIVE, PROPOSALS
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Store
from sinks.clickhouse.dead_letters import Chosen, DeadLetters, Marked
from sinks.clickhouse.takedowns import Takedowns

Row = dict[str, Any]
_POLL: Final = 0.1
_ROLES: Final = ("extract", "ledger", "publish", "judge", "revise")
_one_at_a_time = threading.Lock()


class LetterDesk:
    """Replays and drops the letters of one store."""

    def __init__(
        self, store: Store, now: Callable[[], datetime], ways: Callable[[], Ways] | None = None, patience: float = 30.0
    ) -> None:
        """`ways` opens the ways into the store's stream; None where there is none. `patience`: seconds until what
        became of the last letter must be known; else it is told as under way."""
        self._store, self._ways, self._now, self._patience = store, ways, now, patience
        self.letters = DeadLetters(store)

    def replay(self, chosen: Chosen, by: str, *, again: bool = False) -> list[Row]:
        """Put the chosen letters back, oldest first; return of each `dead_letter_id`, `done` and `became`.

        `done`: replayed, or left with why in `became`. Those with which something was done are left unless `again`.
        Raises BadInput for an id that is not there or where no stream is at hand, Retryable.
        """
        if self._ways is None:
            raise BadInput("dead-letters replay: there is no stream here to put them back into")
        with _one_at_a_time:
            ways = self._ways()
            try:
                return self._replay(chosen, by, ways, again=again)
            finally:
                ways.close()

    def drop(self, chosen: Chosen, by: str, because: str) -> list[Row]:
        """Mark the chosen letters as dropped; their bytes stay. Return of each `dead_letter_id` and `done`."""
        found = self._chosen(chosen)
        marks = self.letters.marks([letter.dead_letter_id for letter in found])
        fresh = [letter for letter in found if letter.dead_letter_id not in marks]
        self.letters.mark([Marked(each.dead_letter_id, "dropped", self._now(), by, because) for each in fresh])
        dropped = {letter.dead_letter_id for letter in fresh}
        return [
            {
                "dead_letter_id": key,
                "done": "dropped" if key in dropped else "left",
                "became": "" if key in dropped else _told(marks[key]),
            }
            for key in (letter.dead_letter_id for letter in found)
        ]

    def settle(self, ids: Sequence[str]) -> None:
        """Look once more what became of replayed letters that were under way, as far as the tables tell."""
        waiting = [mark for mark in self.letters.marks(ids).values() if mark.fate == "replayed" and not mark.became]
        if not waiting:
            return
        chosen = Chosen([mark.dead_letter_id for mark in waiting], done=True)
        letters = {letter.dead_letter_id: letter for letter in self.letters.letters(chosen)}
        settled = []
        for mark in waiting:
            letter = letters.get(mark.dead_letter_id)
            became = self._became(letter, mark, None) if letter else ""
            if became:
                settled.append(replace(mark, became=became))
        self.letters.mark(settled)

    def _replay(self, chosen: Chosen, by: str, ways: Ways, *, again: bool) -> list[Row]:
        found = self._chosen(chosen)
        before = self.letters.marks([letter.dead_letter_id for letter in found])
        rows: dict[str, Row] = {}
        waiting: list[tuple[DeadLetter, Marked]] = []
        for letter in found:
            key = letter.dead_letter_id
            former = before.get(key)
            if former is not None and not again:
                rows[key] = {"dead_letter_id": key, "done": "left", "became": _told(former)}
                continue
            why = self._reason_against(letter)
            if why:
                rows[key] = {"dead_letter_id": key, "done": "left", "became": why}
                continue
            mark = self._put_back(letter, ways, by, former)
            self.letters.mark([mark])
            waiting.append((letter, mark))
        for key, became in self._followed(waiting, ways).items():
            rows[key] = {"dead_letter_id": key, "done": "replayed", "became": became}
        return [rows[letter.dead_letter_id] for letter in found]

    def _chosen(self, chosen: Chosen) -> list[DeadLetter]:
        # Those that are named are told of, whatever was done with them.
        found = self.letters.letters(replace(chosen, done=chosen.done or bool(chosen.ids)))
        missing = set(chosen.ids) - {letter.dead_letter_id for letter in found}
        if missing and not (chosen.stage or chosen.reason):
            raise BadInput(f"{min(missing)}: there is no such dead letter; `bellwether dead-letters list` lists them")
        return found

    def _reason_against(self, letter: DeadLetter) -> str:
        """Return why a letter cannot be put back, "" if it can."""
        if letter.topic not in {topic.name for topic in CATALOGUE}:
            return f"{letter.topic} is no topic of the live generation"
        if self._stored(letter) is None and len(letter.value) >= LARGEST:
            return f"only its first {LARGEST:,} bytes were kept"
        if letter.topic == ARTICLES.name and Takedowns(self._store).of([as_text(letter.key)]):
            return "its article was taken down"
        return ""

    def _stored(self, letter: DeadLetter) -> Article | None:
        """Return the stored article of what `extract` could not deal with, in its newest revision."""
        if letter.topic != ARTICLES.name or not letter.stage.startswith("extract"):
            return None
        found = ArticleStore(self._store).get(as_text(letter.key))
        return found.article if found else None

    def _put_back(self, letter: DeadLetter, ways: Ways, by: str, former: Marked | None) -> Marked:
        at, times = self._now(), former.times + 1 if former else 1
        mark = Marked(letter.dead_letter_id, "replayed", at, by, "", times)
        article = self._stored(letter)
        if article is None:
            place = ways.put(letter.topic, letter.key, letter.value)
            return _placed(mark, place)
        if self._outcome(article.article_id, article.revision):
            article = replace(article, revision=article.revision + 1, ordinal=0, attempt=0)
            ways.admit(article)
            return replace(mark, article_id=article.article_id, revision=article.revision)
        place = ways.put(letter.topic, article.article_id.encode(), encode(replace(article, attempt=0)))
        return replace(_placed(mark, place), article_id=article.article_id, revision=article.revision)

    def _followed(self, waiting: Sequence[tuple[DeadLetter, Marked]], ways: Ways) -> dict[str, str]:
        """Wait until it is known what became of each; return it by id, and mark it."""
        found = {mark.dead_letter_id: "" for _, mark in waiting}
        until = time.monotonic() + self._patience
        while any(not became for became in found.values()):
            for letter, mark in waiting:
                if found[mark.dead_letter_id]:
                    continue
                try:
                    became = self._became(letter, mark, ways)
                except Retryable:
                    continue
                if became:
                    self.letters.mark([replace(mark, became=became)])
                    found[mark.dead_letter_id] = became
            if time.monotonic() > until:
                break
            time.sleep(_POLL)
        return found

    def _became(self, letter: DeadLetter, mark: Marked, ways: Ways | None) -> str:
        """Return what became of a replayed letter, "" while nobody knows. Raises Retryable."""
        anew = self._buried_again(letter, mark)
        if mark.article_id:
            outcome = self._outcome(mark.article_id, mark.revision)
            said = [f"dead letter {anew[-1]}"] if anew else []
            return "; ".join([*said, f"outcome {outcome} of revision {mark.revision}"]) if outcome else ""
        if anew:
            return f"dead letter {anew[-1]}"
        group = group_of(letter)
        if ways is not None and group:
            if not ways.passed(_place(mark), group):
                return ""
            anew = self._buried_again(letter, mark)  # it may have come between the two looks
            if anew:
                return f"dead letter {anew[-1]}"
        settled = self._settled(letter)
        if settled or ways is None or record_of(letter.topic) is Article:  # an article's outcome comes later
            return settled
        return f"read by {letter.stage.partition('/')[0]}; it changed nothing"

    def _buried_again(self, letter: DeadLetter, mark: Marked) -> list[str]:
        if mark.topic:
            found = self.letters.at_place(mark.topic, mark.partition, mark.offset, mark.incarnation)
        else:
            found = self.letters.of_key(letter.topic, mark.article_id, mark.at)
        return [key for key in found if key != letter.dead_letter_id]

    def _settled(self, letter: DeadLetter) -> str:
        """Return the commit or the outcome that the bytes led to, "" when there is none (yet)."""
        record = record_of(letter.topic)
        if record is Article:
            try:
                article = decode(letter.value, Article)
            except Poison:
                return ""
            outcome = self._outcome(article.article_id, article.revision)
            return f"outcome {outcome} of revision {article.revision}" if outcome else ""
        if letter.topic == PROPOSALS.name:
            try:
                proposal = decode(letter.value, Proposal)
            except Poison:
                return ""
            n = self._store.scalar(
                "SELECT max(n) FROM commits WHERE generation = {g:String} AND proposal_id = {p:String}",
                {"g": LIVE, "p": proposal.proposal_id},
            )
            return f"commit {n}" if n else ""
        return ""

    def _outcome(self, article_id: str, revision: int) -> str:
        rows = self._store.query(
            "SELECT outcome FROM outcomes FINAL WHERE generation = {g:String} AND article_id = {a:String} "
            "AND revision >= {r:UInt32}",
            {"g": LIVE, "a": article_id, "r": revision},
        )
        return str(rows[0]["outcome"]) if rows else ""


def group_of(letter: DeadLetter) -> str:
    """Return the consumer group that found a record unusable, "" for an unknown one."""
    role, _, _ = letter.stage.partition("/")
    if role in _ROLES:
        return app_id(role, LIVE)  # type: ignore[arg-type]
    return sink_group(letter.topic) if role == "sink" else ""


def _placed(mark: Marked, place: Place) -> Marked:
    return replace(
        mark, topic=place.topic, partition=place.partition, offset=place.offset, incarnation=place.incarnation
    )


def _place(mark: Marked) -> Place:
    return Place(mark.topic, mark.partition, mark.offset, mark.incarnation)


def _told(mark: Marked) -> str:
    after = f": {mark.became}" if mark.became else ""
    return f"was {mark.fate} on {mark.at:%Y-%m-%d %H:%M} UTC by {mark.by}{after}"
